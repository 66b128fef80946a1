from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from cleanset.config import ExtractConfig
from cleanset.errors import RunError
from cleanset.features import store
from cleanset.features.extract import extract_shard
from cleanset.rundir import RunDirectory
from cleanset.shards.digest import digest_files
from cleanset.shards.find import find_shards
from cleanset.shards.sample import Shard
from shards.writers import outcome, write_img2dataset

CONFIG = ExtractConfig()


@pytest.fixture
def shard(tmp_path: Path) -> Shard:
    """A shard of three samples."""
    write_img2dataset(tmp_path / "shards", [outcome(i) for i in range(3)])
    return find_shards([str(tmp_path / "shards")]).shards[0]


@pytest.fixture
def run(tmp_path: Path, shard: Shard) -> RunDirectory:
    """A run in which it is extracted."""
    run = RunDirectory(str(tmp_path / "run"))
    extract_shard(shard, CONFIG, run)
    return run


def test_a_summary_says_what_the_shard_holds(shard: Shard, run: RunDirectory) -> None:
    summary = store.finished(shard, CONFIG, run)
    assert summary is not None
    assert (summary.rows, dict(summary.statuses), summary.error) == (3, {"ok": 3}, "")
    assert store.load_summary(shard, run) == summary
    assert extract_shard(shard, CONFIG, run) == summary


def test_what_was_never_extracted_is_not_finished(shard: Shard, tmp_path: Path) -> None:
    assert store.finished(shard, CONFIG, RunDirectory(str(tmp_path / "new"))) is None


def test_other_settings_another_profile_or_other_bytes_are_not_finished(shard: Shard, run: RunDirectory) -> None:
    assert store.finished(shard, ExtractConfig(max_pixels=1_000), run) is None
    assert store.finished(replace(shard, profile="webdataset"), CONFIG, run) is None
    Path(shard.path).write_bytes(Path(shard.path).read_bytes() + bytes(512))
    assert store.finished(shard, CONFIG, run) is None


def test_touching_a_shard_leaves_it_finished_and_renews_its_stamp(shard: Shard, run: RunDirectory) -> None:
    os.utime(shard.path, (1, 1))
    assert not store.is_unchanged(shard, CONFIG, run)
    assert store.finished(shard, CONFIG, run) is not None
    assert store.is_unchanged(shard, CONFIG, run)


def test_a_features_file_without_its_stamp_is_believed_by_its_digest(shard: Shard, run: RunDirectory) -> None:
    Path(run.features_file(shard.name) + ".stamp").write_text("{")
    assert store.finished(shard, CONFIG, run) is not None


@pytest.mark.parametrize("size", [0, 100, -1])
def test_a_features_file_that_was_cut_is_not_finished(shard: Shard, run: RunDirectory, size: int) -> None:
    file = Path(run.features_file(shard.name))
    file.write_bytes(file.read_bytes()[:size])
    assert store.finished(shard, CONFIG, run) is None


def test_a_shard_that_is_gone_gives_an_error_and_no_features(shard: Shard, run: RunDirectory) -> None:
    Path(shard.path).unlink()
    summary = extract_shard(shard, CONFIG, run)
    assert "00000.tar" in summary.error
    assert store.load_summary(shard, run).error == summary.error
    assert run.files("features") == []


def test_a_shard_that_changes_while_it_is_read_gives_an_error_and_no_features(
    shard: Shard, run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def append(changed: Shard) -> str:
        Path(changed.path).write_bytes(Path(changed.path).read_bytes() + bytes(512))
        return digest_files(changed)

    run.remove("features")
    monkeypatch.setattr("cleanset.features.extract.digest_files", append)
    summary = extract_shard(shard, CONFIG, run)
    assert "changed while it was read; run the same command again" in summary.error
    assert run.files("features") == []


def test_the_index_lists_shards_by_name_and_reads_back(run: RunDirectory) -> None:
    summaries = [store.ShardSummary(name, "folder", error=error) for name, error in (("b", ""), ("a", "gone"))]
    store.write_index(run, summaries, CONFIG, ["a note"])
    extractor = store.describe_extractor(CONFIG)
    assert store.read_index(run) == store.Index([summaries[1], summaries[0]], CONFIG, extractor, ["a note"])
    assert store.feature_files(run) == [run.features_file("b")]


def test_an_index_of_another_version_says_what_to_run(run: RunDirectory) -> None:
    run.write_json(store.INDEX, {"config": {}, "notes": [], "shards": []})
    with pytest.raises(RunError, match=r"another version of cleanset \('extractor'\); run `cleanset extract`"):
        store.read_index(run)


def test_a_run_without_an_index_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"has no features.json; run `cleanset extract INPUT... --out RUN` first"):
        store.read_index(RunDirectory(str(tmp_path)))
