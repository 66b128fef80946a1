"""Two 16 x 16 color thumbnails: the second signal, beside the hashes, of whether two pictures are the same."""

from __future__ import annotations

import numpy as np
from PIL import Image

from cleanset.images.modes import Pixels
from cleanset.images.resample import FloatArray, box
from cleanset.schemas import THUMBNAIL_SIDE, THUMBNAIL_VIEWS

BACKGROUND = 128
"""Grey that shows where a picture is transparent."""
ROWS_PER_CELL = 8
"""Of a picture of twice as many rows or more, this many are read for each row of averages, evenly spaced."""
ROWS = THUMBNAIL_SIDE * ROWS_PER_CELL
LONGEST_ROW = 4096
"""Where a row is longer, every k-th of its pixels is read so that no more are left."""
_RGB, _RGBA = 3, 4


def shrink(pixels: Pixels) -> Pixels:
    """Box averages ``uint8[2, 16, 16, 3]`` of pixels ``uint8[h, w, c]``: on mid-grey, and with alpha not counted.

    The second is what the hashes see, and what a copy shows whose writer dropped alpha. Without alpha the two are
    equal; grey becomes RGB.
    """
    read = _read(pixels)
    views = np.empty((THUMBNAIL_VIEWS, THUMBNAIL_SIDE, THUMBNAIL_SIDE, _RGB), np.uint8)
    if read.shape[2] != _RGBA:
        views[:] = _averages(read) + np.float32(0.5)
        return views
    visible = _averages(_premultiplied(read))
    hidden = np.float32(1) - visible[:, :, _RGB:] / np.float32(255)
    views[0] = visible[:, :, :_RGB] + np.float32(BACKGROUND) * hidden + np.float32(0.5)
    views[1] = _averages(read)[:, :, :_RGB] + np.float32(0.5)
    return views


def _read(pixels: Pixels) -> Pixels:
    """The rows and columns that are averaged, contiguous."""
    height, width, _ = pixels.shape
    if width > LONGEST_ROW:
        step = -(-width // LONGEST_ROW)
        pixels = pixels[:, step // 2 :: step]
    if height >= 2 * ROWS:
        pixels = pixels[(2 * np.arange(ROWS) + 1) * height // (2 * ROWS)]
    return np.ascontiguousarray(pixels)


def _averages(read: Pixels) -> FloatArray:
    """Box averages ``float32[16, 16, c]``."""
    height, width, channels = read.shape
    if height == ROWS:
        cells = read.reshape(THUMBNAIL_SIDE, ROWS_PER_CELL, width * channels)
        low = cells.sum(axis=1, dtype=np.uint16).astype(np.float32) / np.float32(ROWS_PER_CELL)
    else:
        low = box(height, THUMBNAIL_SIDE) @ read.reshape(height, width * channels).astype(np.float32)
    columns = low.reshape(THUMBNAIL_SIDE, width, channels).transpose(1, 0, 2).reshape(width, THUMBNAIL_SIDE * channels)
    small = box(width, THUMBNAIL_SIDE) @ columns  # [x, y * c]
    averages: FloatArray = small.reshape(THUMBNAIL_SIDE, THUMBNAIL_SIDE, channels).transpose(1, 0, 2)
    return averages


def _premultiplied(read: Pixels) -> Pixels:
    """RGBA pixels with their colors multiplied by their alpha."""
    size = (read.shape[1], read.shape[0])
    return np.asarray(Image.frombuffer("RGBA", size, read, "raw", "RGBA", 0, 1).convert("RGBa"))
