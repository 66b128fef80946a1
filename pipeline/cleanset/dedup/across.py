"""Pictures of one set that show the same as pictures of another, by the one definition of match.

The first set is held in memory, the second is read block by block, so memory does not depend on its size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanset.config import MatchConfig
from cleanset.dedup.places import Index, Places
from cleanset.dedup.propose.candidates import Layouts, Share, candidate_pairs
from cleanset.dedup.propose.coded import gather_codes, with_codes
from cleanset.dedup.propose.vectors import near_vectors
from cleanset.dedup.same import SIGNATURE, cosines, same_picture, signatures
from cleanset.embeddings.store import find
from cleanset.features.store import feature_files, read_index
from cleanset.rundir import RunDirectory
from cleanset.schemas import SAMPLE_ID, Detector

COMPARED = ("content_id", "pixel_id", *SIGNATURE)
"""Columns of ``schemas.FEATURES`` that are read here, beside the vectors of an embedding."""
BLOCK = 1 << 14
"""Rows of the second set that are in memory at once: some 200 MB."""
NEAREST = 3
"""Nearest vectors that are told of each picture, block by block."""
_NAME = "U16"


@dataclass(frozen=True, slots=True, eq=False)
class Across:
    """m pairs of a picture of the first set and one of the second.

    Attributes:
        first: int64[m], the row in the first set.
        second: int64[m], the place in the second.
        same: bool[m], whether they are one picture; where not, the vectors of the two are the nearest that were seen.
        detector: str[m], of ``schemas.Detector``.
        distance: float32[m], bits, or 1 - cosine; 0 for equal files and pixels.
    """

    first: Index
    second: Index
    same: NDArray[np.bool_]
    detector: NDArray[np.str_]
    distance: NDArray[np.float32]


def pictures_of(run: RunDirectory, *, vectors: bool) -> Places:
    """The rows of a run's features, with their vectors if asked.

    Raises:
        RunError: the run has no complete extract stage.
    """
    index = read_index(run)
    found = find(run) if vectors else None
    files = feature_files(run, index)
    return Places.of(list(files), [shard.rows for shard in index.read], found.files if found else ())


def have_one_embedder(first: RunDirectory, second: RunDirectory) -> bool:
    """Whether both have vectors, by the same embedder, so that these can be compared."""
    a, b = find(first), find(second)
    return a is not None and b is not None and a.identity.digest() == b.identity.digest()


def across(first: pa.Table, second: Places, thresholds: MatchConfig) -> Iterator[Across]:
    """All pairs that are one picture, and for each picture of the first set its nearest vectors in each block.

    Args:
        first: columns ``COMPARED`` and, with an embedding, ``vector``.
        second: the rows of the other set; their vectors, if any, are of the same embedder.
        thresholds: what is the same.
    """
    for start in range(0, len(second), BLOCK):
        places = np.arange(start, min(start + BLOCK, len(second)))
        block = second.take(places, COMPARED)
        for found in (_equal(first, block), _near(first, block, thresholds), _nearest(first, block)):
            if len(found.first):
                yield Across(found.first, found.second + start, found.same, found.detector, found.distance)


def _equal(first: pa.Table, block: pa.Table) -> Across:
    """Pairs with equal files or, if not, equal pixels."""
    pairs: dict[tuple[int, int], Detector] = {}
    for column, detector in (("pixel_id", Detector.PIXELS), ("content_id", Detector.CONTENT)):
        rows: dict[bytes, list[int]] = {}
        for row, value in enumerate(first[column].to_pylist()):
            if value is not None:
                rows.setdefault(value, []).append(row)
        for place, value in enumerate(block[column].to_pylist()):
            pairs.update(((row, place), detector) for row in rows.get(value, ()))
    at = np.array(sorted(pairs), np.int64).reshape(-1, 2)
    names = np.array([str(pairs[row, place]) for row, place in at.tolist()], _NAME)
    return Across(at[:, 0], at[:, 1], np.ones(len(at), np.bool_), names, np.zeros(len(at), np.float32))


def _near(first: pa.Table, block: pa.Table, thresholds: MatchConfig) -> Across:
    """Pairs that hashes or vectors propose and ``same_picture`` confirms; those with equal pixels included."""
    both = _apart(pa.concat_tables([first.select(block.column_names), block]))
    coded = gather_codes((with_codes(batch, 0) for batch in both.combine_chunks().to_batches()), thresholds.pdq_quality)
    seen = signatures(both)
    by_hash = coded.place[candidate_pairs(coded, Layouts.of(thresholds, both.num_rows), Share())]
    by_vector = near_vectors(seen.vector, thresholds.cosine)
    at = np.unique(np.sort(np.concatenate([by_hash, by_vector]), axis=1), axis=0)
    at = at[(at[:, 0] < first.num_rows) & (at[:, 1] >= first.num_rows)]
    verdicts = same_picture(seen, at[:, 0], seen, at[:, 1], thresholds)
    found = np.flatnonzero(verdicts.same)
    ones = np.ones(len(found), np.bool_)
    return Across(at[found, 0], at[found, 1] - first.num_rows, ones, verdicts.detector[found], verdicts.distance[found])


def _apart(both: pa.Table) -> pa.Table:
    """The rows under names of their own, so that none stands for another of equal pixels."""
    names = pa.array([row.to_bytes(16, "big") for row in range(both.num_rows)], SAMPLE_ID)
    pixels = pa.array(
        [None if value is None else name for name, value in zip(names, both["pixel_id"].to_pylist(), strict=True)],
        SAMPLE_ID,
    )
    place = both.column_names.index("pixel_id")
    return both.set_column(place, "pixel_id", pixels).append_column("sample_id", names)


def _nearest(first: pa.Table, block: pa.Table) -> Across:
    """For each picture of the first set those of the block whose vectors are nearest, whether or not it is the same."""
    x, y = signatures(first.select(block.column_names)), signatures(block)
    rows = np.flatnonzero((x.vector != 0).any(axis=1)) if x.vector.shape[1] else np.zeros(0, np.int64)
    products = x.vector[rows].astype(np.float32) @ y.vector.astype(np.float32).T
    best = np.argsort(-products, axis=1, kind="stable")[:, :NEAREST]
    rows, best = np.repeat(rows, best.shape[1]), best.reshape(-1)
    distance = np.maximum(1 - cosines(x, rows, y, best), 0).astype(np.float32)
    names = np.full(len(rows), str(Detector.EMBEDDING), _NAME)
    return Across(rows, best, np.zeros(len(rows), np.bool_), names, distance)
