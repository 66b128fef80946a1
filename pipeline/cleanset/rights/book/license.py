"""What a license is to us, what the book makes of a text, and how licenses add up. Pure values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class LicenseClass(StrEnum):
    """The kind of a license, by the condition that weighs most."""

    PUBLIC_DOMAIN = "public-domain"
    PERMISSIVE = "permissive"
    ATTRIBUTION = "attribution"
    SHARE_ALIKE = "share-alike"
    NO_DERIVATIVES = "no-derivatives"
    NON_COMMERCIAL = "non-commercial"
    OTHER = "other"
    UNKNOWN = "unknown"
    ALL_RIGHTS_RESERVED = "all-rights-reserved"


class Answer(StrEnum):
    """Whether a use is permitted. Unknown is never a yes."""

    YES = "yes"
    UNKNOWN = "unknown"
    NO = "no"


# From the least to the most restrictive. All rights reserved outranks unknown: it is a prohibition that was read.
_CLASSES = tuple(LicenseClass)
_ANSWERS = tuple(Answer)

NOWHERE = ("ZZ",)
"""``grants_in`` of terms that share no place; ISO 3166 keeps ZZ free for users."""


@dataclass(frozen=True, slots=True)
class License:
    """One entry of the license book.

    Attributes:
        id: the book's own name, lower case.
        spdx: SPDX id, or a ``LicenseRef-`` where SPDX has none.
        name: for people.
        version: null where the license has none, or where the entry stands for a family whose version was not stated.
        jurisdiction: the place that a port or a national license is made for, as Creative Commons spells it.
        commercial: whether commercial use of a picture is permitted.
        derivatives: whether adaptations of a picture are permitted.
        attribution: whether credit, or a notice that names the author, is due.
        share_alike: whether adaptations must stay under the same license.
        license_class: by the condition that weighs most.
        needs_basis: a label, not a grant: it counts only with a ground that is established elsewhere.
        grants_in: the only places where it grants anything; empty for everywhere.
        training_clause: what the license says of text and data mining or of training, or empty.
        image_license: false for licenses of databases and compilations, which say nothing of one picture.
        retired_on: ISO date from which the steward no longer offers it.
        url: the canonical address.
        source: where the entry's facts come from.
        notes: what a reviewer should know.
        version_missing: the entry stands for a family whose version was not stated.
    """

    id: str
    spdx: str
    name: str
    version: str | None
    jurisdiction: str | None
    commercial: Answer
    derivatives: Answer
    attribution: bool
    share_alike: bool
    license_class: LicenseClass
    needs_basis: bool
    grants_in: tuple[str, ...]
    training_clause: str
    image_license: bool
    retired_on: str | None
    url: str | None
    source: str
    notes: str
    version_missing: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What the book makes of a text.

    The summary fields are those of the most permissive of ``choices``; inside a choice the most restrictive license
    counts for each field.

    Attributes:
        text: as found.
        expression: SPDX expression, null when nothing is known.
        license_class: as in ``License``, likewise the fields down to ``image_license``.
        entries: every license named, in the order of the expression.
        choices: an OR of ANDs; empty when nothing is known.
        version_missing: the summary rests on a family whose version was not stated.
        rule: which rule recognized the text.
    """

    text: str
    expression: str | None
    license_class: LicenseClass
    commercial: Answer
    derivatives: Answer
    attribution: bool
    share_alike: bool
    needs_basis: bool
    grants_in: tuple[str, ...]
    training_clause: str
    image_license: bool
    entries: tuple[License, ...]
    choices: tuple[tuple[License, ...], ...]
    version_missing: bool
    rule: str


