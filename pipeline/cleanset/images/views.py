"""Further views of a picture, as copies of it are seen: without margins, or flattened on a background.

A copy with a border is found by its trimmed view. A copy of a transparent picture by a writer that knows no alpha shows
the picture on that writer's background: white (browsers, img2dataset), black, or grey. Averages are linear, so all
backgrounds follow from the averages of the picture on black and of its alpha; luma on black is luma times alpha.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cleanset.images import pdq, thumbnail
from cleanset.images.luma import grey_of
from cleanset.images.modes import OPAQUE, Pixels, image_of
from cleanset.images.resample import FloatArray
from cleanset.images.trim import framed
from cleanset.schemas import View

BACKGROUNDS = {View.ON_WHITE: 255, View.ON_BLACK: 0, View.ON_GREY: 128}
"""Grey levels."""
READ_SIDE = 256
"""Of a transparent picture whose shorter side is k times as long, every k-th row and column is read."""
_SHOWN = np.array([level / OPAQUE for level in BACKGROUNDS.values()], np.float32)
"""The backgrounds as shares of white."""
_RGB, _RGBA = 3, 4


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """The k further views of a picture, until they are hashed.

    Attributes:
        kinds: which k views.
        pdq: ``float32[k, 64, 64]``.
        thumbnails: ``uint8[k, 16, 16, 3]``.
    """

    kinds: tuple[View, ...]
    pdq: FloatArray
    thumbnails: Pixels


NO_VIEWS = Views((), np.empty((0, pdq.SIDE, pdq.SIDE), np.float32), np.empty((0, *thumbnail.SHAPE), np.uint8))


def further_views(pixels: Pixels, luma: FloatArray) -> Views:
    """The views of pixels ``uint8[h, w, c]`` beside the plain one; ``luma`` is theirs, ``float32[h', w']``.

    A transparent picture is seen on each background, any other without its margins, if it has some.
    """
    return _flattened(pixels, luma) if pixels.shape[2] == _RGBA else _trimmed(pixels, luma)


def _trimmed(pixels: Pixels, luma: FloatArray) -> Views:
    box = framed(luma)
    if box is None:
        return NO_VIEWS
    whole = box.scaled(pixels.shape[0] / luma.shape[0], pixels.shape[1] / luma.shape[1])
    small = pdq.shrink(np.ascontiguousarray(luma[box.top : box.bottom, box.left : box.right]))
    cells = thumbnail.shrink(pixels[whole.top : whole.bottom, whole.left : whole.right])
    return Views((View.TRIMMED,), small[None], cells[None])


def _flattened(pixels: Pixels, luma: FloatArray) -> Views:
    step = max(min(pixels.shape[:2]) // READ_SIDE, 1)
    every = np.s_[step // 2 :: step, step // 2 :: step]
    whole = np.ascontiguousarray(pixels.view("<u4")[every])  # a pixel is moved as one number, alpha its highest byte
    read = whole.view(np.uint8)
    grey = luma[every] if luma.shape == pixels.shape[:2] else grey_of(read)
    alpha = (whole[:, :, 0] >> 24).astype(np.float32)
    visible = pdq.shrink(alpha)
    alpha *= grey
    on_black = pdq.shrink(alpha) / np.float32(OPAQUE)
    cells = thumbnail.averages(_premultiplied(thumbnail.sampled(read)))
    return Views(
        tuple(BACKGROUNDS),
        on_black + _SHOWN[:, None, None] * (np.float32(OPAQUE) - visible),
        thumbnail.rounded(cells[:, :, :_RGB] + _SHOWN[:, None, None, None] * (np.float32(OPAQUE) - cells[:, :, _RGB:])),
    )


def _premultiplied(pixels: Pixels) -> Pixels:
    """The colors that pixels ``uint8[h, w, 4]`` show on black, and their alpha."""
    return np.asarray(image_of(pixels, "RGBA").convert("RGBa"))
