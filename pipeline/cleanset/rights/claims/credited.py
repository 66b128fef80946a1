"""A license beside a credit in one field: ``© Jane Doe, CC BY 4.0``, ``Photo: Jane / CC BY-SA 4.0``.

Credits are taken off at both ends. What is left must be a license to the book, in every word; and a name that could be
anything but a name ("text only", "logo excluded") is no credit. So no exception and no negation is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cleanset.rights.claims.freetext import plain

_MAX_TEXT = 300
_MAX_CREDITS = 4

_YEARS = r"(?:1[89]|20)\d\d(?:\s?[-\u2013]\s?(?:(?:1[89]|20)\d\d|\d\d))?"
_WORD = r"@?[^\W\d_](?:[\w'\u2019&-]|\.(?=[^\W\d_]))*\.?"
_WORDS = rf"{_WORD}(?:\s{_WORD}){{0,6}}"
_SIGN = r"(?:\u00a9|\(c\)|copyright(?:\s(?:\u00a9|\(c\)))?)"
_LABEL = r"""(?:
    (?:photo(?:graph(?:er|y)?)?|image|picture|foto(?:graf(?:in|ie|ia|o)?)?|bild|cr[eé]dits?(?:\sphoto)?|author|creator
      |artist|autore?|auteur|urheber(?:in)?)(?:\s(?:credits?|by|courtesy\sof))?\s?:\s?
    |(?:(?:photo|image|picture|foto)\s(?:by|von) | courtesy\sof | by)\s )"""
_CREDIT = rf"""(?:{_SIGN}\s?(?:{_YEARS},?\s)?(?P<owner>{_WORDS})(?:,?\s{_YEARS})?
    |{_LABEL}(?P<creator>{_WORDS}))(?:[,.;]?\s\(?some\srights\sreserved\)?)?"""
_DIVIDER = r"(?:\s?[,;|/]\s?|\.\s|\s[-\u2013\u2014]\s|\s?:\s)"

_AT_START = re.compile(rf"{_CREDIT}(?:{_DIVIDER}(?P<rest>.+)|\s?\((?P<inner>[^()]+)\)\.?)", re.IGNORECASE | re.VERBOSE)
_IN_BRACKETS = _CREDIT.replace("owner>", "owner2>").replace("creator>", "creator2>")
_AT_END = re.compile(
    rf"(?P<rest>.+?)(?:{_DIVIDER}{_CREDIT}|\s\({_IN_BRACKETS}\))\.?",
    re.IGNORECASE | re.VERBOSE,
)
_VIA = re.compile(
    r"(?:(?P<name>[^,]{2,80}),\s)?(?P<rest>[^,]+(?:,\shttps?://\S+)?),?\svia\s(?:wikimedia\scommons|flickr|inaturalist)\.?",
    re.IGNORECASE,
)
"""How Wikimedia Commons asks to be credited: ``Jane Doe, CC BY-SA 4.0, via Wikimedia Commons``."""

_SCOPE_WORDS = """
    text texts only except excepting excluding excluded excludes not no non never none nor without unless but other
    others otherwise some all any part parts partly image images photo photos photograph photographs picture pictures
    illustration illustrations logo logos code data dataset metadata caption captions content contents material figure
    figures cover design software website site rights reserved reserve use used using uses usage commercial commercially
    noncommercial private personal editorial educational permission permitted license licensed licence licenced under
    with see terms apply applies subject restricted pending expired former formerly previously until after before is are
    was were may must can cannot if nur nicht kein keine ohne ausser außer pas sans sauf no sin excepto salvo senza
    eccetto non não sem exceto niet geen zonder behalve ikke bez кроме не
    cc by nc nd sa bync bynd bysa gpl gfdl mit public domain unported international
"""
_SCOPE = frozenset(_SCOPE_WORDS.split())
"""Words that no name holds and that may limit a license."""


class Credited(NamedTuple):
    """A text without its credits.

    Attributes:
        rest: what is left, to be read as a license.
        owners: the names behind a copyright sign.
        creators: the names behind a label such as "photo by".
    """

    rest: str
    owners: tuple[str, ...] = ()
    creators: tuple[str, ...] = ()


def without_credits(text: str) -> Iterator[Credited]:
    """What is left of a text when one credit after the other is taken off; nothing where there is no credit."""
    left = Credited(plain(text[: _MAX_TEXT + 1]))
    if len(left.rest) > _MAX_TEXT:
        return
    for _ in range(_MAX_CREDITS):
        shorter = _take_one(left)
        if shorter is None:
            return
        left = shorter
        yield left


def _take_one(left: Credited) -> Credited | None:
    for pattern in (_VIA, _AT_START, _AT_END):
        found = pattern.fullmatch(left.rest)
        if found is None:
            continue
        parts = found.groupdict()
        owner = parts.get("owner") or parts.get("owner2")
        creator = parts.get("creator") or parts.get("creator2") or parts.get("name")
        if all(_is_name(name) for name in (owner, creator) if name):
            return Credited(
                (parts["rest"] or parts.get("inner") or "").strip(),
                (*left.owners, *([owner] if owner else [])),
                (*left.creators, *([creator] if creator else [])),
            )
    return None


def _is_name(name: str) -> bool:
    return _SCOPE.isdisjoint(re.findall(r"[^\W\d_]+", name.casefold()))
