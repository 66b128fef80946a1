"""All pairs of codes within a Hamming distance, found by banding and verified.

Time is linear in codes times bands plus the number of candidates. Memory is linear in codes: candidates are made and
verified in chunks, and pairs are yielded as they are found. A crowded bucket is joined anew, once, on the bits in
which its members differ: if those crowd too, time is quadratic in the bucket, and memory still linear. Measured: a
million 64-bit codes that share 21 bits take 17 CPU seconds at distance 6, and 1.3 if they share none.

The join splits over a cluster: a bucket is a (band, key), so a partition may hold any range of keys of any bands, as
long as it holds all codes of each bucket. Every pair is reported by the first band that its codes share, and that
follows from the two codes alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cleanset.dedup.bands import Bands, Codes, plan, plan_within

Index = NDArray[np.int64]

CHUNK = 1 << 16
"""Candidates that are compared at once: about 5 MB of 256-bit codes, which stay in the cache."""
HOT = 512
"""Codes in a bucket above which it is joined anew on the remaining bits."""
LIVELY = 0.05
"""Share of the codes that a bit must set apart to be used."""
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Neighbors:
    """Pairs of rows and the bits in which their codes differ.

    Attributes:
        left: int64[m], rows; of a self-join, always less than ``right``; of a join, rows of the base.
        right: int64[m], rows; of a join, rows of the queries.
        distance: uint16[m], bits.
    """

    left: Index
    right: Index
    distance: NDArray[np.uint16]

    def __len__(self) -> int:
        """The number of pairs."""
        return len(self.left)


def neighbors(codes: Codes, threshold: int, recall: float = 1.0) -> Neighbors:
    """Every pair of rows within ``threshold`` bits, once, ordered by (left, right).

    ``codes`` is uint64[n, w]. Make it unique first: n equal rows are n * (n - 1) / 2 pairs.
    """
    bands = fitted(codes, threshold, len(codes), recall)
    return gather(pairs for band in range(len(bands)) for pairs in join_band(codes, bands, band))


def neighbors_between(base: Codes, queries: Codes, threshold: int, recall: float = 1.0) -> Neighbors:
    """Every (row of base, row of queries) within ``threshold`` bits, once, ordered."""
    bands = fitted(base, threshold, max(len(base), len(queries)), recall)
    return gather(pairs for band in range(len(bands)) for pairs in join_band_between(base, queries, bands, band))


def fitted(codes: Codes, threshold: int, n: int, recall: float = 1.0) -> Bands:
    """A layout for n codes of which ``codes`` are some: as `plan`, without bits that are the same in nearly all."""
    positions = _lively(codes)
    if len(positions) < 32 * codes.shape[1]:
        return plan(64 * codes.shape[1], threshold, n, recall)
    return plan_within(positions, codes.shape[1], threshold, n, recall)


def gather(chunks: Iterator[Neighbors]) -> Neighbors:
    """All chunks as one, ordered by (left, right)."""
    found = [chunk for chunk in chunks if len(chunk)]
    if not found:
        return Neighbors(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.uint16))
    left, right = (np.concatenate([getattr(chunk, side) for chunk in found]) for side in ("left", "right"))
    order = np.lexsort((right, left))
    return Neighbors(left[order], right[order], np.concatenate([chunk.distance for chunk in found])[order])


def distances(a: Codes, b: Codes) -> NDArray[np.uint16]:
    """Bits in which aligned rows of uint64[n, w] differ."""
    return _weight(a ^ b)


def band_keys(codes: Codes, bands: Bands, band: int) -> NDArray[np.uint64]:
    """uint64[n] below 2**32: equal for codes that agree on the band's bits; almost always different otherwise."""
    keys = np.zeros(len(codes), np.uint64)
    for word, mask in enumerate(bands.masks[band]):
        if mask:
            keys += (codes[:, word] & mask) * _FACTORS[word % len(_FACTORS)]
    return keys >> np.uint64(32)


def join_band(codes: Codes, bands: Bands, band: int) -> Iterator[Neighbors]:
    """Pairs of rows within the threshold that share a bucket of this band and none of an earlier band."""
    sides = _Sides(codes, codes, bands, band)
    order, same = _buckets(band_keys(codes, bands, band))
    first, hot = _split_hot(same) if bands.splittable else (np.flatnonzero(same), [])
    for start, stop in hot:
        rows = np.sort(order[start:stop])
        inner = _inner_bands(codes[rows], bands)
        for i in range(len(inner)):
            for pairs in join_band(codes[rows], inner, i):
                yield sides.first_shared(rows[pairs.left], rows[pairs.right], pairs.distance)
    offset = 1
    while len(first):
        for start in range(0, len(first), CHUNK):
            place = first[start : start + CHUNK]
            a, b = order[place], order[place + offset]
            yield sides.verified(np.minimum(a, b), np.maximum(a, b))
        first = first[same[first + offset]]
        offset += 1


