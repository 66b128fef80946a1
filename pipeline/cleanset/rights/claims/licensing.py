"""License claims: which licenses a piece of evidence names, who says so, and how much that counts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from cleanset.rights.book import LicenseBook
from cleanset.rights.book.addresses import looks_like_address
from cleanset.rights.book.license import Reading
from cleanset.rights.book.recognize import ALL_RIGHTS_RESERVED
from cleanset.rights.claims.claim import Claim, Kind, Restriction, Speaker, restriction, speaker_of, unread
from cleanset.rights.claims.columns import scheme_of
from cleanset.rights.claims.freetext import plain
from cleanset.rights.claims.hosts import Hosts, Institution
from cleanset.rights.claims.names import Bare
from cleanset.rights.claims.roles import SECOND_HAND, Role, plain_names
from cleanset.rights.claims.wording import is_known, read_wording
from cleanset.rights.evidence import Evidence, Layer

AGGREGATORS = frozenset(
    {"laion400m", "laion2b", "relaion", "coyo700m", "datacomp", "pd12m", "fondant", "wit", "openverse", "cc12m", "cc3m"}
    | {"commoncatalog"}
)
"""Profiles of data sets that gather pictures from others: none of their columns is the word of who holds a work."""
_FIELD = 2
"""Strength of a license in a field made for it."""
_ANYBODYS = frozenset({"huggingface"})
"""Vocabularies of profiles that fit any data set of a format."""
_MAX_NAME = 100
"""Characters up to which a text can be the name of a license and no more."""
_MAX_STATEMENT = 200
"""Characters up to which free text is read as a whole; of a longer one only the licenses in it are looked for."""
_MAX_TEXTS = 16
_MENTION = re.compile(
    r"""https?://[^\s"'<>()\[\],;]+
      |\bcreative\s+commons\s+attribution(?:[-\s\u2013,]+(?:non-?commercial|no-?deriv\w*|share-?\s?alike))*
        (?:\s+\(?v?\d(?:\.\d)?(?:\s+(?:international|unported|generic))?\)?)?
      |\bcc[-\s](?:0|zero|by)(?:[-\s](?:nc|nd|sa))*(?:[-\s]v?\d(?:\.\d)?)?
      |\bcc0(?:[-\s]?1\.0)?
      |\bpublic\s+domain\b""",
    re.IGNORECASE | re.VERBOSE,
)
VERSION = re.compile(r"v?\.?\s?(\d(?:\.\d)?)(?:\s(?:international|unported|generic))?", re.IGNORECASE)
"""What a column for the version of a license may state."""
_OF_DATASET = re.compile(r"CC(?:0_1_0|_BY(?:_NC)?_4_0)")
"""GBIF's codes for the license of a whole data set, whose pictures may be under another (aliases.csv, ``gbif``)."""
_OF_MEDIA = re.compile(r"media|image|photo|picture|img", re.IGNORECASE)
_LINK = re.compile(r"<([^<>]*)>([^<]*)")


@dataclass(frozen=True, slots=True)
class Setting:
    """What the evidence of one sample is read in: equal for all samples of a source.

    Attributes:
        profile: the input profile.
        institution: the institution whose host serves the image, if one does and the record may be its own.
        platform: the platform whose host serves the image, if one does.
        version: the license version that a column of its own states; empty if none does.
        page_level: whether the license columns hand on what a web page said.
        book: reads licenses.
        hosts: tells agencies, institutions and platforms.
    """

    profile: str
    institution: Institution | None
    platform: str | None
    version: str
    page_level: bool
    book: LicenseBook
    hosts: Hosts = field(hash=False)


def license_claims(role: Role, evidence: Evidence, setting: Setting) -> Iterator[Claim]:
    """The licenses that one piece of evidence names.

    What it holds besides is left to ``unreadable``, and rights that a notice or free text reserves to ``freetext``,
    which tells whose they are.
    """
    if role is Role.LINK:
        for target in _license_links(evidence.value):
            yield _claim(setting.book.read(target), _FIELD, evidence, setting)
        return
    names_license = role in {Role.LICENSE, Role.PAGE_LICENSE}
    for text in texts_of(evidence.value):
        reading = read_field(text, evidence, setting)
        if is_known(reading) and (names_license or ALL_RIGHTS_RESERVED not in (reading.expression or "")):
            yield _claim(reading, _strength(role, text, evidence, setting), evidence, setting)
            continue
        yield from _mentions(text, evidence, setting)


