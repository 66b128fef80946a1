"""The vectors of an embedding that pictures have, and the near ones among those in memory."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanset.dedup.columns import fixed_bytes
from cleanset.dedup.places import VECTOR, Index
from cleanset.dedup.propose.cells import near_pairs, shrink

Vectors = NDArray[np.float16]
SLACK = 0.01
"""How much less than the least cosine is proposed, since vectors scaled to int8 are a little off."""


def vectors_of(batch: pa.RecordBatch | pa.Table) -> Vectors:
    """float16[n, dim]: the column ``VECTOR``, zeros for null; dim is 0 where there is none."""
    if VECTOR not in batch.schema.names:
        return np.zeros((batch.num_rows, 0), np.float16)
    column = batch.column(VECTOR)
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if column.null_count:
        column = column.fill_null(pa.scalar(bytes(column.type.byte_width), column.type))
    return fixed_bytes(column).view("<f2").astype(np.float16, copy=False)


def near_vectors(vectors: Vectors, least: float) -> Index:
    """int64[m, 2]: rows of vectors float16[n, dim] with a cosine of ``least`` or more, the lesser first, ordered.

    A row of zeros, which has no picture, is near none. Up to ``cells.CROWDED`` rows all are compared with all.
    """
    there = np.flatnonzero(vectors.any(axis=1))
    found = [there[pairs] for pairs in near_pairs(shrink(vectors[there]), least - SLACK)]
    return np.unique(np.concatenate([np.zeros((0, 2), np.int64), *found]), axis=0)
