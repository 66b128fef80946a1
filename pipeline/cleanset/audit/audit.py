"""Audit a run: read what it says of itself, and check it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cleanset.audit import checks, copies, digests, rights
from cleanset.audit.findings import Finding
from cleanset.audit.seen import Seen
from cleanset.rundir import RunDirectory

CHECKS: tuple[Callable[[Seen], Iterator[Finding]], ...] = (
    checks.counts_balance,
    checks.rows_in_order,
    checks.decisions_have_reasons,
    checks.kept_rows_are_licensed,
    checks.clusters_have_one_representative,
    rights.conclusions_follow_from_claims,
    copies.kept_pictures_differ,
    copies.members_resemble_their_representative,
    digests.digests_match,
)


def audit(run: RunDirectory) -> tuple[list[Finding], list[str]]:
    """The findings of every check, and the names of the checks that were made.

    Checks that read rows are made only where the tables have the right columns: the first check says so if not.

    Raises:
        RunError: the run has no record of a finished manifest.
    """
    seen = Seen.of(run)
    findings = list(seen.problems)
    made = ["schema"]
    if not findings:
        for check in CHECKS:
            findings.extend(check(seen))
            made.append(check.__name__.replace("_", "-"))
    return findings, made
