"""Two 16 x 16 color thumbnails: the second signal, beside the hashes, of whether two pictures are the same."""

from __future__ import annotations

import numpy as np
from PIL import Image

from cleanset.images.modes import Pixels
from cleanset.images.resample import FloatArray, box
from cleanset.schemas import THUMBNAIL_SIDE, THUMBNAIL_VIEWS

BACKGROUND = 128
"""Grey that shows where a picture is transparent."""
ROWS = 128
"""Of pictures of twice as many rows or more, every k-th row is read so that this many are left: 8 for each average."""
LONGEST_ROW = 4096
"""Likewise columns, where a row is longer."""
_RGB, _RGBA = 3, 4


def shrink(pixels: Pixels) -> Pixels:
    """Box averages ``uint8[2, 16, 16, 3]`` of pixels ``uint8[h, w, c]``: on mid-grey, and with alpha not counted.

    The second is what the hashes see, and what a copy shows whose writer dropped alpha. Without alpha the two are
    equal; grey becomes RGB.
    """
    read = _read(pixels)
    if read.shape[2] != _RGBA:
        views = [_averages(read)] * THUMBNAIL_VIEWS
    else:
        visible = _averages(_premultiplied(read))
        hidden = np.float32(1) - visible[:, :, _RGB:] / np.float32(255)
        views = [visible[:, :, :_RGB] + np.float32(BACKGROUND) * hidden, _averages(read[:, :, :_RGB])]
    rounded = np.clip(np.floor(np.stack(views) + 0.5), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(rounded, (THUMBNAIL_VIEWS, THUMBNAIL_SIDE, THUMBNAIL_SIDE, _RGB)))


def _averages(read: Pixels) -> FloatArray:
    """Box averages ``float32[16, 16, c]``."""
    samples = read.astype(np.float32)
    height, width, channels = samples.shape
    low = box(height, THUMBNAIL_SIDE) @ samples.reshape(height, width * channels)
    columns = np.ascontiguousarray(low.T).reshape(width, channels * THUMBNAIL_SIDE)
    small = box(width, THUMBNAIL_SIDE) @ columns  # [x, c * y]
    averages: FloatArray = small.reshape(THUMBNAIL_SIDE, channels, THUMBNAIL_SIDE).transpose(2, 0, 1)
    return averages


def _read(pixels: Pixels) -> Pixels:
    """The rows and columns that are averaged."""
    height, width, _ = pixels.shape
    down, across = max(height // ROWS, 1), max(width // LONGEST_ROW, 1)
    return pixels[down // 2 :: down, across // 2 :: across]


def _premultiplied(read: Pixels) -> Pixels:
    """RGBA pixels with their colors multiplied by their alpha."""
    size = (read.shape[1], read.shape[0])
    return np.asarray(Image.frombuffer("RGBA", size, np.ascontiguousarray(read), "raw", "RGBA", 0, 1).convert("RGBa"))
