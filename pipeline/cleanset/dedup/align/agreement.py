"""How well two pictures agree where one lies on the other, block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cleanset.dedup.align.sampling import Floats, lattice, mapped, read_at, smooth

BLOCK = 8
"""Pixels of a block's side."""
NOISE = 9.0
"""Variance of luma that says nothing."""
ALIKE = 0.7
"""Least correlation of a block that agrees."""
ENOUGH = 12
"""Blocks that have to agree for the agreement to count in full."""
STILL = 1.0
"""Levels from pixel to pixel up to which a picture is flat there."""


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Of n pairs.

    Attributes:
        luma: float32[n], mean correlation of the blocks, by how much there is to see in them; less where few agree.
        share: float32[n], of the blocks with something to see in x or y, how many agree.
        covered: float32[n], the share of the larger picture, as they lie, that the other covers.
        even: float32[n], of the luma where they lie on each other the share that does not change from pixel to pixel,
            in the picture that has more of it.
    """

    luma: Floats
    share: Floats
    covered: Floats
    even: Floats


def agreement(x: Floats, y: Floats, maps: Floats) -> Agreement:
    """Of luma float32[n, 64, 64] where the maps float32[n, 2, 3] lay y on x."""
    n, side, _ = x.shape
    u, v = mapped(maps, *lattice(side))
    margin, half = np.float32(0.005), np.float32(0.5)
    inside = ((u > margin) & (u < 1 - margin) & (v > margin) & (v < 1 - margin)).astype(np.float32)
    on_x = smooth(x, 1).reshape(n, -1)
    on_y = read_at(smooth(y, 1)[:, :, :, None], u * side - half, v * side - half)[:, :, 0]
    count = _blocks(inside, side)
    some = np.maximum(count, 1)
    mean_x, mean_y = _blocks(on_x * inside, side) / some, _blocks(on_y * inside, side) / some
    vary_x = np.maximum(_blocks(on_x * on_x * inside, side) / some - mean_x * mean_x, 0)
    vary_y = np.maximum(_blocks(on_y * on_y * inside, side) / some - mean_y * mean_y, 0)
    together = np.sqrt(vary_x * vary_y)
    correlation = (_blocks(on_x * on_y * inside, side) / some - mean_x * mean_y) / (together + NOISE)
    whole = count >= BLOCK * BLOCK / 2
    weight = np.sqrt(together) * whole * count
    mean = (weight * correlation).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-6)
    alike = ((correlation > ALIKE) & whole).sum(axis=1)
    seen = (whole & (np.maximum(vary_x, vary_y) >= NOISE)).sum(axis=1)
    of_x = inside.mean(axis=1)
    even_x = _evenness(x).reshape(n, -1) * inside
    even_y = read_at(_evenness(y)[:, :, :, None], u * side - half, v * side - half)[:, :, 0] * inside
    grown = np.abs(maps[:, 0, 0] * maps[:, 1, 1] - maps[:, 0, 1] * maps[:, 1, 0])
    return Agreement(
        np.asarray(mean * np.minimum(alike / ENOUGH, 1), np.float32),
        np.asarray(alike / np.maximum(seen, 1), np.float32),
        np.asarray(np.minimum(of_x, of_x * grown), np.float32),
        np.asarray(np.maximum(*(even.mean(axis=1) for even in (even_x, even_y))) / np.maximum(of_x, 1e-6), np.float32),
    )


def _blocks(values: Floats, side: int) -> Floats:
    """float32[n, blocks]: sums of float32[n, side**2] over the blocks."""
    blocks = side // BLOCK
    rows = values.reshape(len(values) * blocks, BLOCK, blocks, BLOCK).sum(axis=3)
    return np.asarray(rows.sum(axis=1).reshape(len(values), -1), np.float32)


def _evenness(luma: Floats) -> Floats:
    """float32[n, s, s]: 1 where luma does not change by more than ``STILL`` to the next pixel down and across."""
    still = np.ones(luma.shape, np.bool_)
    still[:, :-1] = np.abs(np.diff(luma, axis=1)) <= STILL
    still[:, :, :-1] &= np.abs(np.diff(luma, axis=2)) <= STILL
    return still.astype(np.float32)
