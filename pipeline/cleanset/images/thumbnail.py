"""A 16 x 16 color thumbnail: the second signal, beside the hashes, of whether two pictures are the same."""

from __future__ import annotations

import numpy as np

from cleanset.images.modes import Pixels
from cleanset.images.resample import FloatArray, box
from cleanset.schemas import THUMBNAIL_SIDE

BACKGROUND = 128
"""Grey that shows where a picture is transparent."""
_RGB, _RGBA = 3, 4


def shrink(samples: FloatArray) -> Pixels:
    """Box averages ``uint8[16, 16, 3]`` of samples ``float32[h, w, c]``; grey is spread over three channels.

    RGBA samples are premultiplied.
    """
    height, width, channels = samples.shape
    low = box(height, THUMBNAIL_SIDE) @ samples.reshape(height, width * channels)
    turned = np.ascontiguousarray(low.reshape(THUMBNAIL_SIDE, width, channels).swapaxes(0, 1))
    small = box(width, THUMBNAIL_SIDE) @ turned.reshape(width, THUMBNAIL_SIDE * channels)
    averages = small.reshape(THUMBNAIL_SIDE, THUMBNAIL_SIDE, channels).swapaxes(0, 1)
    if channels == _RGBA:
        averages = averages[:, :, :_RGB] + BACKGROUND * (1 - averages[:, :, _RGB:] / 255)
    rounded = np.clip(np.floor(averages + 0.5), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(rounded, (THUMBNAIL_SIDE, THUMBNAIL_SIDE, _RGB)))
