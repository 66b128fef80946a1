"""From evidence to claims: what each piece of evidence says, by whom, and how much that counts.

The ladder of strength, for claims of a license (a prohibition needs no strength):

======== =========================================================================== =======================
strength what is seen                                                                who says it
======== =========================================================================== =======================
4        a correction of the user; an institution's own field at its own host        user, institution
3        a platform's own code at the host of first publication (Flickr)             platform
2        a license column; a rights column that holds just a license, or one beside a aggregator, file
         credit (``© Jane Doe, CC BY 4.0``); any column or embedded field that holds
         just a license's address; a license field of XMP, PNG text or C2PA; HTTP
         ``Link``; structured data of a page that names the picture's address
1        a notice, or terms in the file, that are nothing but a license, or one      aggregator, file
         beside a credit; the license of a whole page or data set, also when a
         column hands it on; what img2dataset's ``exif`` column hands on
0        a license named somewhere in a longer text                                  aggregator, file
======== =========================================================================== =======================

A license whose version is not stated counts one less. The ready policies want strength 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.claim import Claim, Kind, Restriction, Speaker, restriction, speaker_of
from cleanset.rights.claims.columns import says_nothing
from cleanset.rights.claims.corrected import correction_claims, ruled
from cleanset.rights.claims.forbidding import forbidden_by
from cleanset.rights.claims.freetext import name_in, owner_in, plain, restrictions_in
from cleanset.rights.claims.generated import generated_claims
from cleanset.rights.claims.hosts import load_hosts
from cleanset.rights.claims.licensing import (
    AGGREGATORS,
    Setting,
    flag_claims,
    is_license,
    license_claims,
)
from cleanset.rights.claims.names import Bare
from cleanset.rights.claims.pages import PAGE, page_evidence
from cleanset.rights.claims.persons import identity, person_claims, title_claims
from cleanset.rights.claims.roles import SECOND_HAND, Role, plain_name, role_of
from cleanset.rights.claims.sources import pages_of
from cleanset.rights.claims.unreadable import other_version, unread_claims, without_known_names
from cleanset.rights.claims.wording import read_wording, without_harmless
from cleanset.rights.conclusion.basis import FACTS, fact_claims
from cleanset.rights.embedded.generators import names_generator
from cleanset.rights.embedded.origin import OriginKind, read_origin
from cleanset.rights.embedded.packet import PARSE_ERROR
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout import vocabulary
from cleanset.rights.optout.lists import Kind as ListKind
from cleanset.rights.optout.lists import OptOutLists
from cleanset.rights.optout.read import NO_HASHES, read_signals
from cleanset.rights.optout.signal import Signal, bears

__all__ = ["Claim", "Kind", "Restriction", "Speaker", "claims_from"]

_MEMO_TEXT = 1000
_MEMO_SIZE = 8192
"""Together at most some 10 MB in Latin letters."""
_URL = "url"
"""Locator of the evidence that a sample's own address is."""
PROVENANCE = ("dcterms:provenance", "dcterms.provenance")
"""How the places end that say where a C2PA manifest is kept outside the file."""


def claims_from(  # noqa: PLR0913, PLR0917  one sample's evidence, and everything that it is read with
    evidence: Iterable[Evidence],
    url: str | None,
    profile: str,
    book: LicenseBook,
    lists: OptOutLists | None = None,
    hashes: Mapping[ListKind, str] = NO_HASHES,
) -> tuple[Claim, ...]:
    """Everything that the evidence of one sample claims, each claim once, in an order of its own.

    Args:
        evidence: of any layer, in any order.
        url: where the image came from.
        profile: the input profile, which may fix the vocabulary of a license column.
        book: reads the licenses.
        lists: the user's opt-out lists.
        hashes: the image's hashes, hex, for those lists.
    """
    seen = sorted(set(evidence), key=_place)
    setting = setting_of(seen, url, profile, book)
    seen.extend(_in_pages(seen, url or "", setting.platform))
    claims = {claim for one in seen for claim in _claims_of(one, setting)}
    if agency := setting.hosts.agency(url or ""):
        claims.add(restriction(Restriction.STOCK, Evidence(Layer.COLUMN, _URL, url or ""), agency))
    claims.update(_unread_manifest(seen))
    claims.update(generated_claims(seen, url or ""))
    pages = pages_of(seen) if lists else ()
    claims.update(_reservations(read_signals(seen, url=url, lists=lists, hashes=hashes, pages=pages)))
    claims.update(other_version(claims, seen))
    read = ruled(without_known_names(claims, book), seen, book)
    return tuple(sorted(set(read), key=lambda claim: claim.order))


