"""The command line as tests call it, and what a run leaves to compare."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cleanset.cli import main
from cleanset.manifest.record import PRODUCTS

STOPPED = Path(__file__).with_name("stopped.py")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


def cleanset(*arguments: str | Path) -> Outcome:
    """The command, in this process: as a shell would see it, in a fraction of the time."""
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            code = main([str(a) for a in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
    return Outcome(code, out.getvalue(), err.getvalue())


def curate(shards: str | Path | Sequence[Path], run: Path, *options: str | Path) -> Outcome:
    """A run with one worker that has to succeed; ``options`` override."""
    inputs = [shards] if isinstance(shards, str | Path) else shards
    done = cleanset("curate", *inputs, "--out", run, "--workers", "1", *options)
    if done.code:
        raise RuntimeError(done.err)
    return done


def separate(*arguments: str | Path) -> Outcome:
    """The command in a process of its own."""
    return _run([sys.executable, "-m", "cleanset", *map(str, arguments)])


def stopped(what: str, place: str, *arguments: str | Path) -> Outcome:
    """The command in a process group of its own, stopped in the middle of writing a file: see stopped.py."""
    return _run([sys.executable, str(STOPPED), what, place, *map(str, arguments)])


def _run(command: list[str]) -> Outcome:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def products(run: Path) -> dict[str, Any]:
    """The bytes of every file of the tables that decide writes, and run.json without its engine."""
    files: dict[str, Any] = {
        path.relative_to(run).as_posix(): path.read_bytes()
        for name in PRODUCTS
        for path in sorted((run / name).glob("*"))
    }
    record = json.loads((run / "run.json").read_text())
    del record["engine"]
    return files | {"run.json": record}


def unfinished(run: Path) -> list[str]:
    """Files that somebody was writing."""
    return sorted(path.relative_to(run).as_posix() for path in run.rglob(".unfinished-*"))
