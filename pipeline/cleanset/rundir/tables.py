"""Parquet files of a run: written in row groups of one size, read whole or in batches."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.parquet as pq

from cleanset.errors import RunError
from cleanset.rundir.whole import open_whole
from cleanset.schemas import Table, check
from cleanset.stores import open_store
from cleanset.trouble import patiently

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

ROW_GROUP = 4096
"""Rows of a row group: what a reader of a few columns holds at once."""
ROW_GROUP_BYTES = 64 << 20
"""Bytes that wait to be written at most, about: a group of very large rows has fewer."""


class _Digested(io.RawIOBase):
    """Passes bytes on to a stream, and takes the SHA-256 of all of them."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer) -> int:
        self._digest.update(data)
        return self._stream.write(data)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


class TableWriter:
    """Writes batches of one schema table to a Parquet stream, in row groups of ``ROW_GROUP`` rows, Zstandard.

    Batches wait until there are enough rows for a group, or ``ROW_GROUP_BYTES`` of them. As a context manager it writes
    the rest and the footer when the block ends without an error.
    """

    def __init__(self, stream: IO[bytes], table: Table, footer: dict[str, str] | None = None) -> None:
        self._table = table
        schema = table.arrow
        self._schema = schema.with_metadata(
            {**schema.metadata, **{k.encode(): v.encode() for k, v in (footer or {}).items()}}
        )
        self._stream = _Digested(stream)
        self._writer = pq.ParquetWriter(self._stream, self._schema, compression="zstd", compression_level=3)
        self._waiting = self._schema.empty_table()
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._write_groups(self._waiting)
            self._writer.close()
        self._writer.is_open = False  # else its finalizer would write to the stream, which is closed by then

    def write(self, batch: pa.RecordBatch | pa.Table) -> None:
        """Append the batch.

        Raises:
            ValueError: its columns, types or nulls are not those of the table.
        """
        check(batch, self._table)
        table = batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch])
        self.rows += table.num_rows
        waiting = pa.concat_tables([self._waiting, table.cast(self._schema)])
        whole = waiting.num_rows - waiting.num_rows % ROW_GROUP
        if waiting.nbytes >= ROW_GROUP_BYTES:
            whole = waiting.num_rows
        if whole:
            self._write_groups(waiting.slice(0, whole))
        self._waiting = waiting.slice(whole)

    def _write_groups(self, rows: pa.Table) -> None:
        if rows.num_rows:
            self._writer.write_table(rows, row_group_size=ROW_GROUP)

    def add_footer(self, footer: dict[str, str]) -> None:
        """Put facts into the file's footer that are known only after the last row."""
        self._writer.add_key_value_metadata(footer)

    @property
    def digest(self) -> str:
        """SHA-256 of the whole file, in hex, once the block has ended."""
        return self._stream.hexdigest()


def write_table(path: str, data: pa.Table, table: Table) -> str:
    """``path`` holds the rows of ``data``, whole or not at all; the result is the SHA-256 of the file, in hex."""
    with open_whole(path) as stream, TableWriter(stream, table) as writer:
        writer.write(data)
    return writer.digest


def file_digest(path: str) -> str:
    """SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    filesystem, inner = open_store(path)
    with patiently(filesystem.open, inner, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def require_digest(path: str, digest: str, *, needs: str) -> None:
    """The file has that SHA-256.

    Raises:
        RunError: it has another, or is gone; ``needs`` says what writes it again.
    """
    try:
        found = file_digest(path)
    except FileNotFoundError:
        raise RunError(f"{path}: is gone; {needs}") from None
    if found != digest:
        raise RunError(f"{path}: was changed after it was written; {needs}")


@contextmanager
def open_for_arrow(path: str) -> Iterator[pa.NativeFile]:
    """A file that Arrow reads, at a local path or an fsspec URL.

    Arrow opens a local one itself: a thread of Arrow that lets go of a buffer of Python's while the interpreter ends
    takes the whole process down.
    """
    filesystem, local = open_store(path)
    is_local = "file" in filesystem.protocol
    with pa.OSFile(local) if is_local else pa.PythonFile(patiently(filesystem.open, local, "rb"), "r") as file:
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
