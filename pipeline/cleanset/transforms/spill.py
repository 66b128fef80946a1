"""A file for batches on their way between two steps of a local run, whose runner keeps what it shuffles in memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO

from cleanset.errors import OutputError
from cleanset.rundir import UNFINISHED


@dataclass(slots=True)
class Spill:
    """Encoded batches in a nameless file, which is gone when the process is."""

    file: int
    end: int
    lock: Lock

    def put(self, encoded: memoryview) -> bytes:
        """The place of the batch, which is in the file now.

        Raises:
            OutputError: there is no room.
        """
        with self.lock:
            start, self.end = self.end, self.end + len(encoded)
        written = 0
        try:
            while written < len(encoded):
                written += os.pwrite(self.file, encoded[written:], start + written)
        except OSError as error:
            reason = f"batches between two steps cannot be written ({error.strerror})"
            raise OutputError(f"{reason}; make room and run the same command again") from error
        return start.to_bytes(8, "big") + len(encoded).to_bytes(8, "big")

    def get(self, place: bytes) -> bytes:
        """The encoded batch at a place."""
        start, length = int.from_bytes(place[:8], "big"), int.from_bytes(place[8:], "big")
        return os.pread(self.file, length, start)


_open: list[Spill] = []
"""The spill of the run in progress. Beam makes coders of its own, so none of them can be given it."""


def current_spill() -> Spill | None:
    """The spill of the run in progress, if it has one."""
    return _open[-1] if _open else None


@contextmanager
def spilled(folder: str) -> Iterator[None]:
    """While the block runs, batches that this process encodes lie in a file and only their places are shuffled.

    Raises:
        OutputError: no file can be made in the folder.
    """
    with _nameless_file(folder) as file:
        _open.append(Spill(file.fileno(), 0, Lock()))
        try:
            yield
        finally:
            _open.pop()


@contextmanager
def _nameless_file(folder: str) -> Iterator[IO[bytes]]:
    with ExitStack() as stack:
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(tempfile.TemporaryFile(prefix=UNFINISHED, dir=folder))
        except OSError as error:
            raise OutputError(f"{folder}: cannot be written to ({error.strerror})") from error
        yield file
