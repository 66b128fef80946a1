"""Check that every decision follows from the claims that the run kept, under the policy that it names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleanset.audit.clusters import is_one_of_several
from cleanset.audit.findings import Finding
from cleanset.audit.seen import ROWS_AT_ONCE, Seen, iter_rows
from cleanset.manifest.judge import claim_from_row, own_reasons
from cleanset.manifest.placeholder import placeholder_step
from cleanset.manifest.withheld import Withheld, added_reason, followed_by, read_withheld
from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.claim import Claim
from cleanset.rights.conclusion.conclude import Conclusion, conclude
from cleanset.rights.conclusion.trace import Rule
from cleanset.rights.copies import Copy, Outcome, contest, objection
from cleanset.rights.meeting import keys_of, least_objections, meeting_rows, objections_of
from cleanset.rights.obligations import Grounds, obligations_of
from cleanset.rights.policy import Policy
from cleanset.schemas import CLAIMS, MEETINGS, WITHHELD, Permission, Reason

Row = Mapping[str, Any]
_COLUMNS = [
    "sample_id",
    "shard",
    "key",
    "url",
    "content_id",
    "caption",
    "status",
    "width",
    "height",
    "license_declared",
    "license_concluded",
    "license_evidence",
    "permission",
    "basis",
    "trace",
    "conflicts_with",
    "creator",
    "title",
    "attribution",
    "obligations",
    "reasons",
    "cluster_id",
    "representative_id",
    "copies",
]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A row of the manifest, and what its own claims give."""

    row: Row
    conclusion: Conclusion
    reasons: list[str]
    objected_by: str | None = None

    @property
    def name(self) -> tuple[str, str]:
        """Shard and key."""
        return self.row["shard"], self.row["key"]

    def withheld(self, names: Mapping[tuple[str, str], Withheld]) -> _Judged:
        """The same where it comes near a protected work."""
        found = names.get(self.name)
        if found is None:
            return self
        own = replace(self.conclusion, trace=(*self.conclusion.trace, found.step))
        return _Judged(self.row, own, [*self.reasons, found.reason])

    def objected(self, objection: Row | None) -> _Judged:
        """The same once a row of its address or file has objected."""
        if objection is None:
            return self
        own = self.conclusion
        trace = (*own.trace, objection["step"])
        refused = replace(own, permission=Permission.REFUSED, trace=trace, attribution=None, basis=None)
        reasons = [*self.reasons, *([] if objection["reason"] in self.reasons else [objection["reason"]])]
        return _Judged(self.row, refused, reasons, objection["objected_by"].hex())

    def to_copy(self) -> Copy:
        """The row as a copy that is heard with the others of its picture."""
        own = self.conclusion
        return Copy(
            self.row["sample_id"],
            own.permission,
            tuple(self.reasons),
            own.concluded,
            own.evidence_text,
            own.attribution,
            objection(own.trace),
            own.creator,
            own.owners,
            any(text.startswith(f"{Rule.UNREADABLE}:") for text in own.trace),
        )


def conclusions_follow_from_claims(seen: Seen) -> Iterator[Finding]:
    """Claims and copies, weighed again, give each row's licenses, permission, credit, trace and reasons.

    Manifest and claims are read side by side; only the rows of clusters of two or more are kept until their copies have
    come.
    """
    book, policy = LicenseBook.load(), seen.record.policy.fields
    told: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    clusters: dict[str, list[_Judged]] = defaultdict(list)
    meeting = _keys_in_company(seen.manifest)
    met: list[dict[str, Any]] = []
    withheld = read_withheld(seen.run.files(WITHHELD.name))
    several = set(seen.manifest["cluster_id"].filter(is_one_of_several(seen.manifest)).unique().to_pylist())
    claims = _in_order(seen.claims)
    for batch in seen.manifest.select(_COLUMNS).to_batches(max_chunksize=ROWS_AT_ONCE):
        yield from _hear(claims, told, pc.max(batch["sample_id"]).as_py())
        for row in batch.to_pylist():
            try:
                conclusion = conclude(told.pop((row["shard"], row["key"]), []), policy, book, url=row["url"])
            except ValueError as error:
                yield Finding(_NAME, row["sample_id"], f"its claims cannot be weighed: {error}")
                continue
            judged = _Judged(row, conclusion, own_reasons(row, conclusion, policy)).withheld(withheld)
            keys = [key for key in _keys(row) if key in meeting]
            if _SAMPLE_ID.fullmatch(row["sample_id"]):  # an id that is none is another check's to find
                met.extend(meeting_rows(judged.to_copy(), *judged.name, keys))
            if row["cluster_id"] in several:
                clusters[row["cluster_id"]].append(judged)
            elif keys:
                clusters[f"{row['shard']} {row['key']}"].append(judged)
            else:
                yield from _differences([judged], policy, book)
    yield from _hear(claims, told, None)
    for shard, key in sorted(told):
        yield Finding(_NAME, f"{shard}/{key}", f"is in {CLAIMS.name} and has no row")
    objections = least_objections(objections_of(pa.Table.from_pylist(met, MEETINGS.arrow), book))
    for members in clusters.values():
        yield from _differences([one.objected(objections.get(one.name)) for one in members], policy, book)


