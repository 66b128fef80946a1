"""Pillow's many modes as three: grey ``L``, ``RGB``, and ``RGBA`` where a pixel is not opaque."""

from __future__ import annotations

import kornia_rs.imgproc
import numpy as np
import numpy.typing as npt
from PIL import Image

from cleanset.images.limits import NoPictureError
from cleanset.schemas import Status

Pixels = npt.NDArray[np.uint8]
OPAQUE = 255
_WITH_ALPHA = frozenset({"RGBA", "LA", "PA", "RGBa", "La"})
_OVER_RGB = frozenset({"RGB", "RGBX", "P", "CMYK", "YCbCr", "HSV"})


def pixels_of(image: Image.Image) -> Pixels:
    """Pixels ``uint8[h, w, 1 | 3 | 4]`` of a loaded image; four channels only where a pixel is not opaque.

    16-bit samples keep their upper byte; 32-bit and floating point samples are scaled so that the least becomes 0 and
    the greatest 255, since such files do not say what white is. Color profiles are ignored.

    Raises:
        NoPictureError: a color space that has no fixed meaning as RGB.
    """
    mode = image.mode
    if mode in _WITH_ALPHA or "transparency" in image.info:
        return without_idle_alpha(np.asarray(image.convert("RGBA")))
    if mode in _OVER_RGB:
        return np.asarray(image.convert("RGB"))
    if mode in ("1", "L"):
        return np.asarray(image.convert("L"))[:, :, None]
    if mode.startswith("I;16"):
        return (np.asarray(image) >> 8).astype(np.uint8)[:, :, None]
    if mode in ("I", "F"):
        return _stretched(np.asarray(image))[:, :, None]
    raise NoPictureError(Status.UNSUPPORTED, f"color mode {mode} has no conversion to RGB")


def _stretched(samples: npt.NDArray[np.int32] | npt.NDArray[np.float32]) -> Pixels:
    """Samples ``[h, w]`` mapped from least..greatest to 0..255; those that are not finite count as the least."""
    finite = np.isfinite(samples)
    if not finite.any():
        return np.zeros(samples.shape, np.uint8)
    low, high = float(samples[finite].min()), float(samples[finite].max())
    scale = 255.0 / (high - low) if high > low else 0.0
    stretched = (np.where(finite, samples, low).astype(np.float64) - low) * scale
    return np.floor(stretched + 0.5).astype(np.uint8)


def without_idle_alpha(pixels: Pixels) -> Pixels:
    """``uint8[h, w, 4]`` as it is, or without its alpha channel where every pixel is opaque."""
    samples = np.ascontiguousarray(pixels)
    darkest = int(samples.view("<u4").min())  # alpha is the most significant byte of each pixel
    if darkest >> 24 < OPAQUE:
        return samples
    return np.asarray(kornia_rs.imgproc.rgb_from_rgba(samples))
