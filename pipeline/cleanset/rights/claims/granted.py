"""What a permission in writing covers, as a correction words it: ``research; in US, EU``, ``CC BY-NC 4.0``, or nothing.

Parts are divided by semicolons. A part is a purpose, the places where the permission holds, or a license whose terms it
has. Without any it is for every use everywhere. A text with a part that is none of these is refused: a permission must
not be wider than meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.claim import Claim, Kind
from cleanset.rights.jurisdictions import jurisdiction

GRANT = "grant"
"""Value of the claim that a user has a permission in writing; behind a colon, that it is for one purpose only."""
RESEARCH = "research"
_RESEARCH = re.compile(
    r"(?:for\s+)?(?:scientific\s+|academic\s+)?(?:research|non-?\s?commercial)(?:\s+(?:use|purposes?))?(?:\s+only)?",
    re.IGNORECASE,
)
_ANY = re.compile(r"(?:for\s+)?(?:any|all|every|unlimited|commercial)(?:\s+(?:uses?|purposes?))?", re.IGNORECASE)
_PLACES = re.compile(r"(?:only\s+)?(?:in\s+)?(?:the\s+)?(.+?)(?:\s+only)?", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:,|/|\+|&|\band\b|\s)\s*(?:the\s+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Terms:
    """What is permitted.

    Attributes:
        research_only: whether it is for no commercial purpose.
        jurisdictions: where it holds; empty for everywhere.
        expression: SPDX expression of the license whose terms it has; None for none.
    """

    research_only: bool = False
    jurisdictions: tuple[str, ...] = ()
    expression: str | None = None


def read_terms(value: str, book: LicenseBook) -> Terms:
    """The terms that a correction's value words.

    Raises:
        ValueError: a part of it is not understood.
    """
    research, places, expression = False, list[str](), None
    for part in filter(None, (part.strip() for part in value.split(";"))):
        reading = book.read(part)
        if _RESEARCH.fullmatch(part):
            research = True
        elif _ANY.fullmatch(part):
            continue
        elif named := _places(part):
            places += named
        elif reading.expression is not None and expression is None:
            expression = reading.expression
        else:
            raise ValueError(
                f"{part[:80]!r} is not understood as what is granted: "
                "write a license, 'research', 'in US, EU', or nothing for every use; reasons go into why"
            )
    return Terms(research, tuple(dict.fromkeys(places)), expression)


def terms_of(claim: Claim) -> Terms | None:
    """The terms of the permission that a claim is; None for any other claim."""
    what, _, purpose = claim.value.partition(":")
    if claim.kind is not Kind.LICENSE or what != GRANT:
        return None
    return Terms(purpose == RESEARCH, tuple((claim.jurisdiction or "").split()), claim.expression)


def is_grant(claim: Claim) -> bool:
    """Whether a claim is a permission in writing."""
    return terms_of(claim) is not None


def _places(part: str) -> list[str]:
    """The places that a part lists; none if a word of it is no place."""
    found = _PLACES.fullmatch(part)
    try:
        return [jurisdiction(name) for name in _BETWEEN.split(found[1]) if name] if found else []
    except ValueError:
        return []
