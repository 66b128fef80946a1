"""Linear maps that shrink one axis of a picture: Lanczos as Pillow computes it, PDQ's tent filter, box averages.

A picture is shrunk by one map per axis, so each map is a matrix of ``[side, n]`` for an axis of ``n`` pixels. Tent and
box rows have few non-zeros and are kept sparse; Lanczos rows overlap six times and are kept as dense bands. Matrices of
axes up to ``CACHED_AXIS`` pixels are remembered, since the pictures of a shard share few sizes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

FloatArray = npt.NDArray[np.float32]
_Matrix = TypeVar("_Matrix")

CACHED_AXIS = 2048
"""Longest axis, in pixels, whose matrices are remembered."""
CACHED_MATRICES = 1024
"""Matrices of each kind that are remembered: 40 MB in all at 500 pixels, 180 MB if every axis were the longest."""
LANCZOS_SUPPORT = 3.0
_FIXED_POINT = 1 << 22
"""Pillow rounds its 8-bit filter weights to multiples of 2**-22 (``PRECISION_BITS`` in its Resample.c)."""
_BAND = 8
"""Output columns per dense band: wider bands multiply more zeros, narrower ones feed the product too little."""
_ONE_BAND = 96
"""Axes up to this many pixels are one band: there a call costs more than the zeros."""


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Outputs ``first`` to ``first + weights.shape[1]`` as sums over inputs ``start`` to ``stop``.

    ``weights`` is float32[stop - start, outputs].
    """

    first: int
    start: int
    stop: int
    weights: FloatArray


def _remembered(build: Callable[[int, int], _Matrix]) -> Callable[[int, int], _Matrix]:
    """``build(n, side)``, remembered where ``n`` is at most ``CACHED_AXIS``."""
    remembered = lru_cache(maxsize=CACHED_MATRICES)(build)

    @wraps(build)
    def lookup(n: int, side: int) -> _Matrix:
        return remembered(n, side) if n <= CACHED_AXIS else build(n, side)

    return lookup


def _windows(first: npt.NDArray[np.int64], width: int, n: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Positions ``[side, width]`` from each ``first`` on, and which of them lie in an axis of ``n`` pixels."""
    positions = first[:, None] + np.arange(width)
    return positions, (positions >= 0) & (positions < n)


def _sparse(
    positions: npt.NDArray[np.int64], weights: npt.NDArray[np.float64], inside: npt.NDArray[np.bool_], n: int
) -> csr_array:
    """The sparse matrix ``[len(positions), n]`` of the weights that are inside; each row is scaled to the sum 1."""
    weights = np.where(inside, weights, 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    row_ends = np.concatenate([[0], np.cumsum(inside.sum(axis=1))])
    values = weights[inside].astype(np.float32)
    return csr_array((values, positions[inside].astype(np.int32), row_ends.astype(np.int32)), (len(positions), n))


def _lanczos(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(np.abs(x) < LANCZOS_SUPPORT, np.sinc(x) * np.sinc(x / LANCZOS_SUPPORT), 0.0)


@_remembered
def lanczos_bands(n: int, side: int) -> tuple[Band, ...]:
    """The Lanczos filter from ``n`` to ``side`` pixels with the weights of Pillow's ``resize``, in bands of outputs."""
    scale = n / side
    stretch = max(scale, 1.0)
    support = LANCZOS_SUPPORT * stretch
    centers = (np.arange(side) + 0.5) * scale
    first = np.maximum((centers - support + 0.5).astype(np.int64), 0)
    stop = np.minimum((centers + support + 0.5).astype(np.int64), n)
    positions = first[:, None] + np.arange((stop - first).max())
    weights = np.where(positions < stop[:, None], _lanczos((positions - centers[:, None] + 0.5) / stretch), 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    dense = np.zeros((side, n + weights.shape[1]), np.float32)  # padded: a row's zeros may lie behind the axis
    dense[np.arange(side)[:, None], positions] = np.floor(weights * _FIXED_POINT + 0.5) / _FIXED_POINT
    outputs = side if n <= _ONE_BAND else _BAND
    bands = [slice(at, at + outputs) for at in range(0, side, outputs)]
    return tuple(_band(dense, band, int(first[band].min()), int(stop[band].max())) for band in bands)


def _band(dense: FloatArray, outputs: slice, start: int, stop: int) -> Band:
    return Band(outputs.start, start, stop, np.ascontiguousarray(dense[outputs, start:stop].T))


@_remembered
def tent(n: int, side: int) -> csr_array:
    """PDQ's downsampling of one axis, float32 ``[side, n]``: a box filter twice, then every (n/side)-th pixel.

    The boxes are ``ceil(n / (2 * side))`` wide and cut off at the ends of the axis, as in the PDQ paper and in
    ThreatExchange's ``jaroszFilterFloat`` and ``decimateFloat``.
    """
    width = -(-n // (2 * side))
    before = width - (width + 2) // 2  # an even box reaches one pixel further to the right
    after = (width + 2) // 2 - 1
    centers = ((np.arange(side) + 0.5) * n / side).astype(np.int64)
    middles, is_middle = _windows(centers - before, width, n)
    low = np.maximum(middles - before, 0)
    high = np.minimum(middles + after + 1, n)
    share = np.where(is_middle, 1.0 / np.maximum(high - low, 1), 0.0)
    first = centers - 2 * before
    positions, inside = _windows(first, 2 * width - 1, n)
    covered = (positions[:, :, None] >= low[:, None, :]) & (positions[:, :, None] < high[:, None, :])
    return _sparse(positions, (covered * share[:, None, :]).sum(axis=2), inside, n)


@_remembered
def box(n: int, side: int) -> csr_array:
    """Averages over ``side`` equal parts of an axis of ``n`` pixels, float32 ``[side, n]``; parts may split a pixel."""
    edges = np.arange(side + 1) * (n / side)
    first = np.floor(edges[:-1]).astype(np.int64)
    positions, inside = _windows(first, int(np.ceil(n / side)) + 1, n)
    overlap = np.minimum(positions + 1, edges[1:, None]) - np.maximum(positions, edges[:-1, None])
    return _sparse(positions, np.maximum(overlap, 0.0), inside, n)
