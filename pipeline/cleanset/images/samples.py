"""Pixels as the floating point planes that the reductions work on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from cleanset.images.modes import Pixels
from cleanset.images.resample import FloatArray

LARGE = 1 << 20
"""Pictures of more pixels than this are first averaged down to sides of ``KEPT_SIDE`` pixels or a little more."""
KEPT_SIDE = 512
GREY, RGB, RGBA = 1, 3, 4
_LUMA = (np.array([19595, 38470, 7471, 0]) / 65536).astype(np.float32)
"""ITU-R 601 luma of red, green, blue and alpha, in the fixed point of Pillow's ``convert("L")``."""
_BANDS = {GREY: "L", RGB: "RGB", RGBA: "RGBX"}
_STRIP_PIXELS = 1 << 20


def shrunk(pixels: Pixels) -> Pixels:
    """Pixels ``uint8[h, w, c]``; if they are ``LARGE``, averages over whole blocks of them, channel by channel."""
    height, width, channels = pixels.shape
    if height * width <= LARGE:
        return pixels
    down, across = max(height // KEPT_SIDE, 1), max(width // KEPT_SIDE, 1)
    rows = max(_STRIP_PIXELS // (width * down), 1) * down
    strips = [_averaged(pixels[top : top + rows], across, down, _BANDS[channels]) for top in range(0, height, rows)]
    return np.concatenate(strips)


def _averaged(strip: Pixels, across: int, down: int, mode: str) -> Pixels:
    size = (strip.shape[1], strip.shape[0])
    blocks = np.asarray(Image.frombuffer(mode, size, strip, "raw", mode, 0, 1).reduce((across, down)))
    return blocks.reshape(*blocks.shape[:2], -1)


def luma_of(samples: FloatArray) -> FloatArray:
    """Luma ``float32[h, w]``, 0 to 255 and not rounded, of samples ``float32[h, w, c]``; alpha does not count.

    ``floor(luma + 0.5)`` is what Pillow's ``convert("L")`` gives.
    """
    height, width, channels = samples.shape
    if channels == GREY:
        return samples.reshape(height, width)
    luma: FloatArray = samples.reshape(-1, channels) @ _LUMA[:channels]
    return luma.reshape(height, width)


def premultiplied(pixels: Pixels) -> npt.NDArray[np.uint8]:
    """RGBA pixels ``uint8[h, w, 4]`` with their colors times their alpha."""
    size = (pixels.shape[1], pixels.shape[0])
    return np.asarray(Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1).convert("RGBa"))
