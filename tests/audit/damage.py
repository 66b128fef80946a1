"""How tests break a finished run, and what the audit then finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cleanset.audit.audit import audit
from cleanset.rundir import RunDirectory, footer, read_parquet
from cleanset.schemas import TABLES

Row = dict[str, Any]
Change = Callable[[list[Row]], list[Row] | None]
ELSEWHERE = "f" * 32


def rewrite(run: RunDirectory, table: str, change: Change) -> None:
    """The first file of the table has the rows that ``change`` leaves, and run.json its new digest is not told."""
    path = run.files(table)[0]
    rows = read_parquet(path).to_pylist()
    changed = change(rows)
    schema = next(t for t in TABLES if t.name == table).arrow.with_metadata(footer(path))
    pq.write_table(pa.Table.from_pylist(rows if changed is None else changed, schema), path)


def edit_record(run: RunDirectory, *place: str | int, to: object) -> None:
    record: Any = run.read_json("run.json", needs="")
    part = record
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = to
    run.write_json("run.json", record)


def found(run: RunDirectory) -> set[str]:
    """The checks that find something, but for the digest of the file that was changed."""
    findings, _ = audit(run)
    return {f.check for f in findings if f.check != "digests-match"}


def named(rows: list[Row], caption: str) -> Row:
    return next(row for row in rows if row["caption"] == caption)


def change(caption: str, **columns: object) -> Change:
    def apply(rows: list[Row]) -> None:
        named(rows, caption).update(columns)

    apply.__name__ = f"{caption}: {', '.join(columns)}"
    return apply


KEPT, COPY, NEAR = "for everybody", "the same file elsewhere", "hills at dawn"
