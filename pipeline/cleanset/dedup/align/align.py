"""Two pictures laid on each other as well as they can be: whole on whole first, then wherever edges correlate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cleanset.dedup.align.agreement import agreement
from cleanset.dedup.align.refine import refined
from cleanset.dedup.align.sampling import Floats
from cleanset.dedup.align.search import guesses
from cleanset.dedup.cells import QUARTER_TURNS, oriented
from cleanset.schemas import FORMS

AT_ONCE = 64
"""Pairs that are laid on each other at once. A pair's answer does not depend on its company."""
GUESSES = 3
MIRRORED = QUARTER_TURNS + 1
"""The form that is mirrored left to right."""
COARSE = 16
GOOD = 0.85
"""An agreement that no other way to lay them is tried for."""


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """Of n pairs the best way to lay y on x, and what ``agreement.Agreement`` says of it.

    Attributes:
        maps: float32[n, 2, 3], from places in x to places in y, both from 0 to 1.
        form: int64[n], the orientation that y was turned to first.
        luma, share, covered, even: as in ``Agreement``.
    """

    maps: Floats
    form: NDArray[np.int64]
    luma: Floats
    share: Floats
    covered: Floats
    even: Floats

    def take(self, rows: NDArray[np.int64]) -> Aligned:
        """Some of the pairs."""
        return Aligned(**{name: getattr(self, name)[rows] for name in self.__slots__})


def align(x: NDArray[np.uint8], aspect_x: Floats, y: NDArray[np.uint8], aspect_y: Floats) -> Aligned:
    """Luma uint8[n, 64, 64] of the whole pictures, and their width over height float32[n]."""
    parts = []
    for start in range(0, len(x), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        parts.append(_align(x[rows].astype(np.float32), aspect_x[rows], y[rows].astype(np.float32), aspect_y[rows]))
    if not parts:
        none = np.zeros(0, np.float32)
        return Aligned(np.zeros((0, 2, 3), np.float32), np.zeros(0, np.int64), none, none, none, none)
    return Aligned(**{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def _align(x: Floats, aspect_x: Floats, y: Floats, aspect_y: Floats) -> dict[str, NDArray[Any]]:
    """The columns of ``Aligned``."""
    whole = np.tile(np.eye(2, 3, dtype=np.float32), (len(x), 1, 1))
    best = _laid(x, y, whole, _nearest_form(x, y))
    if (best["luma"] >= GOOD).all():
        return best
    for guess in guesses(x, aspect_x, y, aspect_y, GUESSES):
        other = _laid(x, y, guess.maps, np.where(guess.mirrored, MIRRORED, 0))
        better = (other["luma"] > best["luma"]) & (best["luma"] < GOOD)
        for name, column in best.items():
            best[name] = np.where(better.reshape(-1, *[1] * (column.ndim - 1)), other[name], column)
    return best


def _nearest_form(x: Floats, y: Floats) -> NDArray[np.int64]:
    """int64[n]: the orientation in which the whole of y is most like the whole of x."""
    coarse_x, coarse_y = (v.reshape(len(v), COARSE, v.shape[1] // COARSE, COARSE, -1).mean(axis=(2, 4)) for v in (x, y))
    coarse_x = coarse_x - coarse_x.mean(axis=(1, 2), keepdims=True)
    alike = [(coarse_x * oriented(coarse_y, form)).sum(axis=(1, 2)) for form in range(FORMS)]
    return np.asarray(np.argmax(alike, axis=0), np.int64)


def _laid(x: Floats, y: Floats, maps: Floats, form: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """One way, refined and judged."""
    y = y.copy()
    for turned in np.unique(form[form > 0]):
        rows = np.flatnonzero(form == turned)
        y[rows] = oriented(y[rows], int(turned))
    maps = refined(x, y, maps)
    found = agreement(x, y, maps)
    return {
        "maps": maps,
        "form": form,
        "luma": found.luma,
        "share": found.share,
        "covered": found.covered,
        "even": found.even,
    }
