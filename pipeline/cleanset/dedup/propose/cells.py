"""Near vectors, found among those that share a cell: k-means cells in two levels, and products inside a cell.

Every number is whole: vectors and centers are scaled to int8, and products of such are exact in float32 up to 1,040
dimensions, in whatever order they are summed. So a vector goes to the same cells, and the same pairs are found, on
every machine and for every cut of the work.

A vector goes to its ``PROBES`` nearest cells. Where all fit in one, there is one, and the search is complete.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Small = NDArray[np.int8]
"""int8[n, d]: rows whose largest number is 127, or zeros for no vector."""
Floats = NDArray[np.float32]
Index = NDArray[np.int64]

PROBES = 3
"""Cells of a vector."""
ONE_LEVEL = 1 << 10
"""Cells up to which there is one level."""
ROWS_PER_CELL = 1 << 12
"""Rows of a mean cell, each row counted in all of its cells."""
MOST_CELLS = 1 << 20
CROWDED = 1 << 16
"""Rows of a cell above which it is cut by cells of its own."""
FIRST = 8
"""Rows of a cell that cannot be cut, to which the others are compared."""
MOST_NEAR = 256
"""Earlier rows of a cell that a row is paired with: the nearest."""
BLOCK = 1 << 10
"""Rows of one product."""
SAMPLED = 1 << 16
ROUNDS = 8
SEED = 20_26


def cells_for(rows: int) -> int:
    """Cells for so many vectors: a power of two, 1 where one cell holds them all."""
    if rows <= ROWS_PER_CELL * 2:
        return 1
    return min(MOST_CELLS, 1 << (-(-rows * PROBES // ROWS_PER_CELL) - 1).bit_length())


def sample_for(rows: int) -> int:
    """Vectors that the cells for so many are trained on."""
    return min(rows, max(min(SAMPLED, 64 * cells_for(rows)), 4 * cells_for(rows)))


def shrink(vectors: NDArray[np.floating]) -> Small:
    """The directions of float[n, d] as int8; a vector of zeros stays one."""
    wide = vectors.astype(np.float64)
    most = np.abs(wide).max(axis=1, initial=0, keepdims=True)
    return np.rint(wide * (127 / np.where(most > 0, most, 1))).astype(np.int8)


def lengths(rows: Small) -> Floats:
    """float32[n]: lengths of the rows; 1 for zeros."""
    wide = rows.astype(np.int32)
    return np.asarray(np.sqrt(np.maximum((wide * wide).sum(axis=1), 1)), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Centers of cells in two levels.

    Attributes:
        coarse: int8[c, d].
        fine: int8[c, f, d], the cells of each coarse one. Cell j of coarse cell i is number i * f + j.
    """

    coarse: Small
    fine: Small

    def __len__(self) -> int:
        """The number of cells."""
        return len(self.coarse) * int(self.fine.shape[1])

    @classmethod
    def train(cls, sample: Small, count: int) -> Cells:
        """``count`` cells, a power of two, fitted to a sample of vectors."""
        count = max(1, min(count, 1 << max(0, len(sample).bit_length() - 1)))
        if count <= ONE_LEVEL:
            flat = kmeans(sample, count)
            return cls(flat, flat[:, None])
        top = 1 << (count.bit_length() - 1) // 2
        coarse = kmeans(sample[: 256 * top], top)
        home = nearest(sample, coarse, 1)[:, 0]
        below = count // top
        fine = [kmeans(sample[home == cell], below, coarse[cell]) for cell in range(top)]
        return cls(coarse, np.stack(fine))

    def assign(self, rows: Small, probes: int = PROBES) -> Index:
        """int64[n, p]: the numbers of the nearest cells, p = min(probes, cells)."""
        top, below = self.fine.shape[:2]
        if below == 1 or len(rows) == 0:
            return np.asarray(nearest(rows, self.coarse, probes) * below)
        coarse = nearest(rows, self.coarse, 2 * probes)
        few = min(probes, below)
        score = np.empty((len(rows), coarse.shape[1], few), np.float32)
        cell = np.empty(score.shape, np.int64)
        for way in range(coarse.shape[1]):
            order = np.argsort(coarse[:, way], kind="stable")
            ends = np.searchsorted(coarse[order, way], np.arange(top + 1))
            for home in np.flatnonzero(np.diff(ends)):
                some = order[ends[home] : ends[home + 1]]
                score[some, way], found = _best(rows[some], self.fine[home], few)
                cell[some, way] = found + home * below
        flat = (len(rows), coarse.shape[1] * few)
        chosen = np.argsort(-score.reshape(flat), axis=1, kind="stable")[:, :probes]
        return np.take_along_axis(cell.reshape(flat), chosen, axis=1)


def nearest(rows: Small, centers: Small, count: int) -> Index:
    """int64[n, count]: the numbers of the nearest centers, nearest first; of equal ones the lesser number."""
    count = min(count, len(centers))
    blocks = [_best(rows[start : start + BLOCK], centers, count)[1] for start in range(0, len(rows), BLOCK)]
    return np.concatenate([np.zeros((0, count), np.int64), *blocks])


