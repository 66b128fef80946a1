"""Really Simple Licensing 1.0: pointers to a document of terms, and what a stored document prohibits and permits.

A pointer alone says only that there are terms. A usage that a document permits has conditions (payment, attribution)
that nobody has met by reading them: it is recorded with its conditions, and allows nothing. Prohibitions reserve.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml import etree

from cleanset.rights.evidence import Evidence
from cleanset.rights.optout import fields
from cleanset.rights.optout.signal import Signal, silent, unreadable
from cleanset.rights.optout.vocabulary import Vocabulary

PROTOCOL = "rsl"
VERSION = "1.0"
MEDIA_TYPE = "application/rsl+xml"
MAX_DOCUMENT = 1024 * 1024
_MAX_PERMITS = 64

_LINK = re.compile(r"<([^<>]{0,2048})>([^,<]{0,2048})")


def pointer(evidence: Evidence) -> list[Signal]:
    """The note that a pointer to terms leaves; empty text gives none."""
    target = evidence.value.strip()
    if not target:
        return []
    return [silent(PROTOCOL, evidence, f"terms at {fields.excerpt(target)}: not stored", version=VERSION)]


def link_header(evidence: Evidence) -> list[Signal]:
    """The pointers in ``Link`` header lines that have RSL's media type; other links are none of ours."""
    if len(evidence.value) > fields.MAX_FIELD:
        return [unreadable(PROTOCOL, evidence, f"{len(evidence.value)} characters", VERSION)]
    links = (m for m in _LINK.finditer(evidence.value) if MEDIA_TYPE in m[2].lower())
    return [silent(PROTOCOL, evidence, f"terms at {fields.excerpt(m[1])}: not stored", version=VERSION) for m in links]


def parse_document(evidence: Evidence, vocabulary: Vocabulary) -> list[Signal]:
    """The prohibited and the permitted usages of a stored RSL document, whatever part of the site each speaks of.

    A document with a DOCTYPE, or one that is no XML, counts against the picture.
    """
    if len(evidence.value) > MAX_DOCUMENT:
        return [unreadable(PROTOCOL, evidence, f"{len(evidence.value)} characters", VERSION)]
    if "<!doctype" in evidence.value.lower():
        return [unreadable(PROTOCOL, evidence, "has a DOCTYPE", VERSION)]
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(evidence.value.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return [unreadable(PROTOCOL, evidence, fields.excerpt(str(error)), VERSION)]
    signals = [s for usage, _ in _usages(root, "prohibits") for s in _usage(usage, evidence, vocabulary)]
    signals += [
        silent(PROTOCOL, evidence, f"permits {fields.excerpt(usage)}, {_conditions(element)}", version=VERSION)
        for usage, element in islice(_usages(root, "permits"), _MAX_PERMITS)
        if usage
    ]
    return signals or [silent(PROTOCOL, evidence, "terms, none of them about a use", version=VERSION)]


def _usages(root: etree._Element, name: str) -> Iterator[tuple[str, etree._Element]]:
    """The words of each ``<prohibits type="usage">``, or of another name, with the element, in document order."""
    for element in root.iter(f"{{*}}{name}"):
        if element.get("type", "usage").strip().lower() == "usage":
            for usage in re.split(r"[\s,;]+", (element.text or "").strip()):
                yield usage, element


def _conditions(element: etree._Element) -> str:
    """What the terms around an element want to be paid, in words."""
    terms = element.getparent()
    wanted = [] if terms is None else [one.get("type", "unnamed") for one in terms.iterfind("{*}payment")]
    return f"for payment: {fields.excerpt(', '.join(wanted))}" if wanted else "under the terms of the document"


def _usage(word: str, evidence: Evidence, vocabulary: Vocabulary) -> list[Signal]:
    """An unknown usage that is prohibited counts as every usage."""
    if not word:
        return []
    known = vocabulary.signal(PROTOCOL, f"prohibits={word}", evidence)
    return [known or unreadable(PROTOCOL, evidence, f"unknown usage {fields.excerpt(word)}", VERSION)]
