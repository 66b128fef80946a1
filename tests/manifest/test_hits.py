"""What a user's own entries did is counted in the run: by list, by entry, and those that did nothing too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audit.damage import edit_record, found, rewrite
from cleanset.audit.audit import audit
from cleanset.manifest import hits
from cleanset.rundir import RunDirectory
from invoke import cleanset

LISTS = {
    "artist.csv": "value,who\nhttps://example.org/hills-at-dawn.png,Ada\nhttps://example.org/hills,Ada\nnobody.example,Ada\n",
    "everybody.txt": "example.org\nhttps://example.org/hills-at-dawn.png\n",
}
OVERLAY = """match,equals,action,value,who,when,why
domain,example.org,license,CC-BY-4.0,Jane,2026-03-02,seen
url,https://example.org/none.png,deny,,Jane,2026-03-02,letter
"""


def decide(run: RunDirectory, folder: Path, lists: dict[str, str], overlay: str | None = OVERLAY) -> dict[str, Any]:
    arguments = []
    for name, text in lists.items():
        (folder / name).write_text(text)
        arguments += ["--opt-out", str(folder / name)]
    if overlay:
        (folder / "overlay.csv").write_text(overlay)
        arguments += ["--overlay", str(folder / "overlay.csv")]
    done = cleanset("decide", run.root, *arguments)
    assert done.code == 0, done.err
    counted: dict[str, Any] = run.read_json("run.json", needs="")["hits"]
    return counted


def test_each_list_and_each_entry_has_its_samples(own_run: RunDirectory, tmp_path: Path) -> None:
    counted = decide(own_run, tmp_path, LISTS)
    rows = own_run.read_table("manifest", ["url"]).num_rows
    artist, everybody = counted["opt_outs"]
    assert (artist["list"], artist["samples"], artist["entries"]) == ("artist.csv", 1, 3)
    assert [(row["value"], row["samples"]) for row in artist["used"]] == [
        ("example.org/hills", 1),
        ("example.org/hills-at-dawn.png", 1),
    ]
    assert [(row["value"], row["who"]) for row in artist["unused"]] == [("nobody.example", "Ada")]
    assert (everybody["samples"], everybody["used"][0]["samples"], len(everybody["used"])) == (rows, rows, 2)
    assert [row["samples"] for row in counted["overlay"]["used"]] == [rows]
    assert [row["equals"] for row in counted["overlay"]["unused"]] == ["https://example.org/none.png"]
    assert audit(own_run)[0] == []


def test_counts_do_not_depend_on_how_the_claims_lie(
    own_run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = decide(own_run, tmp_path, LISTS)
    read = hits.iter_parquet
    monkeypatch.setattr(hits, "iter_parquet", lambda file, columns, _rows: read(file, columns, 3))
    assert decide(own_run, tmp_path, dict(reversed(LISTS.items()))) == before


def test_summary_and_explanation_name_the_entries(own_run: RunDirectory, tmp_path: Path) -> None:
    decide(own_run, tmp_path, LISTS)
    said = cleanset("decide", own_run.root, "--opt-out", tmp_path / "artist.csv").out
    assert "opt-out list artist.csv: 1 samples; 3 entries, 1 about no sample" in said
    assert "        0  domain nobody.example (Ada)" in said
    told = cleanset("explain", own_run.root, "https://example.org/hills-at-dawn.png")
    assert "        1  url example.org/hills-at-dawn.png (Ada)" in told.out
    document = json.loads(cleanset("explain", own_run.root, "https://example.org/hills-at-dawn.png", "--json").out)
    assert [entry["samples"] for entry in document["entries"]] == [1, 1]


def test_of_many_entries_about_nothing_some_are_named(own_run: RunDirectory, tmp_path: Path) -> None:
    many = "\n".join(f"host{number}.example" for number in range(hits.UNUSED + 5))
    (counted,) = decide(own_run, tmp_path, {"many.txt": many}, None)["opt_outs"]
    assert (counted["entries"], len(counted["unused"])) == (hits.UNUSED + 5, hits.UNUSED)
    assert audit(own_run)[0] == []


def test_a_grant_in_the_claims_that_no_entry_of_the_record_makes_is_found(
    own_run: RunDirectory, tmp_path: Path
) -> None:
    before = own_run.read_json("run.json", needs="")
    decide(own_run, tmp_path, {})
    forged = own_run.read_json("run.json", needs="")
    own_run.write_json("run.json", forged | {name: before[name] for name in ("hits", "overlay")})
    assert "entries-agree-with-claims" in found(own_run)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("hits", "overlay", "used", 0, "samples"), 3),
        (("hits", "overlay", "used", 0, "why"), "another letter"),
        (("hits", "overlay", "unused"), []),
        (("hits", "overlay", "used", 0, "action"), "sell"),
        (("hits", "opt_outs", 0, "samples"), 99),
        (("hits", "opt_outs", 0, "used"), []),
        (("hits", "opt_outs", 1, "used", 0, "kind"), "planet"),
        (("overlay", "digest"), "0" * 64),
        (("opt_outs", "digest"), "0" * 64),
        (("opt_outs",), None),
    ],
)
def test_a_record_that_says_other_of_its_entries_is_found(
    own_run: RunDirectory, tmp_path: Path, place: tuple[str | int, ...], value: object
) -> None:
    decide(own_run, tmp_path, LISTS)
    edit_record(own_run, *place, to=value)
    assert "entries-agree-with-claims" in found(own_run)


def test_a_claim_of_an_entry_that_is_gone_is_found(own_run: RunDirectory, tmp_path: Path) -> None:
    decide(own_run, tmp_path, LISTS)
    rewrite(own_run, "claims", lambda rows: [row for row in rows if row["layer"] != "list"])
    assert "entries-agree-with-claims" in found(own_run)


@pytest.mark.parametrize(
    "text",
    ["", "match,equals\n", "domain,example.org,deny,,Jane,2026-03-01,letter\n", OVERLAY.replace("why", "why,why", 1)],
)
def test_an_overlay_with_another_header_is_refused(own_run: RunDirectory, tmp_path: Path, text: str) -> None:
    (tmp_path / "overlay.csv").write_text(text)
    done = cleanset("decide", own_run.root, "--overlay", tmp_path / "overlay.csv")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "the header is" in done.err
    assert "expected match,equals,action,value,who,when,why" in done.err
