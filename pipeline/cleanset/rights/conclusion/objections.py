"""What speaks against a grant besides other licenses: words that forbid, another owner, an opt-out, a generator."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from cleanset.rights.book.license import Answer, LicenseClass
from cleanset.rights.claims.claim import Claim, Kind, Restriction, Speaker
from cleanset.rights.claims.corrected import DENY
from cleanset.rights.claims.freetext import is_other_name, name_in, telling_words
from cleanset.rights.claims.roles import SECOND_HAND, Role, role_of
from cleanset.rights.conclusion.offers import Option
from cleanset.rights.evidence import Layer

_IN_WORDS = {
    Restriction.RESERVED_RIGHTS: "somebody reserves all rights",
    Restriction.RESERVED_RIGHTS_NOTICE: "a named owner reserves all rights",
    Restriction.EDITORIAL: "only editorial use is allowed",
    Restriction.NON_COMMERCIAL: "commercial use is not allowed",
    Restriction.NO_DERIVATIVES: "changes are not allowed",
    Restriction.PERMISSION: "use needs permission",
    Restriction.NON_FREE: "the work is called not free",
    Restriction.SOMETHING_ELSE: "the license is said to be for something else than the picture",
    Restriction.NOT_PUBLIC_DOMAIN: "the work is said not to be in the public domain",
    Restriction.DELETION: "somebody asked for the deletion of the work",
    Restriction.LICENSOR: "the work is licensed at another place",
    Restriction.STOCK: "an agency sells it whose terms are not open",
}
_NOT_FORBIDDING = (Restriction.NOTE.value, Restriction.UNREADABLE.value, DENY)
_NAMES_LICENSE = frozenset({Role.LICENSE, Role.PAGE_LICENSE, Role.LINK})
_SIGN = re.compile(r"\u00a9|\(c\)|&copy;|\bcopyright\b|\bcopr\.", re.IGNORECASE)
_RECORD_STRENGTH = 2
"""Names of this strength and more are a data set's own fields for creators and owners, not handles or credit lines."""


def of_kind(claims: Iterable[Claim], kind: Kind) -> list[Claim]:
    """The claims of one kind, in order."""
    return [claim for claim in claims if claim.kind is kind]


def restrictions(claims: Iterable[Claim], what: str) -> list[Claim]:
    """The restriction claims of one value, with or without a name behind it."""
    return [claim for claim in of_kind(claims, Kind.RESTRICTION) if claim.value.partition(":")[0] == what]


def unread(claims: Iterable[Claim]) -> list[Claim]:
    """Words about rights that could not be read. A user's license takes the place of those in license fields."""
    claims = list(claims)
    corrected = any(claim.expression and claim.said_by is Speaker.USER for claim in claims)
    replaced = _NAMES_LICENSE if corrected else frozenset()
    found = of_kind(claims, Kind.UNREAD)
    return [claim for claim in found if claim.said_by is Speaker.USER or role_of(claim.evidence) not in replaced]


def in_words(claim: Claim) -> str:
    """What a restriction says, then the evidence for it."""
    if claim.kind is Kind.OWNER:
        return f"a copyright notice names {claim.value}; {claim.words}"
    what, _, name = claim.value.partition(":")
    told = next((words for restriction, words in _IN_WORDS.items() if restriction == what), what)
    return f"{told}{f' ({name})' if name else ''}; {claim.words}"


def record_of(claim: Claim) -> str:
    """What a claim was written down together with: the row of the data set, or one kind of metadata in the file."""
    evidence = claim.evidence
    return SECOND_HAND if evidence.locator.startswith(SECOND_HAND) else evidence.layer


