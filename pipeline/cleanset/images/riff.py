"""WebP: the size of the canvas, which Pillow's decoder allocates as soon as it is opened. Layout: RFC 9649."""

from __future__ import annotations

import struct

from cleanset.images.limits import NoPictureError
from cleanset.schemas import Status

_HEADER_END = 30


def read_size(data: bytes) -> tuple[int, int]:
    """Width and height of the canvas.

    Raises:
        NoPictureError: the file is shorter than it says, or its first chunk is not a picture's.
    """
    if len(data) < _HEADER_END or int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise NoPictureError(Status.TRUNCATED, f"WEBP of {len(data)} bytes is shorter than it says")
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise NoPictureError(Status.UNDECODABLE, f"WEBP whose first chunk is {kind!r}")
