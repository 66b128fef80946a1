"""Checks of rows against each other and against the record. Each is a generator of findings; none raises or prints."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from cleanset.audit.findings import Finding
from cleanset.audit.seen import Seen
from cleanset.schemas import Decision, Permission, Reason, Status

NO_LICENSE = ("NOASSERTION", "NONE")
SHOWN = 20
"""Findings of one check that are told one by one; the rest are counted."""


def counts_balance(seen: Seen) -> Iterator[Finding]:
    """Kept and dropped add up to read, in the record, in the manifest, and over the input shards."""
    counts = seen.record["counts"]
    told = counts["kept"] + sum(counts["dropped"].values())
    if told != counts["read"]:
        yield Finding("counts-balance", "run.json", f"kept and dropped are {told}, read is {counts['read']}")
    if counts["read"] != seen.manifest.num_rows:
        yield Finding(
            "counts-balance", "manifest", f"{seen.manifest.num_rows} rows, run.json says {counts['read']} were read"
        )
    rows = sum(shard["rows"] for shard in seen.record["inputs"])
    if rows != counts["read"]:
        yield Finding("counts-balance", "run.json", f"inputs have {rows} samples, {counts['read']} were read")
    kept = pc.sum(pc.equal(seen.manifest["decision"], Decision.KEPT.value)).as_py() or 0
    if kept != counts["kept"]:
        yield Finding("counts-balance", "manifest", f"{kept} rows are kept, run.json says {counts['kept']}")
    first = pc.list_element(seen.manifest.filter(pc.list_value_length(pc.field("reasons")) > 0)["reasons"], 0)
    found = {v["values"]: v["counts"] for v in pc.value_counts(first).to_pylist()}
    for reason in sorted(found.keys() | counts["dropped"].keys()):
        if found.get(reason, 0) != counts["dropped"].get(reason, 0):
            message = f"{found.get(reason, 0)} rows, run.json says {counts['dropped'].get(reason, 0)}"
            yield Finding("counts-balance", reason, message)


def rows_in_order(seen: Seen) -> Iterator[Finding]:
    """Rows are ordered by sample_id, and no sample_id is kept twice."""
    ids = seen.manifest["sample_id"].combine_chunks()
    for at in pc.indices_nonzero(pc.less(ids[1:], ids[:-1])).to_pylist()[:SHOWN]:
        yield Finding("rows-in-order", ids[at + 1].as_py(), f"comes after {ids[at].as_py()}")
    kept = seen.manifest.filter(pc.field("decision") == Decision.KEPT.value)
    repeated = kept.group_by("sample_id").aggregate([([], "count_all")]).filter(pc.field("count_all") > 1)
    for row in repeated.to_pylist():
        yield Finding("rows-in-order", row["sample_id"], f"is kept {row['count_all']} times, expected once")


def decisions_have_reasons(seen: Seen) -> Iterator[Finding]:
    """A dropped row has a known reason, a kept one none, and a status other than ok is the first reason."""
    known = {r.value for r in Reason} | {s.value for s in Status}
    for row in seen.manifest.select(["sample_id", "status", "decision", "reasons"]).to_pylist():
        reasons = row["reasons"]
        if row["decision"] == Decision.KEPT and reasons:
            yield Finding("decision-reason", row["sample_id"], f"is kept, yet has the reason {reasons[0]}")
        elif row["decision"] == Decision.DROPPED and not reasons:
            yield Finding("decision-reason", row["sample_id"], "is dropped without a reason")
        elif row["decision"] not in set(Decision):
            yield Finding("decision-reason", row["sample_id"], f"decision is {row['decision']!r}")
        for reason in reasons:
            if reason not in known:
                yield Finding("decision-reason", row["sample_id"], f"reason {reason!r} is not in the vocabulary")
        if row["status"] != Status.OK and reasons[:1] != [row["status"]]:
            yield Finding(
                "decision-reason", row["sample_id"], f"status is {row['status']}, first reason is {reasons[:1]}"
            )


def kept_rows_are_licensed(seen: Seen) -> Iterator[Finding]:
    """Every kept row has a picture, an allowed permission, a concluded license and the evidence for it."""
    kept = seen.manifest.filter(pc.field("decision") == Decision.KEPT.value)
    columns = ["sample_id", "status", "permission", "license_concluded", "license_evidence", "basis", "content_id"]
    for row in kept.select(columns).to_pylist():
        if row["status"] != Status.OK:
            yield Finding("kept-licensed", row["sample_id"], f"is kept with the status {row['status']}")
        if row["permission"] != Permission.ALLOWED:
            yield Finding("kept-licensed", row["sample_id"], f"is kept, permission is {row['permission']}")
        if row["license_concluded"] in NO_LICENSE and not (row["basis"] or "").startswith(("public-domain", "overlay")):
            yield Finding("kept-licensed", row["sample_id"], f"is kept, license is {row['license_concluded']}")
        if not row["license_evidence"]:
            yield Finding("kept-licensed", row["sample_id"], "is kept without evidence")
        if not row["content_id"]:
            yield Finding("kept-licensed", row["sample_id"], "is kept without a content_id")


def clusters_have_one_representative(seen: Seen) -> Iterator[Finding]:
    """In every cluster one row stands for all, the cluster's size is right, and copies add up."""
    rows = seen.manifest.filter(pc.is_valid(pc.field("cluster_id")))
    stands = pc.and_(pc.equal(rows["sample_id"], rows["representative_id"]), pc.greater(rows["copies"], 0))
    rows = rows.append_column("stands", pc.cast(stands, pa.int32()))
    grouped = rows.group_by("cluster_id").aggregate(
        [
            ([], "count_all"),
            ("stands", "sum"),
            ("copies", "sum"),
            ("cluster_size", "max"),
            ("representative_id", "count_distinct"),
        ]
    )
    for row in grouped.to_pylist():
        size = row["count_all"]
        if row["stands_sum"] != 1 or row["representative_id_count_distinct"] != 1:
            yield Finding(
                "cluster-representative", row["cluster_id"], f"{row['stands_sum']} representatives, expected 1"
            )
        if row["cluster_size_max"] != size or row["copies_sum"] != size:
            message = f"{size} rows, cluster_size {row['cluster_size_max']}, copies {row['copies_sum']}"
            yield Finding("cluster-representative", row["cluster_id"], message)
    duplicates = pc.list_value_length(rows["reasons"])
    kept = rows.filter(pc.equal(duplicates, 0)).group_by("cluster_id").aggregate([([], "count_all")])
    for row in kept.filter(pc.field("count_all") > 1).to_pylist():
        yield Finding(
            "cluster-representative", row["cluster_id"], f"{row['count_all']} rows are kept, expected 1 at most"
        )
