"""What a policy makes of one license option: fit, not fit, or not known to be fit. Unknown is never fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from cleanset.rights.book.license import Answer, License, LicenseClass
from cleanset.rights.conclusion.offers import Option, strictness
from cleanset.rights.jurisdictions import is_within
from cleanset.rights.policy import Policy, Purpose


class Fit(IntEnum):
    """How an option stands with a policy; a prohibition that was read outweighs what is not known."""

    FITS = 0
    NOT_KNOWN = 1
    FORBIDDEN = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """A fit, and the first reason for it in words."""

    fit: Fit
    why: str


_BARE = "is a label that anybody can apply, and no expired term, no institution and no policy is behind it"


def judge(option: Option, policy: Policy, basis: str | None) -> Verdict:
    """What ``policy`` makes of ``option``; ``basis`` is what a label of the public domain rests on, if anything."""
    objections = [verdict for license_ in option.licenses for verdict in _objections(license_, policy, basis)]
    return max(objections, key=lambda verdict: verdict.fit, default=Verdict(Fit.FITS, "accepted"))


def _objections(license_: License, policy: Policy, basis: str | None) -> Iterator[Verdict]:
    """Everything that the policy has against one license."""
    if policy.denies(license_):
        yield Verdict(Fit.FORBIDDEN, f"the policy {policy.name} refuses {license_.spdx} by name")
    if not license_.image_license:
        yield Verdict(Fit.NOT_KNOWN, f"{license_.spdx} says nothing of one picture")
    if license_.grants_in and not is_within(policy.jurisdictions, license_.grants_in):
        places = ", ".join(license_.grants_in)
        yield Verdict(Fit.NOT_KNOWN, f"{license_.spdx} grants in {places}, not in {', '.join(policy.jurisdictions)}")
    if license_.needs_basis:
        if basis is None:
            yield Verdict(Fit.NOT_KNOWN, f"{license_.spdx} {_BARE}")
        elif LicenseClass.PUBLIC_DOMAIN not in policy.accept:
            yield Verdict(Fit.FORBIDDEN, f"the policy {policy.name} does not accept the public domain")
    elif license_.license_class is LicenseClass.UNKNOWN:
        yield Verdict(Fit.NOT_KNOWN, f"{license_.spdx} is not in the license book")
    elif not policy.allows(license_):
        yield from _terms(license_, policy)


def _terms(license_: License, policy: Policy) -> Iterator[Verdict]:
    """What the policy has against the terms of a license that it does not name."""
    if license_.license_class not in policy.accept:
        yield Verdict(
            Fit.FORBIDDEN, f"{license_.spdx} is of class {license_.license_class}, which {policy.name} does not accept"
        )
    if license_.share_alike and LicenseClass.SHARE_ALIKE not in policy.accept:
        yield Verdict(Fit.FORBIDDEN, f"{license_.spdx} asks for share-alike, which {policy.name} does not accept")
    if policy.purpose == Purpose.COMMERCIAL and license_.commercial is not Answer.YES:
        yield _answer(license_.commercial, f"whether {license_.spdx} permits commercial use: {license_.commercial}")
    if license_.derivatives is not Answer.YES and LicenseClass.NO_DERIVATIVES not in policy.accept:
        yield _answer(license_.derivatives, f"whether {license_.spdx} permits derivatives: {license_.derivatives}")


def _answer(answer: Answer, why: str) -> Verdict:
    return Verdict(Fit.FORBIDDEN if answer is Answer.NO else Fit.NOT_KNOWN, why)


def best_option(options: Iterable[Option], policy: Policy, basis: str | None) -> tuple[Option, Verdict]:
    """The option that a user would take: a fitting one, of these the one that asks for least.

    Raises:
        ValueError: there are no options.
    """
    return min(((option, judge(option, policy, basis)) for option in options), key=_reluctance)


_TAKEN_FIRST = {Fit.FITS: 0, Fit.FORBIDDEN: 1, Fit.NOT_KNOWN: 2}
"""Beside a license that was read, an unknown alternative explains nothing."""


def _reluctance(judged: tuple[Option, Verdict]) -> tuple[int, int, float, str]:
    """Orders options from the one that is taken first; of the versions of a license the newest."""
    option, verdict = judged
    return _TAKEN_FIRST[verdict.fit], strictness(option.license_class), option.age, option.expression