def forbidding(claims: Sequence[Claim], option: Option | None, support: Sequence[Claim]) -> list[Claim]:
    """Restrictions that contradict a grant of ``option``, or stand alone if it is None.

    ``© Jane Doe. All rights reserved`` beside a license is what many licensors write. It counts only when it may be
    another's word: it names another than the creator, or stands among terms or in another record than the license and
    names nobody that the data set names. In the public domain no right is left to reserve, so there it counts always. A
    flag that a work is not in the public domain, and a copyright notice, contradict nothing but the public domain; what
    the license forbids as well contradicts nothing.
    """
    found = [c for c in of_kind(claims, Kind.RESTRICTION) if c.value.partition(":")[0] not in _NOT_FORBIDDING]
    if option is not None and option.license_class is LicenseClass.PUBLIC_DOMAIN:
        return [*found, *_notices(claims, support)]
    met = {Restriction.NOT_PUBLIC_DOMAIN.value, *_said_by_license(option)}
    found = [claim for claim in found if claim.value not in met]
    if option is None:
        support = [claim for claim in claims if claim.kind is Kind.LICENSE]
    records = {record_of(claim) for claim in support}
    return [claim for claim in found if not _is_licensors_notice(claim, records, claims)]


def _notices(claims: Sequence[Claim], support: Sequence[Claim]) -> Iterator[Claim]:
    """Copyright notices, which contradict that no right is left; not one of whom the record names as the dedicator.

    That is the author, and in a Debian copyright file, which pairs each notice with its license, whoever it names.
    """
    if any("dep5" in claim.evidence.locator.casefold() for claim in support):
        return
    authors = frozenset[str]().union(*(telling_words(c.value) for c in claims if _names_author(c)))
    yield from (claim for claim in noticed(claims) if not telling_words(claim.value) & authors)


def noticed(claims: Iterable[Claim]) -> list[Claim]:
    """Owners whom a copyright notice names."""
    return [claim for claim in of_kind(claims, Kind.OWNER) if _SIGN.search(claim.evidence.value)]


def _names_author(claim: Claim) -> bool:
    return claim.kind is Kind.CREATOR and role_of(claim.evidence) is Role.CREATOR


def _said_by_license(option: Option | None) -> Iterator[str]:
    """The restrictions that the licenses of an option state themselves."""
    licenses = option.licenses if option else ()
    if any(license_.commercial is Answer.NO for license_ in licenses):
        yield Restriction.NON_COMMERCIAL.value
    if any(license_.derivatives is Answer.NO for license_ in licenses):
        yield Restriction.NO_DERIVATIVES.value


def _is_licensors_notice(claim: Claim, records: set[str], claims: Sequence[Claim]) -> bool:
    if claim.value != Restriction.RESERVED_RIGHTS_NOTICE:
        return False
    owner = name_in(claim.evidence.value)
    if record_of(claim) in records and role_of(claim.evidence) is not Role.TERMS:
        return not is_other_name(owner, known_names(of_kind(claims, Kind.CREATOR)))
    elsewhere = [other for other in claims if other.evidence != claim.evidence]
    return bool(telling_words(owner) & known_names(elsewhere))


def known_names(claims: Iterable[Claim]) -> frozenset[str]:
    """The telling words of everybody that the data set, or the user, names as creator or owner."""
    named = (
        c for c in claims if c.kind in {Kind.CREATOR, Kind.OWNER} and record_of(c) in {Layer.COLUMN, Layer.OVERLAY}
    )
    return frozenset().union(*(telling_words(claim.value) for claim in named if claim.strength >= _RECORD_STRENGTH))


def other_owners(claims: Sequence[Claim]) -> Iterator[Claim]:
    """Owners that the file names and the data set does not: the license may not be theirs to give."""
    known = known_names(claims)
    for claim in of_kind(claims, Kind.OWNER):
        if record_of(claim) != Layer.COLUMN and is_other_name(claim.value, known):
            yield claim


def reserved(claims: Iterable[Claim]) -> list[Claim]:
    """The reservations that bear on training."""
    return [claim for claim in of_kind(claims, Kind.RESERVATION) if claim.value.startswith("reserved:")]
