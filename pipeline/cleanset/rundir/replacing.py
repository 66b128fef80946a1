"""Tables and their record that are built beside those of a run, and take their place all at once.

They are built in a hidden folder of the run. Its record is written last, and with it the new tables count: a command
that is stopped before leaves the old ones, one that is stopped after leaves the rest of the moves to the next command.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from cleanset.errors import OutputError
from cleanset.rundir.directory import RunDirectory
from cleanset.stores import open_store
from cleanset.trouble import patiently

NEXT = ".next-"
"""Begins the name of the hidden folder; the record's name follows."""
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
"""Of Linux's ``renameat2`` (fcntl.h, linux/fs.h)."""


@contextmanager
def replacing(run: RunDirectory, record: str, tables: Sequence[str]) -> Iterator[RunDirectory]:
    """A directory for new tables and their record; where the block wrote the record, they are the run's when it ends.

    Until then, and where the block fails, the run has its old ones.
    """
    finish_replacing(run, record, tables)
    beside = _beside(run, record)
    try:
        yield beside
    except BaseException:
        run.remove(NEXT + record)
        raise
    if beside.exists(record):
        _move(run, record, tables, lambda _: True)


def is_replacing(run: RunDirectory, record: str) -> bool:
    """Whether new tables count that have not all taken their places yet."""
    return _beside(run, record).exists(record)


def finish_replacing(run: RunDirectory, record: str, tables: Sequence[str]) -> None:
    """What a command that was stopped had built is in its place if it was complete, and gone if not.

    Nobody else may be at it: see ``cleanset.rundir.lock``.
    """
    if is_replacing(run, record):
        beside = _beside(run, record)
        digests: dict[str, str] = beside.read_json(record, needs="")["files"]
        wanted = {table: {p: d for p, d in digests.items() if p.startswith(f"{table}/")} for table in tables}
        _move(run, record, tables, lambda table: beside.digests(table) == wanted[table])
    else:
        run.remove(NEXT + record)


def _beside(run: RunDirectory, record: str) -> RunDirectory:
    return RunDirectory(run.path(NEXT + record))


def _move(run: RunDirectory, record: str, tables: Sequence[str], is_new: Callable[[str], bool]) -> None:
    """The tables and the record are in their places. Done again after it was stopped anywhere, it does the same.

    ``is_new`` tells a new table that still lies beside from an old one that was put there.
    """
    beside = _beside(run, record)
    places: Collection[str] = beside.read_json(record, needs="")["files"]
    try:
        if run.local() is None:
            _copy_objects(beside, run, record, tables)
        else:
            for table in tables:
                if not any(place.startswith(f"{table}/") for place in places):
                    run.remove(table)
                elif beside.exists(table) and is_new(table):
                    _exchange(Path(beside.local() or "", table), Path(run.local() or "", table))
            Path(beside.local() or "", record).replace(Path(run.local() or "", record))
    except OSError as error:
        told = f"{run.root}: new tables cannot be put in their place ({error.strerror or error})"
        raise OutputError(f"{told}; give access, and run the same command again") from error
    run.remove(NEXT + record, record)
    run.remove(NEXT + record)


def _exchange(new: Path, old: Path) -> None:
    """Each of the two folders is where the other was, in one step where the system has one."""
    if not old.exists():
        new.rename(old)
        return
    exchange, names = _renameat2(), (os.fsencode(new), os.fsencode(old))
    if exchange is not None and exchange(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
        return
    aside = new.with_name(f"{new.name}.old")
    old.rename(aside)
    new.rename(old)


@cache
def _renameat2() -> Any:  # noqa: ANN401 - a function of the C library
    """The function of the system that exchanges two names; None where there is none."""
    return getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None


def _copy_objects(beside: RunDirectory, run: RunDirectory, record: str, tables: Sequence[str]) -> None:
    """A store of objects knows no folder to rename. While files are copied there is no record to trust them by."""
    filesystem, _ = open_store(run.root)
    run.remove(record)
    for table in tables:
        files = {beside.place(file) for file in beside.files(table)}
        for place in sorted(files):
            patiently(filesystem.cp_file, open_store(beside.path(place))[1], open_store(run.path(place))[1])
        for file in run.files(table):
            if run.place(file) not in files:
                run.remove(*run.place(file).split("/"))
    patiently(filesystem.cp_file, open_store(beside.path(record))[1], open_store(run.path(record))[1])
