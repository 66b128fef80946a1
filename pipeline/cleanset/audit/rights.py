"""Check that every decision follows from the claims that the run kept, under the policy that it names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cleanset.audit.findings import Finding
from cleanset.audit.seen import Seen
from cleanset.manifest.judge import claim_from_row, own_reasons
from cleanset.manifest.placeholder import placeholder_step
from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.claim import Claim
from cleanset.rights.conclusion.conclude import Conclusion, conclude
from cleanset.rights.copies import Copy, Outcome, contest, objection
from cleanset.rights.policy import Policy
from cleanset.schemas import CLAIMS, Reason

Row = Mapping[str, Any]
_COLUMNS = [
    "sample_id",
    "shard",
    "key",
    "url",
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
        )


def conclusions_follow_from_claims(seen: Seen) -> Iterator[Finding]:
    """Claims and copies, weighed again, give each row's licenses, permission, credit, trace and reasons."""
    book, policy = LicenseBook.load(), seen.record.policy.fields
    claims: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    clusters: dict[str, list[_Judged]] = defaultdict(list)
    for row in seen.claims.to_pylist():
        try:
            claims[row["shard"], row["key"]].append(claim_from_row(row))
        except ValueError as error:
            yield Finding("conclusions-follow-from-claims", row["sample_id"], f"a claim cannot be read: {error}")
    for number, row in enumerate(seen.manifest.select(_COLUMNS).to_pylist()):
        own = claims.pop((row["shard"], row["key"]), [])
        try:
            conclusion = conclude(own, policy, book, url=row["url"])
        except ValueError as error:
            yield Finding("conclusions-follow-from-claims", row["sample_id"], f"its claims cannot be weighed: {error}")
            continue
        judged = _Judged(row, conclusion, own_reasons(row, conclusion, policy))
        clusters[row["cluster_id"] or f"alone {number}"].append(judged)
    for shard, key in sorted(claims):
        yield Finding("conclusions-follow-from-claims", f"{shard}/{key}", f"is in {CLAIMS.name} and has no row")
    for members in clusters.values():
        for sample_id, message in _differences(members, policy, book):
            yield Finding("conclusions-follow-from-claims", sample_id, message)


def _differences(members: Sequence[_Judged], policy: Policy, book: LicenseBook) -> Iterator[tuple[str, str]]:
    """sample_id and what is wrong, for the rows of one cluster, or for one row without a picture."""
    outcomes = contest([member.to_copy() for member in members], book)
    placeholder = placeholder_step([member.row for member in members], policy.placeholder_captions)
    for member, outcome in zip(members, outcomes, strict=True):
        for column, value in _expected(member, outcome, placeholder).items():
            if member.row[column] != value:
                yield member.row["sample_id"], f"{column} is {member.row[column]!r}, its claims give {value!r}"


def _expected(member: _Judged, outcome: Outcome, placeholder: str | None) -> dict[str, Any]:
    """The columns of the manifest that claims and copies decide."""
    own, row = member.conclusion, member.row
    added = outcome.reason or (Reason.PLACEHOLDER if placeholder else None)
    is_copy = row["representative_id"] is not None and not row["copies"]
    more = [reason.value for reason in (added, Reason.DUPLICATE if is_copy else None) if reason]
    return {
        "license_declared": own.declared,
        "license_concluded": outcome.concluded,
        "license_evidence": own.evidence_text,
        "permission": outcome.permission.value,
        "basis": own.basis if outcome.permission is own.permission else None,
        "trace": [*own.trace, *outcome.trace, *([placeholder] if placeholder else [])],
        "conflicts_with": outcome.conflicts_with,
        "creator": own.creator,
        "title": own.title,
        "attribution": outcome.attribution,
        "reasons": [*member.reasons, *(reason for reason in more if reason not in member.reasons)],
    }
