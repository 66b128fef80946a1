"""A run directory: where each table lies, and how a file comes into being whole or not at all."""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import quote

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from cleanset.errors import OutputError, RunError
from cleanset.schemas import Table, check

ROW_GROUP = 4096
"""Rows of a row group: what a reader of a few columns holds at once."""
UNFINISHED = ".unfinished-"
"""Begins the name of a local file that is being written."""
_KNOWN = frozenset({"features", "features.json", "match.json", "run.json"})
"""What tells a run from another folder: the first thing that each stage leaves, and the records."""


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """The files of one run below ``root``, a local path or an fsspec URL."""

    root: str

    def __post_init__(self) -> None:
        """Raises ``RunError`` where fsspec cannot open such a URL: an unknown store, or a package that is missing."""
        try:
            fsspec.core.url_to_fs(self.root)
        except (ImportError, ValueError) as error:
            raise RunError(
                f"{self.root}: fsspec cannot open it ({error}); correct the URL, or install what it needs"
            ) from None

    def path(self, *parts: str) -> str:
        """Path or URL of a file or folder of the run."""
        return "/".join([self.root.rstrip("/"), *parts])

    def local(self) -> str | None:
        """The run's folder on this machine; None where it lies elsewhere."""
        filesystem, path = fsspec.core.url_to_fs(self.root)
        return str(path) if "file" in filesystem.protocol else None

    def features_file(self, shard: str) -> str:
        """The features file of a shard; a slash or another odd character in the name is percent-encoded."""
        return self.path("features", quote(shard, safe="") + ".parquet")

    def create(self) -> None:
        """The run's folder is there and can be written to. What another program left there is never touched.

        Raises:
            RunError: a file lies there, or a folder of other things, or no folder can be made.
        """
        filesystem, path = fsspec.core.url_to_fs(self.root)
        if filesystem.isfile(path):
            raise RunError(f"{self.root}: is a file, expected a folder; give another folder as --out")
        found = {name for name in self._entries() if not name.startswith(".")}
        if found and found.isdisjoint(_KNOWN):
            raise RunError(f"{self.root}: is no run and not empty (it has {min(found)}); give a new folder as --out")
        try:
            filesystem.makedirs(path, exist_ok=True)
            with open_whole(self.path("features", ".writable")):
                pass
            self.remove("features", ".writable")
        except (OSError, OutputError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise RunError(f"{self.root}: cannot be written to ({reason}); give another folder as --out") from None

    def _entries(self, *parts: str) -> list[str]:
        """Names of what lies in a folder of the run, of any kind; none when there is no such folder."""
        filesystem, path = fsspec.core.url_to_fs(self.path(*parts))
        if not filesystem.isdir(path):
            return []
        return sorted(entry.rstrip("/").rpartition("/")[2] for entry in filesystem.ls(path, detail=False))

    def remove_unfinished(self, folder: str = "") -> None:
        """What a killed run was writing into a folder is gone. No other run may be writing there."""
        for name in self._entries(folder):
            if name.startswith(UNFINISHED):
                self.remove(*filter(None, (folder, name)))

    def exists(self, *parts: str) -> bool:
        """Whether a file or folder of the run is there."""
        filesystem, path = fsspec.core.url_to_fs(self.path(*parts))
        return bool(filesystem.exists(path))

    def files(self, folder: str) -> list[str]:
        """The Parquet files of a table's folder, ordered by name; none when there is no such folder."""
        return [self.path(folder, name) for name in self._entries(folder) if name.endswith(".parquet")]

    @staticmethod
    def mark(file: str) -> str:
        """Changes when the file is written again: what its store says of it, digested."""
        filesystem, path = fsspec.core.url_to_fs(file)
        return str(filesystem.ukey(path))

    def remove(self, *parts: str) -> None:
        """A file or folder of the run is gone, whether it was there or not.

        Raises:
            OutputError: it is there and cannot be removed.
        """
        filesystem, path = fsspec.core.url_to_fs(self.path(*parts))
        try:
            if filesystem.exists(path):
                filesystem.rm(path, recursive=True)
        except OSError as error:
            raise OutputError(f"{self.path(*parts)}: cannot be removed ({error.strerror or error})") from error

    def write_json(self, name: str, document: dict[str, Any]) -> None:
        """``name`` holds the document: indented, keys in the order given, complete or as before."""
        with open_whole(self.path(name)) as stream:
            stream.write((json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())

    def read_json(self, name: str, *, needs: str) -> dict[str, Any]:
        """The document ``name``.

        Raises:
            RunError: it is not there (then ``needs`` says what to run first) or is not JSON.
        """
        try:
            with fsspec.open(self.path(name), "rb") as stream:
                document: dict[str, Any] = json.loads(stream.read())
        except FileNotFoundError:
            if not self.exists(""):
                raise RunError(f"{self.root}: there is no such run; correct the path") from None
            raise RunError(f"{self.root}: has no {name}; {needs}") from None
        except OSError as error:
            raise RunError(f"{self.path(name)}: cannot be read ({error.strerror or error}); {needs}") from None
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


@contextmanager
def open_whole(path: str) -> Iterator[IO[bytes]]:
    """A binary stream to ``path`` whose file appears under that name only when the block ends without an error.

    Locally the bytes go to a temporary file beside it, which is synced and renamed. On an object store they are sent
    when the block ends, in one write, which such stores make visible all at once.

    Raises:
        OutputError: the file cannot be written, for instance because the disk is full. Any ``OSError`` of the block
            counts as one: a block that reads elsewhere has to tell its own errors apart.
    """
    filesystem, local = fsspec.core.url_to_fs(path)
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
    filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
    filesystem.pipe_file(path, buffer.getvalue())


class TableWriter:
    """Writes batches of one schema table to a Parquet stream, in row groups of ``ROW_GROUP`` rows, Zstandard.

    As a context manager it writes the footer when the block ends without an error.
    """

    def __init__(self, stream: IO[bytes], table: Table, footer: dict[str, str] | None = None) -> None:
        self._table = table
        schema = table.arrow
        self._schema = schema.with_metadata(
            {**schema.metadata, **{k.encode(): v.encode() for k, v in (footer or {}).items()}}
        )
        self._writer = pq.ParquetWriter(stream, self._schema, compression="zstd", compression_level=3)
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._writer.close()
        self._writer.is_open = False  # else its finalizer would write to the stream, which is closed by then

    def write(self, batch: pa.RecordBatch | pa.Table) -> None:
        """Append the batch.

        Raises:
            ValueError: its columns, types or nulls are not those of the table.
        """
        check(batch, self._table)
        table = batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch])
        self._writer.write_table(table.cast(self._schema), row_group_size=ROW_GROUP)
        self.rows += table.num_rows

    def add_footer(self, footer: dict[str, str]) -> None:
        """Put facts into the file's footer that are known only after the last row."""
        self._writer.add_key_value_metadata(footer)


