"""All pairs of codes within a Hamming distance, found by banding and verified.

Time is linear in codes times bands plus the number of candidates. Memory is linear in codes: candidates are made and
verified in chunks, and pairs are yielded as they are found. A crowded bucket is joined anew on the bits that its
members need not share, so a million codes that agree on one band only cost about one more join. What cannot be
avoided is time in proportion to the number of true pairs.

The join splits over a cluster: a bucket is a (band, key), so a partition may hold any range of keys of any bands, as
long as it holds all codes of each bucket. Every pair is reported by the first band that its codes share, and that
follows from the two codes alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleanset.dedup.bands import Bands, Codes, plan, plan_within

Index = NDArray[np.int64]

CHUNK = 1 << 16
"""Candidates that are compared at once; about 70 bytes each are needed for 256-bit codes, so a chunk stays in the cache."""
HOT = 512
"""Codes in a bucket above which it is joined anew on the remaining bits."""
_FACTORS = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64
)


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
    bands = plan(64 * codes.shape[1], threshold, len(codes), recall)
    return gather(pairs for band in range(len(bands)) for pairs in join_band(codes, bands, band))


def neighbors_between(base: Codes, queries: Codes, threshold: int, recall: float = 1.0) -> Neighbors:
    """Every (row of base, row of queries) within ``threshold`` bits, once, ordered."""
    bands = plan(64 * base.shape[1], threshold, max(len(base), len(queries)), recall)
    return gather(pairs for band in range(len(bands)) for pairs in join_band_between(base, queries, bands, band))


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
    order, same = _buckets(band_keys(codes, bands, band))
    splittable = bool(bands.masks[band].any())
    first, hot = _split_hot(same, splittable=splittable)
    for start, stop in hot:
        rows = np.sort(order[start:stop])
        inner = _remaining(bands, band, len(rows))
        for i in range(len(inner)):
            for pairs in join_band(codes[rows], inner, i):
                yield _first_shared(codes, codes, bands, band, rows[pairs.left], rows[pairs.right], pairs.distance)
    offset = 1
    while len(first):
        for start in range(0, len(first), CHUNK):
            position = first[start : start + CHUNK]
            a, b = order[position], order[position + offset]
            yield _verified(codes, codes, bands, band, np.minimum(a, b), np.maximum(a, b))
        first = first[same[first + offset]]
        offset += 1


def join_band_between(base: Codes, queries: Codes, bands: Bands, band: int) -> Iterator[Neighbors]:
    """(Row of base, row of queries) within the threshold that share a bucket of this band and none of an earlier."""
    if not len(base) or not len(queries):
        return
    keys = np.concatenate([band_keys(base, bands, band), band_keys(queries, bands, band)])
    order, _ = _buckets(keys[: len(base)])
    shift = np.uint64(max(6, 31 - len(base).bit_length()))
    counts = np.bincount((keys[: len(base)] >> shift).astype(np.int64), minlength=(1 << (32 - int(shift))) + 1)
    ends = np.cumsum(counts)
    slot = (keys[len(base) :] >> shift).astype(np.int64)
    size = counts[slot]
    start = ends[slot] - size
    splittable = bool(bands.masks[band].any())
    if splittable and size.max() > HOT:
        yield from _join_hot_between(base, queries, bands, band, (order, slot, start, size))
        size = np.where(size > HOT, 0, size)
    asked = np.flatnonzero(size)
    offset = 0
    while len(asked):
        for at in range(0, len(asked), CHUNK):
            row = asked[at : at + CHUNK]
            yield _verified(base, queries, bands, band, order[start[row] + offset], row)
        offset += 1
        asked = asked[size[asked] > offset]


def _join_hot_between(
    base: Codes, queries: Codes, bands: Bands, band: int, table: tuple[Index, Index, Index, Index]
) -> Iterator[Neighbors]:
    """The crowded buckets of a join, each joined anew on the remaining bits."""
    order, slot, start, size = table
    crowded = np.flatnonzero(size > HOT)
    crowded = crowded[np.argsort(slot[crowded], kind="stable")]
    cuts = np.flatnonzero(np.diff(slot[crowded])) + 1
    for asked in np.split(crowded, cuts):
        rows = order[start[asked[0]] : start[asked[0]] + size[asked[0]]]
        inner = _remaining(bands, band, max(len(rows), len(asked)))
        for i in range(len(inner)):
            for pairs in join_band_between(base[rows], queries[asked], inner, i):
                left, right = rows[pairs.left], asked[pairs.right]
                yield _first_shared(base, queries, bands, band, left, right, pairs.distance)


def _buckets(keys: NDArray[np.uint64]) -> tuple[Index, NDArray[np.bool_]]:
    """Rows in order of their keys, and whether the row at each place has the key of the next; False at the end."""
    packed = (keys << np.uint64(32)) | np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    same = np.zeros(len(keys) + 1, np.bool_)
    np.equal(packed[1:] >> np.uint64(32), packed[:-1] >> np.uint64(32), out=same[: max(0, len(keys) - 1)])
    return (packed & np.uint64(0xFFFFFFFF)).astype(np.int64), same


def _split_hot(same: NDArray[np.bool_], *, splittable: bool) -> tuple[Index, list[tuple[int, int]]]:
    """Places whose next place has the same key, outside crowded buckets; and the crowded buckets' (start, stop)."""
    first = np.flatnonzero(same)
    if not splittable or len(first) < HOT or not (first[HOT - 1 :] - first[: len(first) - HOT + 1] == HOT - 1).any():
        return first, []
    cuts = np.flatnonzero(np.diff(first) > 1) + 1
    starts = first[np.concatenate([[0], cuts])]
    lengths = np.diff(np.concatenate([[0], cuts, [len(first)]]))
    crowded = lengths >= HOT
    hot = [(int(s), int(s + m + 1)) for s, m in zip(starts[crowded], lengths[crowded], strict=True)]
    return first[np.repeat(~crowded, lengths)], hot


