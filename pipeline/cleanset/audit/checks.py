"""Checks of rows against each other and against the record. Each is a generator of findings; none raises or prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from cleanset.audit.findings import Finding
from cleanset.audit.seen import Seen, iter_rows
from cleanset.schemas import Decision, Detector, Permission, Reason, Status, count_values

NO_LICENSE = ("NOASSERTION", "NONE")
_KNOWN: dict[str, Iterable[str]] = {
    "status": Status,
    "permission": Permission,
    "decision": Decision,
    "matched_by": Detector,
}
_HEX_DIGITS = {
    "sample_id": 32,
    "content_id": 64,
    "pixel_id": 32,
    "phash": 16,
    "pdq": 64,
    "conflicts_with": 32,
    "cluster_id": 32,
    "representative_id": 32,
}


def values_are_known(seen: Seen) -> Iterator[Finding]:
    """Words are of their vocabulary, and ids and hashes are lower-case hexadecimal of their length."""
    ids = seen.manifest["sample_id"]
    for column, words in _KNOWN.items():
        values = seen.manifest[column]
        odd = pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, pa.array([str(word) for word in words]))))
        for sample_id, value in _rows(ids, values, odd):
            yield Finding("values-are-known", sample_id, f"{column} is {value!r}, which is not in the vocabulary")
    for column, digits in _HEX_DIGITS.items():
        values = seen.manifest[column]
        odd = pc.invert(pc.match_substring_regex(values, f"^[0-9a-f]{{{digits}}}$"))
        for sample_id, value in _rows(ids, values, pc.fill_null(odd, fill_value=False)):
            yield Finding("values-are-known", sample_id, f"{column} is {value!r}, expected {digits} hex digits")


def _rows(ids: pa.ChunkedArray, values: pa.ChunkedArray, mask: pa.ChunkedArray) -> Iterator[tuple[str, object]]:
    return zip(ids.filter(mask).to_pylist(), values.filter(mask).to_pylist(), strict=True)


def counts_balance(seen: Seen) -> Iterator[Finding]:
    """Kept and dropped add up to read, in the record, in the manifest, and over the input shards."""
    counts, rows = seen.record.counts, seen.manifest.num_rows
    told = counts.kept + sum(counts.dropped.values())
    if told != counts.read:
        yield Finding("counts-balance", "run.json", f"kept and dropped are {told}, read is {counts.read}")
    if counts.read != rows:
        yield Finding("counts-balance", "manifest", f"{rows} rows, run.json says {counts.read} were read")
    inputs = sum(shard.rows for shard in seen.record.inputs)
    if inputs != counts.read:
        yield Finding("counts-balance", "run.json", f"inputs have {inputs} samples, {counts.read} were read")
    found_rows = count_values(seen.manifest["shard"])
    for shard in seen.record.inputs:
        if found_rows.get(shard.shard, 0) != shard.rows:
            message = f"{found_rows.get(shard.shard, 0)} rows, run.json says {shard.rows}"
            yield Finding("counts-balance", shard.shard, message)
    is_kept = pc.equal(seen.manifest["decision"], Decision.KEPT.value)
    kept = pc.sum(is_kept).as_py() or 0
    if kept != counts.kept:
        yield Finding("counts-balance", "manifest", f"{kept} rows are kept, run.json says {counts.kept}")
    dropped = seen.manifest["reasons"].filter(pc.invert(is_kept))
    first = pc.list_element(dropped.filter(pc.greater(pc.list_value_length(dropped), 0)), 0)
    found = {str(v["values"]): v["counts"] for v in pc.value_counts(first).to_pylist()}
    for reason in sorted(found.keys() | counts.dropped.keys()):
        if found.get(reason, 0) != counts.dropped.get(reason, 0):
            message = f"{found.get(reason, 0)} rows, run.json says {counts.dropped.get(reason, 0)}"
            yield Finding("counts-balance", reason, message)


def rows_in_order(seen: Seen) -> Iterator[Finding]:
    """Rows are ordered by sample_id, each place in a shard is read once, and no sample_id is kept twice."""
    ids = seen.manifest["sample_id"].combine_chunks()
    for at in pc.indices_nonzero(pc.less(ids[1:], ids[:-1])).to_pylist():
        yield Finding("rows-in-order", ids[at + 1].as_py(), f"comes after {ids[at].as_py()}")
    places = seen.manifest.group_by(["shard", "key"]).aggregate([([], "count_all"), ("sample_id", "min")])
    for row in places.filter(pc.field("count_all") > 1).to_pylist():
        message = f"{row['shard']}/{row['key']} has {row['count_all']} rows, expected one"
        yield Finding("rows-in-order", row["sample_id_min"], message)
    times = seen.kept(["sample_id"]).group_by("sample_id").aggregate([([], "count_all")])
    for row in times.filter(pc.field("count_all") > 1).to_pylist():
        yield Finding("rows-in-order", row["sample_id"], f"is kept {row['count_all']} times, expected once")


def decisions_have_reasons(seen: Seen) -> Iterator[Finding]:
    """A dropped row has known reasons, a kept one none, and a status other than ok is the first reason."""
    known = {str(word) for words in (Reason, Status) for word in words} - {Status.OK.value}
    for row in iter_rows(seen.manifest.select(["sample_id", "status", "decision", "reasons"])):
        reasons = row["reasons"]
        for message in _faults(row["decision"], row["status"], reasons):
            yield Finding("decisions-have-reasons", row["sample_id"], message)
        for reason in reasons:
            if reason not in known:
                yield Finding("decisions-have-reasons", row["sample_id"], f"{reason!r} is not in the vocabulary")


def _faults(decision: str, status: str, reasons: list[str]) -> Iterator[str]:
    if decision == Decision.KEPT and reasons:
        yield f"is kept, yet has the reason {reasons[0]}"
    if decision == Decision.DROPPED and not reasons:
        yield "is dropped without a reason"
    if status != Status.OK and reasons[:1] != [status]:
        yield f"status is {status}, first reason is {reasons[:1]}"


def kept_rows_are_licensed(seen: Seen) -> Iterator[Finding]:
    """Every kept row has a picture, an allowed permission, a concluded license and the evidence for it."""
    columns = ["sample_id", "status", "permission", "license_concluded", "license_evidence", "basis", "content_id"]
    for row in iter_rows(seen.kept(columns)):
        if row["status"] != Status.OK:
            yield Finding("kept-rows-are-licensed", row["sample_id"], f"is kept with the status {row['status']}")
        if row["permission"] != Permission.ALLOWED:
            yield Finding("kept-rows-are-licensed", row["sample_id"], f"is kept, permission is {row['permission']}")
        if row["license_concluded"] in NO_LICENSE:
            yield Finding("kept-rows-are-licensed", row["sample_id"], f"is kept, license is {row['license_concluded']}")
        for column in ("license_evidence", "basis", "content_id"):
            if not row[column]:
                yield Finding("kept-rows-are-licensed", row["sample_id"], f"is kept without {column}")
