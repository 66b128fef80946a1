"""Files by local path or fsspec URL: opened, listed and told apart in one place.

Local paths never touch fsspec, so they cost what ``open`` and ``os.walk`` cost; a ``file://`` URL is one.

From ``normalize`` on, a chained URL (``zip://a.tar::/b.zip``) is spelled outside in, ``/b.zip!zip://a.tar``: in every
path the folder then stands before the name. It is turned back when it is opened.
"""

from __future__ import annotations

import errno
import gzip
import io
import os
import shutil
import stat
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from glob import glob, has_magic
from typing import IO, BinaryIO, NamedTuple, cast

import fsspec
from blake3 import blake3

from cleanset.errors import InputError
from cleanset.stores import open_store
from cleanset.trouble import fault_of

GZIP_MAGIC = b"\x1f\x8b"
MAX_EXPANSION = 100
"""A gzip file is read up to this many times its own size (real shards expand by less than 20; a bomb by 1,000)."""
EXPANSION_FLOOR = 64 * 1024**2
"""Bytes that any gzip file may expand to, whatever its size."""
CHUNK = 1024 * 1024
_ROOTLESS = frozenset({"memory", "zip"})
"""Stores in which ``a`` and ``/a`` are one place."""
_CHAIN = "!"
_WEB = ("http://", "https://")


class Entry(StrEnum):
    """What lies at a path."""

    FILE = "file"
    FOLDER = "folder"
    NOTHING = "nothing"


def is_url(path: str) -> bool:
    """Whether fsspec has to open it."""
    return "://" in path


def normalize(path: str) -> str:
    """One spelling for one place: absolute for local paths, no slash at the end, chains outside in."""
    if path.startswith("file://") and "::" not in path:
        path = path.removeprefix("file://")
    if not is_url(path):
        return os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111 - a glob is not a Path
    inner, link, outer = path.partition("::")
    scheme, _, rest = inner.partition("://")
    rest = rest.lstrip("/") if scheme in _ROOTLESS else rest
    return f"{outer}{_CHAIN if link else ''}{scheme}://{rest.rstrip('/')}"


def _fsspec_url(path: str) -> str:
    outer, link, inner = path.rpartition(_CHAIN)
    return f"{inner}::{outer}" if link and is_url(inner) else path


