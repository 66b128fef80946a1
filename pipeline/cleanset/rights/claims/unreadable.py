"""Words about rights that nobody can read: what a place about rights holds besides licenses, credits, dates and names.

Such words may forbid anything, in any language, so each place that has some claims *unread*. Which names a place may
hold depends on what it is for: a field for creators any, a notice one with a year or behind a sign, terms none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cleanset.rights.book import LicenseBook
from cleanset.rights.book.license import LicenseClass
from cleanset.rights.claims.claim import Claim, Kind, unread
from cleanset.rights.claims.freetext import telling_words
from cleanset.rights.claims.licensing import TRUE, VERSION, Setting, read_field, texts_of
from cleanset.rights.claims.names import Bare, is_names
from cleanset.rights.claims.roles import Role, column_words, role_of
from cleanset.rights.claims.wording import is_known, read_wording
from cleanset.rights.evidence import Evidence, Layer

_BARE = {
    Role.LICENSE: Bare.NONE,
    Role.PAGE_LICENSE: Bare.NONE,
    Role.TERMS: Bare.NONE,
    Role.WORDS: Bare.NONE,
    Role.TEXT: Bare.DATED,
    Role.NOTICE: Bare.DATED,
    Role.OWNER: Bare.ANY,
    Role.CREATOR: Bare.ANY,
    Role.HANDLE: Bare.ANY,
    Role.CREDIT: Bare.ANY,
}
"""Places whose words are read, and the names that they may hold."""
_LISTED = frozenset({Role.LICENSE_VERSION})
"""Places of which every value that may stand there is listed."""
_NAMES_LICENSE = frozenset({Role.LICENSE, Role.PAGE_LICENSE})
FALSE = frozenset({"false", "0", "0.0", "no", "n", "f"})
_FORBIDDING_NAMES = re.compile(
    r"restrict|embargo|^non|nonfree|noncommercial|prohibit|forbid|reserved|editorial|royalt|revoked|withdrawn|takedown|dmca"
    r"|^(?:is)?n[cd]$|private|premium|uncleared|without|missing"
)
_DATE = re.compile(r"[\d.:/TZ+-]{6,40}|(?:1[0-9]|20)\d\d")
_PERMITTING_NAMES = re.compile(r"allow|permit|commercial|copyrighted|licensed|reuse|free|consent|cleared|clearance")
_NOTED_WORDS = """
    2257 aus-reserve communist costume currency design fan-art ihl insignia ita-mibac nazi personality trademarked none
    personality-rights trademark
"""
_NOTED = frozenset(_NOTED_WORDS.split())
"""Wikimedia Commons' codes for rights other than copyright (extmetadata's ``Restrictions``): to be known."""
_SENTENCE = re.compile(r"(?<=[.!?\u3002])\s+|[\r\n]+")
_ABOUT_RIGHTS = re.compile(
    r"""\u00a9|\(c\)\s|copyright|licen[cs]|rights\s+(?:are\s+)?reserved|all\s+rights|permission|permitted|unauthori[sz]|royalt
      |prohibit|forbidden|restricted\s+to|may\s+(?:only|not)\s+be|must\s+not|(?:use|usage|reuse|reproduction|distribution)\s+of\s+(?:this|the)
      |terms\s+of\s+use|use\s+only|not\s+for\s|creative\s*commons|public\s+domain""",
    re.IGNORECASE | re.VERBOSE,
)
"""What makes a sentence of a description one about rights."""


def unread_claims(role: Role, evidence: Evidence, setting: Setting) -> Iterator[Claim]:
    """An *unread* claim for each text that holds words which nobody can read."""
    if role is Role.WORDS and _is_harmless_flag(evidence):
        return
    if role is Role.WORDS and _is_date_of_limit(evidence):
        yield unread(evidence.value, evidence)
    for text in _texts(role, evidence):
        if words := _unread_in(text, role, evidence, setting):
            yield unread(words, evidence)


def _texts(role: Role, evidence: Evidence) -> Iterator[str]:
    """The texts of a place that have to be read as a whole; none where other readers judge it."""
    if role is Role.FLAG:
        flags = {flag.strip().casefold() for flag in evidence.value.split("|")}
        yield from () if flags <= FALSE | _NOTED else (evidence.value,)
    elif role is Role.LICENSE_VERSION:
        yield from () if VERSION.fullmatch(evidence.value.strip()) else (evidence.value,)
    elif role is Role.TEXT:
        yield from filter(_ABOUT_RIGHTS.search, _SENTENCE.split(evidence.value))
    elif role in _BARE:
        yield from texts_of(evidence.value)


def _unread_in(text: str, role: Role, evidence: Evidence, setting: Setting) -> str:
    if role in _LISTED:
        return text
    reading = read_field(text, evidence, setting)
    if is_known(reading) and reading.license_class is not LicenseClass.ALL_RIGHTS_RESERVED:
        return ""
    if role in _NAMES_LICENSE and is_known(reading):
        return ""
    wording = read_wording(text, setting.book, _BARE.get(role, Bare.NONE))
    if not wording.unread and role in _NAMES_LICENSE and not wording.licenses:
        return text
    return wording.unread


def _is_harmless_flag(evidence: Evidence) -> bool:
    """Whether a column that nobody listed says yes to what its name permits, or no to what its name forbids."""
    value = evidence.value.strip().casefold()
    name = "".join(column_words(evidence.locator))
    if value in FALSE:
        return _FORBIDDING_NAMES.search(name) is not None or "copyrighted" in name or "attribution" in name
    return value in TRUE and _FORBIDDING_NAMES.search(name) is None and _PERMITTING_NAMES.search(name) is not None


def _is_date_of_limit(evidence: Evidence) -> bool:
    """Whether a place whose name forbids something holds a date: until when, or since when."""
    name = "".join(column_words(evidence.locator))
    return _FORBIDDING_NAMES.search(name) is not None and _DATE.fullmatch(evidence.value.strip()) is not None


def other_version(claims: Iterable[Claim], evidence: Iterable[Evidence]) -> Iterator[Claim]:
    """An *unread* claim for a column that states another version than every license that the columns name."""
    named = " ".join(
        c.expression for c in claims if c.expression and c.kind is Kind.LICENSE and c.evidence.layer is Layer.COLUMN
    )
    for one in evidence:
        stated = VERSION.fullmatch(one.value.strip()) if role_of(one) is Role.LICENSE_VERSION else None
        if stated and named and not re.search(rf"(?<![\d.]){re.escape(stated[1])}(?:\.0)?(?![\d.])", named):
            yield unread(one.value, one)


def without_known_names(claims: Iterable[Claim], book: LicenseBook) -> list[Claim]:
    """The claims without those that only a name is unread which a field for creators gives."""
    claims = list(claims)
    named = (claim for claim in claims if claim.kind is Kind.CREATOR and role_of(claim.evidence) is Role.CREATOR)
    known = frozenset[str]().union(*(telling_words(claim.value) for claim in named))
    return [claim for claim in claims if claim.kind is not Kind.UNREAD or not _is_name_of(claim, known, book)]


def _is_name_of(claim: Claim, known: frozenset[str], book: LicenseBook) -> bool:
    words = telling_words(claim.value)
    of_notice = role_of(claim.evidence) in {Role.NOTICE, Role.TERMS} and claim.evidence.layer is not Layer.OVERLAY
    return of_notice and bool(words) and words <= known and is_names(claim.value, book, loose=True)
