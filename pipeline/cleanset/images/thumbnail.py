"""A 16 x 16 color thumbnail: the second signal, beside the hashes, of whether two pictures are the same."""

from __future__ import annotations

import numpy as np

from cleanset.images.modes import Pixels
from cleanset.images.resample import FloatArray, box
from cleanset.schemas import THUMBNAIL_SIDE

ROWS_PER_CELL = 8
"""Of a picture of twice as many rows or more, this many are read for each row of averages, evenly spaced."""
ROWS = THUMBNAIL_SIDE * ROWS_PER_CELL
LONGEST_ROW = 4096
"""Where a row is longer, every k-th of its pixels is read so that no more are left."""
_RGB = 3
SHAPE = (THUMBNAIL_SIDE, THUMBNAIL_SIDE, _RGB)


def shrink(pixels: Pixels) -> Pixels:
    """Box averages ``uint8[16, 16, 3]`` of pixels ``uint8[h, w, c]``; alpha does not count, grey becomes RGB."""
    cells = rounded(averages(pixels)[:, :, :_RGB])
    return np.ascontiguousarray(np.broadcast_to(cells, SHAPE))


def averages(pixels: Pixels) -> FloatArray:
    """Box averages ``float32[16, 16, c]`` of pixels ``uint8[h, w, c]``, each channel on its own."""
    read = sampled(pixels)
    height, width, channels = read.shape
    if height == ROWS:
        cells = read.reshape(THUMBNAIL_SIDE, ROWS_PER_CELL, width * channels)
        low = cells.sum(axis=1, dtype=np.uint16).astype(np.float32) / np.float32(ROWS_PER_CELL)
    else:
        low = box(height, THUMBNAIL_SIDE) @ read.reshape(height, width * channels).astype(np.float32)
    columns = np.ascontiguousarray(low.T).reshape(width, channels * THUMBNAIL_SIDE)
    small = box(width, THUMBNAIL_SIDE) @ columns  # [x, c * y]
    means: FloatArray = small.reshape(THUMBNAIL_SIDE, channels, THUMBNAIL_SIDE).transpose(2, 0, 1)
    return means


def rounded(cells: FloatArray) -> Pixels:
    """Averages as bytes, rounded half up."""
    return np.asarray(np.clip(cells + np.float32(0.5), 0, 255), np.uint8)


def sampled(pixels: Pixels) -> Pixels:
    """The rows and columns of pixels ``uint8[h, w, c]`` that are averaged, contiguous."""
    height, width, _ = pixels.shape
    if width > LONGEST_ROW:
        step = -(-width // LONGEST_ROW)
        pixels = pixels[:, step // 2 :: step]
    if height >= 2 * ROWS:
        pixels = pixels[(2 * np.arange(ROWS) + 1) * height // (2 * ROWS)]
    return np.ascontiguousarray(pixels)
