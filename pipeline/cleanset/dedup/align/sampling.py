"""Reading small pictures between their pixels, and smoothing them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def read_at(planes: Floats, x: Floats, y: Floats) -> Floats:
    """float32[n, m, c]: planes float32[n, s, s, c] at pixels x, y float32[n, m], linearly; beyond an edge, the edge."""
    n, side = planes.shape[:2]
    x, y = (np.clip(v, 0, np.float32(side - 1.001)) for v in (x, y))
    left, top = x.astype(np.int32), y.astype(np.int32)
    across, down = (x - left)[:, :, None], (y - top)[:, :, None]
    flat = planes.reshape(n * side * side, planes.shape[3])
    at = (np.arange(n, dtype=np.int32) * (side * side))[:, None] + top * side + left
    upper = flat.take(at, axis=0) * (1 - across) + flat.take(at + 1, axis=0) * across
    lower = flat.take(at + side, axis=0) * (1 - across) + flat.take(at + side + 1, axis=0) * across
    return np.asarray(upper * (1 - down) + lower * down, np.float32)


def smooth(pictures: Floats, times: int) -> Floats:
    """Pictures float32[n, h, w] averaged with weights 1, 2, 1 down and across, so many times."""
    for _ in range(times):
        wide = np.pad(pictures, ((0, 0), (1, 1), (0, 0)), mode="edge")
        pictures = (wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]) * np.float32(0.25)
        wide = np.pad(pictures, ((0, 0), (0, 0), (1, 1)), mode="edge")
        pictures = (wide[:, :, :-2] + 2 * wide[:, :, 1:-1] + wide[:, :, 2:]) * np.float32(0.25)
    return pictures


def window_means(pictures: Floats, reach: int) -> Floats:
    """Means of pictures float32[n, s, s] over windows that reach so many pixels to each side, cut at the edges."""
    n, side, _ = pictures.shape
    sums = np.zeros((n, side + 1, side + 1))
    sums[:, 1:, 1:] = pictures.cumsum(axis=1, dtype=np.float64).cumsum(axis=2)
    low, high = np.maximum(np.arange(side) - reach, 0), np.minimum(np.arange(side) + reach + 1, side)
    rows = sums[:, high] - sums[:, low]
    count = high - low
    return np.asarray((rows[:, :, high] - rows[:, :, low]) / (count[:, None] * count), np.float32)


def without_light(pictures: Floats) -> Floats:
    """Pictures float32[n, s, s] less their local mean, over their local deviation: tone and shadows are gone."""
    reach, faint = 6, np.float32(4)
    mean = window_means(pictures, reach)
    variance = np.maximum(window_means(pictures * pictures, reach) - mean * mean, 0)
    return np.asarray((pictures - mean) / (np.sqrt(variance) + faint), np.float32)


def lattice(points: int) -> tuple[Floats, Floats]:
    """float32[points**2] twice: x and y, from 0 to 1, of the middles of ``points`` x ``points`` cells, row by row."""
    middles = ((np.arange(points) + 0.5) / points).astype(np.float32)
    return np.tile(middles, points), np.repeat(middles, points)


def mapped(maps: Floats, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """float32[n, m] twice: where maps float32[n, 2, 3] take the points x, y float32[m]."""
    across, down = (maps[:, row, 0, None] * x + maps[:, row, 1, None] * y + maps[:, row, 2, None] for row in (0, 1))
    return across, down
