"""Files that appear under their name whole or not at all."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import fsspec

from cleanset.errors import OutputError
from cleanset.stores import open_store
from cleanset.trouble import patiently

UNFINISHED = ".unfinished-"
"""Begins the name of a local file that is being written."""


@contextmanager
def open_whole(path: str) -> Iterator[IO[bytes]]:
    """A binary stream to ``path`` whose file appears under that name only when the block ends without an error.

    Locally the bytes go to a temporary file beside it, which is synced and renamed. On an object store they are sent
    when the block ends, in one write, which such stores make visible all at once.

    Raises:
        OutageError: its store fails.
        OutputError: the file cannot be written, for instance because the disk is full. Any ``OSError`` of the block
            counts as one: a block that reads elsewhere has to tell its own errors apart.
    """
    filesystem, local = open_store(path)
    try:
        with _open_local(Path(local)) if "file" in filesystem.protocol else _open_remote(filesystem, local) as stream:
            yield stream
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"{path}: cannot be written ({reason}); make room or give access, and run the same command again"
        ) from error


@contextmanager
def _open_local(path: Path) -> Iterator[IO[bytes]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=UNFINISHED, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def _open_remote(filesystem: fsspec.AbstractFileSystem, path: str) -> Iterator[IO[bytes]]:
    buffer = io.BytesIO()
    yield buffer
    patiently(filesystem.makedirs, path.rpartition("/")[0], exist_ok=True)
    patiently(filesystem.pipe_file, path, buffer.getvalue())
