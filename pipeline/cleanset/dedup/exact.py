"""Links between samples whose files or pixels are equal."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanset.dedup.columns import rank_ids
from cleanset.schemas import PAIRS, Detector


def equal_links(sample_id: pa.Array, key: pa.Array, detector: Detector) -> pa.Table:
    """``schemas.PAIRS``: the least sample of each group of equal keys, linked to each other sample of the group.

    As many links as samples at most, whatever the size of a group. Samples with a null key take no part; rows with
    one sample_id are one sample.
    """
    present = pa.compute.is_valid(key)
    sample_id, key = sample_id.filter(present), key.filter(present)
    nodes, (rank,) = rank_ids(sample_id)
    group = key.dictionary_encode()
    group = (group.combine_chunks() if isinstance(group, pa.ChunkedArray) else group).indices.to_numpy()
    least, other = star(rank, group)
    return link_table(nodes.take(pa.array(least)), nodes.take(pa.array(other)), detector, np.zeros(len(least)))


def exact_links(batch: pa.RecordBatch | pa.Table) -> pa.Table:
    """``schemas.PAIRS`` of the samples of ``batch`` with an equal ``content_id`` or ``pixel_id``."""
    sample_id = batch.column("sample_id")
    return pa.concat_tables(
        [
            equal_links(sample_id, batch.column("content_id"), Detector.CONTENT),
            equal_links(sample_id, batch.column("pixel_id"), Detector.PIXELS),
        ]
    )


def star(rank: NDArray[np.int64], group: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(Least rank of the group, another rank of the group) for every other rank of every group, each once."""
    order = np.lexsort((rank, group))
    rank, group = rank[order], group[order]
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    least = np.repeat(rank[starts], np.diff(np.append(starts, len(group))))
    other = np.flatnonzero((rank != least) & ~((np.diff(rank, prepend=-1) == 0) & (np.diff(group, prepend=-1) == 0)))
    return least[other], rank[other]


def link_table(a: pa.Array, b: pa.Array, detector: str | pa.Array, distance: NDArray[np.float64]) -> pa.Table:
    """``schemas.PAIRS`` from its columns; one detector name stands for every row."""
    if isinstance(detector, str):
        detector = pa.repeat(pa.scalar(str(detector)), len(a))
    return pa.Table.from_arrays([a, b, detector, pa.array(distance, pa.float32())], schema=PAIRS.arrow)
