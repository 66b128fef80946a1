"""Read a finished run: its record, rows of its manifest, and the sample that a person means."""

from __future__ import annotations

from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cleanset.errors import RunError
from cleanset.manifest.record import RECORD, RUN_DECIDE
from cleanset.rundir import RunDirectory
from cleanset.schemas import VERSION

ID_LENGTH = 32
SHORTEST = 4
"""Fewest hexadecimal digits that may stand for a sample_id."""


def open_record(run: RunDirectory) -> dict[str, Any]:
    """The record of a finished run.

    Raises:
        RunError: the run has no manifest, or one of another schema version.
    """
    record = run.read_json(RECORD, needs=RUN_DECIDE)
    if record.get("schema_version") != VERSION:
        raise RunError(
            f"{run.root}: schema version {record.get('schema_version')}, expected {VERSION}; decide it again"
        )
    return record


def select_rows(run: RunDirectory, folder: str, predicate: pc.Expression, columns: list[str] | None = None) -> pa.Table:
    """The rows of a table for which the predicate holds; files and row groups that cannot have any are not read."""
    tables = []
    for file in run.files(folder):
        with fsspec.open(file, "rb") as stream:
            tables.append(pq.read_table(stream, columns=columns, filters=predicate).replace_schema_metadata(None))
    return pa.concat_tables(tables) if tables else pa.table({})


def find_sample(run: RunDirectory, text: str) -> dict[str, Any]:
    """The manifest row that a person means by a sample_id or its start, a key, ``shard/key``, or a URL.

    Raises:
        RunError: no row fits, or several do; then the message lists some.
    """
    rows = _candidates(run, text.strip())
    if not rows:
        raise RunError(f"{run.root}: no sample has the id, key or URL {text!r}")
    if len({row["sample_id"] for row in rows}) > 1:
        some = ", ".join(f"{row['sample_id']} ({row['shard']}/{row['key']})" for row in rows[:5])
        raise RunError(f"{len(rows)} samples fit {text!r}: {some}{', …' if len(rows) > 5 else ''}")  # noqa: PLR2004 - five
    kept_first = sorted(rows, key=lambda row: (row["decision"] != "kept", row["copies"] == 0))
    return kept_first[0]


def _candidates(run: RunDirectory, text: str) -> list[dict[str, Any]]:
    predicates = []
    if SHORTEST <= len(text) <= ID_LENGTH and not set(text.lower()) - set("0123456789abcdef"):
        low = text.lower()
        predicates.append((pc.field("sample_id") >= low) & (pc.field("sample_id") <= low.ljust(ID_LENGTH, "f")))
    predicates.append((pc.field("key") == text) | (pc.field("url") == text))
    if "/" in text:
        shard, key = text.split("/", 1)
        predicates.append((pc.field("shard") == shard) & (pc.field("key") == key))
    for predicate in predicates:
        rows: list[dict[str, Any]] = select_rows(run, "manifest", predicate).to_pylist()
        if rows:
            return rows
    return []
