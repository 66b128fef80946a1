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
from typing import IO, Any
from urllib.parse import quote

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from cleanset.errors import RunError
from cleanset.schemas import Table, check

ROW_GROUP = 4096
"""Rows of a row group: what a reader of a few columns holds at once."""


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """The files of one run below ``root``, a local path or an fsspec URL."""

    root: str

    def path(self, *parts: str) -> str:
        """Path or URL of a file or folder of the run."""
        return "/".join([self.root.rstrip("/"), *parts])

    def features_file(self, shard: str) -> str:
        """The features file of a shard; a slash or another odd character in the name is percent-encoded."""
        return self.path("features", quote(shard, safe="") + ".parquet")

    def exists(self, *parts: str) -> bool:
        """Whether a file or folder of the run is there."""
        filesystem, path = fsspec.core.url_to_fs(self.path(*parts))
        return bool(filesystem.exists(path))

    def files(self, folder: str) -> list[str]:
        """The Parquet files of a table's folder, ordered by name; none when there is no such folder."""
        filesystem, path = fsspec.core.url_to_fs(self.path(folder))
        if not filesystem.exists(path):
            return []
        names = (entry.rsplit("/", 1)[-1] for entry in filesystem.ls(path, detail=False))
        return [self.path(folder, name) for name in sorted(names) if name.endswith(".parquet")]

    def remove(self, *parts: str) -> None:
        """A file or folder of the run is gone, whether it was there or not."""
        filesystem, path = fsspec.core.url_to_fs(self.path(*parts))
        if filesystem.exists(path):
            filesystem.rm(path, recursive=True)

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
            raise RunError(f"{self.root}: has no {name}; {needs}") from None
        except ValueError as error:
            raise RunError(f"{self.path(name)}: is not JSON ({error}); run the stage that writes it again") from None
        return document

    def read_table(self, folder: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The whole table of a folder, in the order of its files; an empty table of no columns when there are none."""
        tables = [read_parquet(file, columns) for file in self.files(folder)]
        return pa.concat_tables(tables) if tables else pa.table({})


@contextmanager
def open_whole(path: str) -> Iterator[IO[bytes]]:
    """A binary stream to ``path`` whose file appears under that name only when the block ends without an error.

    Locally the bytes go to a temporary file beside it, which is synced and renamed. On an object store they are sent
    when the block ends, in one write, which such stores make visible all at once.
    """
    filesystem, local = fsspec.core.url_to_fs(path)
    if "file" not in filesystem.protocol:
        buffer = io.BytesIO()
        yield buffer
        filesystem.makedirs(filesystem._parent(local), exist_ok=True)  # noqa: SLF001 - fsspec has no public name for it
        filesystem.pipe_file(local, buffer.getvalue())
        return
    folder = Path(local).parent
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=".unfinished-", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(local)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


class TableWriter:
    """Writes batches of one schema table to a Parquet stream, in row groups of ``ROW_GROUP`` rows, Zstandard."""

    def __init__(self, stream: IO[bytes], table: Table, footer: dict[str, str] | None = None) -> None:
        self._table = table
        schema = table.arrow
        self._schema = schema.with_metadata(
            {**schema.metadata, **{k.encode(): v.encode() for k, v in (footer or {}).items()}}
        )
        self._writer = pq.ParquetWriter(stream, self._schema, compression="zstd", compression_level=3)
        self.rows = 0

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

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


def write_table(path: str, data: pa.Table, table: Table) -> None:
    """``path`` holds the rows of ``data``, whole or not at all."""
    with open_whole(path) as stream:
        writer = TableWriter(stream, table)
        writer.write(data)
        writer.close()


def read_parquet(path: str, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of one file, without the schema's metadata so that tables of several files concatenate."""
    with fsspec.open(path, "rb") as stream:
        return pq.read_table(stream, columns=list(columns) if columns is not None else None).replace_schema_metadata(
            None
        )


def iter_parquet(path: str, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
    """Batches of at most ``rows`` rows of some columns; memory is that of one batch and one row group."""
    with fsspec.open(path, "rb") as stream, pq.ParquetFile(stream) as file:
        for batch in file.iter_batches(batch_size=rows, columns=list(columns)):
            yield batch.replace_schema_metadata(None)


def footer(path: str) -> dict[str, str]:
    """The key-value metadata of a Parquet file's footer.

    Raises:
        pa.ArrowInvalid: it is not a Parquet file.
    """
    with fsspec.open(path, "rb") as stream, pq.ParquetFile(stream) as file:
        metadata = file.metadata.metadata or {}
        return {k.decode(): v.decode() for k, v in metadata.items() if k != b"ARROW:schema"}


def footer_rows(path: str) -> int:
    """Rows of a Parquet file, from its footer."""
    with fsspec.open(path, "rb") as stream, pq.ParquetFile(stream) as file:
        return int(file.metadata.num_rows)
