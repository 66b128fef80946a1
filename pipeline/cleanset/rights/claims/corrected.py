"""What a user's correction claims: a denial, a permission in writing, a license, a creator."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.claim import Claim, Kind, Restriction, Speaker, restriction, unread
from cleanset.rights.claims.granted import GRANT, RESEARCH, read_terms
from cleanset.rights.claims.licensing import Setting, license_claims, read_statement
from cleanset.rights.claims.overlay import Action, folded
from cleanset.rights.claims.roles import Role
from cleanset.rights.claims.wording import is_known
from cleanset.rights.evidence import Evidence, Layer

DENY = "deny"
_RULED = 2
"""Strength of a license that the user reads in words: that of a license column."""


def correction_claims(evidence: Evidence, setting: Setting) -> Iterator[Claim]:
    """What one correction says; the locator is its action, the value its line as JSON."""
    value = str(json.loads(evidence.value).get("value", ""))
    match evidence.locator:
        case Action.DENY:
            yield Claim(Kind.RESTRICTION, DENY, Speaker.USER, 4, evidence)
        case Action.GRANT:
            yield from _granted(value, evidence, setting)
        case Action.LICENSE:
            for claim in license_claims(Role.LICENSE, replace(evidence, value=value), setting):
                yield Claim(claim.kind, claim.value, Speaker.USER, 4, evidence, claim.expression, claim.jurisdiction)
            if not is_known(read_statement(value, setting.book)):
                yield unread(value, evidence)
        case Action.CREATOR:
            yield Claim(Kind.CREATOR, value, Speaker.USER, 4, evidence)


def _granted(value: str, evidence: Evidence, setting: Setting) -> Iterator[Claim]:
    """The permission; one whose limits are not understood permits nothing, and is told as what could not be read."""
    try:
        terms = read_terms(value, setting.book)
    except ValueError:
        yield restriction(Restriction.UNREADABLE, evidence)
        return
    places = " ".join(terms.jurisdictions) or None
    said = f"{GRANT}:{RESEARCH}" if terms.research_only else GRANT
    yield Claim(Kind.LICENSE, said, Speaker.USER, 4, evidence, terms.expression, places)


def ruled(claims: Iterable[Claim], corrections: Iterable[Evidence], book: LicenseBook) -> Iterator[Claim]:
    """The claims, with those that are unread replaced by what the user says that their words mean.

    What several say of the same words holds all; nothing is said by a note, so that whoever asks sees the ruling.
    """
    rulings: dict[str, list[str]] = {}
    for one in corrections:
        if one.layer is Layer.OVERLAY and one.locator == Action.READS_AS:
            line = json.loads(one.value)
            rulings.setdefault(folded(str(line["equals"])), []).append(str(line["value"]))
    for claim in claims:
        meant = rulings.get(folded(claim.value)) or rulings.get(folded(claim.evidence.value))
        if claim.kind is not Kind.UNREAD or meant is None:
            yield claim
            continue
        for value in meant:
            yield _meaning(value, claim, book)


def _meaning(value: str, claim: Claim, book: LicenseBook) -> Claim:
    reading = book.read(value)
    if reading.expression is None:
        return restriction(Restriction.NOTE, claim.evidence, f"the user reads it as {value}")
    kind = Kind.PUBLIC_DOMAIN if reading.needs_basis else Kind.LICENSE
    strength = _RULED - reading.version_missing
    return Claim(kind, reading.expression, claim.said_by, strength, claim.evidence, reading.expression)
