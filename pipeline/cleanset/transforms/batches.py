"""The coder of the one element type that crosses a shuffle: an Arrow record batch."""

from __future__ import annotations

from collections.abc import Iterable

import apache_beam as beam
import pyarrow as pa
from apache_beam.coders.typecoders import registry

from cleanset.transforms.spill import current_spill

COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4")
"""A runner that keeps what it shuffles in memory keeps half of it, for a hundredth of the time of making it."""


INLINE, SPILLED = b"\0", b"\1"
"""First byte of an encoded batch: the batch follows, or its place in the file of this process."""
SPILLED_FROM = 1 << 12
"""Bytes of an encoded batch from which it is worth a place in a file."""


class RecordBatchCoder(beam.coders.Coder):
    """Record batches as Arrow IPC streams.

    Beam would pickle them, and a pickled slice carries the whole batch that it was cut from.
    """

    def encode(self, value: pa.RecordBatch) -> bytes:
        """One IPC stream of one batch, or its place."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, value.schema, options=COMPRESSED) as writer:
            writer.write_batch(value)
        stream = sink.getvalue()
        spill = current_spill()
        if spill is not None and stream.size >= SPILLED_FROM:
            return SPILLED + spill.put(memoryview(stream))
        return INLINE + stream.to_pybytes()

    def decode(self, encoded: bytes) -> pa.RecordBatch:
        """The batch of the stream."""
        spill = current_spill()
        is_place = encoded[:1] == SPILLED
        stream = spill.get(encoded[1:]) if spill is not None and is_place else memoryview(encoded)[1:]
        with pa.ipc.open_stream(stream) as reader:
            return reader.read_next_batch()

    def estimate_size(self, value: pa.RecordBatch) -> int:
        """Bytes in memory; Beam's default encodes the batch once more to measure it."""
        return int(value.nbytes)

    def is_deterministic(self) -> bool:
        """Batches are never keys."""
        return False

    def to_type_hint(self) -> type:
        """The type this coder is registered for."""
        return pa.RecordBatch


registry.register_coder(pa.RecordBatch, RecordBatchCoder)


def of_table(grouped: Iterable[pa.RecordBatch]) -> dict[str, pa.Table]:
    """The batches of a partition as one table for each schema they are of, by the schema's name."""
    by_name: dict[str, list[pa.RecordBatch]] = {}
    for batch in grouped:
        by_name.setdefault(table_name(batch), []).append(batch)
    return {name: pa.Table.from_batches(batches) for name, batches in by_name.items()}


def table_name(batch: pa.RecordBatch) -> str:
    """Name of the table that the batch is of, which its schema carries."""
    return str(batch.schema.metadata[b"table"].decode())