def setting_of(evidence: Sequence[Evidence], url: str | None, profile: str, book: LicenseBook) -> Setting:
    """What the evidence of one sample is read in."""
    hosts, address = load_hosts(), url or ""
    institution = None if profile in AGGREGATORS else hosts.institution(address)
    version, page_level = _license_version(evidence), _is_page_level(evidence, profile)
    return Setting(profile, institution, hosts.platform(address), version, page_level, book, hosts)


def title_claims_of(evidence: Evidence, setting: Setting) -> tuple[Claim, ...] | None:
    """What a piece of evidence that bears on a title claims; None where that is more than a title."""
    claims = _claims_of(evidence, setting)
    return claims if all(claim.kind is Kind.TITLE for claim in claims) else None


def _in_pages(evidence: Sequence[Evidence], url: str, platform: str | None) -> Iterator[Evidence]:
    """The license statements of stored pages. Wikimedia's pages name the license of their text, not of the file."""
    of_text = platform == "commons"
    for page in evidence:
        if page.layer is Layer.HTML and page.locator == PAGE:
            yield from (one for one in page_evidence(page, url) if not of_text or "rel=license" not in one.locator)


def _place(evidence: Evidence) -> tuple[str, str, str, bytes, str]:
    return evidence.layer, evidence.locator, evidence.value, evidence.packet or b"", evidence.observed_at or ""


def _unread_manifest(evidence: Sequence[Evidence]) -> Iterator[Claim]:
    """A C2PA manifest that was not read may hold a prohibition: for want of the extra, or as it is kept elsewhere."""
    of_c2pa = [one for one in evidence if one.layer is Layer.C2PA]
    if not any(one.locator in {"validation-state", PARSE_ERROR} for one in of_c2pa):
        yield from (restriction(Restriction.UNREADABLE, one) for one in of_c2pa if one.locator == "manifest")
        elsewhere = (one for one in evidence if one.locator.casefold().endswith(PROVENANCE))
        yield from (restriction(Restriction.UNREADABLE, one) for one in elsewhere)


def _license_version(evidence: Sequence[Evidence]) -> str:
    """The version that a column of its own states (Openverse), or nothing."""
    versions = {one.value.strip() for one in evidence if role_of(one) is Role.LICENSE_VERSION}
    return versions.pop() if len(versions) == 1 else ""


def _is_page_level(evidence: Sequence[Evidence], profile: str) -> bool:
    """Whether a column says where on a page the license stood (Fondant): then it was the page's."""
    return profile == "fondant" or any(
        one.layer is Layer.COLUMN and plain_name(one.locator) == "licenselocation" for one in evidence
    )


def _claims_of(evidence: Evidence, setting: Setting) -> tuple[Claim, ...]:
    """What one piece of evidence claims. Sources repeat themselves, so short texts are read once."""
    if evidence.layer is Layer.COLUMN and evidence.locator != PARSE_ERROR and role_of(evidence) is None:
        return ()  # a hash, or what ``optout`` reads
    return (_remembered if len(evidence.value) <= _MEMO_TEXT else _read)(evidence, setting)


