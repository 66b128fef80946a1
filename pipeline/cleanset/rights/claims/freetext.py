"""Words about rights in free text: the names of owners and creators, and what is reserved or forbidden."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from cleanset.rights.book.notices import RESERVED
from cleanset.rights.claims.claim import Restriction
from cleanset.rights.claims.forbidding import MAX_TEXT, forbidden_by

_MAX_NAME = 200

_TAG = re.compile(r"<[^<>]{0,500}>")
_PARTLY = re.compile(r"[\s,;:(]{0,4}(?:some|no)\s+rights\s+reserved.*", re.IGNORECASE | re.DOTALL)
"""What iNaturalist and Wikimedia write behind a name."""
_CREDITED = re.compile(r"\bby\s+([^\"\n]{1,200}?)\s+is\s+(?:licen[cs]ed|marked|dedicated)\b", re.IGNORECASE)
"""The name in a finished credit line, as Openverse and Creative Commons write it."""
_COPYRIGHT = re.compile(r"©|\(c\)|&copy;|\bcopyright\b|\bcopr\.", re.IGNORECASE)
_LIKE_A_NOTICE = re.compile(
    rf"{_COPYRIGHT.pattern}|rights\s+reserved|^(?:1[6-9]|20)\d\d\b|,\s*(?:1[6-9]|20)\d\d$", re.IGNORECASE
)
_NOT_A_NAME = re.compile(
    r"©|\(c\)|\bcopyrights?\b|\bcopr\.|\b(?:1[6-9]|20)\d\d\b|https?://\S+"
    r"|(?:(?<!\S)|(?<=©)|(?<=\(c\)))\S+@\S+|[<>]",
    re.IGNORECASE,
)
_EDGES = re.compile(r"^[\s,.;:\-\u2013()]*(?:by\s+)?|(?<![\s,.;:\-\u2013(])[\s,.;:\-\u2013(]+$", re.IGNORECASE)
"""Each alternative begins at the start of a run only, so that a long text is read once."""
_NOBODY_WORDS = """
    unknown anonymous none various n/a na unnamed see own self user admin author creator artist photographer no name
    unidentified not stated public domain
"""
_NOBODY = frozenset(_NOBODY_WORDS.split())
_COMMON_WORDS = """
    the and by von de la le of for all any other others inc ltd llc gmbh co company corp corporation foundation team
    developers authors author contributors project photo photos photography image images picture studio rights reserved
    www com org net mr mrs dr
"""
_NOT_TELLING = frozenset(_COMMON_WORDS.split())


def plain(text: str) -> str:
    """Text without HTML tags and entities, on one line."""
    if "<" in text or "&" in text:
        text = html.unescape(_TAG.sub(" ", text[:MAX_TEXT]))
    return " ".join(text.split())


def unquoted(name: str) -> str:
    """A name as Flickr's dumps store it (``Jane+Doe``), for people."""
    return plain(unquote_plus(name)) if "+" in name or "%" in name else plain(name)


def is_nobody(name: str) -> bool:
    """Whether a name stands for nobody."""
    words = re.findall(r"\w+", name.casefold())
    return not words or all(word in _NOBODY for word in words)


def restrictions_in(text: str, *, in_notice: bool) -> Iterator[Restriction]:
    """What the words of a text forbid. ``© Jane. All rights reserved`` is a notice: a licensor may write it too.

    Args:
        text: free text, read up to a cap.
        in_notice: whether the field is one for notices, which do not need the sign.
    """
    text = text[:MAX_TEXT]
    if RESERVED.search(text):
        owner = name_in(text) if in_notice else owner_in(text)
        yield Restriction.RESERVED_RIGHTS_NOTICE if owner else Restriction.RESERVED_RIGHTS
    yield from forbidden_by(text)


def owner_in(notice: str) -> str:
    """The name in a copyright notice, without signs, years and addresses; empty where there is none, or no notice."""
    return name_in(notice) if _COPYRIGHT.search(notice) else ""


def name_in(text: str) -> str:
    """The name that is left of a notice or an owner field when signs, years and reserved rights are taken away."""
    first = RESERVED.split(_PARTLY.sub("", plain(text)), maxsplit=1)[0]
    name = _EDGES.sub("", " ".join(_NOT_A_NAME.sub(" ", first).split()))
    return "" if is_nobody(name) or len(name) > _MAX_NAME else name


def creators_in(text: str) -> str:
    """The names in a field for creators, each once, joined by semicolons.

    Data sets also put notices there: a part that is dated or reserves rights is stripped to its name.
    """
    if credited := _CREDITED.search(plain(text[:MAX_TEXT])):
        return credited[1].strip()
    parts = (part.strip() for line in text[:MAX_TEXT].splitlines() for part in plain(line).split(";"))
    names = (name_in(part) if _LIKE_A_NOTICE.search(part) else part for part in parts)
    return "; ".join(dict.fromkeys(name for name in names if name and not is_nobody(name)))


def telling_words(name: str) -> frozenset[str]:
    """The words by which names are compared: without case, initials, and what many owners have in common."""
    words = re.findall(r"[^\W\d_]{2,}", name.casefold())
    return frozenset(words) - _NOT_TELLING


def is_other_name(name: str, known: frozenset[str]) -> bool:
    """Whether a name shares no telling word with those that are known; a name without any is never another's."""
    words = telling_words(name)
    return bool(words) and bool(known) and not words & known
