from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cleanset.config import ExtractConfig
from cleanset.errors import OutageError, OutputError, RunError
from cleanset.features import store
from cleanset.features.extract import extract_shard
from cleanset.rundir import RunDirectory, footer
from cleanset.shards import storage
from cleanset.shards.digest import digest_files
from cleanset.shards.find import Found, find_shards
from cleanset.shards.sample import Shard
from cleanset.trouble import PAUSES
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


def test_a_shard_that_is_gone_gives_an_error_and_its_features_stay(shard: Shard, run: RunDirectory) -> None:
    Path(shard.path).unlink()
    summary = extract_shard(shard, CONFIG, run)
    assert "00000.tar" in summary.error
    assert (summary.rows, summary.features) == (0, "")
    assert run.files("features") == [run.features_file(shard.name)]


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


Hiccups = Callable[[str, int], list[float]]


@pytest.fixture
def hiccups(monkeypatch: pytest.MonkeyPatch) -> Hiccups:
    """Makes the first so many calls of a function of the storage fail; the result is the pauses that are made."""

    def fail(name: str, times: int) -> list[float]:
        pauses: list[float] = []
        call = getattr(storage, name)
        left = iter(range(times))

        def sometimes(*arguments: object) -> object:
            if next(left, None) is not None:
                raise OSError("503 Slow Down")
            return call(*arguments)

        monkeypatch.setattr(storage, name, sometimes)
        monkeypatch.setattr("cleanset.trouble.time.sleep", pauses.append)
        return pauses

    return fail


@pytest.mark.parametrize("call", ["mark", "content_digest", "open_binary", "open_seekable"])
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_store_that_fails_for_a_while_is_waited_for(
    shard: Shard, run: RunDirectory, hiccups: Hiccups, call: str, times: int
) -> None:
    done = extract_shard(shard, CONFIG, run)
    run.remove("features")
    pauses = hiccups(call, times)
    assert extract_shard(shard, CONFIG, run) == done
    assert pauses == list(PAUSES[:times])


def test_a_store_that_goes_on_failing_ends_the_run_and_no_features_are_lost(
    shard: Shard, run: RunDirectory, hiccups: Hiccups
) -> None:
    before = Path(run.features_file(shard.name)).read_bytes()
    hiccups("mark", 1_000)
    with pytest.raises(OutageError, match=r"503 Slow Down.*; run the same command again"):
        extract_shard(shard, CONFIG, run)
    assert Path(run.features_file(shard.name)).read_bytes() == before
    assert [file.name for file in Path(run.path("features")).iterdir() if file.suffix == ".error"] == []


def test_a_full_disk_while_a_shard_is_read_is_not_the_shards_fault(
    shard: Shard, run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: str, *_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", path)

    run.remove("features")
    monkeypatch.setattr("cleanset.trouble.time.sleep", lambda _: None)
    monkeypatch.setattr(storage, "open_seekable", full)
    with pytest.raises(OutageError, match="No space left on device"):
        extract_shard(shard, CONFIG, run)


def test_features_that_somebody_changed_are_not_finished_also_with_their_footer(
    shard: Shard, run: RunDirectory
) -> None:
    done = extract_shard(shard, CONFIG, run)
    file = run.features_file(shard.name)
    with pq.ParquetFile(file) as features:
        rows = features.read()
    pq.write_table(rows.slice(1), file)
    assert footer(file)["input_digest"] == done.digest
    assert store.finished(shard, CONFIG, run) is None
    assert extract_shard(shard, CONFIG, run) == done


def test_a_features_file_that_did_not_change_is_not_opened(shard: Shard, run: RunDirectory) -> None:
    done = extract_shard(shard, CONFIG, run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "footer", None)
        patch.setattr(store, "file_digest", None)
        patch.setattr(store, "digest_files", None)
        assert store.is_unchanged(shard, CONFIG, run)
        assert store.finished(shard, CONFIG, run) == done
        assert store.finished(shard, ExtractConfig(max_pixels=1_000), run) is None


def test_features_that_were_copied_are_read_once_and_stay(shard: Shard, run: RunDirectory) -> None:
    done = extract_shard(shard, CONFIG, run)
    file = Path(run.features_file(shard.name))
    os.utime(file, (1, 1))
    assert not store.is_unchanged(shard, CONFIG, run)
    assert store.finished(shard, CONFIG, run) == done
    assert store.is_unchanged(shard, CONFIG, run)


def test_features_that_may_not_be_read_are_not_the_shards_fault(shard: Shard, run: RunDirectory) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    os.utime(run.features_file(shard.name), (1, 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "footer", refuse)
        with pytest.raises(OutputError, match=r"00000.tar.parquet: cannot be read \(Permission denied\); give access"):
            extract_shard(shard, CONFIG, run)


def test_the_index_lists_shards_by_name_and_reads_back(run: RunDirectory) -> None:
    summaries = [store.ShardSummary("b", "folder", features="0a"), store.ShardSummary("a", "folder", error="gone")]
    store.write_index(run, summaries, CONFIG, Found((), ("a note",), ("here",), "pd12m"))
    extractor = store.describe_extractor(CONFIG)
    index = store.Index([summaries[1], summaries[0]], CONFIG, extractor, ["a note"], ["here"], "pd12m")
    assert store.read_index(run) == index
    assert store.feature_files(run, index) == {run.features_file("b"): "0a"}


def test_features_with_other_columns_say_what_to_run(run: RunDirectory) -> None:
    store.write_index(run, [], CONFIG, Found((), (), ("here",)))
    document = run.read_json(store.INDEX, needs="")
    assert store._COLUMNS in document["extractor"]  # noqa: SLF001 - so that the replacement below is one
    changed = document["extractor"].replace(store._COLUMNS, "0" * 16)  # noqa: SLF001
    run.write_json(store.INDEX, document | {"extractor": changed})
    with pytest.raises(RunError, match="columns of another version of cleanset; run `cleanset extract`"):
        store.read_index(run)


def test_an_index_of_another_version_says_what_to_run(run: RunDirectory) -> None:
    run.write_json(store.INDEX, {"config": {}, "notes": [], "shards": []})
    with pytest.raises(RunError, match=r"another version of cleanset \('extractor'\); run `cleanset extract`"):
        store.read_index(run)


def test_a_run_without_an_index_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"has no features.json; run `cleanset extract INPUT... --out RUN` first"):
        store.read_index(RunDirectory(str(tmp_path)))
