"""Pairs of rows with near codes, as a join finds them and as they are gathered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]

MERGED = 1 << 20
"""Pairs that wait until repeated ones among them are left out."""


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


NO_PAIRS = Neighbors(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.uint16))


class Gathered:
    """Pairs as they come, each kept once; memory is that of the different ones, twice over."""

    def __init__(self) -> None:
        self._found = NO_PAIRS
        self._waiting: list[Neighbors] = []
        self._count = 0

    def add(self, pairs: Neighbors) -> None:
        """Add pairs, some of which may be there."""
        if not len(pairs):
            return
        self._waiting.append(pairs)
        self._count += len(pairs)
        if self._count > max(MERGED, len(self._found)):
            self._merge()

    def result(self) -> Neighbors:
        """All pairs, ordered by (left, right)."""
        self._merge()
        return self._found

    def _merge(self) -> None:
        chunks = [self._found, *self._waiting]
        left, right, distance = (np.concatenate([getattr(c, f.name) for c in chunks]) for f in fields(Neighbors))
        _, first = np.unique((left << 32) | right, return_index=True)
        self._found = Neighbors(left[first], right[first], distance[first])
        self._waiting, self._count = [], 0


def gather(chunks: Iterable[Neighbors]) -> Neighbors:
    """All chunks as one: each pair once, ordered by (left, right)."""
    gathered = Gathered()
    for chunk in chunks:
        gathered.add(chunk)
    return gathered.result()
