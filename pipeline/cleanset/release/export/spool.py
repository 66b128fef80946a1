"""Samples on their way from input shards to shards of an export, on disk: memory is that of a buffer."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from cleanset.release.export.formats import Exported

BUFFER = 128 << 20
"""Bytes of images that wait in memory for the disk."""
_SCHEMA = pa.schema([("order", pa.binary(32)), ("metadata", pa.string()), ("image", pa.large_binary())])


class Spool:
    """One file for each shard of an export, below a folder; samples are added in any order and read back in theirs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[str, list[tuple[bytes, str, bytes]]] = defaultdict(list)
        self._bytes = 0
        self._writers: dict[str, pa.ipc.RecordBatchStreamWriter] = {}

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The files stay as they are; the folder is the caller's to remove."""
        for writer in self._writers.values():
            writer.close()

    def add(self, shard: str, order: bytes, sample: Exported) -> None:
        """Keep a sample for a shard."""
        self._waiting[shard].append((order, json.dumps(sample.metadata, ensure_ascii=True), sample.image))
        self._bytes += len(sample.image)
        if self._bytes >= BUFFER:
            self._flush()

    def finish(self) -> None:
        """Every sample is on disk, and can be read."""
        self._flush()
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def read(self, shard: str) -> Iterator[Exported]:
        """The samples of a shard in their order, from the file itself."""
        file = self._file(shard)
        if not file.exists():
            return
        with pa.memory_map(str(file)) as source:
            rows = pa.ipc.open_stream(source).read_all()
            places = pc.sort_indices(rows["order"].cast(pa.binary())).to_numpy()
            for place in places:
                row: Mapping[str, pa.Scalar] = {name: rows[name][int(place)] for name in ("metadata", "image")}
                yield Exported(json.loads(row["metadata"].as_py()), row["image"].as_py())

    def _flush(self) -> None:
        for shard, rows in self._waiting.items():
            columns = [
                pa.array(list(values), field.type)
                for values, field in zip(zip(*rows, strict=True), _SCHEMA, strict=True)
            ]
            self._writer(shard).write_batch(pa.RecordBatch.from_arrays(columns, schema=_SCHEMA))
        self._waiting.clear()
        self._bytes = 0

    def _writer(self, shard: str) -> pa.ipc.RecordBatchStreamWriter:
        if shard not in self._writers:
            self._writers[shard] = pa.ipc.new_stream(str(self._file(shard)), _SCHEMA)
        return self._writers[shard]

    def _file(self, shard: str) -> Path:
        return self._folder / f"{shard}.arrow"
