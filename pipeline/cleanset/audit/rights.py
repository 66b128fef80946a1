"""Check that every conclusion follows from the claims that the run kept, under the policy that it names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from cleanset.audit.findings import Finding
from cleanset.audit.seen import Seen
from cleanset.manifest.judge import claim_from_row
from cleanset.rights.book import LicenseBook
from cleanset.rights.claim import Claim
from cleanset.rights.conclude import Conclusion, conclude
from cleanset.rights.policy import Policy
from cleanset.schemas import Permission, Reason

_SAME = {"license_declared": "declared", "creator": "creator", "title": "title"}
"""Columns of the manifest that copies do not change, and the fields of a conclusion that they hold."""


def conclusions_follow_from_claims(seen: Seen) -> Iterator[Finding]:
    """Claims, weighed again, give each row's declared license, its trace, and a permission no freer than its own."""
    book = LicenseBook.load()
    policy = Policy.model_validate(seen.record["policy"]["fields"])
    claims: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for row in seen.claims.to_pylist():
        claims[row["shard"], row["key"]].append(claim_from_row(row))
    for row in seen.manifest.to_pylist():
        conclusion = conclude(claims[row["shard"], row["key"]], policy, book, url=row["url"])
        for message in _differences(row, conclusion):
            yield Finding("conclusion-follows", row["sample_id"], message)


def _differences(row: Mapping[str, Any], conclusion: Conclusion) -> Iterator[str]:
    for column, name in _SAME.items():
        if row[column] != getattr(conclusion, name):
            yield f"{column} is {row[column]!r}, its claims give {getattr(conclusion, name)!r}"
    if tuple(row["trace"][: len(conclusion.trace)]) != conclusion.trace:
        yield f"trace is {row['trace']}, its claims give {list(conclusion.trace)}"
    if row["conflicts_with"] is None:
        if row["permission"] != conclusion.permission:
            yield f"permission is {row['permission']}, its claims give {conclusion.permission}"
        if row["license_concluded"] != conclusion.concluded:
            yield f"license_concluded is {row['license_concluded']}, its claims give {conclusion.concluded}"
        missing = [r for r in conclusion.reasons if r not in row["reasons"]]
        if missing:
            yield f"reasons are {row['reasons']}, its claims also give {missing[0]}"
    elif row["permission"] == Permission.ALLOWED and conclusion.permission is not Permission.ALLOWED:
        yield f"permission is allowed, its own claims give {conclusion.permission}"
    elif row["permission"] != Permission.ALLOWED and not {Reason.RIGHTS_CONFLICT, Reason.GENERATED} & set(
        row["reasons"]
    ):
        yield f"is contested by {row['conflicts_with']}, yet its reasons are {row['reasons']}"
