"""Reservations in a stored HTML page: robots meta elements, TDMRep meta elements, RSL links and inline documents.

A page speaks of the pictures on it. Its robots and TDMRep elements are taken to cover them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from cleanset.rights.evidence import Evidence
from cleanset.rights.optout import aipref, contentsignal, fields, markup, rsl, tdmrep, xrobots
from cleanset.rights.optout.signal import Signal, unreadable
from cleanset.rights.optout.vocabulary import Vocabulary

PROTOCOL = "html"
MAX_PAGE = 4 * 1024 * 1024
"""Characters of a page that are read."""

_MENTIONS_A_SIGNAL = re.compile(r"noai|noimageai|tdm-reservation|name\s*=\s*[\"']?\s*robots", re.IGNORECASE)


def parse(evidence: Evidence, vocabulary: Vocabulary) -> list[Signal]:
    """The signals of the page; each signal's evidence is the element that gave it."""
    page = evidence.value
    if len(page) > MAX_PAGE:
        return [unreadable(PROTOCOL, evidence, f"{len(page)} characters, at most {MAX_PAGE} are read")]
    signals: list[Signal] = []
    try:
        for tag in markup.tags(page):
            signals.extend(_tag(tag, evidence, vocabulary))
    except markup.UnterminatedError as error:
        if mention := _MENTIONS_A_SIGNAL.search(page, error.start):
            rest = replace(evidence, value=page[error.start : error.start + fields.MAX_MEMBERS])
            signals.append(unreadable(PROTOCOL, rest, f"{error}; mentions {fields.excerpt(mention[0])}"))
    return signals


def _tag(tag: markup.Tag, evidence: Evidence, vocabulary: Vocabulary) -> Iterator[Signal]:
    if tag.name == "meta":
        yield from _meta(tag, evidence, vocabulary)
    elif tag.name in {"link", "a"} and _is_rsl(tag):
        yield from rsl.pointer(_seen(evidence, f"{tag.name} rel=license", tag.attributes.get("href", "")))
    elif tag.name == "script" and _is_rsl(tag):
        document = re.sub(r"</script$", "", tag.text, flags=re.IGNORECASE)
        yield from rsl.parse_document(_seen(evidence, "script", document.strip()), vocabulary)


def _is_rsl(tag: markup.Tag) -> bool:
    return tag.attributes.get("type", "").strip().lower() == rsl.MEDIA_TYPE


def _meta(tag: markup.Tag, evidence: Evidence, vocabulary: Vocabulary) -> Iterator[Signal]:
    """The signals of one meta element; ``http-equiv`` is read like ``name``, as writers mix them up."""
    name = (tag.attributes.get("name") or tag.attributes.get("http-equiv") or "").strip().lower()
    seen = _seen(evidence, f"meta {name}", tag.attributes.get("content", ""))
    if name in {"robots", "x-robots-tag"}:
        yield from xrobots.parse(seen, vocabulary)
    elif name in vocabulary.agents:
        yield from xrobots.parse(seen, vocabulary, agent=name)
    elif name == "tdm-reservation":
        yield from tdmrep.parse(seen, vocabulary)
    elif name == "tdm-policy":
        yield from tdmrep.policy(seen)
    elif name == "content-usage":
        yield from aipref.parse(seen, vocabulary)
    elif name == "content-signal":
        yield from contentsignal.parse(seen, vocabulary)


def _seen(evidence: Evidence, where: str, value: str) -> Evidence:
    return replace(evidence, locator=f"{evidence.locator}#{where}", value=value)
