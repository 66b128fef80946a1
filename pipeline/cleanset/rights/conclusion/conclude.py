"""From claims to a conclusion: what is declared, what we accept, whether the policy permits it, and why.

The rules, in the order in which they are tried:

1. A user's ``deny`` wins over everything; a user's ``grant`` over everything but that.
2. Every place that names licenses is a source, and may offer a choice. Where sources agree, what they agree on counts
   (``offers``). Where they differ the stricter stands: the conditions of each of them together. A source that offers
   nothing that the policy accepts leaves the conflict open, and nothing is granted. The conflict is told either way.
3. Of the options that are agreed on, the one that asks for least among those that the policy accepts is taken
   (``verdict``). A label of the public domain needs a basis (``basis``).
4. A grant needs a claim of the policy's strength. A prohibition needs none: words that forbid, a stock agency, another
   owner named in the file (``objections``) are conflicts. Evidence that could not be read, and words about rights that
   nobody understood, count against the picture.
5. A reservation drops the picture also beside a license, unless the policy ignores it.
6. What a model made is dropped if the policy says so; so is a work that must be credited and names nobody.

The claims are a set: neither their order nor a repetition changes anything. More prohibitions never turn a refusal into
a grant, nor do fewer grants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cleanset.rights import attribution
from cleanset.rights.book import LicenseBook
from cleanset.rights.book.license import License, LicenseClass
from cleanset.rights.claims.claim import Claim, Kind, Restriction, Speaker
from cleanset.rights.claims.corrected import DENY
from cleanset.rights.claims.granted import RESEARCH, is_grant, terms_of
from cleanset.rights.conclusion import basis, objections
from cleanset.rights.conclusion.grants import Grant, license_grant, user_grant
from cleanset.rights.conclusion.offers import declared, strictness
from cleanset.rights.conclusion.trace import Rule, step
from cleanset.rights.embedded.origin import OriginKind
from cleanset.rights.policy import OnGenerated, OnReservation, OnUnread, Policy
from cleanset.schemas import Permission, Reason

NOASSERTION = "NOASSERTION"
NONE = "NONE"
PERMISSION_IN_WRITING = "LicenseRef-cleanset-permission"
"""Concluded license of a work that a user has a permission for which is no license of the book."""

_UNKNOWN = frozenset({Reason.NO_EVIDENCE, Reason.LICENSE_UNKNOWN, Reason.UNREAD_RIGHTS})
_ABOUT_RIGHTS = frozenset({Kind.LICENSE, Kind.UNREAD, Kind.PUBLIC_DOMAIN, Kind.RESTRICTION})
_FIRST = (
    Reason.RESERVED,
    Reason.RIGHTS_CONFLICT,
    Reason.LICENSE_NOT_ALLOWED,
    Reason.LICENSE_UNKNOWN,
    Reason.UNREAD_RIGHTS,
    Reason.NO_EVIDENCE,
    Reason.GENERATED,
    Reason.NO_CREATOR,
)
"""Reasons in the order of their weight; the first that applies is the one that is counted."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What we make of the rights in one picture.

    Attributes:
        declared: what the sources say: SPDX expression, ``NOASSERTION``, or ``NONE`` where rights are reserved.
        concluded: what we take to hold, likewise; of a refused picture the license that it is refused for.
        permission: allowed exactly where there are no reasons against.
        reasons: why not; the first is the one that is counted.
        basis: what a permission rests on: ``license``, ``public-domain:RULE``, ``institution``, ``policy``,
            ``overlay``.
        evidence_text: the strongest evidence: layer, locator, text as found.
        strength: of the strongest claim for what is concluded; 0 without one.
        creator: who made it, as the evidence says.
        title: as the evidence says.
        attribution: ready to print where credit is due for a picture that is permitted.
        license_rank: 0 for the public domain, more for licenses that ask for more.
        trace: the rules that fired, in order.
        conflicts: the evidence that contradicts the rest.
        owners: whom copyright notices name.
        notices: those notices, as found.
        limits: of a permission in writing: ``research``, and the places where it holds.
        credited: the licenses that credit is due under, for a picture that is permitted.
    """

    declared: str
    concluded: str
    permission: Permission
    reasons: tuple[Reason, ...]
    basis: str | None
    evidence_text: str | None
    strength: int
    creator: str | None
    title: str | None
    attribution: str | None
    license_rank: int
    trace: tuple[str, ...]
    conflicts: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    credited: tuple[License, ...] = ()

    def of_work(self, claims: Iterable[Claim], url: str | None) -> Conclusion:
        """The same for a work with the titles among ``claims``, at that address: its name changes no right in it."""
        title = _name(objections.of_kind(claims, Kind.TITLE), Kind.TITLE)
        credit = attribution.of_licenses(self.credited, title, self.creator, url) if self.credited else None
        return replace(self, title=title, attribution=credit)


def conclude(claims: Iterable[Claim], policy: Policy, book: LicenseBook, *, url: str | None = None) -> Conclusion:
    """What the claims about one picture come to under ``policy``.

    Args:
        claims: from ``claims_from``, in any order.
        policy: what may be kept.
        book: reads the expressions of the claims.
        url: where the picture came from, for the attribution.
    """
    ordered = sorted(set(claims), key=lambda claim: claim.order)
    grant = user_grant(ordered, policy, book) or license_grant(ordered, policy, book)
    against = list(_against(ordered, grant, policy))
    found = {reason for reason, _, _ in against} | ({grant.reason} if grant.reason else set())
    creator = _name(ordered, Kind.CREATOR) or _name(ordered, Kind.OWNER)
    granted = grant.option.licenses if grant.option and grant.reason is None else ()
    credit_due = any(license_.attribution for license_ in granted)
    steps = [*grant.steps, *(text for _, text, _ in against)]
    if credit_due and creator is None:
        steps.append(step(Rule.NO_CREATOR, "credit is due, but no evidence names a creator or an owner"))
        found |= {Reason.NO_CREATOR} if policy.require_creator_for_attribution else set()
    reasons = tuple(reason for reason in _FIRST if reason in found)
    conclusion = Conclusion(
        declared=declared(ordered),
        concluded=_concluded(grant, ordered),
        permission=_permission(reasons),
        reasons=reasons,
        basis=grant.basis if not reasons else None,
        evidence_text=grant.claims[0].words if grant.claims else _strongest_words(ordered),
        strength=grant.claims[0].strength if grant.claims else 0,
        creator=creator,
        title=None,
        attribution=None,
        license_rank=strictness(grant.option.license_class if grant.option else LicenseClass.UNKNOWN),
        trace=tuple(steps),
        conflicts=(*grant.conflicts, *(claim.words for _, _, claim in against if claim)),
        owners=tuple(dict.fromkeys(claim.value for claim in objections.noticed(ordered))),
        notices=tuple(dict.fromkeys(claim.evidence.value for claim in objections.noticed(ordered))),
        limits=tuple(dict.fromkeys(_limits(ordered))),
        credited=granted if credit_due and not reasons else (),
    )
    return conclusion.of_work(ordered, url)


def _limits(claims: Sequence[Claim]) -> Iterator[str]:
    """What limits the user's permissions in writing."""
    for terms in filter(None, map(terms_of, claims)):
        if terms.research_only:
            yield RESEARCH
        yield from terms.jurisdictions


