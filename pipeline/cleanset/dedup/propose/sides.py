"""Candidates compared: whether codes are within the threshold, and whether their pair is this band's to report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleanset.dedup.propose.bands import Bands, Codes
from cleanset.dedup.propose.neighbors import NO_PAIRS, Index, Neighbors

CHUNK = 1 << 16
"""Candidates that are compared at once: about 5 MB of 256-bit codes, which stay in the cache."""
EARLIER = 8
"""Bands, the first of a layout, whose pairs no later band reports: most of what several bands find."""
WORDS_OF_PDQ = 4
_BYTES = np.uint32(0x00FF00FF)


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Two sides of a join, and the band in which they are joined."""

    base: Codes
    queries: Codes
    bands: Bands
    band: int

    def is_exhaustive(self) -> bool:
        """Whether the layout has one bucket for all."""
        return len(self.bands) == 1 and not self.bands.masks.any()

    def all_pairs(self, *, itself: bool = False) -> Iterator[Neighbors]:
        """Every pair within the threshold; of one side with itself, the lesser row first."""
        step = max(1, CHUNK // max(1, len(self.queries)))
        for start in range(0, len(self.base), step):
            differs = self.base[start : start + step, None] ^ self.queries[None]
            distance = _weight(differs.reshape(-1, self.base.shape[1]))
            near = np.flatnonzero(distance <= self.bands.threshold)
            left, right = np.divmod(near, len(self.queries))
            once = left + start < right if itself else np.ones(len(near), np.bool_)
            yield Neighbors(left[once] + start, right[once], distance[near[once]])

    def verified(self, left: Index, right: Index) -> Neighbors:
        """The candidates that are within the threshold and agree on the band."""
        distance = _weight(self.base.take(left, axis=0) ^ self.queries.take(right, axis=0))
        near = np.flatnonzero(distance <= self.bands.threshold)
        return self.agreeing(left[near], right[near], distance[near])

    def agreeing(self, left: Index, right: Index, distance: NDArray[np.uint16]) -> Neighbors:
        """The pairs that agree on this band, less those that agree on one of the first, which reports them too.

        A collision of keys can bring codes together that differ in the band's bits: they are no pair of this band.
        """
        if not len(left):
            return NO_PAIRS
        differs = self.base.take(left, axis=0) ^ self.queries.take(right, axis=0)
        alive = np.flatnonzero(~(differs & self.bands.masks[self.band]).any(axis=1))
        for mask in self.bands.masks[: min(self.band, EARLIER)]:
            if not len(alive):
                break
            alive = alive[(differs.take(alive, axis=0) & mask).any(axis=1)]
        return Neighbors(left[alive], right[alive], distance[alive])


def distances(a: Codes, b: Codes) -> NDArray[np.uint16]:
    """Bits in which aligned rows of uint64[n, w] differ."""
    return _weight(a ^ b)


def _weight(bits: Codes) -> NDArray[np.uint16]:
    """Set bits of each row."""
    counts = np.bitwise_count(bits)
    if bits.shape[1] == WORDS_OF_PDQ and counts.flags.c_contiguous:
        packed = counts.view(np.uint32).reshape(-1)  # four counts of up to 64 in one number
        packed = (packed & _BYTES) + ((packed >> np.uint32(8)) & _BYTES)
        return (packed + (packed >> np.uint32(16))).astype(np.uint16)
    return np.asarray(counts.sum(axis=1, dtype=np.uint16))
