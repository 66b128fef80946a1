"""Where one picture may lie within another: the strongest correlations of their edges over places, sizes and turns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleanset.dedup.align.sampling import Floats, read_at, smooth

CANVAS = 48
"""Pixels of the square that pictures are laid on to be correlated."""
LONGEST = 24.0
"""Pixels of a picture's longer side on the canvas, so that no two pictures meet around its edges."""
SIZES = (1.0, 0.82, 0.67, 0.55, 0.45, 0.37)
"""Of one picture's longer side to the other's; either may be the smaller one."""
TURNS = (0, -10, 10, -20, 20)
"""Degrees."""
Field = NDArray[np.complex64]


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """For each of n pairs one way to lay y on x.

    Attributes:
        maps: float32[n, 2, 3], from places in x to places in y, both from 0 to 1.
        mirrored: bool[n], y was mirrored left to right first.
    """

    maps: Floats
    mirrored: NDArray[np.bool_]


def guesses(x: Floats, aspect_x: Floats, y: Floats, aspect_y: Floats, most: int) -> list[Guess]:
    """The ``most`` best ways to lay y on x, the best first: luma float32[n, 64, 64], width over height float32[n]."""
    x, y = smooth(x, 2), smooth(y, 2)
    of_x = {size: np.fft.fft2(_edges(x, aspect_x, size, 0)) for size in SIZES}
    rank, ways = [], []
    for turn in TURNS:
        for size in SIZES:
            edges = _edges(y, aspect_y, size, turn)
            for mirrored in (False, True):
                of_y = np.fft.fft2(-edges[:, :, ::-1].conj() if mirrored else edges).conj()
                for size_x in SIZES if size == 1 else (1.0,):
                    sharpness, down, across = _peak(np.asarray(of_x[size_x] * of_y, np.complex64))
                    rank.append(sharpness)
                    ways.append((size_x, size, -turn if mirrored else turn, mirrored, down, across))
    order = np.argsort(-np.stack(rank), axis=0, kind="stable")[:most]
    table = [np.stack([np.broadcast_to(way[i], len(x)) for way in ways]) for i in range(6)]
    pair = np.arange(len(x))
    return [_guess([column[place, pair] for column in table], aspect_x, aspect_y) for place in order]


def _sides(aspect: Floats) -> tuple[Floats, Floats]:
    """Width and height, the longer one 1."""
    return np.minimum(aspect, 1), np.minimum(1 / aspect, 1)


def _edges(pictures: Floats, aspect: Floats, size: float, turn: float) -> Field:
    """complex64[n, CANVAS, CANVAS]: gradients of the pictures laid on the canvas, strong ones at most 1 long."""
    n, side, _ = pictures.shape
    width, height = _sides(aspect)
    cosine, sine = np.float32(np.cos(np.radians(turn))), np.float32(np.sin(np.radians(turn)))
    from_middle = np.arange(CANVAS, dtype=np.float32) - np.float32(CANVAS / 2 - 0.5)
    across, down = from_middle[None, :], from_middle[:, None]
    length = np.float32(LONGEST * size)
    x = ((cosine * across + sine * down).reshape(1, -1) / (length * width[:, None])) + np.float32(0.5)
    y = ((-sine * across + cosine * down).reshape(1, -1) / (length * height[:, None])) + np.float32(0.5)
    inside = ((x > 0) & (x < 1) & (y > 0) & (y < 1)).reshape(n, CANVAS, CANVAS)
    half = np.float32(0.5)
    laid = read_at(pictures[:, :, :, None], x * side - half, y * side - half).reshape(n, CANVAS, CANVAS)
    slope_x, slope_y, whole = np.zeros_like(laid), np.zeros_like(laid), inside.copy()
    slope_x[:, :, 1:-1] = laid[:, :, 2:] - laid[:, :, :-2]
    slope_y[:, 1:-1] = laid[:, 2:] - laid[:, :-2]
    whole[:, :, 1:-1] &= inside[:, :, 2:] & inside[:, :, :-2]
    whole[:, 1:-1] &= inside[:, 2:] & inside[:, :-2]
    strength = np.sqrt(slope_x * slope_x + slope_y * slope_y)
    usual = (strength * whole).sum(axis=(1, 2)) / np.maximum(whole.sum(axis=(1, 2)), 1)
    scale = whole / (strength + usual.astype(np.float32)[:, None, None] + 1)
    return np.asarray(slope_x * scale + 1j * (slope_y * scale), np.complex64)


def _peak(spectrum: Field) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """The greatest value of each correlation, in its standard deviations, and the shift down and across it is at."""
    surface = np.fft.ifft2(spectrum).real.reshape(len(spectrum), -1)
    at = surface.argmax(axis=1)
    deviation = np.sqrt((surface * surface).mean(axis=1)) + np.float32(1e-9)
    down, across = np.divmod(at, CANVAS)
    down, across = (np.where(shift > CANVAS // 2, shift - CANVAS, shift) for shift in (down, across))
    return surface[np.arange(len(at)), at] / deviation, down, across


def _guess(way: list[NDArray[np.generic]], aspect_x: Floats, aspect_y: Floats) -> Guess:
    """From a shift on the canvas to places in the pictures."""
    size_x, size_y, turn, mirrored, down, across = (np.asarray(column, np.float64) for column in way)
    cosine, sine = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    x, y = (
        [LONGEST * size * side for side in _sides(aspect)] for size, aspect in ((size_x, aspect_x), (size_y, aspect_y))
    )
    rows = [
        [
            cosine * x[0] / y[0],
            sine * x[1] / y[0],
            (-cosine * (x[0] / 2 + across) - sine * (x[1] / 2 + down)) / y[0] + 0.5,
        ],
        [
            -sine * x[0] / y[1],
            cosine * x[1] / y[1],
            (sine * (x[0] / 2 + across) - cosine * (x[1] / 2 + down)) / y[1] + 0.5,
        ],
    ]
    return Guess(np.stack([np.stack(row, axis=1) for row in rows], axis=1).astype(np.float32), mirrored > 0)