def _permission(reasons: Sequence[Reason]) -> Permission:
    """Allowed without a reason against; unknown where the only reasons are things that we do not know."""
    if not reasons:
        return Permission.ALLOWED
    return Permission.UNKNOWN if _UNKNOWN.issuperset(reasons) else Permission.REFUSED


def _concluded(grant: Grant, claims: Sequence[Claim]) -> str:
    if grant.option is not None:
        return NONE if grant.option.license_class is LicenseClass.ALL_RIGHTS_RESERVED else grant.option.expression
    if grant.basis == basis.OVERLAY:
        return PERMISSION_IN_WRITING
    return NONE if declared(claims) == NONE else NOASSERTION


def _strongest_words(claims: Sequence[Claim]) -> str | None:
    """The evidence to show where nothing was concluded: the first word about licenses or restrictions, if any."""
    about_rights = [c for c in claims if c.kind in _ABOUT_RIGHTS]
    return min(about_rights, key=lambda c: (-c.strength, c.order)).words if about_rights else None


def _name(claims: Sequence[Claim], kind: Kind) -> str | None:
    """The name that the strongest claims give; several in one place are all named."""
    named = objections.of_kind(claims, kind)
    if not named:
        return None
    first = min(named, key=lambda claim: (-claim.strength, claim.order))
    same_place = (claim.value for claim in named if claim.source == first.source and claim.strength == first.strength)
    return "; ".join(dict.fromkeys(same_place)) if kind is not Kind.TITLE else first.value


