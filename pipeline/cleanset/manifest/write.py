"""The files of the manifest, its claims and its clusters: fixed names, fixed order, whole or not at all."""

from __future__ import annotations

import pyarrow as pa

from cleanset.manifest.rows import claim_rows, finish
from cleanset.rundir import RunDirectory, write_table
from cleanset.schemas import CLAIMS, CLUSTERS, MANIFEST

ROWS_PER_PART = 32_768
"""Mean rows of a manifest file: about 13 MB, and what one worker sorts at a time."""


def part_name(part: int, parts: int) -> str:
    """File name of a partition; names sort as the partitions do, however many there are."""
    width = max(5, len(str(parts)))
    return f"part-{part:0{width}d}-of-{parts:0{width}d}.parquet"


def write_part(judged: pa.Table, verdicts: pa.Table, run: RunDirectory, part: int, parts: int) -> str:
    """The run has the manifest and the claims of one partition of sample_ids; the result is the file's name."""
    name = part_name(part, parts)
    write_table(run.path(CLAIMS.name, name), claim_rows(judged), CLAIMS)
    write_table(run.path(MANIFEST.name, name), finish(judged, verdicts), MANIFEST)
    return name


def write_clusters(clusters: pa.Table, run: RunDirectory, part: int, parts: int) -> str:
    """The run has the clusters of one partition of components, ordered by cluster_id."""
    name = part_name(part, parts)
    write_table(run.path(CLUSTERS.name, name), clusters.sort_by("cluster_id"), CLUSTERS)
    return name


def ensure_tables(run: RunDirectory) -> None:
    """Each table of the run has a file, also where it has no rows."""
    for table in (MANIFEST, CLAIMS, CLUSTERS):
        if not run.files(table.name):
            write_table(run.path(table.name, part_name(0, 1)), table.empty(), table)
