"""What the licenses of all sources come to, before anything else that speaks against them: a grant, or why none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.claim import Claim, Kind, Restriction, Speaker
from cleanset.rights.claims.granted import is_grant, terms_of
from cleanset.rights.conclusion import basis
from cleanset.rights.conclusion.offers import (
    Option,
    Source,
    agreed,
    read_sources,
    strictness,
    support,
    together,
)
from cleanset.rights.conclusion.trace import Rule, step
from cleanset.rights.conclusion.verdict import Fit, Verdict, best_option
from cleanset.rights.conclusion.weighing import Weighing, weigh
from cleanset.rights.jurisdictions import is_within
from cleanset.rights.policy import OnConflict, Policy, Purpose
from cleanset.schemas import Reason

_ARTICLED = {speaker: f"the {speaker}" for speaker in Speaker}
LICENSE = "license"
"""Basis of a grant that is not one of ``basis``: the license itself."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What the licenses alone come to.

    Attributes:
        option: what is concluded; None where nothing is known.
        claims: those that offer it, the strongest first.
        reason: why it grants nothing; None if it does.
        basis: what it rests on.
        steps: the trace so far.
        conflicts: evidence that contradicts.
    """

    option: Option | None
    claims: tuple[Claim, ...]
    reason: Reason | None
    basis: str | None
    steps: tuple[str, ...]
    conflicts: tuple[str, ...] = ()


def user_grant(claims: Sequence[Claim], policy: Policy, book: LicenseBook) -> Grant | None:
    """The user's permission in writing, which settles every other question but a denial.

    Of several, and of a license that another correction gives the work, each has to permit the use.
    """
    given = [claim for claim in claims if is_grant(claim)]
    if not given:
        return None
    corrected = [claim for claim in claims if claim.said_by is Speaker.USER and claim.expression]
    said = [*given, *(claim for claim in corrected if not is_grant(claim))]
    offers = [_best_of(claim, policy, book) for claim in said]
    options = [option for option, _ in offers if option is not None]
    option = together(options) if options else None
    steps = [step(Rule.GRANTED, f"the user has a permission in writing; {claim.words}") for claim in given]
    against = [limit for claim in given if (limit := _limit(claim, policy))]
    against += [verdict for _, verdict in offers if verdict.fit is not Fit.FITS]
    worst = max(against, key=lambda verdict: verdict.fit, default=None)
    if worst is None:
        return Grant(option, tuple(said), None, basis.OVERLAY, tuple(steps))
    steps.append(step(Rule.NOT_ACCEPTED, f"the permission does not go so far: {worst.why}"))
    reason = Reason.LICENSE_NOT_ALLOWED if worst.fit is Fit.FORBIDDEN else Reason.LICENSE_UNKNOWN
    return Grant(option, tuple(said), reason, None, tuple(steps))


def _best_of(claim: Claim, policy: Policy, book: LicenseBook) -> tuple[Option | None, Verdict]:
    """What a user would take of the license that a correction names; a permission that names none has no terms."""
    choices = book.read(claim.expression).choices if claim.expression else ()
    if choices:
        return best_option([Option(choice) for choice in choices], policy, basis.OVERLAY)
    return None, Verdict(Fit.FITS, "every use")


def _limit(claim: Claim, policy: Policy) -> Verdict | None:
    """Why the purpose or the places of a permission do not reach the policy's; None if they do."""
    terms = terms_of(claim)
    if terms and terms.research_only and policy.purpose is not Purpose.RESEARCH:
        return Verdict(Fit.FORBIDDEN, f"it is for research, and {policy.name} is for {policy.purpose} use")
    if terms and terms.jurisdictions and not is_within(policy.jurisdictions, terms.jurisdictions):
        places, wanted = ", ".join(terms.jurisdictions), ", ".join(policy.jurisdictions)
        return Verdict(Fit.NOT_KNOWN, f"it holds in {places}, and {policy.name} asks for {wanted}")
    return None


def license_grant(claims: Sequence[Claim], policy: Policy, book: LicenseBook) -> Grant:
    """What the sources' licenses come to, before anything that speaks against them."""
    sources = read_sources(claims, book)
    steps = tuple(_reading_steps(claims))
    if not sources:
        return _nothing_read(claims, steps)
    weighing = weigh(sources, claims, policy, book)
    common = weighing.common
    if common and (weighing.is_strong(common) or not weighing.is_granted):
        return _agreement(weighing, common, steps)
    if all(weighing.offers):
        return _union(weighing, steps)
    shared = agreed(sources)
    if shared and not all(weighing.fitting(source.options) for source in sources):
        return _refusal(best_option(shared, policy, weighing.word), sources, steps, book)
    return _differing(weighing, steps)


def _agreement(weighing: Weighing, common: Sequence[Option], steps: tuple[str, ...]) -> Grant:
    """Sources that agree on an option which the policy accepts."""
    option = weighing.taken(common)
    count = len(weighing.sources)
    places = "the only place that names a license" if count == 1 else f"all {count} places that name one"
    told = f"{option.expression} is offered by {places}, and {weighing.policy.name} accepts its terms"
    steps = (*steps, step(Rule.CHOSEN, told), *_basis_steps(option, weighing))
    return _granted(weighing, option, support(option, weighing.sources, weighing.book), steps)