def _store(path: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """The file system of a URL, and the path in it.

    Raises:
        StoreError: no store of such a URL can be opened.
    """
    return open_store(_fsspec_url(path))


def _store_of_folder(path: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """The same of a folder, to be listed: a web server's page of links is one where its address ends in a slash."""
    filesystem, inner = _store(path)
    return filesystem, f"{inner}/" if inner.startswith(_WEB) else inner


def relative_name(path: str, root: str) -> str:
    """``path`` below ``root`` with forward slashes; with ``..`` where it lies beside it."""
    if path.startswith(f"{root.rstrip('/')}/"):
        return path[len(root.rstrip("/")) + 1 :]
    return os.path.relpath(path, root).replace(os.sep, "/")


def parent(path: str) -> str:
    """The folder that holds ``path``."""
    folder = path.rpartition("/")[0]
    return f"{folder}/" if folder.endswith(":/") else folder or "/"


def base_name(path: str) -> str:
    """The last part of ``path``."""
    return path.rpartition("/")[2]


def what_is_at(path: str) -> Entry:
    """Whether a file, a folder or nothing lies at ``path``.

    A web server answers for both alike: an address is a folder if it has links to what lies below it, and no suffix.

    Raises:
        InputError: nobody is permitted to look.
        OSError: the disk or the store fails.
    """
    try:
        if is_url(path):
            filesystem, inner = _store(path)
            if inner.startswith(_WEB) and "." not in base_name(inner) and list_folder(path):
                return Entry.FOLDER
            return Entry.FOLDER if filesystem.info(inner)["type"] == "directory" else Entry.FILE
        kind = os.stat(path).st_mode  # noqa: PTH116 - paths are strings here, local or not
    except PermissionError as error:
        raise InputError(f"{path}: {error.strerror or error}; give access to it") from error
    except OSError as error:
        if isinstance(error.__cause__, OSError):  # a web server that does not answer is "not found" to fsspec
            fault_of(error.__cause__)
        fault_of(error)
        return Entry.NOTHING
    if stat.S_ISREG(kind):
        return Entry.FILE
    return Entry.FOLDER if stat.S_ISDIR(kind) else Entry.NOTHING


class Listing(NamedTuple):
    """Every file below a folder, sorted, and what was not entered, each in a sentence."""

    files: list[str]
    aside: list[str]


def list_tree(root: str) -> Listing:
    """Every file below the folder ``root``. Links to folders are not followed, so a loop cannot trap it."""
    if is_url(root):
        filesystem, inner = _store_of_folder(root)
        return Listing(sorted(_to_url(filesystem, found, root) for found in filesystem.find(inner)), [])
    files: list[str] = []
    aside: list[str] = []

    def refuse(error: OSError) -> None:
        aside.append(f"left aside the folder {error.filename}: it cannot be listed ({fault_of(error)})")

    for folder, folders, names in os.walk(root, onerror=refuse, followlinks=False):
        files += [os.path.join(folder, name) for name in names]  # noqa: PTH118 - speed
        links = [path for name in folders if os.path.islink(path := os.path.join(folder, name))]  # noqa: PTH114, PTH118
        aside += [f"left aside {path}: links to folders are not followed; name the folder itself" for path in links]
    return Listing(sorted(files), sorted(aside))


def list_folder(root: str) -> list[str]:
    """The files that lie in the folder ``root`` itself, sorted."""
    if is_url(root):
        filesystem, inner = _store_of_folder(root)
        found = filesystem.find(inner, maxdepth=1) if filesystem.isdir(inner) else ()
        return sorted(_to_url(filesystem, path, root) for path in found)
    with os.scandir(root) as entries:
        return sorted(entry.path for entry in entries if entry.is_file())


def expand(pattern: str) -> list[str]:
    """Every path that matches a glob, sorted; a pattern without ``*``, ``?`` or ``[`` matches nothing."""
    if not has_magic(pattern):
        return []
    if is_url(pattern):
        filesystem, inner = _store(pattern)
        return sorted(_to_url(filesystem, found, pattern) for found in filesystem.glob(inner))
    return sorted(glob(pattern, recursive=True))  # noqa: PTH207 - absolute patterns


def _to_url(filesystem: fsspec.AbstractFileSystem, inner: str, like: str) -> str:
    outer, link, _ = like.rpartition(_CHAIN)
    url = str(filesystem.unstrip_protocol(inner))
    return f"{outer}{link}{normalize(url)}"


def open_binary(path: str) -> BinaryIO:
    """The bytes of a file, from its start.

    Raises:
        OSError: there is no such file, or it is a pipe or a device.
    """
    if is_url(path):
        filesystem, inner = _store(path)
        file = cast("BinaryIO", filesystem.open(inner, "rb"))
        # A file in an archive dies with the file system that holds the archive open, so it is copied while both live.
        return _copy(file) if _CHAIN in path else file
    _stat_file(path)
    return open(path, "rb")  # noqa: PTH123 - handed to the caller, who closes it


def _stat_file(path: str) -> os.stat_result:
    """What the system says of a local file. Opening a pipe would block until somebody writes to it, maybe for ever."""
    status = os.stat(path)  # noqa: PTH116 - speed
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", path)
    return status


def read_bytes(path: str) -> bytes:
    """The whole of a file."""
    with open_binary(path) as file:
        return file.read()


def size(path: str) -> int:
    """Bytes of a file.

    Raises:
        OSError: there is no such file, or it is a pipe or a device.
    """
    if is_url(path):
        filesystem, inner = _store(path)
        return int(filesystem.size(inner))
    return _stat_file(path).st_size


def mark(path: str) -> str:
    """A cheap identity: size and time of change in nanoseconds; for a URL, a digest of what its store says of it.

    A file in an archive has that of the archive: what fsspec says of the file itself changes when it is read.
    """
    outer, link, inner = path.rpartition(_CHAIN)
    if link and is_url(inner):
        return mark(normalize(outer))
    if is_url(path):
        filesystem, inner = _store(path)
        return str(filesystem.ukey(inner))
    status = os.stat(path)  # noqa: PTH116 - speed
    return f"{status.st_size}:{status.st_mtime_ns}"


@contextmanager
def open_text(path: str) -> Iterator[io.TextIOWrapper]:
    r"""The text of a file, decompressed when its name ends in ``.gz``; bytes that are not UTF-8 become ``\xNN``."""
    with ExitStack() as stack:
        stream = stack.enter_context(open_binary(path))
        if path.endswith(".gz"):
            stream = stack.enter_context(cast("BinaryIO", gzip.GzipFile(fileobj=stream)))
        yield stack.enter_context(io.TextIOWrapper(stream, encoding="utf-8-sig", errors="backslashreplace", newline=""))


def open_seekable(path: str, damaged: Callable[[str], None]) -> BinaryIO:
    """The bytes of a file as a local file with a descriptor.

    A plain local file is opened where it lies. A remote one is first copied to an unnamed temporary file, a compressed
    one is expanded into one: disk for one shard, no memory. A gzip stream that breaks off or expands beyond
    ``MAX_EXPANSION`` gives what was read before, and ``damaged`` is told.
    """
    file = open_binary(path)
    if is_url(path) and _CHAIN not in path:
        file = _copy(file)
    magic = file.read(len(GZIP_MAGIC))
    file.seek(0)
    return _expand_gzip(file, damaged) if magic == GZIP_MAGIC else file


def _copy(source: BinaryIO) -> BinaryIO:
    with ExitStack() as unless_whole:
        copy = cast("BinaryIO", unless_whole.enter_context(tempfile.TemporaryFile()))
        with source:
            shutil.copyfileobj(source, copy, CHUNK)
        copy.seek(0)
        unless_whole.pop_all()  # handed to the caller, who closes it
    return copy


def _expand_gzip(source: BinaryIO, damaged: Callable[[str], None]) -> BinaryIO:
    room = EXPANSION_FLOOR + MAX_EXPANSION * os.fstat(source.fileno()).st_size
    with ExitStack() as unless_whole:
        expanded = cast("BinaryIO", unless_whole.enter_context(tempfile.TemporaryFile()))
        with source:
            for chunk in _gzip_chunks(source, damaged):
                expanded.write(chunk[:room])
                room -= len(chunk)
                if room < 0:
                    damaged(
                        f"the gzip stream is over {MAX_EXPANSION} times the size of its file; the rest was not read"
                    )
                    break
        expanded.seek(0)
        unless_whole.pop_all()  # handed to the caller, who closes it
    return expanded


def _gzip_chunks(source: IO[bytes], damaged: Callable[[str], None]) -> Iterator[bytes]:
    stream = gzip.GzipFile(fileobj=source)
    while True:
        try:
            chunk = stream.read1(CHUNK)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            damaged(f"the gzip stream breaks off: {error}")
            return
        if not chunk:
            return
        yield chunk


def content_digest(path: str) -> str:
    """BLAKE3 of a file's bytes, streamed, in hex: as sure as SHA-256, at four times its speed."""
    digest = blake3()
    with open_binary(path) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
