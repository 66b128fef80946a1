"""A decoded picture as a model sees it: flattened on white, RGB, a square."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from cleanset.images.modes import OPAQUE, Pixels, image_of

RESAMPLING = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
"""Filters that a model may ask for, antialiased as Pillow has them. Another filter gives another vector: the cosine of
bilinear and bicubic is .98."""
FITS = ("squash", "crop")
_GREY, _RGB, _RGBA = 1, 3, 4


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a picture becomes a model's input ``uint8[side, side, 3]``.

    Attributes:
        side: of the square, in pixels.
        resampling: a name of ``RESAMPLING``.
        fit: ``squash`` the whole picture into the square, or ``crop``: the middle square of it.
        mean: subtracted from each channel, of samples in 0 to 1; none where the model does it itself.
        std: each channel is then divided by this.
    """

    side: int
    resampling: str = "bilinear"
    fit: str = "squash"
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()


def model_input(pixels: Pixels, how: Preprocessing) -> Pixels:
    """``uint8[side, side, 3]`` of a picture ``uint8[h, w, 1 | 3 | 4]``; transparency is flattened on white."""
    height, width, channels = pixels.shape
    box = _middle_square(width, height) if how.fit == "crop" else (0.0, 0.0, float(width), float(height))
    size, filter_ = (how.side, how.side), RESAMPLING[how.resampling]
    if channels == _GREY:
        small = np.asarray(image_of(pixels.reshape(height, width), "L").resize(size, filter_, box))
        return np.asarray(np.repeat(small[:, :, None], _RGB, axis=2), np.uint8)
    if channels == _RGBA:
        samples = np.asarray(image_of(pixels, "RGBA").convert("RGBa").resize(size, filter_, box))  # colors times alpha
        alpha = samples[:, :, _RGB:]
        flat: Pixels = np.minimum(samples[:, :, :_RGB], alpha)  # a color may be rounded to more than its alpha
        flat += OPAQUE - alpha
        return flat
    return np.asarray(Image.frombuffer("RGB", (width, height), pixels, "raw", "RGB", 0, 1).resize(size, filter_, box))


def _middle_square(width: int, height: int) -> tuple[float, float, float, float]:
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return left, top, left + side, top + side
