"""Pairs of pictures that are worth comparing: those with a near hash in some orientation.

Codes are joined as distinct codes; a pair of near codes stands for all pairs of pictures that have them, which are
proposed in full where they are few, and against the first pictures of a code where a code is crowded: time and memory
stay linear.

The work splits into shares. A share is some bands of the layouts and one range of their keys; it holds every code with
such a key, so it sees whole buckets, and what it finds does not depend on how many shares there are. Layouts follow
from the thresholds and the number of pictures alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanset.config import MatchConfig
from cleanset.dedup.columns import codes_of, sort_rows
from cleanset.dedup.partition import partitions_for
from cleanset.dedup.places import Index
from cleanset.dedup.propose.bands import Bands, Codes, plan
from cleanset.dedup.propose.coded import Coded
from cleanset.dedup.propose.hamming import BandTable, band_keys
from cleanset.dedup.propose.neighbors import Gathered, Neighbors
from cleanset.dedup.views import views_of
from cleanset.schemas import CANDIDATES

CROWDED = 64
"""Pictures with one code above which the others of a code are tried against its first ``FIRST`` only."""
FIRST = 8
TURNS = (1, 2, 4, 5, 6, 7)
"""Orientations to look up. A quarter turn back (3) is the other picture's quarter turn (1)."""
EXPANDED = 1 << 20
"""Pairs of pictures that are made of pairs of codes at once."""
ROWS_PER_BATCH = 1 << 16
ROWS_AT_ONCE = 1 << 22
"""Pictures whose codes a share may hold: 1.3 GB. Where there are more, ranges of keys are cut."""
KINDS = 2 + len(TURNS)
"""Codes of a picture that are looked up in each band of their layout."""


@dataclass(frozen=True, slots=True)
class Share:
    """Some of the buckets: every ``groups``-th band, and of their keys one of ``ranges`` equal ranges."""

    group: int = 0
    groups: int = 1
    part: int = 0
    ranges: int = 1

    def bands(self, layout: Bands) -> range:
        """Numbers of the bands."""
        return range(self.group, len(layout), self.groups)

    def holds(self, codes: Codes, layout: Bands, band: int) -> NDArray[np.bool_]:
        """bool[n]: whether the codes' keys of a band are in the range."""
        if self.ranges == 1:
            return np.ones(len(codes), np.bool_)
        keys = band_keys(codes, layout, band)
        return np.asarray((keys * np.uint64(self.ranges)) >> np.uint64(32) == self.part, np.bool_)

    def touches(self, codes: Codes, layout: Bands) -> NDArray[np.bool_]:
        """bool[n]: whether any of the codes' buckets is in the share."""
        touched = np.zeros(len(codes), np.bool_)
        for band in self.bands(layout):
            touched |= self.holds(codes, layout, band)
        return touched


@dataclass(frozen=True, slots=True)
class Layouts:
    """The bands of both hashes."""

    phash: Bands
    pdq: Bands

    @classmethod
    def of(cls, thresholds: MatchConfig, count: int) -> Layouts:
        """The layouts for so many pictures."""
        return cls(
            plan(64, thresholds.phash_bits, count, thresholds.recall),
            plan(256, thresholds.pdq_bits, count, thresholds.recall),
        )


def shares_for(count: int, layouts: Layouts, *, workers: int, rows_at_once: int = ROWS_AT_ONCE) -> list[Share]:
    """Shares that hold at most ``rows_at_once`` of ``count`` pictures each, and are at least ``workers``.

    Where one range of keys is enough, a share holds every picture, whatever its bands, so there are no more shares than
    workers. Where it is not, each share is one band of each layout.
    """
    bands = max(len(layouts.phash), len(layouts.pdq))
    ranges = 1 if count <= rows_at_once else partitions_for(KINDS * count, rows_at_once)
    groups = min(workers, bands) if ranges == 1 else bands
    return [Share(group, groups, part, ranges) for group in range(groups) for part in range(ranges)]


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """Rows grouped by their code: distinct codes, and the rows of code i at ``rows[starts[i]:starts[i + 1]]``."""

    codes: Codes
    rows: Index
    starts: Index

    def sizes(self) -> Index:
        """int64[codes], rows of each code."""
        return np.diff(self.starts)


def candidate_pairs(coded: Coded, layouts: Layouts, share: Share) -> Index:
    """int64[m, 2]: pairs of rows of ``coded`` that the share proposes, the lesser first; each once, ordered."""
    chunks = [np.zeros(0, np.uint64)]
    for sides, layout in _joins(coded, layouts):
        for side, near in zip(sides, _near(sides, layout, share), strict=True):
            chunks.extend(np.unique(_packed(pairs)) for pairs in _expand(sides[0], side, near))
    packed = np.unique(np.concatenate(chunks))
    return np.stack([packed >> np.uint64(32), packed & np.uint64(0xFFFFFFFF)], axis=1).astype(np.int64)


def candidate_batches(coded: Coded, layouts: Layouts, share: Share) -> Iterator[pa.RecordBatch]:
    """``schemas.CANDIDATES`` that the share proposes; ``a`` is the place of the lesser sample_id."""
    yield from batches_of(coded.place[candidate_pairs(coded, layouts, share)])


