"""All pairs of codes within a Hamming distance, found by banding and verified.

Time is linear in codes times bands plus the number of candidates. Memory is linear in codes: candidates are made and
verified in chunks, and pairs are yielded as they are found. A band's table is made once for all that is looked up in
it. A crowded bucket is joined anew, once, on the bits in which its members differ: if those crowd too, time is
quadratic in the bucket, and memory still linear. Measured: a million 64-bit codes that share 21 bits take 17 CPU
seconds at distance 6, and 1.3 if they share none.

The join splits over a cluster: a bucket is a (band, key), so a partition may hold any range of keys of any bands, as
long as it holds all codes of each bucket. A pair may be reported by several bands; which, follows from its two codes
alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cleanset.dedup.propose.bands import Bands, Codes, plan, plan_within
from cleanset.dedup.propose.neighbors import Index, Neighbors, gather
from cleanset.dedup.propose.sides import CHUNK, Sides

QUERIES = 1 << 16
"""Codes that are looked up at once."""
FEW = 1 << 14
"""Where so few codes have others left in their buckets, all that is left is compared at once, not place by place."""
BAND_NS = 100_000.0
"""Cost of a band that has next to no codes, in a crowded bucket's own layout."""
HOT = 512
"""Codes in a bucket above which it is joined anew on the remaining bits."""
_HALF, _LOWER = np.uint64(32), np.uint64(0xFFFFFFFF)
LIVELY = 0.05
"""Share of the codes that a bit must set apart to be used."""
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64)


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


def band_keys(codes: Codes, bands: Bands, band: int) -> NDArray[np.uint64]:
    """uint64[n] below 2**32: equal for codes that agree on the band's bits; almost always different otherwise."""
    keys = np.zeros(len(codes), np.uint64)
    for word, mask in enumerate(bands.masks[band]):
        if mask:
            keys += (codes[:, word] & mask) * _FACTORS[word % len(_FACTORS)]
    return keys >> np.uint64(32)


def join_band(codes: Codes, bands: Bands, band: int) -> Iterator[Neighbors]:
    """Pairs of rows within the threshold that agree on this band; one that agrees on others too may be theirs only."""
    yield from BandTable.of(codes, bands, band).join_itself()


def join_band_between(base: Codes, queries: Codes, bands: Bands, band: int) -> Iterator[Neighbors]:
    """(Row of base, row of queries), likewise."""
    yield from BandTable.of(base, bands, band).join(queries)