def _read(evidence: Evidence, setting: Setting) -> tuple[Claim, ...]:
    """The claims of a piece of evidence and, if it is of such a place, the origin that it tells of."""
    return (*_told(evidence, setting), *_origin(evidence))


_remembered = lru_cache(maxsize=_MEMO_SIZE)(_read)


def _told(evidence: Evidence, setting: Setting) -> Iterator[Claim]:
    """What one piece of evidence says: a user's correction, or what its place is about."""
    if evidence.locator == PARSE_ERROR:
        yield restriction(Restriction.UNREADABLE, evidence)
    elif evidence.layer is Layer.OVERLAY:
        yield from correction_claims(evidence, setting)
    elif (role := role_of(evidence)) is not None and not says_nothing(evidence.value):
        yield from _by_role(role, evidence, setting)


def _by_role(role: Role, evidence: Evidence, setting: Setting) -> Iterator[Claim]:
    """What a piece of evidence claims whose place is about ``role``."""
    yield from unread_claims(role, evidence, setting)
    match role:
        case Role.WORDS:
            yield from (replace(claim, strength=0) for claim in license_claims(Role.TEXT, evidence, setting))
            yield from _words(role, evidence, setting)
        case Role.LICENSE | Role.PAGE_LICENSE | Role.LINK:
            yield from license_claims(role, evidence, setting)
            yield from _words_in_license(role, evidence, setting)
        case Role.TERMS | Role.NOTICE | Role.TEXT:
            yield from license_claims(role, evidence, setting)
            yield from _words(role, evidence, setting)
        case Role.OWNER | Role.CREATOR | Role.HANDLE | Role.CREDIT:
            yield from person_claims(role, evidence, setting)
            yield from (restriction(what, evidence) for what in forbidden_by(evidence.value))
            if role is not Role.CREDIT:
                yield from _license_of_creators(evidence, setting)
            if role is Role.CREDIT:
                yield from _words_in_credit(evidence, setting)
        case Role.TITLE:
            yield from title_claims(evidence, setting)
        case Role.SOURCE | Role.LICENSOR:
            yield from _address(role, evidence, setting)
        case _ if role in FACTS:
            yield from _facts(role, evidence, setting)
        case _:  # flags; versions and source types are read with the rest of the sample
            yield from flag_claims(role, evidence, setting)
            yield from _generated(role, evidence)


def _words_in_license(role: Role, evidence: Evidence, setting: Setting) -> Iterator[Claim]:
    """What a license field forbids that holds no license but terms of its own."""
    if not is_license(evidence.value, setting.book):
        for claim in _words(role, evidence, setting):
            is_reserved = claim.value == Restriction.RESERVED_RIGHTS_NOTICE
            yield replace(claim, value=Restriction.RESERVED_RIGHTS.value) if is_reserved else claim


def _license_of_creators(evidence: Evidence, setting: Setting) -> Iterator[Claim]:
    """A license that stands in a field for creators grants nothing there, but may contradict; a label says nothing."""
    found = (replace(claim, strength=0) for claim in license_claims(Role.CREDIT, evidence, setting))
    yield from (claim for claim in found if claim.kind is Kind.LICENSE)


def _words_in_credit(evidence: Evidence, setting: Setting) -> Iterator[Claim]:
    """What a credit line says besides names: ``(c) Jane Doe, some rights reserved (CC BY-NC)``. It grants nothing."""
    yield from license_claims(Role.CREDIT, evidence, setting)
    yield from (restriction(what, evidence) for what in restrictions_in(evidence.value, in_notice=False))


def _facts(role: Role, evidence: Evidence, setting: Setting) -> Iterator[Claim]:
    """A fact of the work's term; no medium where visitors upload, as their picture may show more than the work."""
    if role is not Role.WORK_KIND or not setting.platform:
        yield from fact_claims(role, evidence)


