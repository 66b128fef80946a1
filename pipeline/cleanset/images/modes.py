"""Pillow's many modes as three: grey, RGB, and RGBA where a pixel is not opaque."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import kornia_rs.imgproc
import numpy as np
import numpy.typing as npt
from PIL import Image

from cleanset.images.limits import NoPictureError
from cleanset.schemas import Status

Pixels = npt.NDArray[np.uint8]
OPAQUE = 255
STRIP_AREA = 1 << 20
"""Pixels that are converted at a time, so that a conversion never holds a second copy of a large picture."""
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
        return without_idle_alpha(_assembled(image, 4, lambda strip: _converted(strip, "RGBA")))
    if mode in _OVER_RGB:
        return _assembled(image, 3, lambda strip: _converted(strip, "RGB"))
    if mode in ("1", "L"):
        return _assembled(image, 1, lambda strip: np.asarray(strip.convert("L"))[:, :, None])
    if mode.startswith("I;16"):
        return _assembled(image, 1, lambda strip: (np.asarray(strip) >> 8).astype(np.uint8)[:, :, None])
    if mode in ("I", "F"):
        return _stretched(image)
    raise NoPictureError(Status.UNSUPPORTED, f"color mode {mode} has no conversion to RGB")


def _converted(strip: Image.Image, mode: str) -> Pixels:
    return np.asarray(strip if strip.mode == mode and "transparency" not in strip.info else strip.convert(mode))


def looked_up(samples: npt.NDArray[np.uint8] | npt.NDArray[np.uint16], colors: Pixels) -> Pixels:
    """RGBA pixels ``uint8[h, w, 4]`` of samples ``[h, w, 1]`` that are rows of ``colors``, ``uint8[n, 4]``."""
    height, width, _ = samples.shape
    indices = samples.reshape(height, width)
    whole_colors = colors.view(np.uint32).reshape(-1)  # a color is moved as one number
    pixels = np.empty((height, width), np.uint32)
    rows = max(STRIP_AREA // width, 1)  # numpy widens the indices to 8 bytes
    for top in range(0, height, rows):
        np.take(whole_colors, indices[top : top + rows], out=pixels[top : top + rows], mode="clip")
    return pixels.view(np.uint8).reshape(height, width, 4)


def _strips(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """The image in parts of ``STRIP_AREA`` pixels, each with its first row."""
    rows = max(STRIP_AREA // image.width, 1)
    if image.height <= rows:
        yield 0, image
        return
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        yield top, strip


def _assembled(image: Image.Image, channels: int, convert: Callable[[Image.Image], Pixels]) -> Pixels:
    pixels = np.empty((image.height, image.width, channels), np.uint8)
    for top, strip in _strips(image):
        pixels[top : top + strip.height] = convert(strip)
    return pixels


def _stretched(image: Image.Image) -> Pixels:
    """Samples from least to greatest as 0 to 255; those that are not finite count as the least."""
    finite = [samples[np.isfinite(samples)] for samples in (np.asarray(strip) for _, strip in _strips(image))]
    low = min((float(samples.min()) for samples in finite if samples.size), default=0.0)
    high = max((float(samples.max()) for samples in finite if samples.size), default=0.0)
    scale = 255.0 / (high - low) if high > low else 0.0

    def convert(strip: Image.Image) -> Pixels:
        samples = np.asarray(strip, np.float64)
        known = np.where(np.isfinite(samples), samples, low)
        return np.floor((known - low) * scale + 0.5).astype(np.uint8)[:, :, None]

    return _assembled(image, 1, convert)


def without_idle_alpha(pixels: Pixels) -> Pixels:
    """``uint8[h, w, 4]`` as it is, or without its alpha channel where every pixel is opaque."""
    samples = np.ascontiguousarray(pixels)
    darkest = int(samples.view("<u4").min())  # alpha is the most significant byte of each pixel
    if darkest >> 24 < OPAQUE:
        return samples
    return np.asarray(kornia_rs.imgproc.rgb_from_rgba(samples))


def image_of(pixels: Pixels, mode: str) -> Image.Image:
    """Pixels ``uint8[h, w]`` or ``[h, w, 4]`` as Pillow sees them, without a copy; ``RGBX`` is RGBA seen as opaque."""
    height, width = pixels.shape[:2]
    return Image.frombuffer(mode, (width, height), np.ascontiguousarray(pixels), "raw", mode, 0, 1)