def _remaining(bands: Bands, band: int, n: int) -> Bands:
    """A layout for codes that agree on the bits of a band: over the bits outside it."""
    words = bands.masks.shape[1]
    outside = np.unpackbits((~bands.masks[band]).astype("<u8").view(np.uint8), bitorder="little")
    return plan_within(np.flatnonzero(outside), words, bands.threshold, n, bands.recall)


def _verified(base: Codes, queries: Codes, bands: Bands, band: int, left: Index, right: Index) -> Neighbors:
    """The candidates that are within the threshold, less those that an earlier band reports."""
    distance = _weight(base.take(left, axis=0) ^ queries.take(right, axis=0))
    near = distance <= bands.threshold
    return _first_shared(base, queries, bands, band, left[near], right[near], distance[near])


def _first_shared(
    base: Codes, queries: Codes, bands: Bands, band: int, left: Index, right: Index, distance: NDArray[np.uint16]
) -> Neighbors:
    """The pairs that share no bucket of an earlier band.

    A hash collision can put codes into one bucket that differ in the band's bits; such a pair has no band at all or
    is some other band's, and is left to that.
    """
    differs = base.take(left, axis=0) ^ queries.take(right, axis=0)
    alive = np.flatnonzero(~(differs & bands.masks[band]).any(axis=1))
    for mask in bands.masks[:band]:
        if not len(alive):
            break
        alive = alive[(differs.take(alive, axis=0) & mask).any(axis=1)]
    return Neighbors(left[alive], right[alive], distance[alive])


def _weight(bits: Codes) -> NDArray[np.uint16]:
    """Set bits of each row."""
    counts = np.bitwise_count(bits)
    total = counts[:, 0].astype(np.uint16)
    for word in range(1, bits.shape[1]):
        total += counts[:, word]
    return total