def _words(role: Role, evidence: Evidence, setting: Setting) -> Iterator[Claim]:
    """What free text forbids, whose agency it names, and whose copyright."""
    for what in restrictions_in(without_harmless(evidence.value, setting.book), in_notice=role is Role.NOTICE):
        yield restriction(what, evidence)
    if agency := setting.hosts.agency_in(evidence.value):
        yield restriction(Restriction.STOCK, evidence, agency)
    wording = read_wording(evidence.value, setting.book, Bare.NONE)
    if wording.licenses and not wording.unread:
        for owner in wording.owners:
            yield from identity(Kind.OWNER, owner, Role.NOTICE, evidence)
        for creator in wording.creators:
            yield from identity(Kind.CREATOR, creator, Role.CREDIT, evidence)
    elif role is not Role.TEXT and (owner := owner_in(evidence.value) or _bare_owner(role, evidence, setting)):
        yield from identity(Kind.OWNER, owner, Role.NOTICE, evidence)


def _bare_owner(role: Role, evidence: Evidence, setting: Setting) -> str:
    """The name in a notice column that lacks the sign: ``2012 Jane Doe``; a license's name there is none."""
    if role is not Role.NOTICE or evidence.layer is not Layer.COLUMN or is_license(plain(evidence.value), setting.book):
        return ""
    return name_in(evidence.value)


def _address(role: Role, evidence: Evidence, setting: Setting) -> Iterator[Claim]:
    """Where the work comes from or is sold: a stock agency, or any shop that is not an open license."""
    if agency := setting.hosts.agency_in(evidence.value):
        yield restriction(Restriction.STOCK, evidence, agency)
    elif role is Role.LICENSOR and not is_license(evidence.value.strip(), setting.book):
        yield restriction(Restriction.LICENSOR, evidence)


def _reservations(signals: Iterable[Signal]) -> Iterator[Claim]:
    """Every signal of every protocol, by what it means for training: reserved, allowed, or unknown."""
    bearing = vocabulary.load().bearing
    for signal in signals:
        value = f"{bears(signal, bearing)}:{signal.use}:{signal.protocol}"
        parser = f"{signal.protocol} {signal.version}".strip()
        speaker = speaker_of(signal.evidence.layer)
        yield Claim(Kind.RESERVATION, value, speaker, 0, signal.evidence, parser=parser)


def _origin(evidence: Evidence) -> Iterator[Claim]:
    """That a model made the picture, or a part of it, if the evidence says so; no other evidence outweighs it."""
    if evidence.layer is not Layer.COLUMN or _tells_origin(evidence):
        origin = read_origin([_as_embedded(evidence)])
        if origin.kind in {OriginKind.AI_GENERATED, OriginKind.AI_EDITED}:
            yield Claim(Kind.AI_ORIGIN, origin.kind.value, speaker_of(evidence.layer), 0, evidence)


def _generated(role: Role, evidence: Evidence) -> Iterator[Claim]:
    """What a data set says itself of a model that made the picture, by the name of a program."""
    if role is Role.GENERATOR and names_generator(evidence.value):
        yield Claim(Kind.AI_ORIGIN, OriginKind.AI_GENERATED.value, speaker_of(evidence.layer), 0, evidence)


def _tells_origin(evidence: Evidence) -> bool:
    """Whether a column can tell of a model: it hands on a property of the file."""
    return evidence.locator.startswith(SECOND_HAND) or role_of(evidence) in {Role.SOURCE_TYPE, Role.CREDIT}


def _as_embedded(evidence: Evidence) -> Evidence:
    """A column that hands on a Digital Source Type, as the property of the file that it was."""
    if evidence.layer is not Layer.COLUMN or evidence.locator.startswith(SECOND_HAND):
        return evidence
    is_credit = role_of(evidence) is Role.CREDIT
    return Evidence(Layer.XMP, "photoshop:Credit" if is_credit else "Iptc4xmpExt:DigitalSourceType", evidence.value)
