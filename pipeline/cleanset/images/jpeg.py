"""JPEG: what the markers before the first scan say. Layout: ITU-T T.81, annex B."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from cleanset.images import exif
from cleanset.images.limits import NoPictureError
from cleanset.schemas import Status

SIGNATURE = b"\xff\xd8\xff"
END = b"\xff\xd9"
BYTE = 8
"""Bits per sample of the JPEGs that are in use; 12 exists."""
MAX_SEGMENTS = 1 << 16
"""More segments than this before the first scan are refused."""
_MARKER = re.compile(rb"\xff+([^\x00\xff])", re.DOTALL)
_START_OF_SCAN, _END_OF_IMAGE, _EXIF = 0xDA, 0xD9, 0xE1
_STANDALONE = frozenset([0x01, *range(0xD0, 0xD9)])
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class Jpeg:
    """Size in pixels as stored, bits per sample, number of components, EXIF orientation."""

    width: int
    height: int
    precision: int
    components: int
    orientation: int


def read_header(data: bytes) -> Jpeg:
    """What the file says about its picture.

    Raises:
        NoPictureError: the file ends, or the scan begins, before it gave a size.
    """
    frame: tuple[int, int, int, int] | None = None
    turn = exif.UPRIGHT
    at = 2
    for _ in range(MAX_SEGMENTS):
        marker = _MARKER.search(data, at)
        if marker is None or marker.end() + 2 > len(data):
            raise NoPictureError(Status.TRUNCATED, f"JPEG of {len(data)} bytes ends before its pixels")
        code, at = marker[1][0], marker.end()
        if code in _STANDALONE:
            continue
        if code in (_START_OF_SCAN, _END_OF_IMAGE):
            break
        length = int.from_bytes(data[at : at + 2], "big")
        if code in _FRAMES and frame is None:
            frame = _read_frame(data, at + 2)
        elif code == _EXIF and turn == exif.UPRIGHT and data[at + 2 : at + 8] == b"Exif\0\0":
            turn = exif.orientation(data[at + 2 : at + length])
        at += max(length, 2)
    else:
        raise NoPictureError(Status.UNDECODABLE, f"JPEG has more than {MAX_SEGMENTS} segments")
    if frame is None:
        raise NoPictureError(Status.UNDECODABLE, "JPEG has no frame header")
    precision, height, width, components = frame
    if not width or not height:
        raise NoPictureError(Status.UNDECODABLE, f"JPEG of {width} x {height} pixels")
    return Jpeg(width, height, precision, components, turn)


def _read_frame(data: bytes, at: int) -> tuple[int, int, int, int]:
    if at + 6 > len(data):
        raise NoPictureError(Status.TRUNCATED, f"JPEG of {len(data)} bytes ends in its frame header")
    precision, height, width, components = struct.unpack_from(">BHHB", data, at)
    return precision, height, width, components
