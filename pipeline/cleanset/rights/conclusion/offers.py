"""Offers: the licenses that each source names, and what all sources agree on.

A source is one license claim in one place of one layer: a column, an XMP property. Several in one place all hold; a
choice is one claim whose license expression offers it (OR). Sources that name different licenses contradict each other,
unless one only says less: ``CC BY`` beside ``CC BY 4.0``, or "public domain" beside CC0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cleanset.rights.book import LicenseBook
from cleanset.rights.book.license import License, LicenseClass
from cleanset.rights.claims.claim import Claim, Kind, Speaker
from cleanset.rights.claims.granted import is_grant


@dataclass(frozen=True, slots=True)
class Option:
    """Licenses that apply together: one of the ways in which a source lets the picture be used.

    Attributes:
        licenses: at least one.
        expression: the SPDX expression, in an order of its own: equal for equal options.
    """

    licenses: tuple[License, ...]
    expression: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        spelled = sorted({license_.spdx for license_ in self.licenses})
        object.__setattr__(self, "expression", " AND ".join(spelled))

    @property
    def license_class(self) -> LicenseClass:
        """The class of the strictest."""
        return max((license_.license_class for license_ in self.licenses), key=strictness)

    @property
    def is_label(self) -> bool:
        """Whether it is a label that grants nothing without a basis."""
        return any(license_.needs_basis for license_ in self.licenses)

    @property
    def says_something(self) -> bool:
        """Whether it says anything of one picture: a license that the book holds, and no license of databases."""
        known = all(one.license_class is not LicenseClass.UNKNOWN or one.needs_basis for one in self.licenses)
        return known and all(license_.image_license for license_ in self.licenses)

    @property
    def version_missing(self) -> bool:
        """Whether a license stands for a family whose version was not stated."""
        return any(license_.version_missing for license_ in self.licenses)

    @property
    def age(self) -> float:
        """The lower, the newer the oldest of its licenses; a version that was not stated is the oldest."""
        return max(0.0 if one.version_missing else -_number(one.version) for one in self.licenses)


def _number(version: str | None) -> float:
    """A version as a number: its first two parts; 0 where there is none."""
    found = re.match(r"\d{1,4}(?:\.\d{1,4})?", version or "")
    return float(found[0]) if found else 0.0


_UNIT = re.compile(r"cc-by(?:-nc|-nd|-sa)*(?![a-z])")
_ORDER = {license_class: rank for rank, license_class in enumerate(LicenseClass)}


def strictness(license_class: LicenseClass) -> int:
    """0 for the public domain, more for each class that asks for more."""
    return _ORDER[license_class]


@dataclass(frozen=True, slots=True)
class Source:
    """One place in one layer, and what it offers.

    Attributes:
        claims: what it says, in order.
        options: the ways to use the picture that it offers, in order, of which each is enough.
    """

    claims: tuple[Claim, ...]
    options: tuple[Option, ...]


def read_sources(claims: Iterable[Claim], book: LicenseBook) -> tuple[Source, ...]:
    """The sources that say something of a license. A user's correction replaces them all.

    Several licenses in one place all hold, so each of them is a source of its own, and so is each correction. A choice
    is one claim: the place itself says so ("or", a template for several licenses).
    """
    named = [claim for claim in claims if claim.expression and not is_grant(claim)]
    corrections = [claim for claim in named if claim.said_by is Speaker.USER]
    by_place: dict[tuple[str, str, str], list[tuple[Claim, tuple[Option, ...]]]] = {}
    for claim in corrections or named:
        word = claim.evidence.value if claim.said_by is Speaker.USER else ""
        by_place.setdefault((*claim.source, claim.value + word), []).append((claim, _options(claim, book)))
    sources = (_source(said) for _, said in sorted(by_place.items()))
    return tuple(source for source in sources if any(option.says_something for option in source.options))


def _options(claim: Claim, book: LicenseBook) -> tuple[Option, ...]:
    return tuple(Option(choice) for choice in book.read(claim.expression or "").choices)


def _source(said: Sequence[tuple[Claim, tuple[Option, ...]]]) -> Source:
    options = {option.expression: option for _, of_claim in said for option in of_claim}
    return Source(tuple(claim for claim, _ in said), tuple(options[expression] for expression in sorted(options)))


def covers(wide: Option, narrow: Option) -> bool:
    """Whether a source that offers ``wide`` says nothing against ``narrow``."""
    if wide.expression == narrow.expression:
        return True
    if wide.is_label:
        return narrow.license_class is LicenseClass.PUBLIC_DOMAIN
    return _is_family_of(wide.licenses, narrow.licenses)


def _is_family_of(wide: tuple[License, ...], narrow: tuple[License, ...]) -> bool:
    """Whether ``wide`` is one license without its version, and ``narrow`` that license with one."""
    if len(wide) != 1 or len(narrow) != 1 or not wide[0].version_missing or narrow[0].version_missing:
        return False
    rest = narrow[0].id.removeprefix(f"{wide[0].id}-")
    return rest != narrow[0].id and rest[:1].isdigit()


def offered(source: Source, sources: Sequence[Source]) -> tuple[Option, ...]:
    """The options of a source, and the more precise ones of the others that it says nothing against."""
    every = {option.expression: option for other in sources for option in other.options}
    return tuple(every[e] for e in sorted(every) if any(covers(own, every[e]) for own in source.options))


def agreed(sources: Sequence[Source]) -> tuple[Option, ...]:
    """The options that no source speaks against, the less precise ones left out; none where the sources differ."""
    of_each = [set(offered(source, sources)) for source in sources]
    common = sorted(set.intersection(*of_each), key=lambda option: option.expression)
    return tuple(o for o in common if not any(covers(o, other) and not covers(other, o) for other in common))


def together(options: Iterable[Option]) -> Option:
    """The option that asks for everything that any of the options asks for: who meets it meets them all.

    One that another stands for is left out; of those that ask for different things all apply.
    """
    distinct = sorted(set(options), key=lambda option: (option.is_label, option.expression))
    kept = [option for at, option in enumerate(distinct) if not _is_met_by_another(at, distinct)]
    return Option(tuple(dict.fromkeys(license_ for option in kept for license_ in option.licenses)))


def _is_met_by_another(at: int, options: Sequence[Option]) -> bool:
    """Whether another option stands for the one at that place; of two that stand for each other the first remains."""
    lax = options[at]
    return any(
        _stands_for(strict, lax) and (place < at or not _stands_for(lax, strict))
        for place, strict in enumerate(options)
        if place != at
    )


def _stands_for(strict: Option, lax: Option) -> bool:
    """Whether whoever meets ``strict`` has met ``lax``: of one steward's licenses the one with more conditions."""
    if lax.license_class is LicenseClass.PUBLIC_DOMAIN or covers(lax, strict):
        return True
    wanted, met = _conditions(lax), _conditions(strict)
    return wanted is not None and met is not None and wanted < met