def _union(weighing: Weighing, steps: tuple[str, ...]) -> Grant:
    """Sources that differ, each with an option that the policy accepts: under all their conditions each permits."""
    taken = [weighing.taken(options) for options in weighing.offers]
    option = together(taken)
    steps += (_differ_step(taken),)
    words = tuple(source.claims[0].words for source in weighing.sources)
    claims = weighing.support(option)
    if weighing.policy.conflicts == OnConflict.REFUSE:
        told = f"the strictest would be {option.expression}, but {weighing.policy.name} refuses what sources dispute"
        steps = (*steps, step(Rule.STRICTER, told))
        return Grant(option, claims, Reason.RIGHTS_CONFLICT, None, steps, words)
    told = f"the stricter stands, {option.expression}: who meets it has met what each of them asks for"
    steps = (*steps, step(Rule.STRICTER, told), *_basis_steps(option, weighing))
    return replace(_granted(weighing, option, claims, steps), conflicts=words)


def _granted(weighing: Weighing, option: Option, claims: tuple[Claim, ...], steps: tuple[str, ...]) -> Grant:
    """The grant of an option, resting on the user's correction, a label's basis, or the license itself."""
    by_user = bool(claims) and claims[0].said_by is Speaker.USER
    rests_on = basis.OVERLAY if by_user else weighing.word if option.is_label else LICENSE
    grant = Grant(option, claims, None, rests_on, steps)
    strength = max(weighing.strength(option), claims[0].strength if claims else 0)
    return grant if strength >= weighing.policy.min_strength else _too_weak(grant, strength, weighing.policy)


def _basis_steps(option: Option, weighing: Weighing) -> Iterator[str]:
    if option.is_label and weighing.ground:
        word, told = weighing.ground
        yield step(Rule.BASIS, f"the public domain rests on {word}; {told}")


def _differ_step(taken: Iterable[Option]) -> str:
    named = " against ".join(sorted({option.expression for option in taken}))
    return step(Rule.DIFFER, f"places that name a license contradict each other: {named}")


def _too_weak(grant: Grant, strength: int, policy: Policy) -> Grant:
    expression = grant.option.expression if grant.option else ""
    told = f"the evidence for {expression} has strength {strength}, and {policy.name} wants {policy.min_strength}"
    weak = step(Rule.WEAK, f"{told}; {_what_is_missing(grant)}")
    return replace(grant, reason=Reason.LICENSE_UNKNOWN, basis=None, steps=(*grant.steps, weak))


def _what_is_missing(grant: Grant) -> str:
    """Why the strongest claim counts so little, and what would count for more."""
    if grant.option and grant.option.version_missing:
        return (
            "the version of the license is not stated, which counts one less: "
            "the version in the license column or in a column of its own, or the full address, would do"
        )
    if not grant.claims:
        return "a license column, a license field in the file or a correction would do"
    place = f"{grant.claims[0].evidence.layer} {grant.claims[0].evidence.locator}"
    return f"{place} is no field for this picture's license alone: a license column or a correction would do"


def _reading_steps(claims: Sequence[Claim]) -> Iterator[str]:
    """What was read of each license claim."""
    for claim in claims:
        if claim.kind in {Kind.LICENSE, Kind.PUBLIC_DOMAIN} and not is_grant(claim):
            said = f"said by {_ARTICLED[claim.said_by]}, strength {claim.strength} of 4"
            yield step(Rule.READ, f"{claim.value}, {said}; {claim.words}")


def _nothing_read(claims: Sequence[Claim], steps: tuple[str, ...]) -> Grant:
    """Without a source that says something: no evidence at all, or words that nobody can read."""
    told = (claim for claim in claims if claim.value != Restriction.NOT_PUBLIC_DOMAIN)
    if any(claim.kind in {Kind.LICENSE, Kind.UNREAD, Kind.RESTRICTION} or claim.expression for claim in told):
        return Grant(
            None,
            (),
            Reason.LICENSE_UNKNOWN,
            None,
            (*steps, step(Rule.NOT_KNOWN, "nothing that was seen names a license that the book knows")),
        )
    nothing = step(Rule.NO_EVIDENCE, "nothing was seen that speaks of a license")
    return Grant(None, (), Reason.NO_EVIDENCE, None, (nothing,))


def _refusal(
    taken: tuple[Option, Verdict], sources: Sequence[Source], steps: tuple[str, ...], book: LicenseBook
) -> Grant:
    """What the sources agree on, and the policy does not accept."""
    option, verdict = taken
    is_forbidden = verdict.fit is Fit.FORBIDDEN
    rule = Rule.NOT_ACCEPTED if is_forbidden else Rule.NO_BASIS if option.is_label else Rule.NOT_KNOWN
    reason = Reason.LICENSE_NOT_ALLOWED if is_forbidden else Reason.LICENSE_UNKNOWN
    return Grant(option, support(option, sources, book), reason, None, (*steps, step(rule, verdict.why)))


def _differing(weighing: Weighing, steps: tuple[str, ...]) -> Grant:
    """Sources that name different licenses, of which the policy does not accept them all: the strictest stands."""
    sources = weighing.sources
    taken = [best_option(source.options, weighing.policy, weighing.word) for source in sources]
    option, verdict = max(taken, key=_weight)
    stricter = step(Rule.STRICTER, f"the strictest of them stands, {option.expression}: {verdict.why}")
    steps = (*steps, _differ_step(option for option, _ in taken), stricter)
    words = tuple(source.claims[0].words for source in sources)
    fits = {verdict.fit for _, verdict in taken}
    if Fit.FITS in fits:
        reason = Reason.RIGHTS_CONFLICT
    else:
        reason = Reason.LICENSE_NOT_ALLOWED if Fit.FORBIDDEN in fits else Reason.LICENSE_UNKNOWN
    return Grant(option, support(option, sources, weighing.book), reason, None, steps, words)


def _weight(judged: tuple[Option, Verdict]) -> tuple[bool, int, str]:
    """Orders options that differ from the least to the most restrictive; a bare label restricts nothing."""
    option, verdict = judged
    return verdict.fit is Fit.FORBIDDEN, strictness(option.license_class), option.expression
