"""Reservations in plain words: ``No AI training``, ``All rights reserved, including text and data mining``.

Whether such words reserve anything is contested (OLG Hamburg 5 U 104/24 of 2025-12-10 against the first instance), so
they are kept as a reservation with a note, and a person may decide otherwise.
"""

from __future__ import annotations

import re

from cleanset.rights.evidence import Evidence
from cleanset.rights.optout import fields
from cleanset.rights.optout.signal import Signal, State, Use

PROTOCOL = "plain-words"
MAX_TEXT = 8 * 1024
"""Characters of a text that are read; notices are shorter."""

_NEAR = r"[^.;\n]{0,40}?"
_AI = (
    r"(?:(?-i:\bA\.?I\b|\bKI\b|\bIA\b)|artificial[ -]intelligence|k\u00fcnstliche[rn]? Intelligenz"
    r"|intelligence artificielle)"
)
_LEARNING = r"(?:train|learn|model|data[ -]?sets?|mining|scrap|entra\u00een|apprenti)"
_MINING = (
    rf"(?:{_AI}{_NEAR}{_LEARNING}|{_LEARNING}{_NEAR}{_AI}|machine[ -]learning|data[ -]mining|(?-i:\bTDM\b)"
    r"|fouille de (?:textes|donn\u00e9es))"
)
_BAN = r"(?:prohibit|forbid|forbidden|exclu[ds]|reserv|opt(?:ed)?[ -]?out|untersagt|vorbehalten|interdi|r\u00e9serv)"
_NO = rf"(?:{_BAN}|\bno\b|\bnot\b|\bnever\b|\bwithout\b|\bkein|\bnicht\b)"
_NO_AFTER = rf"(?:{_BAN}|not (?:allowed|permitted|granted)|nicht (?:erlaubt|gestattet))"
_RESERVATION = re.compile(
    rf"{_NO}[^.;\n]{{0,100}}?{_MINING}|{_MINING}[^.;\n]{{0,100}}?{_NO_AFTER}|44b\s{{0,4}}(?:\(3\)\s{{0,4}})?UrhG",
    re.IGNORECASE,
)


def parse(evidence: Evidence) -> list[Signal]:
    """The signal of the first reservation that the text words; none if it words none, and none beyond ``MAX_TEXT``."""
    found = _RESERVATION.search(evidence.value, 0, MAX_TEXT)
    if found is None:
        return []
    note = f"reserved in words, whose force is contested: {fields.excerpt(found[0], 160)}"
    return [Signal(PROTOCOL, "", State.RESERVED, Use.TDM, None, evidence, note)]