def _best(rows: Small, centers: Small, count: int) -> tuple[Floats, Index]:
    """The best scores of each row, and the centers that have them."""
    score = (rows.astype(np.float32) @ centers.astype(np.float32).T) / lengths(centers)
    found = np.empty((len(rows), count), np.int64)
    best = np.empty((len(rows), count), np.float32)
    for place in range(count):
        found[:, place] = score.argmax(axis=1)
        best[:, place] = score[np.arange(len(rows)), found[:, place]]
        score[np.arange(len(rows)), found[:, place]] = -np.inf
    return best, found


def kmeans(sample: Small, count: int, fallback: Small | None = None) -> Small:
    """int8[count, d]: spherical k-means, begun with rows drawn with a fixed seed.

    Args:
        sample: rows, any number.
        count: centers wanted; where there are fewer rows, rows repeat.
        fallback: int8[d], what stands for the rows where there is none.
    """
    if not len(sample):
        row = np.zeros((1, sample.shape[1]), np.int8) if fallback is None else fallback[None]
        return np.repeat(row, count, axis=0)
    draw = np.random.default_rng(SEED).permutation(len(sample))
    centers = sample[np.resize(draw, count)]
    for _ in range(ROUNDS if len(sample) > count > 1 else 0):
        home = nearest(sample, centers, 1)[:, 0]
        order = np.argsort(home, kind="stable")
        occupied, starts = np.unique(home[order], return_index=True)
        centers = centers.copy()
        centers[occupied] = shrink(np.add.reduceat(sample[order].astype(np.int32), starts, axis=0))
    return centers


def near_pairs(rows: Small, limit: float, most: int = MOST_NEAR) -> Iterator[Index]:
    """int64[m, 2] pieces: pairs of rows of one cell whose cosine is at least ``limit``, the lesser first.

    Of a row's earlier partners only the ``most`` nearest are told. A crowded cell is cut by cells of its own;
    where these crowd, too, its rows are alike, and each is compared to the ``FIRST`` of them.
    """
    if len(rows) <= CROWDED:
        yield from _products(rows, limit, most)
        return
    cells = Cells.train(rows[:: len(rows) // SAMPLED + 1], cells_for(len(rows)))
    home = cells.assign(rows)
    owner = np.repeat(np.arange(len(rows)), home.shape[1])
    order = np.argsort(home.reshape(-1), kind="stable")
    cuts = np.flatnonzero(np.diff(home.reshape(-1)[order])) + 1
    for some in np.split(owner[order], cuts):
        if len(some) <= CROWDED:
            yield from (some[pairs] for pairs in _products(rows[some], limit, most))
        else:
            yield from (some[pairs] for pairs in _star(rows[some], limit))


def _products(rows: Small, limit: float, most: int) -> Iterator[Index]:
    """Pairs by comparing all with all, in blocks."""
    length = lengths(rows)
    for start in range(0, len(rows), BLOCK):
        later = rows[start : start + BLOCK].astype(np.float32)
        least = np.float32(limit) * length[start : start + BLOCK, None]
        pairs, near = np.zeros((0, 2), np.int64), np.zeros(0, np.float32)
        for base in range(0, start + 1, BLOCK):
            product = later @ rows[base : base + BLOCK].astype(np.float32).T
            product /= length[base : base + BLOCK]
            j, i = np.nonzero(product >= least)
            before = i + base < j + start
            j, i = j[before], i[before]
            pairs = np.concatenate([pairs, np.stack([i + base, j + start], axis=1)])
            near = np.concatenate([near, product[j, i] / length[start + j]])
            if len(pairs) > BLOCK * MOST_NEAR:
                pairs, near = _nearest_only(pairs, near, most)
        yield _nearest_only(pairs, near, most)[0]


def _nearest_only(pairs: Index, near: Floats, most: int) -> tuple[Index, Floats]:
    """Of the pairs of each later row the ``most`` nearest, of equally near ones the first; and how near."""
    order = np.lexsort((pairs[:, 0], -near, pairs[:, 1]))
    pairs, near = pairs[order], near[order]
    starts = np.flatnonzero(np.diff(pairs[:, 1], prepend=-1))
    rank = np.arange(len(pairs)) - np.repeat(starts, np.diff(np.append(starts, len(pairs))))
    return pairs[rank < most], near[rank < most]


def _star(rows: Small, limit: float) -> Iterator[Index]:
    """Pairs of each row and the first ones."""
    first, length = rows[:FIRST].astype(np.float32), lengths(rows)
    for start in range(0, len(rows), BLOCK):
        product = rows[start : start + BLOCK].astype(np.float32) @ first.T / length[:FIRST]
        j, i = np.nonzero(product >= limit * length[start : start + BLOCK, None])
        before = i < j + start
        yield np.stack([i[before], j[before] + start], axis=1)
