from __future__ import annotations

import pyarrow as pa

from cleanset.report.changes import as_text
from cleanset.rights.policy import CHANGES


def change(sample_id: str, kind: str, license_: str, why: str) -> dict[str, str]:
    return {"sample_id": sample_id, "change": kind, "license": license_, "why": why}


def test_changes_are_counted_by_license_and_reason_and_some_samples_named() -> None:
    rows = [
        change("a", "leaves", "MIT", "reserved"),
        *(change(name, "enters", "CC-BY-SA-4.0", "license-not-allowed") for name in "bcd"),
        change("e", "enters", "CC0-1.0", "license-unknown"),
    ]
    assert as_text(pa.Table.from_pylist(rows, CHANGES), "commercial", "ours").splitlines() == [
        "From commercial to ours: 4 enter, 1 leave",
        "        3  enter: CC-BY-SA-4.0; were dropped: license-not-allowed",
        "           b, c, …",
        "        1  enter: CC0-1.0; were dropped: license-unknown",
        "           e",
        "        1  leave: MIT; are dropped: reserved",
        "           a",
    ]


def test_no_change_is_one_line() -> None:
    assert as_text(CHANGES.empty_table(), "a", "b") == "From a to b: 0 enter, 0 leave"