_HEX = re.compile(r"(?:[0-9a-f]{2})+")
_SAMPLE_ID = re.compile(r"[0-9a-f]{32}")
_NAME = conclusions_follow_from_claims.__name__.replace("_", "-")


def _keys(row: Row) -> Iterator[bytes]:
    """What a row meets others by; an id that is none is another check's to find."""
    named = row["content_id"] or ""
    return keys_of(row["url"], bytes.fromhex(named) if _HEX.fullmatch(named) else None)


def _keys_in_company(manifest: pa.Table) -> set[bytes]:
    """What two rows or more meet by, addresses and files."""
    once, twice = set[bytes](), set[bytes]()
    for batch in manifest.select(["url", "content_id"]).to_batches(max_chunksize=ROWS_AT_ONCE):
        for key in (key for row in batch.to_pylist() for key in _keys(row)):
            (twice if key in once else once).add(key)
    return twice


def _in_order(claims: pa.Table) -> Iterator[Row]:
    """Claims ordered by sample_id, those of one sample as the table has them."""
    ids = claims["sample_id"].combine_chunks()
    if not pc.all(pc.greater_equal(ids[1:], ids[:-1])).as_py():
        claims = claims.take(pc.sort_indices(ids))  # a stable sort
    return iter_rows(claims)


def _hear(claims: Iterator[Row], told: dict[tuple[str, str], list[Claim]], last: str | None) -> Iterator[Finding]:
    """Put the next claims into ``told``, up to one of a sample after ``last``; all that are left where that is None."""
    for row in claims:
        try:
            told[row["shard"], row["key"]].append(claim_from_row(row))
        except ValueError as error:
            yield Finding(_NAME, row["sample_id"], f"a claim cannot be read: {error}")
        if last is not None and row["sample_id"] > last:
            return


def _differences(members: Sequence[_Judged], policy: Policy, book: LicenseBook) -> Iterator[Finding]:
    """What is wrong with the rows of one cluster, or with one row without a picture."""
    outcomes = contest([member.to_copy() for member in members], book)
    placeholder = placeholder_step([member.row for member in members], policy.placeholder_captions)
    heard = [
        {"sample_id": one.row["sample_id"], "reasons": one.reasons, "trace": one.conclusion.trace} for one in members
    ]
    for member, outcome, follows in zip(members, outcomes, followed_by(heard), strict=True):
        for column, value in _expected(member, outcome, follows, placeholder).items():
            if member.row[column] != value:
                message = f"{column} is {member.row[column]!r}, its claims give {value!r}"
                yield Finding(_NAME, member.row["sample_id"], message)


def _expected(member: _Judged, outcome: Outcome, follows: str | None, placeholder: str | None) -> dict[str, Any]:
    """The columns of the manifest that claims and copies decide."""
    own, row = member.conclusion, member.row
    added = outcome.reason or added_reason(follows, placeholder)
    is_copy = row["representative_id"] is not None and not row["copies"]
    more = [reason.value for reason in (added, Reason.DUPLICATE if is_copy else None) if reason]
    grounds = Grounds(outcome.concluded, own.creator, outcome.attribution, own.notices, own.limits)
    return {
        "obligations": [] if member.reasons or more else obligations_of(grounds),
        "license_declared": own.declared,
        "license_concluded": outcome.concluded,
        "license_evidence": own.evidence_text,
        "permission": outcome.permission.value,
        "basis": own.basis if outcome.permission is own.permission else None,
        "trace": [*own.trace, *outcome.trace, *(step for step in (follows, placeholder) if step)],
        "conflicts_with": outcome.conflicts_with or member.objected_by,
        "creator": own.creator,
        "title": own.title,
        "attribution": outcome.attribution,
        "reasons": [*member.reasons, *(reason for reason in more if reason not in member.reasons)],
    }
