from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanset.cli import main
from cleanset.errors import RunError
from cleanset.report.explain import SHOWN_CLAIMS, SHOWN_COPIES, SHOWN_STEPS, as_text, explain
from cleanset.report.lines import WIDTH, fit, printable, printable_json
from cleanset.rundir import RunDirectory
from embeddings.vectors import give_vectors

SCREEN = 45
Row = dict[str, Any]


def rows(run: RunDirectory) -> list[Row]:
    found: list[Row] = run.read_table("manifest").to_pylist()
    return found


def row_of(run: RunDirectory, caption: str) -> Row:
    return next(row for row in rows(run) if row["caption"] == caption)


def test_a_sample_is_found_by_id_prefix_key_place_and_url(small_run: RunDirectory) -> None:
    row = row_of(small_run, "for everybody")
    names = [row["sample_id"], row["sample_id"].upper(), row["sample_id"][:8], row["key"], row["url"]]
    for name in [*names, f"{row['shard']}/{row['key']}", f"  {row['key']} "]:
        assert explain(small_run, name)["sample"] == row


def test_what_names_no_sample_or_several_is_refused_with_what_to_do(small_run: RunDirectory) -> None:
    for name in ("", "no such key", "f" * 32, "%", "00000.tar/none", "/", "é" * 500):
        with pytest.raises(RunError, match="no sample has the id, key or URL"):
            explain(small_run, name)


def test_one_character_is_the_start_of_an_id(small_run: RunDirectory) -> None:
    ids = [row["sample_id"] for row in rows(small_run)]
    for digit in "0123456789abcdef":
        fitting = {name for name in ids if name.startswith(digit)}
        words = f"{len([i for i in ids if i in fitting])} samples fit" if len(fitting) > 1 else "no sample has"
        if len(fitting) == 1:
            assert explain(small_run, digit)["sample"]["sample_id"] in fitting
        else:
            with pytest.raises(RunError, match=words):
                explain(small_run, digit)


def test_a_url_of_two_samples_lists_both(small_run: RunDirectory, tmp_path: Path) -> None:
    import pyarrow as pa  # noqa: PLC0415 - this test alone makes a manifest

    from cleanset.rundir import write_table  # noqa: PLC0415
    from cleanset.schemas import MANIFEST  # noqa: PLC0415

    run = RunDirectory(str(tmp_path))
    run.write_json("run.json", small_run.read_json("run.json", needs=""))
    same = [row | {"url": "https://example.org/a"} for row in rows(small_run)]
    write_table(run.path("manifest", "part.parquet"), pa.Table.from_pylist(same, MANIFEST.arrow), MANIFEST)
    with pytest.raises(RunError, match=rf"{len(same)} samples fit .*, …; name one of them by its id or SHARD/KEY"):
        explain(run, "https://example.org/a")


def test_of_a_sample_that_was_read_twice_the_kept_row_is_shown_and_the_other_by_its_place(
    small_run: RunDirectory,
) -> None:
    dropped, kept = sorted((r for r in rows(small_run) if r["caption"] == "changing"), key=lambda r: str(r["decision"]))
    assert explain(small_run, kept["sample_id"])["sample"] == kept
    explanation = explain(small_run, f"{dropped['shard']}/{dropped['key']}")
    assert explanation["sample"] == dropped
    assert {claim["key"] for claim in explanation["claims"]} == {dropped["key"]}
    assert "stands for this one: the same sample, read again" in as_text(explanation)


def test_every_explanation_fits_one_screen_and_names_what_decided(small_run: RunDirectory) -> None:
    for row in rows(small_run):
        explanation = explain(small_run, f"{row['shard']}/{row['key']}")
        lines = as_text(explanation).splitlines()
        assert len(lines) <= SCREEN
        assert max(map(len, lines)) <= WIDTH
        assert lines[0].startswith(f"{row['sample_id']}  {row['decision'].upper()}")
        assert all(reason in lines[0] for reason in row["reasons"])
        for part in (row["license_concluded"], "Claims: "):
            assert any(part in line for line in lines)


