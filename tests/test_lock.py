"""One command at a time works on a run."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from cleanset.errors import RunError
from cleanset.rundir import RunDirectory, lock
from cleanset.rundir.lock import LOCK, Holder, holder_of, locked, release, unlock
from invoke import cleanset, curate
from runs import write_shards


@pytest.fixture(params=["local", "memory"])
def run(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDirectory:
    """A run on disk, and one in a store of objects that shows at once who won."""
    monkeypatch.setattr(lock, "SETTLING", 0)
    return RunDirectory(f"memory:/{tmp_path}/run" if request.param == "memory" else str(tmp_path / "run"))


def _hold(run: RunDirectory, **over: object) -> Holder:
    """Somebody else's lock."""
    holder = replace(Holder.of_this_process("curate"), user="ann", host="far", **over)
    run.write_json(LOCK, asdict(holder))
    return holder


@pytest.fixture
def ended() -> Iterator[int]:
    """A process that has ended, and that nobody has waited for."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        while not Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].startswith(" Z"):
            time.sleep(0.01)
        yield process.pid


def test_a_lock_is_there_while_the_block_runs(run: RunDirectory) -> None:
    with locked(run, "match"):
        holder = holder_of(run)
        assert holder is not None
        assert holder.command == "match"
        assert not holder.is_dead()
    assert holder_of(run) is None
    assert not run.exists(LOCK)


def test_who_holds_a_run_is_told_in_one_line(run: RunDirectory) -> None:
    holder = _hold(run)
    told = rf"is in use by `cleanset curate` of ann on far \(process {holder.pid}\) since {holder.since[:10]}.*unlock"
    with pytest.raises(RunError, match=told) as refused, locked(run, "decide"):
        pass
    assert "\n" not in str(refused.value)
    assert holder_of(run) == holder


@pytest.mark.parametrize("born", ["1", None])
def test_the_lock_of_a_dead_process_is_taken_over(run: RunDirectory, ended: int, born: str | None) -> None:
    """One whose number another process has now, and one that has ended."""
    _hold(run, **({"born": born} if born else {"pid": ended}))
    with locked(run, "decide"):
        holder = holder_of(run)
        assert holder is not None
        assert holder.command == "decide"


@pytest.mark.parametrize(("seen", "dead"), [("2020-01-01T00:00:00+00:00", True), (None, False)])
def test_a_holder_on_another_machine_is_dead_when_it_is_silent_for_long(
    run: RunDirectory, seen: str | None, *, dead: bool
) -> None:
    holder = _hold(run, machine="another", **({"seen": seen} if seen else {}))
    assert holder.is_dead() == dead
    if dead:
        with locked(run, "decide"):
            pass
    else:
        with pytest.raises(RunError, match="in use"), locked(run, "decide"):
            pass


def test_a_holder_gives_signs_of_life_until_somebody_takes_its_lock(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats = threading.Event()
    monkeypatch.setattr(lock, "BEAT", 0.3)
    monkeypatch.setattr(
        lock, "_now", lambda: "2030-01-01T00:00:00+00:00" if beats.is_set() else "2020-01-01T00:00:00+00:00"
    )
    with locked(run, "match"):
        beats.set()
        deadline = time.monotonic() + 30
        while (holder := holder_of(run)) is None or holder.seen[:4] != "2030":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        other = _hold(run, machine="another")  # right after a sign of life, so not while one is written
        time.sleep(1)
    assert holder_of(run) == other


def test_a_lock_is_given_back_by_its_holder_only(run: RunDirectory) -> None:
    holder = _hold(run)
    release(run, "another")
    assert holder_of(run) == holder
    release(run, holder.token)
    assert not run.exists(LOCK)


def test_of_many_that_take_a_run_at_once_one_has_it_at_a_time(tmp_path: Path, ended: int) -> None:
    run = RunDirectory(str(tmp_path))
    _hold(run, pid=ended)
    inside, most, done = [0], [0], [0]

    def work() -> None:
        for _ in range(20):
            try:
                with locked(run, "match"):
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                    done[0] += 1
                    inside[0] -= 1
            except RunError:
                pass

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert done[0] >= 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": 1}'])
def test_a_lock_that_cannot_be_read_is_told_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / LOCK).write_bytes(content)
    run = RunDirectory(str(tmp_path))
    with (
        pytest.raises(RunError, match=r"\.lock: is no lock that can be read; run `cleanset unlock"),
        locked(run, "match"),
    ):
        pass
    assert unlock(run) is None
    with locked(run, "match"):
        pass


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, and the shards that it is of."""
    folder = tmp_path_factory.mktemp("locked")
    write_shards(folder / "shards")
    curate(folder / "shards", folder / "run")
    return folder


def test_commands_that_write_are_refused_and_those_that_read_are_not(finished: Path) -> None:
    run = finished / "run"
    holder = _hold(RunDirectory(str(run)), machine="another")
    for command in (
        ("curate", finished / "shards", "--out", run),
        ("extract", finished / "shards", "--out", run),
        ("match", run),
        ("decide", run),
        ("clean", run),
    ):
        refused = cleanset(*command)
        assert (refused.code, refused.out) == (2, ""), command
        assert [line for line in refused.err.splitlines() if "is in use by" in line] == refused.err.splitlines()[-1:]
    assert cleanset("audit", run).code == 0
    assert cleanset("unlock", run).out == f"taken from {holder}\n"
    assert cleanset("unlock", run).out == "nobody holds it\n"
    assert cleanset("decide", run).code == 0


def test_a_lock_is_not_taken_from_a_process_that_is_alive(finished: Path) -> None:
    run = RunDirectory(str(finished / "run"))
    holder = _hold(run)
    refused = cleanset("unlock", finished / "run")
    assert (refused.code, "which is alive; end it first" in refused.err) == (2, True)
    release(run, holder.token)


def test_a_run_that_is_not_there_is_not_made_by_its_lock(tmp_path: Path) -> None:
    for command in ("match", "decide", "clean"):
        refused = cleanset(command, tmp_path / "none")
        assert (refused.code, "there is no such run" in refused.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_is_refused_early_leaves_no_lock(finished: Path) -> None:
    assert cleanset("match", finished / "shards").code == 2
    assert sorted(path.name for path in (finished / "shards").iterdir() if path.name.startswith(".")) == []
    assert json.loads((finished / "run" / "run.json").read_text())["counts"]["read"] == 18


def test_a_run_that_is_not_there_cannot_be_unlocked(tmp_path: Path) -> None:
    done = cleanset("unlock", tmp_path / "absent")
    assert (done.code, done.err) == (2, f"cleanset: {tmp_path}/absent: there is no such run; correct the path\n")


def test_a_wrong_file_of_thresholds_is_told_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("url\nhttp://x.org/1\n")
    done = cleanset("curate", tmp_path / "in", "--out", tmp_path / "run", "--thresholds", tmp_path / "absent")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert not (tmp_path / "run").exists()