def _conditions(option: Option) -> frozenset[str] | None:
    """The conditions of a Creative Commons license by their letters; None for any other option."""
    if len(option.licenses) > 1 or (named := _UNIT.match(option.licenses[0].id)) is None:
        return None
    return frozenset(named[0].split("-"))


def support(option: Option, sources: Iterable[Source], book: LicenseBook) -> tuple[Claim, ...]:
    """The claims that offer an option, the strongest first; a label supports nothing but a label."""
    claims = [claim for source in sources for claim in source.claims if _offers(claim, option, book)]
    return tuple(sorted(claims, key=lambda claim: (-claim.strength, claim.order)))


def _offers(claim: Claim, option: Option, book: LicenseBook) -> bool:
    return any(covers(own, option) and (not own.is_label or option.is_label) for own in _options(claim, book))


def declared(claims: Iterable[Claim]) -> str:
    """What the sources say, as one SPDX expression; ``NONE`` where rights are reserved, ``NOASSERTION`` for nothing."""
    expressions = {claim.expression for claim in claims if claim.expression and not is_grant(claim)}
    if expressions:
        several = len(expressions) > 1
        return " AND ".join(f"({e})" if several and " " in e else e for e in sorted(expressions))
    reserved = any(c.kind is Kind.RESTRICTION and c.value.startswith("all-rights-reserved") for c in claims)
    return "NONE" if reserved else "NOASSERTION"
