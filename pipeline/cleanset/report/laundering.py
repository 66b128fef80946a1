"""Pictures that one source offers freely and another does not: both sides, for a person and as a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from cleanset.manifest.read import open_record
from cleanset.report.lines import fit
from cleanset.rights.copies import laundering
from cleanset.rundir import RunDirectory, open_whole, write_table
from cleanset.schemas import LAUNDERING

FOLDER = "report"
_COLUMNS = [
    "sample_id",
    "cluster_id",
    "url",
    "license_concluded",
    "license_evidence",
    "reasons",
    "trace",
    "conflicts_with",
]


def report_laundering(run: RunDirectory) -> pa.Table:
    """The run has ``report/laundering.parquet`` and ``.txt``; the result is the table, ``schemas.LAUNDERING``.

    Raises:
        RunError: the run has no manifest.
    """
    open_record(run)
    table = laundering(run.read_table("manifest", _COLUMNS))
    write_table(run.path(FOLDER, f"{LAUNDERING.name}.parquet"), table, LAUNDERING)
    with open_whole(run.path(FOLDER, f"{LAUNDERING.name}.txt")) as stream:
        stream.write((as_text(table) + "\n").encode("utf-8", "backslashreplace"))
    return table


def as_text(table: pa.Table) -> str:
    """The report for a person: a paragraph for each picture, the copies that were offered freely first."""
    clusters: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in table.to_pylist():
        clusters[row["cluster_id"]].append(row)
    head = f"Pictures that one source offers freely and another does not: {len(clusters) or 'none'}"
    return "\n".join([head, *(line for name, rows in clusters.items() for line in _paragraph(name, rows))])


def _paragraph(cluster_id: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield ""
    yield f"Cluster {cluster_id}"
    for row in rows:
        yield fit(f"  {row['side']:7} {row['sample_id']}  {row['license']}: {row['reasons']}")
        for text in (row["url"], row["evidence"]):
            if text:
                yield fit(f"          {text}")