def join_band_between(base: Codes, queries: Codes, bands: Bands, band: int) -> Iterator[Neighbors]:
    """(Row of base, row of queries) within the threshold that share a bucket of this band and none of an earlier."""
    if not len(base) or not len(queries):
        return
    sides = _Sides(base, queries, bands, band)
    table = _lookup(band_keys(base, bands, band), band_keys(queries, bands, band))
    size = table.size
    if bands.splittable and len(table.crowded):
        for rows, asked in table.hot_buckets():
            inner = _inner_bands(base[rows], bands)
            for i in range(len(inner)):
                for pairs in join_band_between(base[rows], queries[asked], inner, i):
                    yield sides.first_shared(rows[pairs.left], asked[pairs.right], pairs.distance)
        size = np.where(size > HOT, 0, size)
    asked = np.flatnonzero(size)
    offset = 0
    while len(asked):
        for at in range(0, len(asked), CHUNK):
            row = asked[at : at + CHUNK]
            yield sides.verified(table.order[table.start[row] + offset], row)
        offset += 1
        asked = asked[size[asked] > offset]


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """Two sides of a join, and the band in which they are joined."""

    base: Codes
    queries: Codes
    bands: Bands
    band: int

    def verified(self, left: Index, right: Index) -> Neighbors:
        """The candidates that are within the threshold, less those that are another band's to report."""
        distance = _weight(self.base.take(left, axis=0) ^ self.queries.take(right, axis=0))
        near = distance <= self.bands.threshold
        return self.first_shared(left[near], right[near], distance[near])

    def first_shared(self, left: Index, right: Index, distance: NDArray[np.uint16]) -> Neighbors:
        """The pairs that agree in this band and in no earlier one.

        A collision of keys can bring codes together that differ in the band's bits: they are no pair of this band.
        """
        differs = self.base.take(left, axis=0) ^ self.queries.take(right, axis=0)
        alive = np.flatnonzero(~(differs & self.bands.masks[self.band]).any(axis=1))
        for mask in self.bands.masks[: self.band]:
            if not len(alive):
                break
            alive = alive[(differs.take(alive, axis=0) & mask).any(axis=1)]
        return Neighbors(left[alive], right[alive], distance[alive])


@dataclass(frozen=True, slots=True, eq=False)
class _Lookup:
    """Where the rows of the base with a query's key lie: ``order[start[q] : start[q] + size[q]]`` for query q.

    Some rows of other keys may lie among them, unless the query is one of ``crowded``.
    """

    order: Index
    start: Index
    size: Index
    crowded: Index

    def hot_buckets(self) -> Iterator[tuple[Index, Index]]:
        """(Rows of the base, queries) of each bucket of more than ``HOT`` rows; both ascend."""
        queries = self.crowded[self.size[self.crowded] > HOT]
        queries = queries[np.argsort(self.start[queries], kind="stable")]
        for asked in np.split(queries, np.flatnonzero(np.diff(self.start[queries])) + 1):
            if len(asked):
                start = self.start[asked[0]]
                yield np.sort(self.order[start : start + self.size[asked[0]]]), asked


def _lookup(base: NDArray[np.uint64], queries: NDArray[np.uint64]) -> _Lookup:
    """Where queries find the rows of the base: through a table of slots, and by exact keys where a slot is crowded."""
    order, _ = _buckets(base)
    least, greatest = base[order[0]], base[order[-1]]
    shift = np.uint64(max(0, int(greatest - least).bit_length() - min(26, len(base).bit_length() + 1)))
    counts = np.append(np.bincount(((base - least) >> shift).astype(np.int64)), 0)
    # The difference wraps around for a lesser key, so that it is in the last slot, which is empty.
    slot = np.minimum((queries - least) >> shift, np.uint64(len(counts) - 1)).astype(np.int64)
    start, size = (np.cumsum(counts) - counts)[slot], counts[slot]
    crowded = np.flatnonzero(size > HOT)
    if len(crowded):
        keys = base[order]
        start[crowded] = np.searchsorted(keys, queries[crowded])
        size[crowded] = np.searchsorted(keys, queries[crowded], side="right") - start[crowded]
    return _Lookup(order, start, size, crowded)


def _buckets(keys: NDArray[np.uint64]) -> tuple[Index, NDArray[np.bool_]]:
    """Rows in order of their keys, and whether the row at each place has the key of the next; False at the end."""
    packed = (keys << np.uint64(32)) | np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    same = np.zeros(len(keys) + 1, np.bool_)
    np.equal(packed[1:] >> np.uint64(32), packed[:-1] >> np.uint64(32), out=same[: max(0, len(keys) - 1)])
    return (packed & np.uint64(0xFFFFFFFF)).astype(np.int64), same


def _split_hot(same: NDArray[np.bool_]) -> tuple[Index, list[tuple[int, int]]]:
    """Places whose next place has the same key, outside crowded buckets; and the crowded buckets' (start, stop)."""
    first = np.flatnonzero(same)
    if not (first[HOT - 1 :] - first[: max(0, len(first) - HOT + 1)] == HOT - 1).any():
        return first, []
    cuts = np.flatnonzero(np.diff(first) > 1) + 1
    starts = first[np.concatenate([[0], cuts])]
    lengths = np.diff(np.concatenate([[0], cuts, [len(first)]]))
    crowded = lengths >= HOT
    hot = [(int(s), int(s + m + 1)) for s, m in zip(starts[crowded], lengths[crowded], strict=True)]
    return first[np.repeat(~crowded, lengths)], hot


def _inner_bands(codes: Codes, bands: Bands) -> Bands:
    """A layout for the codes of a crowded bucket: over the bits in which they really differ."""
    inner = plan_within(_lively(codes), codes.shape[1], bands.threshold, len(codes), bands.recall)
    return replace(inner, splittable=False)


def _lively(codes: Codes) -> Index:
    """Positions of the bits that set some of the codes apart, by up to some 8,000 of them."""
    sample = codes[:: max(1, len(codes) // 4096)]
    if not len(sample):
        return np.arange(64 * codes.shape[1])
    ones = np.unpackbits(sample.astype("<u8").view(np.uint8), axis=1, bitorder="little").mean(axis=0)
    return np.flatnonzero(np.minimum(ones, 1 - ones) >= LIVELY)


def _weight(bits: Codes) -> NDArray[np.uint16]:
    """Set bits of each row."""
    counts = np.bitwise_count(bits)
    total = counts[:, 0].astype(np.uint16)
    for word in range(1, bits.shape[1]):
        total += counts[:, word]
    return total
