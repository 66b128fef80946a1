"""Really Simple Licensing 1.0: pointers to a document of terms, and the usages that a stored document prohibits.

A pointer alone says only that there are terms. A document that permits a usage names conditions for it (payment,
attribution), so only its prohibitions are read as a state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from cleanset.rights.evidence import Evidence
from cleanset.rights.optout import fields
from cleanset.rights.optout.signal import Signal, silent, unreadable
from cleanset.rights.optout.vocabulary import Vocabulary

PROTOCOL = "rsl"
VERSION = "1.0"
MEDIA_TYPE = "application/rsl+xml"
MAX_DOCUMENT = 1024 * 1024

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
    """The prohibited usages of a stored RSL document, whatever part of the site each speaks of.

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
    signals = [s for usage in _prohibited(root) for s in _usage(usage, evidence, vocabulary)]
    return signals or [silent(PROTOCOL, evidence, "terms, none of them a prohibition of use", version=VERSION)]


def _prohibited(root: etree._Element) -> Iterator[str]:
    """The words of each ``<prohibits type="usage">``, in document order."""
    for element in root.iter("{*}prohibits"):
        if element.get("type", "usage").strip().lower() == "usage":
            yield from re.split(r"[\s,;]+", (element.text or "").strip())


def _usage(word: str, evidence: Evidence, vocabulary: Vocabulary) -> list[Signal]:
    """An unknown usage that is prohibited counts as every usage."""
    if not word:
        return []
    known = vocabulary.signal(PROTOCOL, f"prohibits={word}", evidence)
    return [known or unreadable(PROTOCOL, evidence, f"unknown usage {fields.excerpt(word)}", VERSION)]
