"""Check the clusters by the pairs that match found: what is linked was clustered, and what is clustered is linked."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from cleanset.audit.findings import Finding
from cleanset.audit.seen import Seen, read_file
from cleanset.dedup import components
from cleanset.schemas import COMPONENTS, PAIRS, Table, hex_strings

_NAME = "clusters-follow-from-pairs"


def clusters_follow_from_pairs(seen: Seen) -> Iterator[Finding]:
    """Components are those of the pairs, a cluster lies in one of them, and no two representatives are linked.

    Greedy clustering leaves no two linked samples that both stand for themselves: the later one joins the earlier. So a
    cluster that was taken apart is found. Where the run has no pairs any more, nothing is checked.
    """
    if not seen.run.files(PAIRS.name):
        return
    problems: list[Finding] = []
    pairs, told = (_read(seen, table, problems) for table in (PAIRS, COMPONENTS))
    yield from problems
    if problems:
        return
    found = components.merge(components.contract(batch) for batch in pairs.to_batches())
    found, told = (_by_sample(table) for table in (found, told))
    for sample_id in sorted({sample_id for sample_id, _ in found.items() ^ told.items()}):
        says, gives = told.get(sample_id, "none"), found.get(sample_id, "none")
        yield Finding(_NAME, sample_id, f"component is {says}, its pairs give {gives}")
    yield from _linked_representatives(seen, pairs)
    yield from _scattered_clusters(seen, found)


def _read(seen: Seen, table: Table, problems: list[Finding]) -> pa.Table:
    parts = [read_file(seen.run, file, table, problems) for file in seen.run.files(table.name)]
    return pa.concat_tables(
        [part for part in parts if part is not None] or [table.empty().replace_schema_metadata(None)]
    )


def _by_sample(table: pa.Table) -> dict[str, str]:
    """The component of each linked sample, in hex."""
    return dict(zip(*(hex_strings(table[name]).to_pylist() for name in ("sample_id", "component_id")), strict=True))


def _linked_representatives(seen: Seen, pairs: pa.Table) -> Iterator[Finding]:
    stands = pc.fill_null(pc.greater(seen.manifest["copies"], 0), fill_value=False)
    ids = seen.manifest["sample_id"].filter(stands).combine_chunks()
    a, b = (hex_strings(pairs[name]) for name in ("a", "b"))
    both = pc.and_(pc.is_in(a, ids), pc.is_in(b, ids))
    for one, other, how in zip(*(column.filter(both).to_pylist() for column in (a, b, pairs["detector"])), strict=True):
        yield Finding(_NAME, one, f"is linked to {other} by {how}, yet each stands for itself")


def _scattered_clusters(seen: Seen, component: dict[str, str]) -> Iterator[Finding]:
    of_cluster: dict[str, set[str]] = {}
    clustered = seen.manifest.filter(pc.greater(pc.fill_null(seen.manifest["cluster_size"], 0), 1))
    for sample_id, cluster in zip(clustered["sample_id"].to_pylist(), clustered["cluster_id"].to_pylist(), strict=True):
        of_cluster.setdefault(cluster, set()).add(component.get(sample_id, sample_id))
    for cluster, found in of_cluster.items():
        if len(found) > 1:
            yield Finding(_NAME, cluster, f"its samples are in {len(found)} components, expected one")
