"""The files of a run: where each lies, which are there, and its JSON documents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import fsspec
import pyarrow as pa

from cleanset.errors import OutputError, RunError
from cleanset.rundir.tables import file_digest, read_parquet
from cleanset.rundir.whole import UNFINISHED, open_whole
from cleanset.stores import faults, open_store, reaching, reason
from cleanset.trouble import patiently

_KNOWN = frozenset({"features", "features.json", "match.json", "run.json"})
"""What tells a run from another folder: the first thing that each stage leaves, and the records."""
LONGEST_NAME = 120
"""Characters of a features file's name without its endings; with them it fits an encrypted folder (143)."""


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """The files of one run below ``root``, a local path or an fsspec URL."""

    root: str

    def __post_init__(self) -> None:
        """Raises ``StoreError`` where no store of such a URL can be opened."""
        open_store(self.root)

    def path(self, *parts: str) -> str:
        """Path or URL of a file or folder of the run."""
        return "/".join([self.root.rstrip("/"), *parts])

    def local(self) -> str | None:
        """The run's folder on this machine; None where it lies elsewhere."""
        filesystem, path = open_store(self.root)
        return str(path) if "file" in filesystem.protocol else None

    def features_file(self, shard: str) -> str:
        """The features file of a shard: its name is that of no other shard's, and short enough for any file system."""
        return self.path("features", _file_name(shard) + ".parquet")

    def create(self) -> None:
        """The run's folder is there and can be written to. What another program left there is never touched.

        Raises:
            RunError: a file lies there, or a folder of other things, or no folder can be made.
            StoreError: its store cannot be reached.
        """
        filesystem, path = open_store(self.root)
        with reaching(self.root):
            is_file = filesystem.isfile(path)
            found = {name for name in self.names() if not name.startswith(".")}
        if is_file:
            raise RunError(f"{self.root}: is a file, expected a folder; give another folder as --out")
        if found and found.isdisjoint(_KNOWN):
            raise RunError(f"{self.root}: is no run and not empty (it has {min(found)}); give a new folder as --out")
        try:
            filesystem.makedirs(path, exist_ok=True)
            with open_whole(self.path("features", ".writable")):
                pass
            self.remove("features", ".writable")
        except NotImplementedError:
            raise RunError(f"{self.root}: such a store can be read only; give another folder as --out") from None
        except OutputError as error:
            raise RunError(f"{self.root}: cannot be written to ({error}); give another folder as --out") from None
        except faults() as error:
            told = f"{self.root}: cannot be written to ({reason(error)}); give another folder as --out"
            raise RunError(told) from None

    def names(self, *parts: str) -> list[str]:
        """Names of what lies in a folder of the run, of any kind; none when there is no such folder."""
        filesystem, path = _open_fresh(self.path(*parts))
        try:
            found = patiently(filesystem.ls, path, detail=False)
        except (FileNotFoundError, NotADirectoryError):
            return []
        entries = (entry.rstrip("/") for entry in found)
        return sorted(entry.rpartition("/")[2] for entry in entries if entry.strip("/") != path.strip("/"))

    def remove_unfinished(self, folder: str = "") -> None:
        """What a killed run was writing into a folder is gone. No other run may be writing there."""
        for name in self.names(folder):
            if name.startswith(UNFINISHED):
                self.remove(*filter(None, (folder, name)))

    def exists(self, *parts: str) -> bool:
        """Whether a file or folder of the run is there."""
        filesystem, path = _open_fresh(self.path(*parts))
        try:
            patiently(filesystem.info, path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def files(self, folder: str) -> list[str]:
        """The Parquet files of a table's folder, ordered by name; none when there is no such folder."""
        return [self.path(folder, name) for name in self.names(folder) if name.endswith(".parquet")]

    def size(self, place: str) -> int:
        """Bytes of a file of the run."""
        filesystem, path = _open_fresh(self.path(place))
        return int(patiently(filesystem.size, path) or 0)

    @staticmethod
    def mark(file: str) -> str:
        """Changes when the file is written again: what its store says of it, digested."""
        filesystem, path = _open_fresh(file)
        return str(patiently(filesystem.ukey, path))

    def place(self, file: str) -> str:
        """The place in the run of one of its files."""
        return file.removeprefix(self.path(""))

    def times(self, folder: str) -> dict[str, str]:
        """When each Parquet file of a folder was last written, as its store says: ISO 8601, UTC."""
        filesystem, path = _open_fresh(self.path(folder))
        if not filesystem.isdir(path):
            return {}
        entries = {entry["name"].rpartition("/")[2]: entry for entry in filesystem.ls(path, detail=True)}
        written = {name: _time(entry) for name, entry in entries.items() if name.endswith(".parquet")}
        return {name: time for name, time in sorted(written.items()) if time}

    def digests(self, *folders: str) -> dict[str, str]:
        """SHA-256, in hex, of every Parquet file of these tables, by its place in the run."""
        return {self.place(file): file_digest(file) for folder in folders for file in self.files(folder)}

    def remove(self, *parts: str) -> None:
        """A file or folder of the run is gone, whether it was there or not.

        Raises:
            OutputError: it is there and cannot be removed.
        """
        filesystem, path = _open_fresh(self.path(*parts))
        try:
            if self.exists(*parts):
                patiently(filesystem.rm, path, recursive=True)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise OutputError(f"{self.path(*parts)}: cannot be removed ({error.strerror or error})") from error

    def write_json(self, name: str, document: dict[str, Any]) -> None:
        """``name`` holds the document: indented, keys in the order given, complete or as before.

        A lone surrogate, as in the name of a file that is not UTF-8, is written as the escape that JSON has for it.
        """
        with open_whole(self.path(name)) as stream:
            stream.write(
                (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
            )

    def read_json(self, name: str, *, needs: str) -> dict[str, Any]:
        """The document ``name``.

        Raises:
            RunError: it is not there (then ``needs`` says what to run first) or is not JSON.
            OutageError: the disk or the store fails.
        """
        try:
            document: dict[str, Any] = json.loads(patiently(_read_bytes, self.path(name)))
        except FileNotFoundError:
            if not self.exists(""):
                raise RunError(f"{self.root}: there is no such run; correct the path") from None
            raise RunError(f"{self.root}: has no {name}; {needs}") from None
        except faults() as error:
            raise RunError(f"{self.path(name)}: cannot be read ({reason(error)}); {needs}") from None
        except ValueError as error:
            raise RunError(f"{self.path(name)}: is not JSON ({error}); run the stage that writes it again") from None
        return document

    def find_json(self, name: str) -> dict[str, Any]:
        """The document ``name``; an empty one where there is none, or none that can be read."""
        try:
            return self.read_json(name, needs="")
        except RunError:
            return {}

    def read_table(self, folder: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The whole table of a folder, in the order of its files; an empty table of no columns when there are none."""
        tables = [read_parquet(file, columns) for file in self.files(folder)]
        return pa.concat_tables(tables) if tables else pa.table({})


def _read_bytes(file: str) -> bytes:
    filesystem, path = _open_fresh(file)
    with filesystem.open(path, "rb") as stream:
        return bytes(stream.read())


def _open_fresh(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """The file system of a path or URL, which forgets what it knew of it: another process may have been there."""
    filesystem, path = open_store(url)
    filesystem.invalidate_cache(path)
    return filesystem, path


def _time(entry: Mapping[str, Any]) -> str | None:
    """The time of change in what a store says of a file; each store has a word and a form of its own for it."""
    time = next(
        (entry[name] for name in ("mtime", "LastModified", "last_modified", "updated", "created") if name in entry),
        None,
    )
    if isinstance(time, int | float):
        time = datetime.fromtimestamp(time, UTC)
    return time.astimezone(UTC).isoformat(timespec="seconds") if isinstance(time, datetime) else time


def _file_name(shard: str) -> str:
    """The shard's name with odd characters percent-encoded; of a long one the beginning, with the digest of it all.

    No plus sign comes out of the encoding, so no short name is that of a long one. A dot at the beginning is encoded,
    since files that begin with it are hidden, and may be the sign of one that is being written.
    """
    encoded = quote(shard, safe="")
    if encoded.startswith("."):
        encoded = f"%2E{encoded[1:]}"
    if len(encoded) <= LONGEST_NAME:
        return encoded
    digest = hashlib.sha256(shard.encode()).hexdigest()[:32]
    return f"{encoded[: LONGEST_NAME - len(digest) - 1]}+{digest}"