_Against = tuple[Reason | None, str, Claim | None]
"""A reason, if it is one under the policy; its line in the trace; and the claim, where it contradicts."""


def _against(claims: Sequence[Claim], grant: Grant, policy: Policy) -> Iterator[_Against]:
    """What speaks against the picture besides its licenses."""
    for claim in objections.restrictions(claims, DENY):
        yield (
            Reason.LICENSE_NOT_ALLOWED,
            step(Rule.DENIED, f"a correction of the user denies the work; {claim.words}"),
            claim,
        )
    if grant.claims and is_grant(grant.claims[0]) and grant.reason is None:
        yield from _generated(claims, policy)
        return
    granted = grant.reason is None
    for claim in objections.forbidding(claims, grant.option if granted else None, grant.claims):
        reason = Reason.RIGHTS_CONFLICT if granted else Reason.LICENSE_NOT_ALLOWED
        yield reason, step(Rule.FORBIDDEN, objections.in_words(claim)), claim
    if granted:
        for claim in objections.other_owners(claims):
            yield (
                Reason.RIGHTS_CONFLICT,
                step(Rule.OTHER_OWNER, f"the file names an owner whom the data set does not; {claim.words}"),
                claim,
            )
        yield from _outlived(claims, grant, policy)
    for claim in objections.restrictions(claims, Restriction.UNREADABLE):
        yield (
            Reason.LICENSE_UNKNOWN,
            step(Rule.UNREADABLE, f"what could not be read may forbid the use; {claim.words}"),
            None,
        )
    yield from _unread(claims, policy)
    for claim in objections.restrictions(claims, Restriction.NOTE):
        yield (
            None,
            step(Rule.NOTE, f"{claim.value.partition(':')[2]}: to be known, but no objection; {claim.words}"),
            None,
        )
    yield from _reservations(claims, policy)
    yield from _generated(claims, policy)


_FIRST_LICENSES = 2002
"""When the first licenses of the kind were published: an author who died before gave none."""


def _outlived(claims: Sequence[Claim], grant: Grant, policy: Policy) -> Iterator[_Against]:
    """An author whose term still runs, of a work that others call free or license."""
    year = basis.outlived(claims, policy)
    if year is None or grant.option is None or not grant.claims:
        return
    by_others = grant.option.is_label or grant.claims[0].said_by is Speaker.INSTITUTION
    if by_others or (year < _FIRST_LICENSES and grant.claims[0].said_by is not Speaker.USER):
        told = f"an author lived in {year}, so that the work is protected, and nobody shows whose the license is"
        yield Reason.RIGHTS_CONFLICT, step(Rule.OTHER_OWNER, f"{told}; {grant.claims[0].words}"), grant.claims[0]


def _unread(claims: Sequence[Claim], policy: Policy) -> Iterator[_Against]:
    """What stands in a place about rights and nobody could read; a license that the user corrected is no question."""
    for claim in objections.unread(claims):
        blocks = policy.unread_rights == OnUnread.BLOCK
        told = "may forbid the use" if blocks else f"is ignored by the policy {policy.name}"
        yield (
            Reason.UNREAD_RIGHTS if blocks else None,
            step(Rule.UNREAD, f"words about rights that were not read: whatever they say {told}; {claim.words}"),
            None,
        )


def _reservations(claims: Sequence[Claim], policy: Policy) -> Iterator[_Against]:
    drops = policy.reservations == OnReservation.DROP
    for claim in objections.reserved(claims):
        _, use, protocol = claim.value.split(":", 2)
        told = f"{use} is reserved, by {protocol}"
        if drops:
            yield Reason.RESERVED, step(Rule.RESERVED, f"{told}; {claim.words}"), claim
        else:
            ignored = f"{told}, but the policy {policy.name} puts a license before it; {claim.words}"
            yield None, step(Rule.RESERVATION_IGNORED, ignored), None


def _generated(claims: Sequence[Claim], policy: Policy) -> Iterator[_Against]:
    for claim in objections.of_kind(claims, Kind.AI_ORIGIN):
        is_whole = claim.value == OriginKind.AI_GENERATED
        drops = policy.generated == OnGenerated.DROP_EDITED or (policy.generated == OnGenerated.DROP and is_whole)
        made = "the picture" if is_whole else "a part of the picture"
        told = f"a model made {made}, which the policy {policy.name} {'drops' if drops else 'keeps'}; {claim.words}"
        yield Reason.GENERATED if drops else None, step(Rule.GENERATED, told), None
