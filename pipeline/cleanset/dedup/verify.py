"""Candidates meet their pictures: first those of ``a``, where these lie, then those of ``b``, which decides.

Rows lie in blocks of consecutive places. A picture travels once to each block that holds one to compare it with, so
memory is that of the pictures of one block, whatever the number of candidates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from cleanset.config import MatchConfig
from cleanset.dedup.columns import rank_ids
from cleanset.dedup.exact import link_table
from cleanset.dedup.places import Index, Places
from cleanset.dedup.same import SIGNATURE, Verdicts, same_picture, signatures
from cleanset.schemas import CANDIDATES, PAIRS

BLOCK = 1 << 13
"""Rows of a block: their pictures are 16 MB."""
COMPARED = ("sample_id", *SIGNATURE)
"""Columns of ``schemas.FEATURES`` that are read here."""
PICTURES = "pictures"
"""Name of the table of pictures that travel: ``COMPARED``, their ``place``, and the ``vector`` where there is one."""
ROWS_PER_BATCH = 1 << 12


def blocks_of(rows: Places) -> int:
    """The number of blocks."""
    return -(-len(rows) // BLOCK)


def with_block(candidates: pa.RecordBatch, side: str) -> pa.RecordBatch:
    """Candidates with the block of their ``a`` or ``b`` as ``part``."""
    return candidates.append_column("part", _block(candidates.column(side).to_numpy()))


def send_pictures(candidates: pa.Table, rows: Places) -> Iterator[pa.RecordBatch]:
    """Candidates and pictures of their ``a``, once for each block of ``b``; each batch with that block as ``part``.

    Args:
        candidates: of ``schemas.CANDIDATES``, those with their ``a`` in one block; repeated ones count once.
        rows: where pictures lie.
    """
    pairs = np.unique(np.stack([candidates[name].to_numpy() for name in ("a", "b")], axis=1), axis=0)
    yield with_block(pa.RecordBatch.from_arrays([pa.array(side) for side in pairs.T], schema=CANDIDATES.arrow), "b")
    asked = np.unique(np.stack([pairs[:, 1] // BLOCK, pairs[:, 0]], axis=1), axis=0)
    places = np.unique(pairs[:, 0])
    pictures = _pictures(rows, places).combine_chunks()
    for start in range(0, len(asked), ROWS_PER_BATCH):
        block, a = asked[start : start + ROWS_PER_BATCH].T
        chosen = pictures.take(pa.array(np.searchsorted(places, a)))
        yield from chosen.append_column("part", pa.array(block.astype(np.uint32))).combine_chunks().to_batches()


def verify(
    candidates: pa.Table, pictures: Iterable[pa.RecordBatch], rows: Places, thresholds: MatchConfig
) -> Iterator[pa.RecordBatch]:
    """``schemas.PAIRS`` of the candidates that are the same picture.

    Args:
        candidates: of ``schemas.CANDIDATES``, those with their ``b`` in one block.
        pictures: batches that hold the pictures of every ``a``, taken one at a time.
        rows: where pictures lie.
        thresholds: what is the same.
    """
    a, b = (candidates[name].to_numpy() for name in ("a", "b"))
    there = _pictures(rows, np.unique(b))
    seen = signatures(there)
    at_b = np.searchsorted(there["place"].to_numpy(), b)
    for batch in pictures:
        place = batch.column("place").to_numpy()
        here = np.flatnonzero(np.isin(a, place))
        at_a = np.searchsorted(place, a[here])
        verdicts = same_picture(signatures(batch), at_a, seen, at_b[here], thresholds)
        ids = batch.column("sample_id").take(pa.array(at_a)), there["sample_id"].take(pa.array(at_b[here]))
        yield from links_of(*ids, verdicts).to_batches()


def links_of(a: pa.Array | pa.ChunkedArray, b: pa.Array | pa.ChunkedArray, verdicts: Verdicts) -> pa.Table:
    """``schemas.PAIRS`` of the aligned samples that are the same picture; a sample is no pair with itself."""
    nodes, (rank_a, rank_b) = rank_ids(a, b)
    linked = np.flatnonzero(verdicts.same & (rank_a != rank_b))
    least, other = np.minimum(rank_a, rank_b)[linked], np.maximum(rank_a, rank_b)[linked]
    return first_of_each(
        link_table(
            nodes.take(pa.array(least)),
            nodes.take(pa.array(other)),
            pa.array(verdicts.detector[linked], PAIRS.arrow.field("detector").type),
            verdicts.distance[linked].astype(np.float64),
        )
    )


def first_of_each(pairs: pa.Table) -> pa.Table:
    """``schemas.PAIRS`` ordered by (a, b), each once, with the least of its distances."""
    ordered = pairs.sort_by([(name, "ascending") for name in ("a", "b", "distance", "detector")]).combine_chunks()
    if ordered.num_rows < 2:  # noqa: PLR2004 - nothing to compare
        return ordered
    _, (a, b) = rank_ids(ordered["a"], ordered["b"])
    new = np.ones(len(a), np.bool_)
    new[1:] = (np.diff(a) != 0) | (np.diff(b) != 0)
    return ordered.filter(pa.array(new))


def _block(places: Index) -> pa.Array:
    return pa.array((places // BLOCK).astype(np.uint32))


def _pictures(rows: Places, places: Index) -> pa.Table:
    """The pictures at ascending places, of the table ``PICTURES``."""
    table = rows.take(places, COMPARED).append_column("place", pa.array(places))
    return table.replace_schema_metadata({"table": PICTURES})
