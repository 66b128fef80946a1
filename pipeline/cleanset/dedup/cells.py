"""Whether two 16 x 16 color thumbnails show the same picture, and thumbnails of turned and mirrored pictures."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cleanset.config import MatchConfig
from cleanset.schemas import THUMBNAIL_SIDE

_Any = TypeVar("_Any", np.uint8, np.float32)
_Number = TypeVar("_Number", np.int64, np.float64)
CELLS = THUMBNAIL_SIDE**2
FLAT = 1.0
"""A thumbnail whose luma deviates by less has nothing to compare."""
OVERLAID = 7
"""Cells, of 256, that a small overlay may cover."""
QUARTER_TURNS = 4
"""Forms before this are turned only, the others mirrored."""


def turn(cells: NDArray[np.uint8], form: int) -> NDArray[np.uint8]:
    """Thumbnails ``uint8[m, 256, 3]`` of the pictures in another of the orientations that ``pdq_forms`` lists."""
    square = cells.reshape(-1, THUMBNAIL_SIDE, THUMBNAIL_SIDE, 3)
    return np.ascontiguousarray(oriented(square, form)).reshape(cells.shape)


def oriented(square: NDArray[_Any], form: int) -> NDArray[_Any]:
    """Square pictures [m, s, s, ...] in another of the orientations that ``pdq_forms`` lists."""
    if form < QUARTER_TURNS:
        return np.rot90(square, form, axes=(1, 2))
    return (square[:, ::-1], square[:, :, ::-1], square.swapaxes(1, 2), square[:, ::-1, ::-1].swapaxes(1, 2))[
        form - QUARTER_TURNS
    ]


def cells_agree(
    x_cells: NDArray[np.uint8],
    y_cells: NDArray[np.uint8],
    close: NDArray[np.bool_],
    limits: MatchConfig,
    *,
    clear: bool = False,
) -> NDArray[np.bool_]:
    """Whether thumbnails uint8[m, 256, 3] agree in luma and in color.

    ``clear`` pictures are both transparent, seen on one ground, and must agree more closely. A copy that kept its
    transparency was scaled or packed anew, seldom toned, while sets of icons share outlines and differ in tone, color
    or a small sign.
    """
    luma_x, luma_y = _luma(x_cells), _luma(y_cells)
    if clear:
        closer = {"correlation": limits.clear_correlation, "deviation": limits.clear_deviation}
        agree = _luma_agrees(luma_x, luma_y, np.zeros_like(close), limits.model_copy(update=closer))
        agree &= _contrast_agrees(luma_x, luma_y, limits)
    else:
        agree = _luma_agrees(luma_x, luma_y, close, limits)
    some = np.flatnonzero(agree)
    color_x, color_y = _color(x_cells[some], luma_x[some]), _color(y_cells[some], luma_y[some])
    agree[some] = _color_agrees(color_x, color_y, limits)
    if clear:
        agree[some] &= _color_stays(color_x, color_y, limits)
    return agree


def _luma(cells: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Luma int64[m, 256], in 256ths of a level."""
    red, green, blue = (cells[:, :, channel].astype(np.int64) for channel in range(3))
    return np.asarray(77 * red + 150 * green + 29 * blue)


def _color(cells: NDArray[np.uint8], luma: NDArray[np.int64]) -> NDArray[np.int64]:
    """How far each channel is from luma, int64[m, 256, 3], in 256ths of a level."""
    return np.asarray(256 * cells.astype(np.int64) - luma[:, :, None])


def _contrast_agrees(x: NDArray[np.int64], y: NDArray[np.int64], limits: MatchConfig) -> NDArray[np.bool_]:
    """Whether luma int64[m, 256] spreads about as much in both: a dark and a light theme of an icon do not."""
    spread_x, spread_y = (np.sqrt((_centered(v) ** 2).sum(axis=1)) for v in (x, y))
    return np.asarray(np.maximum(spread_x, spread_y) <= limits.clear_contrast * np.minimum(spread_x, spread_y))


def _color_stays(x: NDArray[np.int64], y: NDArray[np.int64], limits: MatchConfig) -> NDArray[np.bool_]:
    """Whether color, int64[m, 256, 3] in 256ths of a level, stays put in all cells but a few."""
    apart = ((x - y) ** 2).sum(axis=2)
    return np.asarray(_usual_worst(apart) <= (limits.clear_color * 256) ** 2)


def _luma_agrees(
    x: NDArray[np.int64], y: NDArray[np.int64], close: NDArray[np.bool_], limits: MatchConfig
) -> NDArray[np.bool_]:
    """Whether luma int64[m, 256], in 256ths, is correlated and no cell deviates, or, where close, few or not much."""
    steps = _correlation(_steps(x), _steps(y)) >= limits.steps
    x, y = _centered(x), _centered(y)
    scale = 1.0 / (CELLS * 256)
    spread_x, spread_y = (np.sqrt((v * v).sum(axis=1) / CELLS) for v in (x, y))
    textured = (np.minimum(spread_x, spread_y) * scale) >= FLAT
    spread_x, spread_y = np.maximum(spread_x, 1), np.maximum(spread_y, 1)
    correlation = (x * y).sum(axis=1) / CELLS / (spread_x * spread_y)
    deviation = np.abs(x / spread_x[:, None] - y / spread_y[:, None])
    worst = deviation.max(axis=1)
    alike = correlation >= limits.correlation
    agree: NDArray[np.bool_] = alike & (worst <= limits.deviation)
    agree |= close & alike & steps & (worst <= limits.close_deviation)
    agree |= close & (correlation >= limits.overlay_correlation) & (_usual_worst(deviation) <= limits.overlay_deviation)
    return np.asarray(agree & textured)


def _centered(luma: NDArray[np.int64]) -> NDArray[np.int64]:
    """Luma less its mean, times ``CELLS`` so that it stays whole."""
    return np.asarray(CELLS * luma - luma.sum(axis=1, keepdims=True))


def _usual_worst(cells: NDArray[_Number]) -> NDArray[_Number]:
    """The greatest value of each row of [m, 256] but for ``OVERLAID`` cells."""
    return np.asarray(np.partition(cells, CELLS - 1 - OVERLAID, axis=1)[:, CELLS - 1 - OVERLAID])


def _steps(luma: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[m, 480]: differences between neighboring cells, down and across."""
    square = luma.reshape(-1, THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    return np.concatenate([np.diff(square, axis=axis).reshape(len(luma), -1) for axis in (1, 2)], axis=1)


def _correlation(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.float64]:
    """Cosine of the angle between rows; 0 where one is 0."""
    energy = (x * x).sum(axis=1).astype(np.float64) * (y * y).sum(axis=1)
    return np.asarray((x * y).sum(axis=1) / np.sqrt(np.maximum(energy, 1)))


def _color_agrees(x: NDArray[np.int64], y: NDArray[np.int64], limits: MatchConfig) -> NDArray[np.bool_]:
    """Whether color, int64[m, 256, 3] in 256ths of a level, points the same way, or one of the two is grey."""
    energy_x, energy_y = (x * x).sum(axis=(1, 2)), (y * y).sum(axis=(1, 2))
    least = (limits.colored * 256) ** 2 * CELLS * 3
    cosine = (x * y).sum(axis=(1, 2)) / np.sqrt(np.maximum(energy_x.astype(np.float64) * energy_y, 1))
    agree: NDArray[np.bool_] = (np.minimum(energy_x, energy_y) < least) | (cosine >= limits.color)
    return agree
