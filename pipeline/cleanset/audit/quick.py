"""The quick audit that ends a run: what can be checked of the manifest alone, one file of it in memory at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from cleanset.audit import checks, digests
from cleanset.audit.audit import first_of, name_of
from cleanset.audit.findings import Finding
from cleanset.audit.seen import Seen, read_file, read_record
from cleanset.manifest.contract import RunRecord
from cleanset.rundir import RunDirectory
from cleanset.schemas import CLAIMS, CLUSTERS, MANIFEST, Decision, count_values

OF_ROWS: tuple[Callable[[Seen], Iterator[Finding]], ...] = (
    checks.values_are_known,
    checks.rows_in_order,
    checks.decisions_have_reasons,
    checks.kept_rows_are_licensed,
)
"""Checks that each file of the manifest passes or fails by itself."""
OF_RUN = ("counts-balance", "digests-match")


def audit_quickly(run: RunDirectory) -> tuple[list[Finding], list[str]]:
    """The findings of the checks that need no claims, clusters or features, and the names of those checks.

    Raises:
        RunError: the run has no record of a finished manifest.
    """
    findings: list[Finding] = []
    record = read_record(run, findings)
    if record is None:
        return findings, ["schema"]
    last, counts = "", Counter[str]()
    for file in run.files(MANIFEST.name):
        part = read_file(run, file, MANIFEST, findings)
        if part is None or not part.num_rows:
            continue
        seen = _seen(run, record, part)
        findings += [finding for check in OF_ROWS for finding in first_of(name_of(check), check(seen))]
        first, last_before, last = part["sample_id"][0].as_py(), last, part["sample_id"][-1].as_py()
        if first < last_before:
            findings.append(Finding("rows-in-order", first, f"comes after {last_before}, in another file"))
        counts += _count(part)
    findings += _counts(record, counts)
    findings += digests.products_match(_seen(run, record, MANIFEST.empty()))
    return findings, ["schema", *map(name_of, OF_ROWS), *OF_RUN]


def _seen(run: RunDirectory, record: RunRecord, manifest: pa.Table) -> Seen:
    return Seen(run, record, manifest, CLAIMS.empty(), CLUSTERS.empty(), None, [])


def _count(part: pa.Table) -> Counter[str]:
    """Rows read, kept, and dropped by the first of their reasons."""
    is_kept = pc.equal(part["decision"], Decision.KEPT.value)
    reasons = part["reasons"].filter(pc.invert(is_kept))
    first = pc.list_element(reasons.filter(pc.greater(pc.list_value_length(reasons), 0)), 0)
    dropped = {f"dropped {reason}": number for reason, number in count_values(first).items()}
    return Counter({"read": part.num_rows, "kept": pc.sum(is_kept).as_py() or 0, **dropped})


def _counts(record: RunRecord, found: Counter[str]) -> Iterator[Finding]:
    """The record's counts are those of the rows."""
    dropped = {f"dropped {reason}": number for reason, number in record.counts.dropped.items()}
    said = Counter({"read": record.counts.read, "kept": record.counts.kept, **dropped})
    for name in sorted(found.keys() | said.keys()):
        if found[name] != said[name]:
            yield Finding("counts-balance", "run.json", f"{name} is {said[name]}, the rows give {found[name]}")