def is_license(text: str, book: LicenseBook) -> bool:
    """Whether a short text is a license's name, address or statement, and no more."""
    return len(text) <= _MAX_STATEMENT and is_known(book.read(text))


def texts_of(value: str) -> list[str]:
    """The value, or the texts of the JSON list that it is."""
    if value.startswith("["):
        try:
            texts = json.loads(value)
        except (ValueError, RecursionError):
            return [value]
        if isinstance(texts, list) and all(isinstance(text, str) for text in texts) and len(texts) <= _MAX_TEXTS:
            return texts
    return [value]


def _read(text: str, evidence: Evidence, setting: Setting) -> Reading:
    """The reading of a whole text, with the version that another column states where it has none itself."""
    reading = setting.book.read(text, _scheme(text, evidence, setting))
    named = re.search(r"[a-z]", text, re.IGNORECASE)
    if (
        named
        and setting.version
        and evidence.layer is Layer.COLUMN
        and (reading.version_missing or not is_known(reading))
    ):
        for spelling in (f"{text}-{setting.version}", f"cc-{text}-{setting.version}"):
            versioned = setting.book.read(spelling)
            if is_known(versioned) and not versioned.version_missing:
                return versioned
    return reading


def read_field(text: str, evidence: Evidence, setting: Setting) -> Reading:
    """The reading of a whole text or, where that is none, of what it holds besides credits."""
    reading = _read(text, evidence, setting)
    return reading if is_known(reading) else read_statement(text, setting.book)


def read_statement(text: str, book: LicenseBook) -> Reading:
    """The reading of a text that holds licenses, and perhaps credits and dates, but no word that nobody can read.

    All its licenses hold: a choice is read by the book, as one license expression.
    """
    reading = book.read(text)
    if is_known(reading):
        return reading
    wording = read_wording(text, book, Bare.NONE)
    if wording.unread or not wording.licenses:
        return reading
    named = sorted({f"({book.read(name).expression})" for name in wording.licenses})
    found = book.read(" AND ".join(named))
    return replace(found, text=text, rule="credits") if is_known(found) else reading


def _scheme(text: str, evidence: Evidence, setting: Setting) -> str | None:
    """The vocabulary of a text: that of its column, or for names that of the platform which serves the picture.

    ``Attribution License`` is CC BY 2.0 on Flickr, and ``CC-BY`` is CC BY 4.0 on iNaturalist. A bare number may be the
    data set's own.
    """
    if evidence.layer is not Layer.COLUMN:
        return None
    named = scheme_of(setting.profile, evidence.locator)
    served = None if text.strip().isdigit() else setting.platform
    return served or named if named in _ANYBODYS else named or served


def _strength(role: Role, text: str, evidence: Evidence, setting: Setting) -> int:
    """By the ladder in ``claims``, before the missing version and the host are counted."""
    if role is Role.PAGE_LICENSE or (setting.page_level and evidence.layer is Layer.COLUMN):
        return 1
    if _OF_DATASET.fullmatch(text.strip()) and not _OF_MEDIA.search(evidence.locator):
        return 1
    if role is Role.LICENSE or looks_like_address(text):
        return _FIELD
    if role in {Role.TEXT, Role.CREDIT} or len(text) > _MAX_NAME:
        return 0
    return _FIELD if role is Role.TERMS and evidence.layer is Layer.COLUMN else 1


def _mentions(text: str, evidence: Evidence, setting: Setting) -> Iterator[Claim]:
    """Licenses named somewhere in a longer text; several are no choice that the text offers: all of them count."""
    found = dict.fromkeys(match[0].rstrip(".:") for match in _MENTION.finditer(plain(text)))
    readings = [setting.book.read(mention) for mention in list(found)[:_MAX_TEXTS]]
    named = sorted({f"({one.expression})" for one in readings if is_known(one)})
    if named:
        yield _claim(setting.book.read(" AND ".join(named) if len(named) > 1 else named[0]), 0, evidence, setting)


def _license_links(value: str) -> Iterator[str]:
    """Targets of ``rel=license`` in ``Link`` header lines; RSL documents are reservations, not licenses."""
    for target, parameters in _LINK.findall(value):
        if re.search(r"""rel\s*=\s*["']?[^"';,]*\blicense\b""", parameters, re.IGNORECASE) and "rsl" not in parameters:
            yield target


