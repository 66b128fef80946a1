"""Policies: what may be kept, for which purpose and where. A policy is data, in a file that a lawyer can read.

The ready ones lie in ``licenses/policies/``. None of them names a sample: corrections of single works are an
overlay (``overlay.py``).
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated

import pyarrow as pa
from pydantic import Field, ValidationError, field_validator, model_validator

from cleanset.config import Settings
from cleanset.errors import PolicyError
from cleanset.rights.book import LicenseBook
from cleanset.rights.book.license import License, LicenseClass
from cleanset.rights.jurisdictions import jurisdiction
from cleanset.schemas import Decision, Reason

POLICIES = Path(__file__).resolve().parent.parent / "licenses" / "policies"
DEFAULT = "commercial"


class Purpose(StrEnum):
    """What the model is for."""

    COMMERCIAL = "commercial"
    RESEARCH = "research"


class OnConflict(StrEnum):
    """What follows when sources grant different things and each of them would be accepted."""

    REFUSE = "refuse"
    STRICTER = "stricter"


class OnReservation(StrEnum):
    """What follows from an opt-out beside a license. A license cannot be revoked, but the pair is suspicious."""

    DROP = "drop"
    IGNORE = "ignore"


class OnUnread(StrEnum):
    """What follows from words about rights that could not be read: they may forbid anything."""

    BLOCK = "block"
    IGNORE = "ignore"


class OnGenerated(StrEnum):
    """What follows when evidence says that a model made the picture, or parts of it."""

    DROP = "drop"
    DROP_EDITED = "drop-edited"
    KEEP = "keep"


class OnLabel(StrEnum):
    """What follows from the words "public domain" with no basis that can be checked."""

    REFUSE = "refuse"
    ACCEPT = "accept"


class Policy(Settings):
    """What may be kept. Every field has its line in the ready policies."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    summary: str
    purpose: Purpose
    jurisdictions: Annotated[tuple[str, ...], Field(min_length=1)]
    accept: tuple[LicenseClass, ...]
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    min_strength: Annotated[int, Field(ge=0, le=4)] = 2
    conflicts: OnConflict = OnConflict.STRICTER
    reservations: OnReservation = OnReservation.DROP
    unread_rights: OnUnread = OnUnread.BLOCK
    generated: OnGenerated = OnGenerated.DROP
    public_domain_labels: OnLabel = OnLabel.REFUSE
    public_domain_statement: str = ""
    year: Annotated[int, Field(ge=2024, le=2100)]
    require_creator_for_attribution: bool = False
    min_side: Annotated[int, Field(ge=0, le=100_000)] = 0
    placeholder_captions: Annotated[int, Field(ge=0)] = 0

    @field_validator("jurisdictions")
    @classmethod
    def _are_places(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Places in normal form, each once."""
        return tuple(dict.fromkeys(jurisdiction(name) for name in names))

    @field_validator("allow", "deny")
    @classmethod
    def _are_licenses(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Licenses as the book spells them, each once."""
        return tuple(dict.fromkeys(_license_named(name).spdx for name in names))

    def denies(self, license_: License) -> bool:
        """Whether the policy refuses a license by name: itself, the family of its versions, or what it is a port of."""
        named = _licenses_named(self.deny)
        return any(_is_or_holds(one, license_) or _is_port(license_, one) for one in named)

    def allows(self, license_: License) -> bool:
        """Whether the policy accepts a license by name: itself, or the family of its versions."""
        return any(_is_or_holds(one, license_) for one in _licenses_named(self.allow))

    @model_validator(mode="after")
    def _consistent(self) -> Policy:
        """Reject what contradicts itself, or would keep what nobody licensed."""
        if both := set(self.allow) & set(self.deny):
            raise ValueError(f"allow and deny both name {min(both)}")
        for one in _licenses_named(self.allow):
            if one.license_class in {LicenseClass.UNKNOWN, LicenseClass.ALL_RIGHTS_RESERVED}:
                raise ValueError(
                    f"allow names {one.spdx}, of which the license book knows no terms that permit anything"
                )
        if LicenseClass.UNKNOWN in self.accept:
            raise ValueError("accept names unknown: an unknown license grants nothing")
        if LicenseClass.ALL_RIGHTS_RESERVED in self.accept:
            raise ValueError(
                "accept names all-rights-reserved: nothing is granted there; use an overlay for permissions"
            )
        if self.public_domain_labels is OnLabel.ACCEPT and not self.public_domain_statement.strip():
            raise ValueError("public_domain_labels = accept needs a public_domain_statement that says why")
        if self.purpose is Purpose.COMMERCIAL and LicenseClass.NON_COMMERCIAL in self.accept:
            raise ValueError("purpose is commercial, yet accept names non-commercial")
        return self


@cache
def _book() -> LicenseBook:
    return LicenseBook.load()


def _license_named(text: str) -> License:
    """The one license that a text names.

    Raises:
        ValueError: the book does not know it, or the text names several.
    """
    choices = _book().read(text).choices
    if not choices:
        raise ValueError(f"{text!r} is no license of the license book; cleanset license TEXT tells what a text means")
    if len(choices) > 1 or len(choices[0]) > 1:
        raise ValueError(f"{text!r} names several licenses; write each by itself")
    return choices[0][0]


@lru_cache(maxsize=64)
def _licenses_named(names: tuple[str, ...]) -> tuple[License, ...]:
    return tuple(_license_named(name) for name in names)


def _is_or_holds(wide: License, narrow: License) -> bool:
    """Whether two licenses are one, or the first is the family that the second is a version of."""
    rest = narrow.id.removeprefix(f"{wide.id}-")
    return wide.spdx == narrow.spdx or (wide.version_missing and rest != narrow.id and rest[:1].isdigit())


def _is_port(license_: License, of: License) -> bool:
    return license_.jurisdiction is not None and license_.id == f"{of.id}-{license_.jurisdiction}"


def list_policies() -> list[str]:
    """Names of the ready policies, in order."""
    return sorted(path.stem for path in POLICIES.glob("*.toml"))


def load_policy(name_or_path: str | Path) -> Policy:
    """The ready policy of that name, or the one in that file.

    Raises:
        PolicyError: there is none, or it does not validate; in one line.
    """
    text = str(name_or_path)
    path = POLICIES / f"{text}.toml" if text in list_policies() else Path(text)
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PolicyError(f"no policy {text}: expected a file, or one of {', '.join(list_policies())}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PolicyError(f"policy {text}: cannot be read: {error}") from None
    try:
        return Policy.model_validate(fields)
    except ValidationError as error:
        raise PolicyError(f"policy {text}: {_first_complaint(error)}") from None


def _first_complaint(error: ValidationError) -> str:
    """The first thing wrong, in one line."""
    first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


_CONFLICT_WORDS = {
    OnConflict.REFUSE: "Sources that grant different things: refused.",
    OnConflict.STRICTER: "Sources that grant different things: the stricter stands, where each would be accepted.",
}
_RESERVATION_WORDS = {
    OnReservation.DROP: "Opt-outs and reservations: dropped, whatever the license.",
    OnReservation.IGNORE: "Opt-outs and reservations: recorded, but a license goes before them.",
}
_UNREAD_WORDS = {
    OnUnread.BLOCK: "Words about rights that could not be read: unknown, until somebody rules on them.",
    OnUnread.IGNORE: "Words about rights that could not be read: recorded, and otherwise ignored.",
}
_GENERATED_WORDS = {
    OnGenerated.DROP: "Made by a model: dropped; edited with one: kept.",
    OnGenerated.DROP_EDITED: "Made by a model or edited with one: dropped.",
    OnGenerated.KEEP: "Made by a model: kept like any other.",
}


def describe(policy: Policy) -> str:
    """The policy in words, a line each: what ``cleanset policy show`` prints."""
    lines = [
        f"{policy.name}: {policy.summary}",
        f"Purpose: {policy.purpose}. The permission has to hold in: {', '.join(policy.jurisdictions)}.",
        f"Accepted classes of licenses: {', '.join(policy.accept) or 'none'}.",
        f"Accepted by name: {', '.join(policy.allow) or 'none'}. Refused by name: {', '.join(policy.deny) or 'none'}.",
        f"A grant needs strength {policy.min_strength} of 4.",
        _CONFLICT_WORDS[policy.conflicts],
        _RESERVATION_WORDS[policy.reservations],
        _UNREAD_WORDS[policy.unread_rights],
        _GENERATED_WORDS[policy.generated],
        _public_domain_words(policy),
        _attribution_words(policy),
        f"Pictures with a side under {policy.min_side} pixels: dropped."
        if policy.min_side
        else "Pictures of any size.",
        f"A picture under {policy.placeholder_captions} different captions and URLs: dropped as a placeholder."
        if policy.placeholder_captions
        else "However many captions a picture has, it is no placeholder.",
    ]
    return "\n".join(lines)


def _public_domain_words(policy: Policy) -> str:
    if policy.public_domain_labels is OnLabel.ACCEPT:
        return f'"Public domain" as a bare label: accepted, because: {policy.public_domain_statement.strip()}'
    return (
        f'"Public domain" needs a term that has run out by {policy.year}, or the word of the institution that holds it.'
    )


def _attribution_words(policy: Policy) -> str:
    verdict = "dropped" if policy.require_creator_for_attribution else "kept, credited by title and source"
    return f"Attribution due but no creator known: {verdict}."


CHANGES = pa.schema(
    [
        pa.field("sample_id", pa.string(), nullable=False),
        pa.field("change", pa.string(), nullable=False),
        pa.field("license", pa.string(), nullable=False),
        pa.field("why", pa.string(), nullable=False),
    ]
)
"""What ``diff`` returns: ``change`` is enters or leaves; ``why`` the reason that fell away or came."""


def diff(before: pa.Table, after: pa.Table) -> pa.Table:
    """What enters the clean set and what leaves it between two decisions on the same samples, by sample_id.

    Args:
        before: a manifest's ``sample_id``, ``decision``, ``reasons`` and ``license_concluded``, at least.
        after: the same for the other policy.

    Returns:
        Rows of ``CHANGES``: entering samples first, then leaving ones.
    """
    old, new = _decisions(before), _decisions(after)
    entering = sorted(_kept(new) - _kept(old))
    leaving = sorted(_kept(old) - _kept(new))
    rows = [_change(sample_id, "enters", new[sample_id], old.get(sample_id)) for sample_id in entering]
    rows += [_change(sample_id, "leaves", old[sample_id], new.get(sample_id)) for sample_id in leaving]
    return pa.Table.from_pylist(rows, schema=CHANGES)


def _decisions(manifest: pa.Table) -> dict[str, dict[str, object]]:
    """Each sample's row; of one that was read more than once the kept row, else one that is no mere copy."""
    columns = manifest.select(["sample_id", "decision", "reasons", "license_concluded"])
    rows = columns.to_pylist()
    rows.sort(key=lambda row: (row["decision"] == Decision.KEPT, Reason.DUPLICATE not in row["reasons"]))
    return {row["sample_id"]: row for row in rows}


def _kept(rows: dict[str, dict[str, object]]) -> set[str]:
    return {sample_id for sample_id, row in rows.items() if row["decision"] == Decision.KEPT}


def _change(sample_id: str, change: str, kept: dict[str, object], dropped: dict[str, object] | None) -> dict[str, str]:
    """One row of ``CHANGES``: the license where it is kept, the reasons where it is not."""
    reasons = dropped["reasons"] if dropped else ["not read"]
    why = ", ".join(str(reason) for reason in reasons) if isinstance(reasons, list) else ""
    return {"sample_id": sample_id, "change": change, "license": str(kept["license_concluded"]), "why": why}
