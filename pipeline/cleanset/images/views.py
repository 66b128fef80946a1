"""Further views of a picture, as copies of it are seen: without margins, or flattened on a background.

A copy with a border is found by its trimmed view. A copy of a transparent picture by a writer that knows no alpha shows
the picture on that writer's background: white (browsers, img2dataset), black, or grey. Averages are linear, so all
backgrounds follow from the averages of the picture on black and of its alpha; luma on black is luma times alpha.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from cleanset.images import pdq, thumbnail
from cleanset.images.luma import grey_of
from cleanset.images.modes import OPAQUE, Pixels
from cleanset.images.resample import FloatArray
from cleanset.images.trim import framed
from cleanset.schemas import View

BACKGROUNDS = {View.ON_WHITE: 255, View.ON_BLACK: 0, View.ON_GREY: 128}
"""Grey levels."""
READ_SIDE = 256
"""Of a transparent picture whose shorter side is k times as long, every k-th row and column is read."""
_RGB, _RGBA = 3, 4


@dataclass(frozen=True, slots=True, eq=False)
class Viewed:
    """A view until it is hashed.

    Attributes:
        view: which.
        pdq: ``float32[64, 64]``.
        thumbnail: ``uint8[16, 16, 3]``.
    """

    view: View
    pdq: FloatArray
    thumbnail: Pixels


def further_views(pixels: Pixels, luma: FloatArray) -> list[Viewed]:
    """The views of pixels ``uint8[h, w, c]`` beside the plain one; ``luma`` is theirs, ``float32[h', w']``.

    A transparent picture is seen on each background, any other without its margins, if it has some.
    """
    return _flattened(pixels, luma) if pixels.shape[2] == _RGBA else _trimmed(pixels, luma)


def _trimmed(pixels: Pixels, luma: FloatArray) -> list[Viewed]:
    box = framed(luma)
    if box is None:
        return []
    whole = box.scaled(pixels.shape[0] / luma.shape[0], pixels.shape[1] / luma.shape[1])
    small = pdq.shrink(np.ascontiguousarray(luma[box.top : box.bottom, box.left : box.right]))
    cells = thumbnail.shrink(pixels[whole.top : whole.bottom, whole.left : whole.right])
    return [Viewed(View.TRIMMED, small, cells)]


def _flattened(pixels: Pixels, luma: FloatArray) -> list[Viewed]:
    step = max(min(pixels.shape[:2]) // READ_SIDE, 1)
    read = pixels[step // 2 :: step, step // 2 :: step]
    grey = luma[step // 2 :: step, step // 2 :: step] if luma.shape == pixels.shape[:2] else grey_of(read)
    alpha = read[:, :, _RGB].astype(np.float32)
    on_black, visible = pdq.shrink(grey * (alpha / np.float32(OPAQUE))), pdq.shrink(alpha)
    cells = thumbnail.averages(_premultiplied(thumbnail.sampled(read)))
    return [
        Viewed(
            view,
            on_black + np.float32(level / OPAQUE) * (np.float32(OPAQUE) - visible),
            thumbnail.rounded(
                cells[:, :, :_RGB] + np.float32(level / OPAQUE) * (np.float32(OPAQUE) - cells[:, :, _RGB:])
            ),
        )
        for view, level in BACKGROUNDS.items()
    ]


def _premultiplied(pixels: Pixels) -> Pixels:
    """The colors that pixels ``uint8[h, w, 4]`` show on black, and their alpha."""
    size = (pixels.shape[1], pixels.shape[0])
    return np.asarray(Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1).convert("RGBa"))