@dataclass(frozen=True, slots=True, eq=False)
class BandTable:
    """Codes in the order of their keys of one band: made once for all that is looked up in it.

    Attributes:
        codes: the base of the join.
        bands: the layout.
        band: number of the band.
        packed: uint64[n], ascending: the key in the upper half, the row in the lower one.
        starts: int32[slots + 2], for each slot of keys the first place in ``packed``; the last slot is empty.
        shift: bits of a key less the least key that tell rows of one slot apart.
    """

    codes: Codes
    bands: Bands
    band: int
    packed: NDArray[np.uint64]
    starts: NDArray[np.int32]
    shift: np.uint64

    @classmethod
    def of(cls, codes: Codes, bands: Bands, band: int) -> BandTable:
        """The table of the codes."""
        packed = (band_keys(codes, bands, band) << _HALF) | np.arange(len(codes), dtype=np.uint64)
        packed.sort()
        if not len(packed):
            return cls(codes, bands, band, packed, np.zeros(2, np.int32), np.uint64(0))
        keys = packed >> _HALF
        shift = np.uint64(max(0, int(keys[-1] - keys[0]).bit_length() - min(26, len(keys).bit_length() + 1)))
        slots = ((keys - keys[0]) >> shift).astype(np.int64)
        starts = np.concatenate([[0], np.cumsum(np.bincount(slots)), [len(keys)]]).astype(np.int32)
        return cls(codes, bands, band, packed, starts, shift)

    def join_itself(self) -> Iterator[Neighbors]:
        """Pairs of rows within the threshold that agree on the band, the lesser row first."""
        sides = Sides(self.codes, self.codes, self.bands, self.band)
        if sides.is_exhaustive():
            yield from sides.all_pairs(itself=True)
            return
        keys, order = self.packed >> _HALF, self._rows(slice(None))
        same = np.append(keys[1:] == keys[:-1], np.zeros(min(1, len(keys)), np.bool_))
        first, hot = _split_hot(same) if self.bands.splittable else (np.flatnonzero(same), [])
        for start, stop in hot:
            rows = np.sort(order[start:stop])
            inner = _inner_bands(self.codes[rows], self.bands, len(rows))
            for i in range(len(inner)):
                for pairs in join_band(self.codes[rows], inner, i):
                    yield sides.agreeing(rows[pairs.left], rows[pairs.right], pairs.distance)
        offset = 1
        while len(first) > FEW:
            for start in range(0, len(first), CHUNK):
                place = first[start : start + CHUNK]
                a, b = order[place], order[place + offset]
                yield sides.verified(np.minimum(a, b), np.maximum(a, b))
            first = first[same[first + offset]]
            offset += 1
        ends = np.flatnonzero(~same)
        for place, other in _each(first, first + offset, ends[np.searchsorted(ends, first)] + 1):
            a, b = order[place], order[other]
            yield sides.verified(np.minimum(a, b), np.maximum(a, b))

    def join(self, queries: Codes) -> Iterator[Neighbors]:
        """(Row of the base, row of queries) within the threshold that agree on the band."""
        if not len(self.codes) or not len(queries):
            return
        sides = Sides(self.codes, queries, self.bands, self.band)
        if sides.is_exhaustive():
            yield from sides.all_pairs()
            return
        for start in range(0, len(queries), QUERIES):
            yield from self._join_some(sides, np.arange(start, min(start + QUERIES, len(queries))))

    def _join_some(self, sides: Sides, asked: Index) -> Iterator[Neighbors]:
        keys = band_keys(sides.queries[asked[0] : asked[-1] + 1], self.bands, self.band)
        start, size, exact = self._find(keys)
        if self.bands.splittable and exact.any():
            hot = np.flatnonzero(exact & (size > HOT))
            for bucket in _groups_of(start[hot]):
                among = hot[bucket]
                place = slice(start[among[0]], start[among[0]] + size[among[0]])
                yield from self._join_hot(sides, np.sort(self._rows(place)), asked[among])
            size[hot] = 0
        left = np.flatnonzero(size)
        offset = 0
        while len(left) > FEW:
            for at in range(0, len(left), CHUNK):
                some = left[at : at + CHUNK]
                yield self._looked_up(sides, asked, keys, some, start.take(some) + offset)
            offset += 1
            left = left[size[left] > offset]
        for some, places in _each(left, start[left] + offset, start[left] + size[left]):
            yield self._looked_up(sides, asked, keys, some, places)

    def _looked_up(self, sides: Sides, asked: Index, keys: NDArray[np.uint64], some: Index, places: Index) -> Neighbors:
        """The pairs of ``asked[some]`` and what is at these places of the table."""
        found = self.packed.take(places)
        equal = np.flatnonzero(found >> _HALF == keys.take(some))
        return sides.verified((found.take(equal) & _LOWER).astype(np.int64), asked.take(some.take(equal)))

    def _join_hot(self, sides: Sides, rows: Index, asked: Index) -> Iterator[Neighbors]:
        """The pairs of one crowded bucket."""
        base, queries = self.codes[rows], sides.queries[asked]
        inner = _inner_bands(base, self.bands, math.isqrt(2 * len(rows) * len(asked)) + 1)
        for i in range(len(inner)):
            for pairs in join_band_between(base, queries, inner, i):
                yield sides.agreeing(rows[pairs.left], asked[pairs.right], pairs.distance)

    def _rows(self, places: slice) -> Index:
        return (self.packed[places] & _LOWER).astype(np.int64)

    def _find(self, keys: NDArray[np.uint64]) -> tuple[Index, Index, NDArray[np.bool_]]:
        """Where rows with these keys lie: first place, number of places, and whether all of them have the key."""
        least = self.packed[0] >> _HALF
        # The difference wraps around for a lesser key, so that it is in the last slot, which is empty.
        slot = np.minimum((keys - least) >> self.shift, np.uint64(len(self.starts) - 2)).astype(np.int64)
        start = self.starts.take(slot).astype(np.int64)
        size = self.starts.take(slot + 1) - start
        exact = size > HOT
        crowded = np.flatnonzero(exact)
        if len(crowded):
            key = keys[crowded] << _HALF
            start[crowded] = np.searchsorted(self.packed, key)
            size[crowded] = np.searchsorted(self.packed, key | _LOWER, side="right") - start[crowded]
        return start, size, exact


def _each(some: Index, start: Index, stop: Index) -> Iterator[tuple[Index, Index]]:
    """Each of ``some`` with each place from its start to its stop, about ``CHUNK`` pairs at a time."""
    count = stop - start
    for piece in np.split(np.arange(len(some)), np.flatnonzero(np.diff(np.cumsum(count) // CHUNK)) + 1):
        many = count[piece]
        before = np.cumsum(many) - many
        yield np.repeat(some[piece], many), np.arange(many.sum()) + np.repeat(start[piece] - before, many)


def _groups_of(values: Index) -> Iterator[Index]:
    """The places of each different value; they ascend."""
    order = np.argsort(values, kind="stable")
    if len(order):
        yield from np.split(order, np.flatnonzero(np.diff(values[order])) + 1)


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


def _inner_bands(codes: Codes, bands: Bands, n: int) -> Bands:
    """A layout for n codes of a crowded bucket: over the bits in which ``codes``, some of them, really differ."""
    inner = plan_within(_lively(codes), codes.shape[1], bands.threshold, n, bands.recall, band_ns=BAND_NS)
    return replace(inner, splittable=False)


def _lively(codes: Codes) -> Index:
    """Positions of the bits that set some of the codes apart, by up to some 8,000 of them."""
    sample = codes[:: max(1, len(codes) // 4096)]
    if not len(sample):
        return np.arange(64 * codes.shape[1])
    ones = np.unpackbits(sample.astype("<u8").view(np.uint8), axis=1, bitorder="little").mean(axis=0)
    return np.flatnonzero(np.minimum(ones, 1 - ones) >= LIVELY)