def test_a_sample_with_more_of_everything_than_fits_still_fits(small_run: RunDirectory) -> None:
    explanation = explain(small_run, row_of(small_run, "the same picture larger")["sample_id"])
    sample = explanation["sample"] | {
        "caption": "x\n\x1b[31mred" * 500,
        "url": "https://example.org/" + "y" * 500,
        "trace": [*["read: z " * 100] * 29, "weak: " + "word " * 500],
        "attribution": "credit " * 100,
        "conflicts_with": "f" * 32,
        "matched_by": "pdq",
        "distance": 3.0,
    }
    many = explanation | {
        "sample": sample,
        "claims": explanation["claims"] * 20,
        "copies": explanation["copies"] * 20,
    }
    lines = as_text(many).splitlines()
    assert len(lines) <= SCREEN
    assert max(map(len, lines)) <= WIDTH
    assert all(line.isprintable() for line in lines)
    for left, what in ((29 - SHOWN_STEPS, "steps"), (60 - SHOWN_CLAIMS, "claims"), (40 - SHOWN_COPIES, "copies")):
        assert f"  and {left} more {what}: --json" in lines


def test_the_step_that_decided_is_shown_to_its_end(small_run: RunDirectory) -> None:
    explanation = explain(small_run, row_of(small_run, "hills at dawn")["sample_id"])
    words = [f"word{number}" for number in range(40)]
    trace = [*["read: z"] * 30, f"weak: {' '.join(words)}"]
    shown = as_text(explanation | {"sample": explanation["sample"] | {"trace": trace}})
    assert f"31. weak: {' '.join(words)}" in " ".join(shown.split())
    assert "Rights: allowed for commercial use in WORLD under the policy commercial" in shown


def test_a_sample_without_a_picture_says_what_was_wrong_with_it(small_run: RunDirectory) -> None:
    lines = as_text(explain(small_run, row_of(small_run, "cut short")["sample_id"])).splitlines()
    assert any(line.startswith("  no picture: truncated, ") for line in lines)


def test_the_command_prints_text_or_one_json_document(
    small_run: RunDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    row = row_of(small_run, "said to be free")
    assert main(["explain", small_run.root, row["key"], "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["sample"] == row
    assert {copy["sample_id"] for copy in document["copies"]} == {row["conflicts_with"]}
    assert main(["explain", small_run.root, row["key"]]) == 0
    assert capsys.readouterr().out == as_text(document) + "\n"
    assert main(["explain", small_run.root, "no such key"]) == 2
    assert main(["explain", f"{small_run.root}/nowhere", "x"]) == 2


@given(st.text(max_size=200), st.integers(1, 130))
def test_fit_gives_one_printable_line_that_is_not_too_long(text: str, width: int) -> None:
    line = fit(text, width)
    assert len(line) <= width
    assert line.isprintable()


@given(st.text(max_size=200))
def test_what_is_printed_can_be_printed_and_keeps_its_lines(text: str) -> None:
    lines = printable(text).split("\n")
    assert all(line.isprintable() for line in lines)
    assert len("\n".join(lines)) == len(text)
    document = printable_json({text: [text]})
    assert all(line.isprintable() for line in document.split("\n"))
    assert json.loads(document) == {text: [text]}


def test_no_name_carries_an_escape_sequence_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["license", "\x1b[2J\x9b31m"]) == 0
    assert main(["license", "\x1b[2J\x9b31m", "--json"]) == 0
    assert main(["audit", str(tmp_path / "\x1b[2J")]) == 2
    shown = capsys.readouterr()
    assert not {"\x1b", "\x9b"} & set(shown.out + shown.err)


def test_a_copy_is_shown_with_the_distance_of_every_detector_and_what_it_means(own_run: RunDirectory) -> None:
    give_vectors(own_run)
    explanation = explain(own_run, row_of(own_run, "hills at dawn")["sample_id"])
    others = [c["sample_id"] for c in explanation["copies"]] + [explanation["sample"]["sample_id"]]
    told = next(e for e in (explain(own_run, o) for o in others) if e["sample"]["matched_by"])
    by = {each["detector"]: each for each in told["distances"]}
    assert set(by) == {"phash", "pdq", "embedding"}
    assert by["pdq"]["distance"] <= 50
    assert "unrelated pictures differ in some 128" in by["pdq"]["meaning"]
    assert "cosine" in by["embedding"]["meaning"]
    assert f"    pdq: {by['pdq']['meaning']}" in as_text(told)
    alone = explain(own_run, row_of(own_run, "not for sale")["sample_id"])
    assert alone["distances"] == []