def write_table(path: str, data: pa.Table, table: Table) -> None:
    """``path`` holds the rows of ``data``, whole or not at all."""
    with open_whole(path) as stream, TableWriter(stream, table) as writer:
        writer.write(data)


@contextmanager
def open_for_arrow(path: str) -> Iterator[pa.NativeFile]:
    """A file that Arrow reads, at a local path or an fsspec URL.

    Arrow opens a local one itself: a thread of Arrow that lets go of a buffer of Python's while the interpreter ends
    takes the whole process down.
    """
    filesystem, local = fsspec.core.url_to_fs(path)
    is_local = "file" in filesystem.protocol
    with pa.OSFile(local) if is_local else pa.PythonFile(filesystem.open(local, "rb"), "r") as file:
        yield file


def read_parquet(path: str, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of one file, without the schema's metadata so that tables of several files concatenate."""
    with open_for_arrow(path) as source:
        return pq.read_table(source, columns=list(columns) if columns is not None else None).replace_schema_metadata(
            None
        )


def iter_parquet(path: str, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
    """Batches of at most ``rows`` rows of some columns; memory is that of one batch and one row group."""
    with open_for_arrow(path) as source, pq.ParquetFile(source) as file:
        for batch in file.iter_batches(batch_size=rows, columns=list(columns)):
            yield batch.replace_schema_metadata(None)


def footer(path: str) -> dict[str, str]:
    """The key-value metadata of a Parquet file's footer.

    Raises:
        pa.ArrowInvalid: it is not a Parquet file.
    """
    with open_for_arrow(path) as source, pq.ParquetFile(source) as file:
        metadata = file.metadata.metadata or {}
        return {k.decode(): v.decode() for k, v in metadata.items() if k != b"ARROW:schema"}


def footer_rows(path: str) -> int:
    """Rows of a Parquet file, from its footer."""
    with open_for_arrow(path) as source, pq.ParquetFile(source) as file:
        return int(file.metadata.num_rows)
