"""The identity of decoded pixels."""

from __future__ import annotations

import struct

import kornia_rs.imgproc
import numpy as np
from blake3 import blake3

from cleanset.images.decode import Picture
from cleanset.images.modes import STRIP_AREA

SIZE = 16
_GREY, _RGB = 1, 3


def pixel_id(picture: Picture) -> bytes:
    """Digest of the size, the mode and every pixel, 16 bytes.

    BLAKE3 over three little-endian 32-bit numbers (width and height of the file after orientation, channels: 3 or 4),
    then the pixels in rows from the top, as RGB where every pixel is opaque, else as RGBA. Grey is digested as RGB. So
    equal pixels agree in PNG, BMP and lossless WebP, also over a palette, and a picture that differs in one pixel, in
    its colors or in its transparency does not. A JPEG whose shorter side is at least ``2 * decode.SHORT_SIDE`` is
    digested at the scale at which it was decoded. 16-bit samples are digested at 8 bits.

    A cryptographic digest, because equal digests merge two samples without another look: with a fast hash one could
    make a picture that takes the place, or the license, of another.
    """
    pixels = picture.pixels
    height, width, channels = pixels.shape
    digest = blake3(struct.pack("<III", picture.width, picture.height, max(channels, _RGB)))
    if channels != _GREY:
        digest.update(pixels.data)
        return digest.digest(SIZE)
    rows = max(STRIP_AREA // width, 1)
    for top in range(0, height, rows):
        digest.update(np.asarray(kornia_rs.imgproc.rgb_from_gray(pixels[top : top + rows])).data)
    return digest.digest(SIZE)
