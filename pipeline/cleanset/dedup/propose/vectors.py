"""Pairs of pictures with near vectors: by comparing all, or, of many, those that share a cell.

Cells are those of k-means on a sample. A vector lies in the cells of its nearest centers, so two near vectors share one
unless a border runs between them for each of both.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cleanset.dedup.columns import fixed_bytes
from cleanset.dedup.places import VECTOR, Index, Places
from cleanset.dedup.propose.candidates import batches_of
from cleanset.dedup.propose.coded import first_of_equal_pixels

_NAMES = ("sample_id", "pixel_id", "low_information")
ROWS_PER_BATCH = 1 << 12
Vectors = NDArray[np.float16]
ALL_WITH_ALL = 1 << 16
"""Vectors up to which all are compared with all: a minute on one core."""
AT_ONCE = 1 << 11
"""Vectors whose products with as many others are in memory at once: 16 MB."""
PROBES = 4
"""Cells that a vector lies in."""
SAMPLED = 1 << 15
"""Vectors that the cells are trained on."""
ROUNDS = 6
SEED = 11
SLACK = 1e-3
"""How much less than the least cosine is proposed, since the sums of a matrix product depend on its blocks."""


def vector_batches(rows: Places, least: float) -> Iterator[pa.RecordBatch]:
    """``schemas.CANDIDATES``: the pictures of which the vectors have a cosine of ``least`` or more.

    Of equal pixels, which are linked as such, the picture with the least sample_id takes part.
    """
    names, pixels, places = [], [], []
    for place, batch in rows.read(_NAMES, ROWS_PER_BATCH):
        usable = np.flatnonzero(pc.fill_null(pc.invert(batch.column("low_information")), fill_value=False))
        names.append(fixed_bytes(batch.column("sample_id"))[usable])
        pixels.append(fixed_bytes(batch.column("pixel_id").fill_null(bytes(16)))[usable])
        places.append(place + usable)
    if not places:
        return
    at = np.concatenate(places)[first_of_equal_pixels(np.concatenate(names), np.concatenate(pixels))]
    beside = Places(rows.vectors, rows.starts)
    vectors = np.concatenate([vectors_of(batch) for _, batch in beside.read([VECTOR], ROWS_PER_BATCH)])
    yield from batches_of(at[near_vectors(vectors[at], least)])


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

    A row of zeros, which has no picture, is near none.
    """
    found = [np.zeros((0, 2), np.int64)]
    everything = np.arange(len(vectors))
    for members in [everything] if len(vectors) <= ALL_WITH_ALL else _cells(vectors):
        found.extend(_near(vectors, members, least - SLACK))
    return np.unique(np.concatenate(found), axis=0)


def _near(vectors: Vectors, members: Index, least: float) -> Iterator[Index]:
    """The near pairs among ascending rows."""
    for start in range(0, len(members), AT_ONCE):
        block = vectors[members[start : start + AT_ONCE]].astype(np.float32)
        for other in range(start, len(members), AT_ONCE):
            columns = vectors[members[other : other + AT_ONCE]].astype(np.float32)
            left, right = np.nonzero(block @ columns.T >= least)
            pairs = np.stack([members[start + left], members[other + right]], axis=1)
            yield pairs[pairs[:, 0] < pairs[:, 1]]


def _cells(vectors: Vectors) -> Iterator[Index]:
    """The rows of each cell, ascending."""
    centers = _centers(vectors)
    cells = np.empty((len(vectors), PROBES), np.int32)
    for start in range(0, len(vectors), AT_ONCE):
        nearness = vectors[start : start + AT_ONCE].astype(np.float32) @ centers.T
        cells[start : start + AT_ONCE] = np.argpartition(-nearness, PROBES, axis=1)[:, :PROBES]
    order = np.argsort(cells.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(cells.ravel(), minlength=len(centers)))
    yield from np.split(order // PROBES, ends[:-1])


def _centers(vectors: Vectors) -> NDArray[np.float32]:
    """float32[k, dim], of length 1: about the square root of the number of vectors, by spherical k-means."""
    draw = np.random.default_rng(SEED)
    sample = vectors[np.sort(draw.permutation(len(vectors))[:SAMPLED])].astype(np.float32)
    centers = sample[np.sort(draw.permutation(len(sample))[: round(len(vectors) ** 0.5)])]
    for _ in range(ROUNDS):
        nearest = np.concatenate(
            [(sample[i : i + AT_ONCE] @ centers.T).argmax(axis=1) for i in range(0, SAMPLED, AT_ONCE)]
        )
        order = np.argsort(nearest, kind="stable")
        filled, starts = np.unique(nearest[order], return_index=True)
        sums = np.add.reduceat(sample[order], starts, axis=0)
        centers[filled] = sums / np.maximum(np.sqrt((sums * sums).sum(axis=1, keepdims=True)), 1e-6)
    return centers
