"""The difference between two manifests, beside a plain comparison of all rows."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.cli import main
from cleanset.manifest import difference
from cleanset.manifest.difference import DIFFERENCE, differences
from cleanset.rundir import RunDirectory, read_parquet
from cleanset.schemas import MANIFEST, check

BLANK = {column.name: None if column.nullable else "" for column in MANIFEST.columns}


def _row(number: int, **over: object) -> dict[str, object]:
    lists: dict[str, object] = {"trace": [], "reasons": [], "copies": 1}
    return BLANK | lists | {"sample_id": f"{number * 0x10000001:032x}", "source": "folder", "decision": "kept"} | over


def _run(folder: Path, rows: list[dict[str, object]]) -> RunDirectory:
    run = RunDirectory(str(folder))
    ordered = sorted(rows, key=lambda row: str(row["sample_id"]))
    (folder / "manifest").mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(ordered, MANIFEST.arrow), folder / "manifest" / "part-0.parquet")
    return run


def _told(before: RunDirectory, after: RunDirectory) -> list[tuple[str, str, str]]:
    tables = list(differences(before, after))
    for table in tables:
        check(table, DIFFERENCE)
    return [(r["sample_id"], r["change"], r["why"]) for table in tables for r in table.to_pylist()]


ROWS = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from(["kept", "license-unknown", "reserved"]), st.sampled_from("ab")),
    unique_by=lambda row: row[0],
)


@given(ROWS, ROWS)
@settings(max_examples=40, deadline=None)
def test_differences_are_those_of_a_plain_comparison(
    tmp_path_factory: pytest.TempPathFactory, old: list[tuple[int, str, str]], new: list[tuple[int, str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("sets")
    runs = [
        _run(
            folder / name,
            [
                _row(
                    number,
                    decision="kept" if fate == "kept" else "dropped",
                    reasons=[] if fate == "kept" else [fate],
                    license_concluded=license_,
                )
                for number, fate, license_ in rows
            ],
        )
        for name, rows in (("old", old), ("new", new))
    ]
    before, after = ({str(_row(n)["sample_id"]): (fate, lic) for n, fate, lic in rows} for rows in (old, new))
    expected = []
    for name in sorted(before | after):
        (was, had), (stays, has) = before.get(name, ("not read", "")), after.get(name, ("not read", ""))
        if was == stays == "kept":
            expected += [(name, "changes", "license_concluded")] if had != has else []
        elif stays == "kept":
            expected.append((name, "enters", was))
        elif was == "kept":
            expected.append((name, "leaves", stays))
    assert _told(*runs) == expected


def test_the_cut_into_ranges_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _run(tmp_path / "before", [_row(number) for number in range(9)])
    after = _run(tmp_path / "after", [_row(number) for number in range(3, 14)])
    whole = _told(before, after)
    assert len(whole) == 8
    monkeypatch.setattr(difference, "ROWS_AT_ONCE", 2)
    assert _told(before, after) == whole


def test_a_sample_that_was_read_twice_is_judged_by_the_row_that_stands_for_it(tmp_path: Path) -> None:
    twice = [_row(1), _row(1, decision="dropped", reasons=["duplicate"])]
    before, after = _run(tmp_path / "before", twice), _run(tmp_path / "after", twice[::-1])
    assert not _told(before, after)


def test_another_policy_is_told_by_reason_and_license_as_text_json_table_and_page(
    small_run: RunDirectory, own_run: RunDirectory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["decide", own_run.root, "--policy", "public-domain-only"]) == 0
    capsys.readouterr()
    assert main(["diff", small_run.root, own_run.root, "--out", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "leave, were under CC-BY-4.0; now: license-not-allowed [img2dataset]" in text
    rows = read_parquet(str(tmp_path / "difference.parquet")).to_pylist()
    assert {row["change"] for row in rows} == {"leaves"}
    page = (tmp_path / "difference.html").read_text(encoding="utf-8")
    assert "leave, were under CC-BY-4.0; now: license-not-allowed [img2dataset]" in page
    assert main(["diff", small_run.root, small_run.root, "--json"]) == 0
    assert '"groups": []' in capsys.readouterr().out
