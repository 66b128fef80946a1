from __future__ import annotations

import itertools
from pathlib import Path

import fsspec
import pyarrow as pa
import pytest

from cleanset.errors import OutputError
from cleanset.rundir import RunDirectory, replacing, write_table
from cleanset.rundir.replacing import finish_replacing, is_replacing
from cleanset.rundir.replacing import replacing as replacing_tables
from cleanset.schemas import COMPONENTS

RECORD = "run.json"
TABLES = ("manifest", "claims")


class StoppedError(BaseException):
    """The process ends here."""


@pytest.fixture(params=["local", "without-exchange", "memory"])
def run(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDirectory:
    """A run with old tables: on a disk, on one that cannot exchange two names, and in a store of objects."""
    if request.param == "without-exchange":
        monkeypatch.setattr("cleanset.rundir.replacing._renameat2", lambda: None)
    root = f"memory:/{tmp_path}/run" if request.param == "memory" else str(tmp_path / "run")
    run = RunDirectory(root)
    _write(run, 3)
    return run


def _write(run: RunDirectory, parts: int) -> None:
    """Tables of so many files, of as many rows each, and the record of them."""
    ids = [number.to_bytes(16, "big") for number in range(parts)]
    rows = pa.Table.from_pylist([{"sample_id": i, "component_id": i} for i in ids], COMPONENTS.arrow)
    for table in TABLES:
        for part in range(parts):
            write_table(run.path(table, f"part-{part}.parquet"), rows, COMPONENTS)
    run.write_json(RECORD, {"parts": parts, "files": run.digests(*TABLES)})


def _parts(run: RunDirectory) -> int:
    """Of how many files the record and each table is; all have to agree."""
    record = run.read_json(RECORD, needs="")
    assert run.digests(*TABLES) == record["files"]
    return int(record["parts"])


def _hidden(run: RunDirectory) -> list[str]:
    return [name for name in run.names() if name.startswith(".")]


def test_new_tables_take_the_place_of_old_ones_when_the_block_ends(run: RunDirectory) -> None:
    with replacing_tables(run, RECORD, TABLES) as beside:
        _write(beside, 2)
        assert _parts(run) == 3
    assert _parts(run) == 2
    assert _hidden(run) == []


def test_the_first_tables_of_a_run_are_put_in_place(tmp_path: Path) -> None:
    run = RunDirectory(str(tmp_path / "new"))
    with replacing_tables(run, RECORD, TABLES) as beside:
        _write(beside, 2)
    assert _parts(run) == 2


def test_a_table_that_has_no_file_any_more_is_gone(run: RunDirectory) -> None:
    with replacing_tables(run, RECORD, TABLES) as beside:
        _write(beside, 1)
        beside.remove("claims")
        beside.write_json(RECORD, {"parts": 1, "files": beside.digests(*TABLES)})
    assert _parts(run) == 1
    assert run.files("claims") == []


def test_a_block_that_fails_leaves_the_old_tables(run: RunDirectory) -> None:
    with pytest.raises(StoppedError):
        _replace(run, 2, fail=True)
    assert _parts(run) == 3
    assert _hidden(run) == []


def _replace(run: RunDirectory, parts: int, *, fail: bool = False) -> None:
    with replacing_tables(run, RECORD, TABLES) as beside:
        _write(beside, parts)
        if fail:
            raise StoppedError


def test_what_was_not_complete_when_the_process_ended_is_removed_by_the_next(run: RunDirectory) -> None:
    beside = RunDirectory(run.path(replacing.NEXT + RECORD))
    _write(beside, 2)
    beside.remove(RECORD)
    assert not is_replacing(run, RECORD)
    finish_replacing(run, RECORD, TABLES)
    assert _parts(run) == 3
    assert _hidden(run) == []


def test_a_process_that_ends_at_any_step_of_the_moves_leaves_the_rest_to_the_next(run: RunDirectory) -> None:
    """Every change of names, copy and removal is a step; the process ends before each in turn."""
    exchanges = run.local() is not None and replacing._renameat2() is not None  # noqa: SLF001 - what this system has
    for stop in itertools.count():
        steps = itertools.count()
        with pytest.MonkeyPatch.context() as patch:
            for owner, name in _steps(run):
                patch.setattr(owner, name, _counted(getattr(owner, name), steps, stop))
            try:
                _replace(run, 2)
            except StoppedError:
                pass
            else:
                break
        if exchanges:
            assert {len(run.files(table)) for table in TABLES} <= {2, 3}
            assert run.exists(RECORD)
        expected = 2 if is_replacing(run, RECORD) else _parts(run)
        finish_replacing(run, RECORD, TABLES)
        assert _parts(run) == expected
        assert _hidden(run) == []
        for table in (*TABLES, RECORD):
            run.remove(table)
        _write(run, 3)
    assert stop > 4


def _steps(run: RunDirectory) -> list[tuple[object, str]]:
    if run.local() is None:
        filesystem = type(fsspec.core.url_to_fs(run.root)[0])
        return [(filesystem, "cp_file"), (filesystem, "rm")]
    return [(replacing, "_exchange"), (Path, "rename"), (Path, "replace"), (RunDirectory, "remove")]


def _counted(call, steps, stop):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - any callable
    def step(*arguments, **named):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN202
        if next(steps) == stop:
            raise StoppedError
        return call(*arguments, **named)

    return step


def test_a_folder_that_cannot_be_renamed_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunDirectory(str(tmp_path / "run"))
    _write(run, 3)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(replacing, "_exchange", refuse)
    with pytest.raises(OutputError, match=r"cannot be put in their place \(Permission denied\); give access"):
        _replace(run, 2)
