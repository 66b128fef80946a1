"""What the licenses of all sources come to, before anything else that speaks against them: a grant, or why none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.claim import Claim, Kind, Restriction, Speaker
from cleanset.rights.conclusion import basis
from cleanset.rights.conclusion.offers import GRANT, Option, Source, agreed, read_sources, strictness, support
from cleanset.rights.conclusion.trace import Rule, step
from cleanset.rights.conclusion.verdict import Fit, Verdict, best_option, judge
from cleanset.rights.policy import OnConflict, Policy
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


def user_grant(claims: Sequence[Claim], book: LicenseBook) -> Grant | None:
    """The user's permission in writing, which settles every other question but a denial."""
    claim = next((claim for claim in claims if claim.value == GRANT and claim.kind is Kind.LICENSE), None)
    if claim is None:
        return None
    choices = book.read(claim.expression).choices if claim.expression else ()
    option = Option(choices[0]) if choices else None
    return Grant(
        option,
        (claim,),
        None,
        basis.OVERLAY,
        (step(Rule.GRANTED, f"the user has a permission in writing; {claim.words}"),),
    )


def license_grant(claims: Sequence[Claim], policy: Policy, book: LicenseBook) -> Grant:
    """What the sources' licenses come to, before anything that speaks against them."""
    sources = read_sources(claims, book)
    steps = tuple(_reading_steps(claims))
    if not sources:
        return _nothing_read(claims, steps)
    ground = basis.basis_of_label(claims, policy)
    word = ground[0] if ground else None
    common = agreed(sources)
    fitting = [option for option in common if judge(option, policy, word).fit is Fit.FITS]
    strong = [option for option in fitting if _strength(option, sources, word, book) >= policy.min_strength]
    if fitting:
        option, _ = best_option(strong or fitting, policy, word)
        steps += tuple(_choice_steps(option, sources, ground, policy))
        granted = _grant(option, support(option, sources, book), word, steps)
        return granted if strong else _too_weak(granted, _strength(option, sources, word, book), policy)
    if common and not all(_has_fitting(source, policy, word) for source in sources):
        return _refusal(best_option(common, policy, word), sources, steps, book)
    return _differing(sources, policy, word, steps, book)


def _grant(option: Option, claims: tuple[Claim, ...], word: str | None, steps: tuple[str, ...]) -> Grant:
    """The grant of an option, resting on the user's correction, a label's basis, or the license itself."""
    by_user = bool(claims) and claims[0].said_by is Speaker.USER
    rests_on = basis.OVERLAY if by_user else word if option.is_label else LICENSE
    return Grant(option, claims, None, rests_on, steps)


def _has_fitting(source: Source, policy: Policy, word: str | None) -> bool:
    return best_option(source.options, policy, word)[1].fit is Fit.FITS


def _strength(option: Option, sources: Sequence[Source], word: str | None, book: LicenseBook) -> int:
    """How strong the strongest claim for an option is; for a label whose term has run out, at least the years'."""
    claims = support(option, sources, book)
    is_computed = option.is_label and word is not None and word.startswith(basis.COMPUTED)
    return max(claims[0].strength if claims else 0, basis.COMPUTED_STRENGTH if is_computed else 0)


def _choice_steps(
    option: Option, sources: Sequence[Source], ground: tuple[str, str] | None, policy: Policy
) -> Iterator[str]:
    places = "the only place that names a license" if len(sources) == 1 else f"all {len(sources)} places that name one"
    yield step(Rule.CHOSEN, f"{option.expression} is offered by {places}, and {policy.name} accepts its terms")
    if option.is_label and ground:
        yield step(Rule.BASIS, f"the public domain rests on {ground[0]}; {ground[1]}")


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
    """What was read of each license claim, and what could not be."""
    for claim in claims:
        if claim.kind in {Kind.LICENSE, Kind.PUBLIC_DOMAIN} and claim.value != GRANT:
            if claim.expression is None and claim.kind is Kind.LICENSE:
                yield step(Rule.UNREAD, f"the license book does not know this license; {claim.words}")
            else:
                said = f"said by {_ARTICLED[claim.said_by]}, strength {claim.strength} of 4"
                yield step(Rule.READ, f"{claim.value}, {said}; {claim.words}")


def _nothing_read(claims: Sequence[Claim], steps: tuple[str, ...]) -> Grant:
    """Without a source that says something: no evidence at all, or words that nobody can read."""
    told = (claim for claim in claims if claim.value != Restriction.NOT_PUBLIC_DOMAIN)
    if any(claim.kind in {Kind.LICENSE, Kind.RESTRICTION} or claim.expression for claim in told):
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


def _differing(
    sources: Sequence[Source], policy: Policy, word: str | None, steps: tuple[str, ...], book: LicenseBook
) -> Grant:
    """Sources that name different licenses: the strictest stands."""
    taken = [best_option(source.options, policy, word) for source in sources]
    strictest = max(taken, key=_weight)
    words = tuple(source.claims[0].words for source in sources)
    named = " against ".join(sorted({option.expression for option, _ in taken}))
    told = step(Rule.DIFFER, f"places that name a license contradict each other: {named}")
    stricter = step(Rule.STRICTER, f"the strictest of them stands, {strictest[0].expression}: {strictest[1].why}")
    grant = Grant(strictest[0], support(strictest[0], sources, book), None, LICENSE, (*steps, told, stricter), words)
    fits = [verdict.fit is Fit.FITS for _, verdict in taken]
    if not any(fits):
        forbidden = any(verdict.fit is Fit.FORBIDDEN for _, verdict in taken)
        return replace(grant, reason=Reason.LICENSE_NOT_ALLOWED if forbidden else Reason.LICENSE_UNKNOWN, basis=None)
    if not all(fits) or policy.conflicts == OnConflict.REFUSE:
        return replace(grant, reason=Reason.RIGHTS_CONFLICT, basis=None)
    strength = max(claim.strength for source in sources for claim in source.claims)
    return grant if strength >= policy.min_strength else _too_weak(grant, strength, policy)


def _weight(judged: tuple[Option, Verdict]) -> tuple[bool, int, str]:
    """Orders options that differ from the least to the most restrictive; a bare label restricts nothing."""
    option, verdict = judged
    return verdict.fit is Fit.FORBIDDEN, strictness(option.license_class), option.expression
