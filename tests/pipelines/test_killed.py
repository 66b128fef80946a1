"""Runs that are killed, interrupted or short of disk: nothing half-written counts, and a rerun completes."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from invoke import cleanset, curate, products, stopped, unfinished

pytestmark = pytest.mark.corpus
KILLED = -9
FOLDERS = ("features", "cleanset", "pairs", "components", "claims", "manifest", "clusters")
"""In the order in which they are written to; ``cleanset`` holds the vectors."""
OPEN = {"features": {"features", "cleanset"}}
"""Folders with an unfinished file where that is not one: a shard's vectors are written while its features are."""


def test_a_run_that_is_killed_in_every_folder_in_turn_completes_with_the_same_bytes(
    corpus_shards: Path, corpus_run: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    for folder in FOLDERS:
        done = stopped("kill", folder, "curate", corpus_shards, "--out", run, "--workers", "1")
        assert done.code == KILLED, done.err
        assert {Path(place).parent.name for place in unfinished(run)} == OPEN.get(folder, {folder})
        assert not (run / "run.json").exists()
    curate(corpus_shards, run)
    assert products(run) == products(corpus_run)
    assert unfinished(run) == []


def test_a_killed_match_or_decide_is_not_taken_for_a_finished_one(
    corpus_run: Path, corpus_shards: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(corpus_run, run)
    (run / "match.json").unlink()
    assert stopped("kill", "components", "match", run).code == KILLED
    refused = cleanset("decide", run)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "run `cleanset match RUN` first" in refused.err
    assert cleanset("match", run).code == 0
    assert stopped("kill", "manifest", "decide", run).code == KILLED
    curate(corpus_shards, run)
    assert products(run) == products(corpus_run)


@pytest.mark.parametrize(
    ("what", "folder"), [("kill", "manifest"), ("interrupt", "claims"), ("kill", ".next-run.json")]
)
def test_a_decide_that_is_stopped_leaves_the_manifest_that_was_there(
    corpus_run: Path, tmp_path: Path, what: str, folder: str
) -> None:
    run = tmp_path / "run"
    shutil.copytree(corpus_run, run)
    done = stopped(what, folder, "decide", run, "--policy", "public-domain-only")
    assert done.code == {"kill": KILLED, "interrupt": 130}[what], done.err
    assert products(run) == products(corpus_run)
    assert cleanset("audit", run).code == 0
    assert cleanset("decide", run, "--policy", "public-domain-only").code == 0
    assert json.loads((run / "run.json").read_text())["policy"]["name"] == "public-domain-only"
    assert cleanset("audit", run).code == 0
    assert sorted(path.name for path in run.iterdir() if path.name.startswith(".")) == []


def test_workers_end_with_a_parent_that_is_killed_and_a_rerun_completes(
    corpus_shards: Path, corpus_run: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    done = stopped("kill-parent", "features", "curate", corpus_shards, "--out", run, "--workers", "2")
    assert done.code == KILLED  # and the workers, which share its standard error, have closed it
    assert unfinished(run)
    curate(corpus_shards, run, "--workers", "2")
    assert products(run) == products(corpus_run)
    assert unfinished(run) == []


def test_a_worker_that_is_killed_ends_the_run_with_a_clear_error(
    corpus_shards: Path, corpus_run: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    done = stopped("kill-worker", "features", "curate", corpus_shards, "--out", run, "--workers", "2")
    assert done.code == 1
    assert "a worker process was killed, usually because memory ran out" in done.err.splitlines()[-1]
    assert "Traceback" not in done.err
    curate(corpus_shards, run)
    assert products(run) == products(corpus_run)
    assert unfinished(run) == []


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_stops_at_once_and_the_same_command_goes_on(
    corpus_shards: Path, corpus_run: Path, tmp_path: Path, workers: str
) -> None:
    run = tmp_path / "run"
    done = stopped("interrupt", "features", "curate", corpus_shards, "--out", run, "--workers", workers)
    assert done.code == 130
    assert done.err.splitlines()[1:] == ["cleanset: interrupted; the same command goes on from here"]
    curate(corpus_shards, run)
    assert products(run) == products(corpus_run)
    assert unfinished(run) == []


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, without room for a whole run."""
    place = tmp_path / "disk"
    place.mkdir()
    if _mount("-t", "tmpfs", "-o", "size=200k", "tmpfs", place):
        pytest.skip("nothing can be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)  # noqa: S607 - the system's


def _mount(*arguments: str | Path) -> int:
    if shutil.which("mount") is None:
        return 1
    return subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode  # noqa: S607 - the system's


def test_a_full_disk_is_told_in_one_line_and_a_rerun_with_room_completes(
    corpus_shards: Path, corpus_run: Path, disk: Path
) -> None:
    run = disk / "run"
    done = cleanset("curate", corpus_shards, "--out", run, "--workers", "1")
    assert done.code == 1
    told = [line for line in done.err.splitlines() if "took" not in line]
    assert len(told) == 1
    assert "cannot be written (No space left on device); make room" in told[0]
    assert unfinished(run) == []
    assert _mount("-o", "remount,size=64m", disk) == 0
    curate(corpus_shards, run)
    assert products(run) == products(corpus_run)


def test_a_read_only_disk_is_refused_before_any_work(corpus_shards: Path, disk: Path) -> None:
    assert _mount("-o", "remount,ro", disk) == 0
    done = cleanset("curate", corpus_shards, "--out", disk / "run", "--workers", "1")
    assert done.code == 2
    assert "cannot be written to (Read-only file system" in done.err
    assert done.err.rstrip().endswith("give another folder as --out")


@pytest.mark.parametrize("room", [40_000, 2_000])
def test_a_limit_on_the_size_of_files_is_told_in_one_line(
    corpus_shards: Path, corpus_run: Path, tmp_path: Path, room: int
) -> None:
    run = tmp_path / "run"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        done = cleanset("curate", corpus_shards, "--out", run, "--workers", "1")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert done.code == 1
    assert "cannot be written (File too large)" in done.err
    assert unfinished(run) == []
    curate(corpus_shards, run)
    assert products(run) == products(corpus_run)