def unknown_license(spdx: str) -> License:
    """The stand-in for a license that an expression names and the book does not hold. It permits nothing."""
    return License(
        id=spdx.lower(),
        spdx=spdx,
        name=spdx,
        version=None,
        jurisdiction=None,
        commercial=Answer.UNKNOWN,
        derivatives=Answer.UNKNOWN,
        attribution=False,
        share_alike=False,
        license_class=LicenseClass.UNKNOWN,
        needs_basis=False,
        grants_in=(),
        training_clause="",
        image_license=False,
        retired_on=None,
        url=None,
        source="",
        notes="not in the license book",
    )


def unknown_reading(text: str, rule: str) -> Reading:
    """Nothing is known, so nothing is permitted."""
    return Reading(
        text=text,
        expression=None,
        license_class=LicenseClass.UNKNOWN,
        commercial=Answer.UNKNOWN,
        derivatives=Answer.UNKNOWN,
        attribution=False,
        share_alike=False,
        needs_basis=False,
        grants_in=(),
        training_clause="",
        image_license=False,
        entries=(),
        choices=(),
        version_missing=False,
        rule=rule,
    )


@lru_cache(maxsize=4096)
def read_choices(expression: str, choices: tuple[tuple[License, ...], ...]) -> Reading:
    """The reading of an expression in disjunctive normal form, with no text and no rule yet.

    ``choices`` holds at least one choice, and each choice at least one license.
    """
    best = min((_all_of(choice) for choice in choices), key=_reluctance)
    return Reading(
        text="",
        expression=expression,
        license_class=best.license_class,
        commercial=best.commercial,
        derivatives=best.derivatives,
        attribution=best.attribution,
        share_alike=best.share_alike,
        needs_basis=best.needs_basis,
        grants_in=best.grants_in,
        training_clause=best.training_clause,
        image_license=best.image_license,
        entries=tuple(dict.fromkeys(license_ for choice in choices for license_ in choice)),
        choices=choices,
        version_missing=best.version_missing,
        rule="",
    )


def _all_of(licenses: tuple[License, ...]) -> License:
    """All apply at once: the most restrictive answer wins, each condition of any of them holds."""
    if len(licenses) == 1:
        return licenses[0]
    places = _everywhere_or_common(license_.grants_in for license_ in licenses)
    return License(
        id=" AND ".join(license_.id for license_ in licenses),
        spdx=" AND ".join(license_.spdx for license_ in licenses),
        name=" and ".join(license_.name for license_ in licenses),
        version=None,
        jurisdiction=None,
        commercial=strictest(license_.commercial for license_ in licenses),
        derivatives=strictest(license_.derivatives for license_ in licenses),
        attribution=any(license_.attribution for license_ in licenses),
        share_alike=any(license_.share_alike for license_ in licenses),
        license_class=max((license_.license_class for license_ in licenses), key=_CLASSES.index),
        needs_basis=any(license_.needs_basis for license_ in licenses),
        grants_in=places,
        training_clause="; ".join(dict.fromkeys(filter(None, (license_.training_clause for license_ in licenses)))),
        image_license=all(license_.image_license for license_ in licenses),
        retired_on=None,
        url=None,
        source="; ".join(dict.fromkeys(license_.source for license_ in licenses)),
        notes="",
        version_missing=any(license_.version_missing for license_ in licenses),
    )


def strictest(answers: Iterable[Answer]) -> Answer:
    """No before unknown before yes; yes for none at all."""
    return max(answers, key=_ANSWERS.index, default=Answer.YES)


def _everywhere_or_common(places: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The places where all of them grant: empty for everywhere, ``NOWHERE`` where they share none."""
    limited = [frozenset(each) for each in places if each]
    return (tuple(sorted(frozenset.intersection(*limited))) or NOWHERE) if limited else ()


def _reluctance(license_: License) -> tuple[bool, int, int, bool, bool, int]:
    """Orders choices: the smallest is the one that a user would take."""
    return (
        license_.needs_basis or not license_.image_license,
        _ANSWERS.index(license_.commercial),
        _ANSWERS.index(license_.derivatives),
        bool(license_.grants_in),
        license_.version_missing,
        _CLASSES.index(license_.license_class),
    )
