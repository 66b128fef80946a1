"""Samples of a Parquet file: image bytes in a column, or metadata only.

Image bytes are a binary column, or Hugging Face's struct of ``bytes`` and ``path``. Rows are read in small batches, so
memory is bounded by one page of the column: a writer's choice, at most a row group, with Arrow at most 1,024 rows. Keys
are row numbers of nine digits, or the file's own ``key`` where img2dataset wrote it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cleanset.schemas import Status
from cleanset.shards import sidecar, storage
from cleanset.shards.arrow_rows import rows_of
from cleanset.shards.assembly import Assembly, unique_key
from cleanset.shards.columns import MAX_NUMBERS, clean, decode
from cleanset.shards.condition import Condition
from cleanset.shards.profiles import Profile
from cleanset.shards.sample import Sample, Shard
from cleanset.trouble import fault_of

IMAGE_NAMES = (
    *("image", "jpg", "jpeg", "png", "webp", "gif", "tiff", "img", "image_bytes", "bytes", "image_data", "picture"),
    *("photo", "image_binary", "img_bytes", "content", "data", "avif", "jxl"),
)
"""Names of a binary column that holds images, best first; compared in lower case."""
ROWS_WITH_IMAGES = 16
ROWS_WITHOUT = 4096
KEY_DIGITS = 9
MAX_LOST = 1_000_000
"""Rows of a damaged row group that are listed one by one: a damaged footer may claim any number."""


def image_column(schema: pa.Schema) -> str | None:
    """The column that holds the image bytes; None in a file of metadata only."""
    holders = [field.name for field in schema if _holds_bytes(field.type)]
    ranked = [name for wanted in IMAGE_NAMES for name in holders if name.lower() == wanted]
    structs = [name for name in holders if pa.types.is_struct(schema.field(name).type)]
    return next(iter(ranked + structs), None)


def _holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        index = kind.get_field_index("bytes")
        return index >= 0 and _holds_bytes(kind.field(index).type)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def read_schema(path: str) -> pa.Schema:
    """The columns of a Parquet file, from its footer.

    Raises:
        ValueError: it is not Parquet, its footer is damaged or missing, or two columns have one name.
        OSError: its disk or store fails.
    """
    try:
        with storage.open_binary(path) as file:
            schema = pq.read_schema(file)
            repeated = [name for name, times in Counter(schema.names).items() if times > 1]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ValueError(fault_of(error)) from error
    if repeated:
        raise ValueError(f"columns of one name: {', '.join(repeated)}")
    return schema


def read_parquet(shard: Shard, profile: Profile, max_image_bytes: int, condition: Condition) -> Iterator[Sample]:
    """Every row of the file; rows of a damaged row group are samples with the status ``truncated``."""
    with ExitStack() as stack:
        source = stack.enter_context(storage.open_binary(shard.path))
        try:
            read_schema(shard.path)
            file = pq.ParquetFile(source, buffer_size=storage.CHUNK, pre_buffer=False)
        except (pa.ArrowException, OSError, ValueError) as error:
            detail = f"the Parquet file cannot be read: {fault_of(error)}"
            condition.damaged(detail)
            yield Sample(storage.base_name(shard.path), None, Status.UNSUPPORTED, clean(detail))
            return
        yield from _Rows(file, profile, max_image_bytes, condition).samples()


class _Rows:
    """The rows of one open Parquet file."""

    def __init__(self, file: pq.ParquetFile, profile: Profile, max_image_bytes: int, condition: Condition) -> None:
        self._file = file
        self._condition = condition
        self._profile = profile
        self._max_image_bytes = max_image_bytes
        schema = file.schema_arrow
        self._image = image_column(schema)
        self._others = [field.name for field in schema if _is_evidence(field.type)]
        self._unread = [field.name for field in schema if _holds_bytes(field.type) and field.name != self._image]
        self._from_img2dataset = profile.name == "img2dataset" and sidecar.STATUS in schema.names
        self._keys: dict[str, int] = {}

    def samples(self) -> Iterator[Sample]:
        first = 0
        for group in range(self._file.num_row_groups):
            rows = self._file.metadata.row_group(group).num_rows
            yield from self._group(group, first, rows)
            first += rows

    def _group(self, group: int, first: int, rows: int) -> Iterator[Sample]:
        columns = self._others + ([self._image] if self._image else [])
        size = ROWS_WITH_IMAGES if self._image else ROWS_WITHOUT
        batches = self._file.iter_batches(size, row_groups=[group], columns=columns, use_threads=False)
        done = 0
        while done < rows:
            try:
                batch = next(batches)
                described = rows_of(batch.select(self._others))
            except (pa.ArrowException, OSError, ValueError, StopIteration) as error:
                yield from self._lost(range(first + done, first + rows), fault_of(error))
                return
            images = batch.column(self._image) if self._image else [None] * len(described)
            for number, image, row in zip(count(first + done), images, described, strict=False):
                yield self._sample(number, image, row)
            done += batch.num_rows

    def _lost(self, numbers: range, why: str) -> Iterator[Sample]:
        self._condition.damaged(f"rows {numbers.start:,} to {numbers.stop - 1:,} are damaged: {why}")
        for number in numbers[:MAX_LOST]:
            detail = f"this part of the Parquet file is damaged: {why}"
            yield Sample(unique_key(f"{number:0{KEY_DIGITS}d}", self._keys), None, Status.TRUNCATED, clean(detail))
        if numbers[MAX_LOST:]:
            detail = f"the footer speaks of {len(numbers) - MAX_LOST} more rows in the damaged part"
            yield Sample(unique_key("more", self._keys), None, Status.TRUNCATED, detail)

    def _sample(self, number: int, cell: pa.Scalar | None, row: dict[str, Any]) -> Sample:
        key = row.pop(sidecar.KEY, None) if self._from_img2dataset else None
        assembly = Assembly(unique_key(clean(str(key)) if key else f"{number:0{KEY_DIGITS}d}", self._keys))
        assembly.add_row(row)
        for name in self._unread:
            assembly.leave_out(name, "not read")
        image, status = self._read_image(assembly, cell, row)
        return assembly.sample(self._profile, image, status)

    def _read_image(
        self, assembly: Assembly, cell: pa.Scalar | None, row: dict[str, Any]
    ) -> tuple[bytes | None, Status]:
        path = None
        if isinstance(cell, pa.StructScalar) and cell.is_valid:
            path = _text(cell["path"]) if "path" in cell else None
            cell = cell["bytes"]
        if path:
            assembly.add_row({"path": path})
        if cell is None or not cell.is_valid:
            status, detail = self._absent(row, path)
            assembly.notes.append(detail)
            return None, status
        content = cell.as_buffer()
        if content.size > self._max_image_bytes:
            assembly.notes.append(f"{content.size} bytes, over the limit of {self._max_image_bytes}")
            return None, Status.TOO_LARGE
        return content.to_pybytes(), Status.OK

    def _absent(self, row: dict[str, Any], path: str | None) -> tuple[Status, str]:
        if self._from_img2dataset:
            return sidecar.outcome(row)
        if self._image is None:
            return Status.NOT_DOWNLOADED, "the table names the image and does not hold it"
        return Status.MISSING, f"the file holds only the path {path!r}" if path else "the image is null"


def _is_evidence(kind: pa.DataType) -> bool:
    if pa.types.is_fixed_size_list(kind):
        return bool(kind.list_size <= MAX_NUMBERS)
    return not _holds_bytes(kind)


def _text(cell: pa.Scalar) -> str | None:
    return decode(cell.as_buffer().to_pybytes()) if cell.is_valid and hasattr(cell, "as_buffer") else None