def _claim(reading: Reading, strength: int, evidence: Evidence, setting: Setting) -> Claim:
    """The claim of a reading; a bare label is one of the public domain, and a missing version counts one less."""
    speaker, strength = _speaker(strength, evidence, setting)
    if not is_known(reading):
        return unread(reading.text, evidence)
    return Claim(
        kind=Kind.PUBLIC_DOMAIN if reading.needs_basis else Kind.LICENSE,
        value=reading.expression or "",
        said_by=speaker,
        strength=max(strength - reading.version_missing, 0),
        evidence=evidence,
        expression=reading.expression,
        jurisdiction=reading.grants_in[0] if len(reading.grants_in) == 1 else None,
    )


def _speaker(strength: int, evidence: Evidence, setting: Setting) -> tuple[Speaker, int]:
    """Who says it, and how much that counts: more in an institution's own field or a platform's own code."""
    if evidence.layer is not Layer.COLUMN:
        return speaker_of(evidence.layer), strength
    if evidence.locator.startswith(SECOND_HAND):
        return Speaker.FILE, min(strength, 1)
    scheme = scheme_of(setting.profile, evidence.locator)
    if strength >= _FIELD and scheme is not None and setting.platform == scheme:
        return Speaker.PLATFORM, 3
    return Speaker.AGGREGATOR, strength


TRUE = frozenset({"true", "1", "1.0", "yes", "y", "t"})
_MAX_CHANGES = 64


def flag_claims(role: Role, evidence: Evidence, setting: Setting) -> Iterator[Claim]:
    """What flags of an institution or a platform say, and the history of a license."""
    value = evidence.value.strip()
    if role is Role.INSTITUTION_FLAG:
        yield from _institution_flag(value, evidence, setting)
    elif role is Role.RESTRICTION_FLAG and value.casefold() not in {"false", "0", "no"}:
        is_deletion = "deletion" in evidence.locator.casefold()
        yield restriction(Restriction.DELETION if is_deletion else Restriction.NON_FREE, evidence)
    elif role is Role.FLAG:
        for name in filter(None, (part.strip().casefold() for part in value.split("|"))):
            yield restriction(Restriction.NOTE, evidence, name[:_MAX_NAME])
    elif role is Role.LICENSE_HISTORY:
        yield from (restriction(Restriction.NOTE, evidence, change) for change in _changes(value, setting))


def _changes(history: str, setting: Setting) -> Iterator[str]:
    """Each change of license in a history as Flickr's interface gives it, in words.

    A later change does not take back a license that was given, but whoever checks the picture has to know of it.
    """
    try:
        changes = json.loads(history)
    except (ValueError, RecursionError):
        changes = None
    rows = changes if isinstance(changes, list) else [changes]
    for change in rows[:_MAX_CHANGES]:
        if not isinstance(change, dict):
            yield "license history that cannot be read"
            continue
        old, new = (_name_in_history(change.get(key), setting) for key in ("old_license", "new_license"))
        yield f"license changed from {old} to {new}, {str(change.get('date_change', 'at an unknown time'))[:40]}"


def _name_in_history(code: object, setting: Setting) -> str:
    reading = setting.book.read(str(code), "flickr")
    return (reading.expression if is_known(reading) else None) or str(code)[:_MAX_NAME]


def _institution_flag(value: str, evidence: Evidence, setting: Setting) -> Iterator[Claim]:
    """``isPublicDomain`` and its like: a finding of the institution in its own field at its host, elsewhere a label.

    A flag that is not set, or says something else, contradicts whoever calls the work free.
    """
    reading = setting.book.read("public domain" if value.casefold() in TRUE else value)
    if not is_known(reading):
        yield restriction(Restriction.NOT_PUBLIC_DOMAIN, evidence)
    elif setting.institution and setting.institution.fields.intersection(plain_names(evidence.locator)):
        claim = _claim(reading, 4, evidence, setting)
        place = setting.institution.jurisdiction if reading.needs_basis else claim.jurisdiction
        yield Claim(claim.kind, claim.value, Speaker.INSTITUTION, 4, evidence, claim.expression, place)
    else:
        yield _claim(reading, 1, evidence, setting)
