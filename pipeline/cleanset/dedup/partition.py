"""Which partition a row belongs to, and a batch split accordingly."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanset.dedup.columns import fixed_bytes

_MIX = np.uint64(0x9E3779B97F4A7C15)


def partitions_for(rows: int, rows_per_part: int) -> int:
    """The least power of two that keeps the mean partition at or under ``rows_per_part``; 1 for no rows."""
    if rows_per_part < 1:
        raise ValueError(f"rows_per_part is {rows_per_part}, expected at least 1")
    return 1 << max(0, -(-rows // rows_per_part) - 1).bit_length()


def partition_ids(column: pa.Array | pa.ChunkedArray | NDArray[np.uint64], parts: int) -> NDArray[np.uint32]:
    """uint32[n] below ``parts``: equal for equal keys.

    A fixed-size binary column of at least 4 bytes is cut into ``parts`` ranges by its prefix, so partitions follow
    one another in the order of their ids; ids are digests, which spread evenly. uint64 keys are mixed first.

    Raises:
        ValueError: if there is a null, or ``parts`` is not in 1 to 2**32.
    """
    if not 1 <= parts <= 1 << 32:
        raise ValueError(f"parts is {parts}, expected 1 to 2**32")
    if isinstance(column, np.ndarray):
        leading = (column.astype(np.uint64) * _MIX) >> np.uint64(32)
    elif pa.types.is_fixed_size_binary(column.type):
        prefix = np.ascontiguousarray(fixed_bytes(column)[:, :4])
        leading = prefix.view(">u4").reshape(-1).astype(np.uint64)
    else:
        if column.null_count:
            raise ValueError(f"a column of {column.type} has {column.null_count} nulls, expected none")
        leading = (column.to_numpy().astype(np.uint64) * _MIX) >> np.uint64(32)
    return ((leading * np.uint64(parts)) >> np.uint64(32)).astype(np.uint32)


def split(batch: pa.RecordBatch, part_ids: NDArray[np.uint32]) -> dict[int, pa.RecordBatch]:
    """The rows of each partition that has any, in their order, partitions ascending.

    The pieces own their memory: none of them carries the batch along when it is sent.
    """
    order = np.argsort(part_ids, kind="stable")
    parts, starts = np.unique(part_ids[order], return_index=True)
    ends = np.append(starts, len(order))[1:]
    return {
        int(part): batch.take(pa.array(order[start:end])) for part, start, end in zip(parts, starts, ends, strict=True)
    }
