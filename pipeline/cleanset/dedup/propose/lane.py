"""What goes into cells: of every picture its vectors, of equal pixels one picture.

A *lane* is one way to give a picture vectors: descriptors of its views, or the vector of an embedding. The steps are
the same for both: `distinct` chooses the pictures, `Lane.cell_rows` sends their vectors to cells, `join_cells` finds
the near ones of a cell.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cleanset.dedup.columns import fixed_bytes, rank_ids
from cleanset.dedup.places import VECTOR, Index, Places
from cleanset.dedup.propose import cells as k_means
from cleanset.dedup.propose.candidates import batches_of
from cleanset.dedup.propose.cells import MOST_NEAR, Cells, Small, near_pairs, sample_for, shrink
from cleanset.dedup.propose.descriptors import DESCRIBED, DIM, describe_views
from cleanset.dedup.propose.vectors import SLACK

CHOSEN_FROM = ("sample_id", "pixel_id", "low_information")
"""Columns of ``schemas.FEATURES`` by which pictures are chosen."""
ROWS_PER_BATCH = 1 << 14
PART_BYTES = 1 << 28
"""Mean size of a partition of cells."""
SAMPLED_FILES = 256
FEW = 100_000
STEP = 0.05
"""Rows up to which the least cosine is the one that was asked for, and what is added for ten times as many."""
LOOKED_AT = 8
"""Partners of a row that an embedding proposes in a cell."""
CELL_ROWS, CHOSEN = "cell_rows", "chosen"
"""Names of the tables that travel: a vector in a cell, and a picture that takes part."""


class Kind(StrEnum):
    """What the vectors are of."""

    VIEWS = "views"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True)
class Lane:
    """Vectors of pictures, and how near two must be.

    Attributes:
        kind: what the vectors are of.
        rows: files in which they lie, at the places of the features.
        dim: numbers of a vector.
        limit: least cosine of a candidate pair.
        most: of a row's earlier partners in a cell, the nearest so many are candidates.
    """

    kind: Kind
    rows: Places
    dim: int
    limit: float
    most: int = MOST_NEAR

    @classmethod
    def of_vectors(cls, rows: Places, dim: int, cosine: float) -> Lane:
        """The vectors of an embedding. ``cosine``: the least at which a pair is worth a look, where rows are few.

        A pair that hashes do not settle is laid on each other, at some 7 CPU ms. The chance that a picture resembles
        one of many grows with their number, so the least cosine does, and only the nearest partners are looked at: what
        a row costs stays bounded at any number of rows.
        """
        decades = max(0.0, math.log10(max(len(rows), 1) / FEW))
        return cls(Kind.EMBEDDING, rows, dim, cosine + STEP * decades - SLACK, LOOKED_AT)

    @classmethod
    def of_views(cls, rows: Places, limit: float) -> Lane:
        """Descriptors of all views, from the features."""
        return cls(Kind.VIEWS, rows, DIM, limit)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that are read."""
        return DESCRIBED if self.kind is Kind.VIEWS else (VECTOR,)

    def parts(self) -> int:
        """Partitions of cells."""
        return parts_for(len(self.rows), self.dim)

    def vectors(self, batch: pa.RecordBatch) -> tuple[Index, Small]:
        """int64[m], rows of the batch, and int8[m, dim], their vectors; a row without any is left out."""
        present = np.flatnonzero(pc.is_valid(batch.column(self.columns[0])).to_numpy(zero_copy_only=False))
        there = batch.take(pa.array(present))
        if self.kind is Kind.VIEWS:
            row, small = describe_views(there)
            return present[row], small
        wide = fixed_bytes(there.column(VECTOR)).view("<f2").astype(np.float32)
        return present, shrink(wide)

    def train(self) -> Cells:
        """Cells fitted to vectors from places that are spread evenly over at most 256 files."""
        wanted, count = sample_for(len(self.rows)), len(self.rows.files)
        files = np.unique(np.linspace(0, max(0, count - 1), min(SAMPLED_FILES, count)).astype(np.int64))
        chunks = [small for number in files for small in self._sample(int(number), -(-wanted // len(files)))]
        sample = np.concatenate([np.zeros((0, self.dim), np.int8), *chunks])
        shuffled = sample[np.random.default_rng(k_means.SEED).permutation(len(sample))]
        return Cells.train(shuffled, k_means.cells_for(len(self.rows)))

    def _sample(self, number: int, count: int) -> Iterator[Small]:
        """Vectors of places that are spread evenly over a file."""
        start, end = self.rows.starts[number], self.rows.starts[number + 1]
        if end > start:
            places = np.unique(np.linspace(start, end - 1, min(count, end - start)).astype(np.int64))
            for batch in self.rows.take(places, self.columns).combine_chunks().to_batches():
                yield self.vectors(batch)[1]

    def cell_rows(self, number: int, places: Index, cells: Cells) -> Iterator[pa.RecordBatch]:
        """(part, cell, place, vector) of the pictures at these ascending places of one file, once for each cell."""
        for place, batch in self.rows.read_file(number, self.columns, ROWS_PER_BATCH):
            here = places[(places >= place) & (places < place + batch.num_rows)]
            row, small = self.vectors(batch.take(pa.array(here - place)))
            if len(row):
                yield _cell_batch(here[row], small, cells, self.parts())


def parts_for(rows: int, dim: int) -> int:
    """Partitions of the cells of so many rows: as many as cells at most."""
    total = rows * k_means.PROBES * (dim + 16)
    return min(k_means.cells_for(rows), 1 << max(0, -(-total // PART_BYTES) - 1).bit_length())


def distinct(rows: pa.Table) -> Index:
    """int64[m], ascending: the places, of equal pixels that of the least sample_id."""
    _, (sample,) = rank_ids(rows["sample_id"])
    pixels = np.asarray(rows["pixel_id"].combine_chunks().dictionary_encode().indices.to_numpy(), np.int64)
    place = rows["place"].to_numpy()
    order = np.lexsort((place, sample, pixels))
    return np.sort(place[order[np.flatnonzero(np.diff(pixels[order], prepend=-1))]])


def choosable(batch: pa.RecordBatch, place: int) -> pa.RecordBatch:
    """The pictures that are not too flat, with their ``place``; ``place`` is that of the first row."""
    usable = pc.fill_null(pc.invert(batch.column("low_information")), fill_value=False)
    places = pa.array(np.arange(place, place + batch.num_rows))
    chosen = batch.select(["sample_id", "pixel_id"]).append_column("place", places)
    return chosen.filter(pc.and_(usable, pc.is_valid(batch.column("pixel_id"))))


def join_cells(rows: pa.Table, limit: float, most: int) -> Iterator[pa.RecordBatch]:
    """``schemas.CANDIDATES`` of the near vectors of each cell of a partition, of two places the lesser as ``a``."""
    cell, place = (rows[name].to_numpy() for name in ("cell", "place"))
    small = fixed_bytes(rows["vector"]).view(np.int8)
    order = np.lexsort((place, cell))
    for some in np.split(order, np.flatnonzero(np.diff(cell[order])) + 1):
        for pairs in near_pairs(small[some], limit, most):
            found = place[some][pairs]
            yield from batches_of(found[found[:, 0] != found[:, 1]])


def _cell_batch(place: Index, small: Small, cells: Cells, parts: int) -> pa.RecordBatch:
    """One row for each vector and cell."""
    found = cells.assign(small)
    cell = found.reshape(-1)
    part: NDArray[np.int64] = cell * parts // len(cells)
    again = np.repeat(np.arange(len(small)), found.shape[1])
    vector = np.ascontiguousarray(small[again])
    kind = pa.binary(small.shape[1])
    packed = pa.FixedSizeBinaryArray.from_buffers(kind, len(vector), [None, pa.py_buffer(vector)])
    columns = {"part": pa.array(part.astype(np.uint32)), "cell": pa.array(cell), "place": pa.array(place[again])}
    batch = pa.RecordBatch.from_pydict({**columns, "vector": packed})
    return batch.replace_schema_metadata({"table": CELL_ROWS})


def chosen_places(places: Index, rows: Places) -> pa.RecordBatch:
    """Places with the number of their file as ``part``."""
    file = np.searchsorted(rows.starts, places, side="right") - 1
    batch = pa.RecordBatch.from_pydict({"part": pa.array(file.astype(np.uint32)), "place": pa.array(places)})
    return batch.replace_schema_metadata({"table": CHOSEN})
