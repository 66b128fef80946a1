from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cleanset.embeddings.store import find
from cleanset.report.calibration import STEPS, Calibration, calibrate
from cleanset.rundir import RunDirectory
from embeddings.vectors import give_vectors
from invoke import cleanset


def test_every_pair_of_different_pictures_that_nothing_links_is_counted(own_run: RunDirectory) -> None:
    give_vectors(own_run)
    assert cleanset("match", own_run.root).code == 0
    found = calibrate(own_run)
    rows = [
        (shard, key, pixels, sample)
        for shard, key, pixels, sample in zip(
            *(own_run.read_table("features", [c])[c].to_pylist() for c in ("shard", "key", "pixel_id", "sample_id")),
            strict=True,
        )
    ]
    embeddings = find(own_run)
    assert embeddings is not None
    vectors = np.concatenate([v for _, v in embeddings.read()]).astype(np.float32)
    component = {row["sample_id"]: row["component_id"] for row in own_run.read_table("components").to_pylist()}
    firsts = {pixels: at for at, (_, _, pixels, _) in reversed(list(enumerate(rows))) if pixels}
    places = sorted(firsts.values())
    cosines = [
        float(vectors[a] @ vectors[b])
        for i, a in enumerate(places)
        for b in places[i + 1 :]
        if component.get(rows[a][3], rows[a][3]) != component.get(rows[b][3], rows[b][3])
    ]
    assert (found.pictures, found.pairs) == (len(places), len(cosines))
    expected = [sum(c >= step - 1e-6 for c in cosines) for step in STEPS]
    assert found.beyond.tolist() == expected
    assert [pair.cosine for pair in found.nearest] == sorted((p.cosine for p in found.nearest), reverse=True)
    assert len(found.nearest) == expected[0]
    assert found.linked == len(own_run.read_table("pairs").filter(_by_hash(own_run)))


def _by_hash(run: RunDirectory) -> list[bool]:
    return [d in {"pdq", "phash"} for d in run.read_table("pairs")["detector"].to_pylist()]


def test_the_pictures_drawn_are_the_same_each_time_and_as_many_as_asked(own_run: RunDirectory) -> None:
    give_vectors(own_run)
    assert cleanset("match", own_run.root).code == 0
    few, again = (calibrate(own_run, 5) for _ in range(2))
    assert few.pictures == 5
    assert few.nearest == again.nearest


def test_a_threshold_is_claimed_only_where_the_pairs_are_enough() -> None:
    beyond = np.where(STEPS < 0.7, 100, 0)

    def of(pairs: int) -> float | None:
        return Calibration("x", 10, pairs, beyond, 0, beyond, []).threshold()

    assert of(2_000_000) is None  # none of two million: below 1.5e-6 at best
    assert of(4_000_000) == 0.7
    assert of(10**9) == STEPS[0]
    near = Calibration("x", 10, 10**8, np.full(len(STEPS), 10_000), 0, beyond, [])
    assert near.verdict().startswith("At no cosine is the rate below 1e-06")


def test_calibrate_leaves_a_table_a_page_and_a_file_that_match_takes(own_run: RunDirectory) -> None:
    give_vectors(own_run)
    assert cleanset("match", own_run.root).code == 0
    done = cleanset("calibrate", own_run.root)
    assert done.code == 0
    assert "too few pictures to show that a rate is below 1e-06" in done.out
    page = (Path(own_run.root) / "report" / "calibration.html").read_text()
    assert "data:image/png;base64," in page
    assert 'src="http' not in page
    thresholds = Path(own_run.root) / "thresholds.json"
    assert json.loads(thresholds.read_text()) == {}
    assert cleanset("match", own_run.root, "--thresholds", thresholds).code == 0
    counted = json.loads(cleanset("calibrate", own_run.root, "--json").out)
    assert counted["threshold"] is None
    assert len(counted["steps"]) == len(STEPS)


def test_thresholds_of_a_file_are_those_of_the_run(own_run: RunDirectory, tmp_path: Path) -> None:
    (tmp_path / "strict.json").write_text('{"pdq_bits": 10}')
    assert cleanset("match", own_run.root, "--thresholds", tmp_path / "strict.json").code == 0
    assert own_run.read_json("match.json", needs="")["config"]["pdq_bits"] == 10


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "Expecting property name"), ('{"pdq_bit": 1}', "pdq_bit: Extra inputs"), ("[1]", "is not a mapping")],
)
def test_a_file_of_thresholds_that_says_something_else_is_refused(
    own_run: RunDirectory, tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "wrong.json").write_text(text)
    done = cleanset("match", own_run.root, "--thresholds", tmp_path / "wrong.json")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert told in done.err


def test_a_run_without_vectors_is_told_how_to_get_some(own_run: RunDirectory) -> None:
    (Path(own_run.root) / "embeddings.json").unlink(missing_ok=True)
    done = cleanset("calibrate", own_run.root)
    assert done.code == 2
    assert "has no vectors; run `cleanset embed INPUT... --out RUN` first" in done.err


def test_a_run_that_was_not_matched_is_refused_since_its_copies_would_count_as_different(own_run: RunDirectory) -> None:
    give_vectors(own_run)
    (Path(own_run.root) / "match.json").unlink()
    done = cleanset("calibrate", own_run.root)
    assert done.code == 2
    assert "run `cleanset match RUN` first" in done.err
