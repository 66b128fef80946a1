"""The summary, the laundering report and the attribution files of a small run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cleanset.cli import main
from cleanset.manifest.write import ensure_tables
from cleanset.report.laundering import as_text, report_laundering
from cleanset.report.summary import summarize
from cleanset.rundir import RunDirectory, read_parquet
from cleanset.schemas import LAUNDERING, check


def test_the_summary_accounts_for_every_sample(small_run: RunDirectory) -> None:
    lines = summarize(small_run).splitlines()
    counts = small_run.read_json("run.json", needs="")["counts"]
    numbers = [int(line.split()[0]) for line in lines if "dropped: " in line or "  kept" in line]
    assert sum(numbers) == counts["read"]
    assert lines[0].split() == [str(counts["read"]), "samples", "read"]


def test_the_summary_says_what_evidence_was_not_enough(small_run: RunDirectory) -> None:
    lines = summarize(small_run).splitlines()
    at = lines.index("Why license-unknown, and on what evidence; most frequent first")
    rows = small_run.read_table("manifest").to_pylist()
    (unknown,) = (row for row in rows if row["reasons"][:1] == ["license-unknown"])
    rule = unknown["trace"][-1].partition(":")[0]
    assert lines[at + 1] == f"        1  {rule}: {unknown['license_evidence']}"
    assert lines[at + 2] == ""


def test_the_summary_of_nothing_is_a_summary(small_run: RunDirectory, tmp_path: Path) -> None:
    run = RunDirectory(str(tmp_path))
    ensure_tables(run)
    record = small_run.read_json("run.json", needs="")
    run.write_json("run.json", record | {"counts": {"read": 0, "kept": 0, "dropped": {}}, "warnings": []})
    assert summarize(run).startswith("        0  samples read\n        0  kept\n\nPolicy commercial")


def test_the_laundering_report_shows_both_sides_with_their_words(
    own_run: RunDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    table = report_laundering(own_run)
    check(table, LAUNDERING)
    assert [(row["side"], row["evidence"]) for row in table.to_pylist()] == [
        ("granted", "column license: CC0-1.0"),
        ("against", "column license: © Example Agency. All rights reserved."),
    ]
    assert read_parquet(own_run.path("report", "laundering.parquet")).to_pylist() == table.to_pylist()
    written = Path(own_run.path("report", "laundering.txt")).read_text(encoding="utf-8")
    assert written == as_text(table) + "\n"
    assert main(["laundering", own_run.root]) == 0
    assert capsys.readouterr().out == written
    assert main(["laundering", own_run.root, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == table.to_pylist()


def test_a_run_without_contested_pictures_says_so() -> None:
    assert as_text(LAUNDERING.empty()) == "Pictures that one source offers freely and another does not: none"


def test_attribution_credits_every_kept_picture_that_asks_for_it(
    own_run: RunDirectory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = own_run.read_table("manifest").to_pylist()
    due = [row["sample_id"] for row in manifest if row["decision"] == "kept" and row["attribution"]]
    assert main(["attribution", own_run.root, "--out", str(tmp_path / "a" / "b"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["credits"] == len(due)
    lines = (tmp_path / "a" / "b" / "attribution.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["sample_id"] for line in lines] == due
    assert main(["attribution", own_run.root]) == 0
    assert Path(own_run.path("credits", "attribution.html")).is_file()


def test_credits_of_a_run_in_a_store_need_a_local_folder(
    small_run: RunDirectory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["attribution", f"file://{small_run.root}"]) == 2
    assert "give one with --out" in capsys.readouterr().err
    assert main(["attribution", f"file://{small_run.root}", "--out", str(tmp_path)]) == 0


@pytest.mark.parametrize("command", ["laundering", "attribution"])
def test_a_folder_without_a_run_is_refused_and_left_as_it_is(command: str, tmp_path: Path) -> None:
    assert main([command, str(tmp_path)]) == 2
    assert list(tmp_path.iterdir()) == []
