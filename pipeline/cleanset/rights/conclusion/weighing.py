"""The offers of all sources as a policy weighs them: which it accepts, how strong they are, which one a user takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cleanset.rights.book import LicenseBook
from cleanset.rights.book.license import LicenseClass
from cleanset.rights.claims.claim import Claim, Kind, Restriction
from cleanset.rights.conclusion import basis
from cleanset.rights.conclusion.offers import Option, Source, agreed, offered, support
from cleanset.rights.conclusion.verdict import Fit, best_option, judge
from cleanset.rights.policy import Policy

_SPEAKS_OF_RIGHTS = frozenset(
    {
        Restriction.RESERVED_RIGHTS_NOTICE.value,
        Restriction.NOT_PUBLIC_DOMAIN.value,
    }
)
"""What a licensor may write beside a license, and nobody beside the public domain."""


@dataclass(frozen=True)
class Weighing:
    """Offers under one policy.

    Attributes:
        sources: at least one.
        offers: of each source, the options that the policy accepts, those included that only other sources name and
            this one says nothing against.
        common: the options that all sources agree on and the policy accepts.
        ground: what a label of the public domain rests on, and the words for it; None where a label is only a label.
        is_claimed: whether somebody speaks of rights in the work: then a license is taken before the public domain.
        policy: what may be kept.
        book: reads the expressions of the claims.
    """

    sources: tuple[Source, ...]
    offers: tuple[tuple[Option, ...], ...]
    common: tuple[Option, ...]
    ground: tuple[str, str] | None
    is_claimed: bool
    policy: Policy
    book: LicenseBook

    @property
    def word(self) -> str | None:
        """What a label rests on, in one word."""
        return self.ground[0] if self.ground else None

    @property
    def is_granted(self) -> bool:
        """Whether each source offers something that the policy accepts, and one of them says so strongly enough."""
        return all(self.offers) and any(self.is_strong(options) for options in self.offers)

    def fitting(self, options: Iterable[Option]) -> tuple[Option, ...]:
        """The options that the policy accepts."""
        return tuple(option for option in options if judge(option, self.policy, self.word).fit is Fit.FITS)

    def is_strong(self, options: Iterable[Option]) -> bool:
        """Whether a claim for one of the options has the strength that the policy wants."""
        return any(self.strength(option) >= self.policy.min_strength for option in options)

    def strength(self, option: Option) -> int:
        """How strong the strongest claim for an option is; for a label whose term has run out, at least the years'."""
        claims = support(option, self.sources, self.book)
        is_computed = option.is_label and self.word is not None and self.word.startswith(basis.COMPUTED)
        return max(claims[0].strength if claims else 0, basis.COMPUTED_STRENGTH if is_computed else 0)

    def taken(self, options: Sequence[Option]) -> Option:
        """The one of several accepted options that a user takes: strong evidence first, then the least conditions."""
        calm = _outside_public_domain(options) if self.is_claimed else ()
        candidates = calm or tuple(options)
        strong = [option for option in candidates if self.strength(option) >= self.policy.min_strength]
        return best_option(strong or candidates, self.policy, self.word)[0]

    def support(self, concluded: Option) -> tuple[Claim, ...]:
        """The claims for anything that was accepted: strong ones first, then those for what is concluded.

        Whoever asks for less supports the use under conditions that ask for more.
        """
        named = {license_.spdx for license_ in concluded.licenses}
        found = {
            claim: bool(named.intersection(license_.spdx for license_ in option.licenses))
            for options in self.offers
            for option in options
            for claim in support(option, self.sources, self.book)
        }
        strong = self.policy.min_strength
        return tuple(sorted(found, key=lambda c: (c.strength < strong, not found[c], -c.strength, c.order)))


def weigh(sources: tuple[Source, ...], claims: Iterable[Claim], policy: Policy, book: LicenseBook) -> Weighing:
    """What the sources offer under a policy; ``claims`` are all of the picture's."""
    claims = tuple(claims)
    ground = basis.basis_of_label(claims, policy)
    is_claimed = any(claim.kind is Kind.RESTRICTION and claim.value in _SPEAKS_OF_RIGHTS for claim in claims)
    unweighed = Weighing(sources, (), (), ground, is_claimed, policy, book)
    offers = tuple(unweighed.fitting(offered(source, sources)) for source in sources)
    common = unweighed.fitting(agreed(sources))
    if is_claimed and any(_outside_public_domain(options) for options in offers):
        common = _outside_public_domain(common)
    return Weighing(sources, offers, common, ground, is_claimed, policy, book)


def _outside_public_domain(options: Iterable[Option]) -> tuple[Option, ...]:
    return tuple(option for option in options if option.license_class is not LicenseClass.PUBLIC_DOMAIN)
