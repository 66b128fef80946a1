"""The first directory of a TIFF block: orientation for EXIF, and a check that its entries cost no more than the file.

Layout: TIFF 6.0 section 2; BigTIFF as libtiff documents it; EXIF is a classic TIFF block (CIPA DC-008, 4.5.2).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cleanset.images.limits import NoPictureError
from cleanset.schemas import Status

ORIENTATION = 274
UPRIGHT = 1
_VALUE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_SHORT = 3
_BIG_TIFF = 43
_FIRST_TURNED, _LAST = 5, 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One directory entry; ``size`` is what its values take, ``short`` its value read as one 16-bit number."""

    tag: int
    kind: int
    size: int
    short: int


def first_directory(block: bytes | memoryview) -> Iterator[Entry]:
    """The entries of the first directory; ends early where the block does or where it is no TIFF block."""
    order = {b"II": "<", b"MM": ">"}.get(bytes(block[:2]), "")
    if not order:
        return
    try:
        version, offset = struct.unpack_from(f"{order}HI", block, 2)
        if version == _BIG_TIFF:
            layout, count_layout = f"{order}HHQH", f"{order}Q"
            offset = struct.unpack_from(f"{order}Q", block, 8)[0]
            width = 20
        else:
            layout, count_layout, width = f"{order}HHIH", f"{order}H", 12
        count = struct.unpack_from(count_layout, block, offset)[0]
        start = offset + struct.calcsize(count_layout)
        for at in range(start, start + min(count, 1 << 16) * width, width):
            tag, kind, values, short = struct.unpack_from(layout, block, at)
            yield Entry(tag, kind, values * _VALUE_BYTES.get(kind, 0), short)
    except struct.error:
        return


def orientation(block: bytes | memoryview) -> int:
    """EXIF orientation 1 to 8 of a TIFF block, also one behind the prefix of an EXIF segment; 1 where there is none."""
    start = 6 if block[:6] == b"Exif\0\0" else 0
    for entry in first_directory(memoryview(block)[start:]):
        if entry.tag == ORIENTATION and entry.kind == _SHORT and UPRIGHT <= entry.short <= _LAST:
            return entry.short
    return UPRIGHT


def turned(orientation: int) -> bool:
    """Whether this orientation exchanges width and height."""
    return orientation >= _FIRST_TURNED


def upright(pixels: npt.NDArray[np.uint8], orientation: int) -> npt.NDArray[np.uint8]:
    """Pixels ``[h, w, c]`` as a viewer shows them."""
    if orientation == UPRIGHT:
        return pixels
    if turned(orientation):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def check_directory(data: bytes) -> None:
    """The first directory of a TIFF file lies in the file, and its entries take no more bytes than the file has.

    Pillow copies the values of every entry, so 65,535 entries that all point at the whole file would take as many
    times its size.

    Raises:
        NoPictureError: otherwise.
    """
    entries = list(first_directory(data))
    if not entries:
        raise NoPictureError(Status.TRUNCATED, f"TIFF of {len(data)} bytes has no directory")
    claimed = sum(entry.size for entry in entries)
    if claimed > len(data):
        raise NoPictureError(Status.UNDECODABLE, f"TIFF entries claim {claimed} bytes, the file has {len(data)}")
