"""Read a finished run: its record, rows of its manifest, and the sample that a person means."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cleanset.errors import RunError
from cleanset.manifest.record import RECORD, RUN_DECIDE
from cleanset.rundir import RunDirectory, open_for_arrow
from cleanset.schemas import VERSION, Decision

ID_LENGTH = 32
SHOWN = 5
"""Samples that an ambiguous name lists."""
COUNTED = 1_000
"""Rows after which no more are looked for that a name could mean."""


def open_record(run: RunDirectory) -> dict[str, Any]:
    """The record of a finished run.

    Raises:
        RunError: the run has no manifest, or one of another schema version.
    """
    record: Any = run.read_json(RECORD, needs=RUN_DECIDE)
    found = record.get("schema_version") if isinstance(record, dict) else None
    if found != VERSION:
        raise RunError(f"{run.root}: schema version {found}, expected {VERSION}; decide it again")
    return dict(record)


def select_rows(run: RunDirectory, folder: str, predicate: pc.Expression, columns: list[str] | None = None) -> pa.Table:
    """The rows of a table for which the predicate holds; files and row groups that cannot have any are not read."""
    tables = [select_from(file, predicate, columns) for file in run.files(folder)]
    return pa.concat_tables(tables) if tables else pa.table({})


def select_from(file: str, predicate: pc.Expression, columns: list[str] | None = None) -> pa.Table:
    """The rows of one file for which the predicate holds; row groups that cannot have any are not read."""
    with open_for_arrow(file) as source:
        return pq.read_table(source, columns=columns, filters=predicate).replace_schema_metadata(None)


def why_no_picture(run: RunDirectory, shard: str, key: str) -> str | None:
    """What exactly was wrong with a sample's image; None if nothing was, or the run's features are gone."""
    file = run.features_file(shard)
    if not run.exists(file.removeprefix(run.path(""))):
        return None
    found = select_from(file, pc.field("key") == key, ["detail"])["detail"].to_pylist()
    return found[0] if found else None


def find_sample(run: RunDirectory, text: str) -> dict[str, Any]:
    """The manifest row that a person means by a sample_id or its start, a key, ``shard/key``, or a URL.

    Raises:
        RunError: no row fits, or several do; then the message lists some.
    """
    rows = _candidates(run, text.strip())
    if not rows:
        raise RunError(f"{run.root}: no sample has the id, key or URL {text!r}")
    if len({row["sample_id"] for row in rows}) > 1:
        some = ", ".join(f"{row['sample_id']} ({row['shard']}/{row['key']})" for row in rows[:SHOWN])
        more = ", …" if len(rows) > SHOWN else ""
        many = f"{len(rows)}" if len(rows) < COUNTED else f"{COUNTED:,} or more"
        raise RunError(f"{many} samples fit {text!r}: {some}{more}; name one of them by its id or SHARD/KEY")
    return min(rows, key=lambda row: (row["decision"] != Decision.KEPT, row["copies"] == 0, row["shard"], row["key"]))


def _candidates(run: RunDirectory, text: str) -> list[dict[str, Any]]:
    """The rows that the text names exactly, or else those whose sample_id begins with it."""
    exact = (pc.field("sample_id") == text.lower()) | (pc.field("key") == text) | (pc.field("url") == text)
    for at in (at for at, letter in enumerate(text) if letter == "/"):
        exact |= (pc.field("shard") == text[:at]) & (pc.field("key") == text[at + 1 :])
    rows = _rows_for(run, exact)
    if rows or not text or len(text) > ID_LENGTH or set(text.lower()) - set("0123456789abcdef"):
        return rows
    low = text.lower()
    return _rows_for(run, (pc.field("sample_id") >= low) & (pc.field("sample_id") <= low.ljust(ID_LENGTH, "f")))


def _rows_for(run: RunDirectory, predicate: pc.Expression) -> list[dict[str, Any]]:
    """The first ``COUNTED`` rows for which the predicate holds."""
    rows: list[dict[str, Any]] = []
    for file in run.files("manifest"):
        rows += select_from(file, predicate).slice(0, COUNTED - len(rows)).to_pylist()
        if len(rows) == COUNTED:
            break
    return rows