def batches_of(pairs: Index) -> Iterator[pa.RecordBatch]:
    """``schemas.CANDIDATES`` of places int64[m, 2]."""
    for start in range(0, len(pairs), ROWS_PER_BATCH):
        places = pairs[start : start + ROWS_PER_BATCH]
        yield pa.RecordBatch.from_arrays([pa.array(places[:, 0]), pa.array(places[:, 1])], schema=CANDIDATES.arrow)


def in_share(batch: pa.RecordBatch, layouts: Layouts, share: Share) -> pa.RecordBatch:
    """Of a batch ``with_codes``, the rows of which the share holds a bucket."""
    if share.ranges == 1:
        return batch
    touched = share.touches(codes_of(batch.column("phash")), layouts.phash)
    views = views_of(batch)
    forms = views.codes()
    for form in (0, *TURNS):
        touched[views.row[share.touches(np.ascontiguousarray(forms[:, form]), layouts.pdq)]] = True
    return batch.filter(pa.array(touched))


def _joins(coded: Coded, layouts: Layouts) -> Iterator[tuple[list[_Groups], Bands]]:
    """For each hash the codes that are joined with themselves, and those that are looked up in them."""
    yield [_group(coded.phash, np.arange(len(coded)))], layouts.phash
    yield [_group(coded.pdq(form), coded.reliable) for form in (0, *TURNS)], layouts.pdq


def _near(sides: Sequence[_Groups], layout: Bands, share: Share) -> list[Neighbors]:
    """For each side the pairs of a code of the first side and one of its own that are the share's to report."""
    base, found = sides[0], [Gathered() for _ in sides]
    for band in share.bands(layout):
        of_base, codes = _held(base, layout, band, share)
        table = BandTable.of(codes, layout, band)
        for near in table.join_itself():
            found[0].add(Neighbors(of_base[near.left], of_base[near.right], near.distance))
        if band == 0:
            shared = of_base[base.sizes()[of_base] > 1]
            found[0].add(Neighbors(shared, shared, np.zeros(len(shared), np.uint16)))
        for side, pairs in zip(sides[1:], found[1:], strict=True):
            of_side, asked = _held(side, layout, band, share)
            for near in table.join(asked):
                pairs.add(Neighbors(of_base[near.left], of_side[near.right], near.distance))
    return [pairs.result() for pairs in found]


def _held(groups: _Groups, layout: Bands, band: int, share: Share) -> tuple[Index, Codes]:
    """The codes with a key of this band that the share holds: their places among the groups, and themselves."""
    if share.ranges == 1:
        return np.arange(len(groups.codes)), groups.codes
    held = np.flatnonzero(share.holds(groups.codes, layout, band))
    return held, groups.codes[held]


def _group(codes: Codes, rows: Index) -> _Groups:
    """The rows grouped by their code, aligned with ``codes``; codes ascend, and so do the rows of each."""
    order = sort_rows(codes) if len(codes) else np.zeros(0, np.int64)
    ordered = codes.take(order, axis=0)
    new = np.ones(len(order), np.bool_)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    starts = np.flatnonzero(new)
    return _Groups(np.ascontiguousarray(ordered[starts]), rows[order], np.append(starts, len(order)))


def _packed(pairs: Index) -> NDArray[np.uint64]:
    """Pairs of different rows as numbers, the lesser row in the upper half."""
    least, other = pairs.min(axis=1).astype(np.uint64), pairs.max(axis=1).astype(np.uint64)
    differ = least != other
    return np.asarray((least[differ] << np.uint64(32)) | other[differ], np.uint64)


def _expand(left: _Groups, right: _Groups, pairs: Neighbors) -> Iterator[Index]:
    """int64[m, 2]: the rows of each pair of codes, each with each; of a crowded code with the other's first rows."""
    size_l, size_r = left.sizes()[pairs.left], right.sizes()[pairs.right]
    crowded = size_l * size_r > CROWDED**2
    few_l, few_r = np.minimum(size_l, FIRST), np.minimum(size_r, FIRST)
    for some, take_l, take_r in ((~crowded, size_l, size_r), (crowded, size_l, few_r), (crowded, few_l, size_r)):
        chosen = np.flatnonzero(some)
        total = np.cumsum(take_l[chosen] * take_r[chosen])
        for piece in np.split(chosen, np.flatnonzero(np.diff(total // EXPANDED)) + 1):
            yield _product(left, pairs.left[piece], take_l[piece], right, pairs.right[piece], take_r[piece])


def _product(  # noqa: PLR0913, PLR0917 - two sides, each with its groups, which of them, and how many rows of each
    left: _Groups, of_left: Index, take_left: Index, right: _Groups, of_right: Index, take_right: Index
) -> Index:
    """int64[m, 2]: of each pair of codes, the first rows of the one with each of the first rows of the other."""
    count = take_left * take_right
    pair = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    row_l = left.rows[left.starts[of_left][pair] + place // np.maximum(take_right, 1)[pair]]
    row_r = right.rows[right.starts[of_right][pair] + place % np.maximum(take_right, 1)[pair]]
    return np.stack([row_l, row_r], axis=1)
