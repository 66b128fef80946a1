"""Rights across copies: what one copy of a picture says counts for all of them.

The commonest way a wrong license gets in is a copy that somebody put up under a license that was not theirs to give.
So a copy with a positive claim against (a stricter license, reserved rights, words that nobody can read, an opt-out, a
stock agency), kept or not, contests every copy that was granted; so does one that grants nothing and bears the
copyright notice of somebody whom the granted copy does not name. It does so whatever its date: a reserved copy that
was seen later may be a re-poster's, but the dates in data sets are mostly those of a crawl, and prove nothing. A copy
that merely knows nothing contests nobody. Where the grants themselves differ, the strictest of them stands for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from cleanset.rights.book import LicenseBook
from cleanset.rights.book.license import LicenseClass
from cleanset.rights.claims.freetext import telling_words
from cleanset.rights.conclusion.offers import strictness
from cleanset.rights.conclusion.trace import Rule, step
from cleanset.schemas import LAUNDERING, Permission, Reason

_CONTESTING = (Reason.RESERVED, Reason.RIGHTS_CONFLICT, Reason.LICENSE_NOT_ALLOWED, Reason.UNREAD_RIGHTS)
"""Reasons that rest on what somebody said, against the use of the picture or in words that nobody can read."""
_OBJECTIONS = (
    *(Rule.DENIED, Rule.RESERVED, Rule.FORBIDDEN, Rule.OTHER_OWNER, Rule.DIFFER, Rule.UNREAD, Rule.UNREADABLE),
    *(Rule.GENERATED, Rule.CONTESTED),
)
"""Rules whose step in a trace holds the words against the picture, the weightiest first."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a picture, with the conclusion about its own rights.

    Attributes:
        sample_id: hex.
        permission: as concluded, likewise the rest.
        reasons: why it is refused; empty if it is not.
        concluded: SPDX expression, ``NOASSERTION`` or ``NONE``.
        evidence: its strongest evidence in words, if it has any.
        attribution: its credit line, if one is due.
        against: the words that speak against it, where they are others than those of its license.
        creator: who made it, if it says so.
        owners: whom its copyright notices name.
        unreadable: whether something about its rights could not be read.
    """

    sample_id: str
    permission: Permission
    reasons: tuple[str, ...]
    concluded: str
    evidence: str | None = None
    attribution: str | None = None
    against: str | None = None
    creator: str | None = None
    owners: tuple[str, ...] = ()
    unreadable: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The telling words of everybody that it names."""
        return frozenset[str]().union(*(telling_words(name) for name in (self.creator or "", *self.owners)))

    @property
    def order(self) -> tuple[object, ...]:
        """Orders copies by what they say, since one sample may have been read more than once."""
        return (
            self.sample_id,
            self.concluded,
            self.reasons,
            self.evidence or "",
            self.attribution or "",
            self.against or "",
        )

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Copy:
        """The copy in a row with the manifest's column names; ``sample_id`` as text or as bytes."""
        sample_id = row["sample_id"]
        return cls(
            sample_id.hex() if isinstance(sample_id, bytes) else sample_id,
            Permission(row["permission"]),
            tuple(row["reasons"]),
            row["license_concluded"],
            row["license_evidence"],
            row["attribution"],
            objection(row["trace"]),
            row["creator"],
            tuple(row["owners"]),
            any(text.startswith(f"{Rule.UNREADABLE}:") for text in row["trace"]),
        )

    @classmethod
    def from_meeting(cls, row: Mapping[str, Any]) -> Copy:
        """The copy in a row of ``schemas.MEETINGS``."""
        copy = cls.from_row({**row, "trace": ()})
        return replace(copy, against=row["against"], unreadable=row["unreadable"])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a copy's rights are once all copies are heard.

    Attributes:
        sample_id: hex.
        permission: refused where another copy contests it.
        reason: what the other copy adds; None if nothing.
        concluded: the license that stands.
        attribution: the credit line for that license, where the copy is still permitted.
        conflicts_with: sample_id of the copy that contests it, or whose license stands; None if none does.
        trace: what to add to the copy's own trace.
    """

    sample_id: str
    permission: Permission
    reason: Reason | None
    concluded: str
    attribution: str | None
    conflicts_with: str | None
    trace: tuple[str, ...]


def contest(copies: Sequence[Copy], book: LicenseBook) -> list[Outcome]:
    """The outcome for each copy of one picture, in the order given. Which copies there are decides, not their order."""
    contesting = _least(copy for copy in copies if _contests_all(copy))
    notices = [] if contesting else _notices(copies)
    generated = _least(copy for copy in copies if _is_generated(copy))
    granted = [copy for copy in copies if copy.permission is Permission.ALLOWED]
    ranks = {expression: rank_of(expression, book) for expression in {copy.concluded for copy in granted}}
    strictest = min(granted, key=lambda copy: (-ranks[copy.concluded], copy.order), default=None)
    return [_outcome(copy, contesting or _other_owner(copy, notices), generated, strictest, ranks) for copy in copies]


def takes_part(copy: Copy) -> bool:
    """Whether a copy grants something, or may contest one that does."""
    return copy.permission is Permission.ALLOWED or _contests_all(copy) or bool(copy.owners) or _is_generated(copy)


def _contests_all(copy: Copy) -> bool:
    return copy.unreadable or bool(set(copy.reasons) & set(_CONTESTING))


def _is_generated(copy: Copy) -> bool:
    return Reason.GENERATED in copy.reasons


def _notices(copies: Iterable[Copy]) -> list[tuple[frozenset[str], Copy]]:
    """The names in notices of copies that grant nothing, each with the least copy that bears it."""
    found: dict[frozenset[str], Copy] = {}
    for copy in sorted(
        (c for c in copies if c.owners and c.permission is not Permission.ALLOWED), key=lambda c: c.order
    ):
        for owner in copy.owners:
            found.setdefault(telling_words(owner), copy)
    return [(words, copy) for words, copy in found.items() if words]


def _other_owner(granted: Copy, notices: Iterable[tuple[frozenset[str], Copy]]) -> Copy | None:
    """The least copy that bears the notice of somebody whom the granted one does not name."""
    if granted.permission is not Permission.ALLOWED:
        return None
    names = granted.names
    return _least(copy for words, copy in notices if not words & names)


def objection(trace: Iterable[str]) -> str | None:
    """The step of a trace that holds the weightiest words against the picture; None if no step holds any."""
    steps = {text.partition(":")[0]: text for text in reversed(list(trace))}
    return next((steps[rule] for rule in _OBJECTIONS if rule in steps), None)


def _least(copies: Iterable[Copy]) -> Copy | None:
    return min(copies, key=lambda copy: copy.order, default=None)


def rank_of(expression: str, book: LicenseBook) -> int:
    """How much a concluded license asks for: 0 for the public domain, the more the stricter."""
    choices = book.read(expression).choices
    if not choices:
        return strictness(LicenseClass.UNKNOWN)
    return min(max(strictness(license_.license_class) for license_ in choice) for choice in choices)


def _outcome(
    copy: Copy, contesting: Copy | None, generated: Copy | None, strictest: Copy | None, ranks: Mapping[str, int]
) -> Outcome:
    if copy.permission is not Permission.ALLOWED:
        return Outcome(copy.sample_id, copy.permission, None, copy.concluded, copy.attribution, None, ())
    if contesting is not None:
        return _contested(copy, contesting, Reason.RIGHTS_CONFLICT)
    if generated is not None:
        return _contested(copy, generated, Reason.GENERATED)
    if strictest is not None and ranks[strictest.concluded] > ranks[copy.concluded]:
        words = f"the copy {strictest.sample_id} is under {strictest.concluded}, which stands for {copy.concluded}"
        told = step(Rule.STRICTER_COPY, words)
        attribution, other = strictest.attribution, strictest.sample_id
        return Outcome(copy.sample_id, copy.permission, None, strictest.concluded, attribution, other, (told,))
    return Outcome(copy.sample_id, copy.permission, None, copy.concluded, copy.attribution, None, ())


def _contested(copy: Copy, other: Copy, reason: Reason) -> Outcome:
    noticed = f"a copyright notice names {', '.join(other.owners)}" if other.owners else None
    words = other.against or (None if _contests_all(other) else noticed) or other.evidence or other.concluded
    told = step(Rule.CONTESTED, f"{other.sample_id}, {', '.join(other.reasons)}: {words}")
    return Outcome(copy.sample_id, Permission.REFUSED, reason, copy.concluded, None, other.sample_id, (told,))


def laundering(manifest: pa.Table) -> pa.Table:
    """Both sides of every cluster in which copies contradict each other, by cluster and side.

    Args:
        manifest: a manifest, or its ``sample_id``, ``cluster_id``, ``url``, ``license_concluded``,
            ``license_evidence``, ``reasons``, ``trace`` and ``conflicts_with``.

    Returns:
        Rows of ``schemas.LAUNDERING``.
    """
    columns = [*(n for n in LAUNDERING.names if n in manifest.column_names), "license_concluded", "license_evidence"]
    rows = manifest.select([*columns, "trace", "conflicts_with"]).to_pylist()
    contested = {
        row["cluster_id"] for row in rows if Reason.RIGHTS_CONFLICT in row["reasons"] and row["conflicts_with"]
    }
    listed = [side for row in rows if row["cluster_id"] in contested for side in _side(row)]
    listed.sort(key=lambda row: (row["cluster_id"], row["side"] != "granted", row["sample_id"]))
    return pa.Table.from_pylist(listed, schema=LAUNDERING.arrow)


def _side(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The row of a copy that takes a side; one that knows nothing takes none."""
    if row["conflicts_with"]:
        side = "granted"
    elif set(row["reasons"]) & set(_CONTESTING):
        side = "against"
    else:
        return
    yield {
        "cluster_id": row["cluster_id"],
        "side": side,
        "sample_id": row["sample_id"],
        "url": row["url"],
        "license": row["license_concluded"],
        "reasons": ", ".join(row["reasons"]),
        "evidence": (objection(row["trace"]) if side == "against" else None) or row["license_evidence"],
    }
