"""Audit a run: read what it says of itself, and check it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from cleanset.audit import checks, clusters, copies, digests, entries, evidence, linked, origin, rights
from cleanset.audit.findings import Finding
from cleanset.audit.seen import Seen, read_run
from cleanset.rundir import RunDirectory

CHECKS: tuple[Callable[[Seen], Iterator[Finding]], ...] = (
    checks.values_are_known,
    checks.counts_balance,
    checks.rows_in_order,
    checks.decisions_have_reasons,
    checks.kept_rows_are_licensed,
    clusters.clusters_have_one_representative,
    clusters.clusters_agree_with_rows,
    linked.clusters_follow_from_pairs,
    rights.conclusions_follow_from_claims,
    entries.entries_agree_with_claims,
    evidence.claims_of_kept_rows_follow_from_evidence,
    copies.kept_pictures_differ,
    copies.members_resemble_their_representative,
    origin.rows_agree_with_features,
    digests.digests_match,
)
SHOWN = 20
"""Findings of one check that are told one by one; the rest are counted."""


def audit(run: RunDirectory) -> tuple[list[Finding], list[str]]:
    """The findings of every check, and the names of the checks that were made.

    Checks that read rows are made only where record and tables have the right shape: the first check says so if not.

    Raises:
        RunError: the run has no record of a finished manifest.
    """
    seen = read_run(run)
    if not isinstance(seen, Seen):
        return seen, ["schema"]
    findings = [finding for check in CHECKS for finding in first_of(name_of(check), check(seen))]
    return findings, ["schema", *(name_of(check) for check in CHECKS)]


def name_of(check: Callable[[Seen], Iterator[Finding]]) -> str:
    """The name that the check's findings carry."""
    return check.__name__.replace("_", "-")


def first_of(name: str, found: Iterator[Finding]) -> Iterator[Finding]:
    """The first findings, and how many more there are."""
    yield from islice(found, SHOWN)
    if more := sum(1 for _ in found):
        yield Finding(name, "more", f"{more} more findings of this check")
