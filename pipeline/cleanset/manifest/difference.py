"""What differs between two manifests: what entered the clean set, what left it, and what changed in it.

Both manifests are ordered by sample_id, so they are read side by side, one range of ids at a time: memory is that of
one range, whatever the size of the sets.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleanset.manifest.read import select_rows
from cleanset.rundir import RunDirectory, footer_rows
from cleanset.schemas import Column, Decision, Reason, Table

Row = dict[str, Any]
ROWS_AT_ONCE = 200_000
"""Mean rows of a range of ids, of both manifests together."""
ID_BITS = 32
"""Leading bits of a sample_id that tell its range."""
NOT_READ = "not read"
"""Why a sample is not in a set whose run never saw it."""
WATCHED = ("license_concluded", "attribution", "content_id", "representative_id", "copies")
"""Columns of a kept row whose change is told."""
_READ = ["sample_id", "source", "decision", "reasons", *WATCHED]


class Change(StrEnum):
    """What became of a sample from one set to the next."""

    ENTERS = "enters"
    LEAVES = "leaves"
    CHANGES = "changes"


DIFFERENCE = Table(
    "difference",
    "Every sample that entered the clean set, left it, or is in both with other facts; ordered by sample_id.",
    (
        Column("sample_id", pa.string(), "sample_id, hex"),
        Column("change", pa.string(), "enters, leaves or changes"),
        Column("source", pa.string(), "the input profile the row was read by"),
        Column("license_before", pa.string(), "concluded in the first set; null where it is not in it", nullable=True),
        Column("license_after", pa.string(), "concluded in the second set; null where it is not in it", nullable=True),
        Column("why", pa.string(), "the reasons that fell away or came, or the columns that differ, with commas"),
    ),
)


def differences(before: RunDirectory, after: RunDirectory) -> Iterator[pa.Table]:
    """Rows of ``DIFFERENCE``, range by range of sample_id, in their order."""
    rows = sum(footer_rows(file) for run in (before, after) for file in run.files("manifest"))
    ranges = max(1, -(-rows // ROWS_AT_ONCE))
    bounds = [f"{(number << ID_BITS) // ranges:08x}" for number in range(ranges)]
    for low, high in zip(bounds, [*bounds[1:], "g"], strict=True):
        old, new = (_decisions(run, low, high) for run in (before, after))
        found = [
            row for name in sorted(old.keys() | new.keys()) if (row := _compare(name, old.get(name), new.get(name)))
        ]
        yield pa.Table.from_pylist(found, DIFFERENCE.arrow)


def _decisions(run: RunDirectory, low: str, high: str) -> dict[str, Row]:
    """Each sample's row; of one that was read more than once the kept row, else one that is no mere copy."""
    inside = (pc.field("sample_id") >= low) & (pc.field("sample_id") < high)
    rows = select_rows(run, "manifest", inside, _READ).to_pylist()
    rows.sort(key=lambda row: (_is_kept(row), Reason.DUPLICATE not in row["reasons"]))
    return {row["sample_id"]: row for row in rows}


def _is_kept(row: Row | None) -> bool:
    return row is not None and row["decision"] == Decision.KEPT


def _compare(sample_id: str, old: Row | None, new: Row | None) -> Row | None:
    """One row of ``DIFFERENCE``; None where nothing differs in the sets."""
    was, stays = _is_kept(old), _is_kept(new)
    if old and new and was and stays:
        why = [name for name in WATCHED if old[name] != new[name]]
        return _row(sample_id, Change.CHANGES, old, new, why) if why else None
    if new and stays:
        return _row(sample_id, Change.ENTERS, None, new, old["reasons"] if old else [NOT_READ])
    if old and was:
        return _row(sample_id, Change.LEAVES, old, None, new["reasons"] if new else [NOT_READ])
    return None


def _row(sample_id: str, change: Change, old: Row | None, new: Row | None, why: list[str]) -> Row:
    return {
        "sample_id": sample_id,
        "change": str(change),
        "source": (new or old or {})["source"],
        "license_before": old and old["license_concluded"],
        "license_after": new and new["license_concluded"],
        "why": ", ".join(why),
    }
