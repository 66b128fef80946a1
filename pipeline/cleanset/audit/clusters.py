"""Checks of the clusters: who stands for whom, how many, and what the table of clusters says of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleanset.audit.findings import Finding
from cleanset.audit.seen import Seen, iter_rows
from cleanset.manifest.placeholder import distinct
from cleanset.schemas import CLUSTERS, Decision, Reason

Row = Mapping[str, Any]
_COLUMNS = [
    "sample_id",
    "pixel_id",
    "url",
    "caption",
    "decision",
    "reasons",
    "conflicts_with",
    "cluster_id",
    "cluster_size",
    "representative_id",
    "matched_by",
    "distance",
    "copies",
]


def clusters_have_one_representative(seen: Seen) -> Iterator[Finding]:
    """Every picture is in a cluster, in which one row stands for all, one at most is kept, and the sizes are right."""
    for cluster_id, rows in iter_clusters(seen.manifest, _COLUMNS):
        if cluster_id is None:
            yield from _without_picture(rows[0])
        else:
            for message in _faults(rows):
                yield Finding("clusters-have-one-representative", cluster_id, message)


def iter_clusters(manifest: pa.Table, columns: Sequence[str]) -> Iterator[tuple[str | None, list[Row]]]:
    """The rows of each cluster, ordered as the manifest: those alone first, each row without a picture under None."""
    for row in iter_rows(manifest.select(columns).filter(pc.invert(is_one_of_several(manifest)))):
        yield row["cluster_id"], [row]
    yield from clusters_of_several(manifest, columns).items()


def clusters_of_several(manifest: pa.Table, columns: Sequence[str]) -> dict[str, list[Row]]:
    """The rows of each cluster of two rows or more, ordered as the manifest."""
    clusters: dict[str, list[Row]] = defaultdict(list)
    for row in iter_rows(manifest.select(columns).filter(is_one_of_several(manifest))):
        clusters[row["cluster_id"]].append(row)
    return clusters


def is_one_of_several(manifest: pa.Table) -> pa.ChunkedArray:
    """Whether each row is in a cluster of two rows or more."""
    ids = manifest["cluster_id"]
    sizes = pc.value_counts(ids.drop_null())
    return pc.is_in(ids, sizes.field("values").filter(pc.greater(sizes.field("counts"), 1)))


def _without_picture(row: Row) -> Iterator[Finding]:
    if any(row[name] is not None for name in ("pixel_id", "cluster_size", "representative_id", "matched_by")):
        yield Finding("clusters-have-one-representative", row["sample_id"], "has a picture, and no cluster")
    elif row["copies"]:
        yield Finding("clusters-have-one-representative", row["sample_id"], "has copies, and no cluster")


def _faults(rows: Sequence[Row]) -> Iterator[str]:
    stands = [row for row in rows if row["copies"]]
    if len(stands) != 1:
        yield f"{len(stands)} representatives, expected 1"
    elif {row["representative_id"] for row in rows} != {stands[0]["sample_id"]}:
        yield f"{stands[0]['sample_id']} stands for it, but not every row says so"
    if any(row["copies"] != len(rows) for row in stands):
        yield f"{len(rows)} rows, copies {[row['copies'] for row in stands]}"
    if any(row["cluster_size"] != len(rows) for row in rows):
        yield f"{len(rows)} rows, cluster_size {sorted({str(row['cluster_size']) for row in rows})}"
    if rows[0]["cluster_id"] != min(row["sample_id"] for row in rows):
        yield "is not the least sample_id of its rows"
    if any((row["matched_by"] is None) != bool(row["copies"]) for row in rows):
        yield "matched_by has to be null for the representative, and for no other row"
    if any(row["distance"] is not None and row["matched_by"] is None for row in rows):
        yield "a representative has a distance"
    kept = sum(row["decision"] == Decision.KEPT for row in rows)
    if kept > 1:
        yield f"{kept} rows are kept, expected 1 at most"
    if any(row["decision"] == Decision.KEPT and not row["copies"] for row in rows):
        yield "a row is kept that another one stands for"


def clusters_agree_with_rows(seen: Seen) -> Iterator[Finding]:
    """The table of clusters says of each cluster of two rows or more what its rows say."""
    found = clusters_of_several(seen.manifest, _COLUMNS)
    told = {row["cluster_id"]: row for row in seen.clusters.to_pylist()}
    if len(told) != seen.clusters.num_rows:
        yield Finding("clusters-agree-with-rows", CLUSTERS.name, "a cluster_id occurs twice")
    ids = seen.clusters["cluster_id"].combine_chunks()
    for at in pc.indices_nonzero(pc.less(ids[1:], ids[:-1])).to_pylist():
        yield Finding("clusters-agree-with-rows", ids[at + 1].as_py(), f"comes after {ids[at].as_py()}")
    for cluster_id in sorted(found.keys() | told.keys()):
        if cluster_id not in found or cluster_id not in told:
            where = "clusters" if cluster_id in told else "manifest"
            yield Finding("clusters-agree-with-rows", cluster_id, f"is in {where} only")
            continue
        for name, value in _cluster_row(found[cluster_id]).items():
            if told[cluster_id][name] != value:
                message = f"{name} is {told[cluster_id][name]}, its rows give {value}"
                yield Finding("clusters-agree-with-rows", cluster_id, message)


def _cluster_row(rows: Sequence[Row]) -> dict[str, Any]:
    """The row of ``schemas.CLUSTERS``, from the rows of the manifest."""
    return {
        "size": len(rows),
        "representative_id": next((row["sample_id"] for row in rows if row["copies"]), None),
        "kept": sum(row["decision"] == Decision.KEPT for row in rows),
        "urls": distinct(rows, "url"),
        "captions": distinct(rows, "caption"),
        "contested": any(Reason.RIGHTS_CONFLICT in row["reasons"] and row["conflicts_with"] for row in rows),
    }
