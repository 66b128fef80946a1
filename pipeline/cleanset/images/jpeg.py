"""JPEG: what the markers say. Layout: ITU-T T.81, annex B."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from cleanset.images import exif
from cleanset.images.limits import NoPictureError
from cleanset.schemas import Status

SIGNATURE = b"\xff\xd8\xff"
END = b"\xff\xd9"
BYTE = 8
"""Bits per sample of the JPEGs that are in use; 12 exists."""
MAX_SEGMENTS = 1 << 16
"""More segments than this are refused."""
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
"""A marker but those that restart entropy-coded data."""
_START_OF_SCAN, _END_OF_IMAGE, _EXIF = 0xDA, 0xD9, 0xE1
_STANDALONE = frozenset([0x01, 0xD8])
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_LEAST_SCAN = 6
"""Bytes of the shortest scan header: one component."""
_COEFFICIENTS = (1 << 64) - 1
"""A bit for each coefficient of a block."""


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
    for code, at, end in _segments(data):
        if code in (_START_OF_SCAN, _END_OF_IMAGE):
            break
        if code in _FRAMES and frame is None:
            frame = _read_frame(data, at)
        elif code == _EXIF and turn == exif.UPRIGHT and data[at : at + 6] == b"Exif\0\0":
            turn = exif.orientation(data[at:end])
    else:
        raise NoPictureError(Status.TRUNCATED, f"JPEG of {len(data)} bytes ends before its pixels")
    if frame is None:
        raise NoPictureError(Status.UNDECODABLE, "JPEG has no frame header")
    precision, height, width, components = frame
    if not width or not height:
        raise NoPictureError(Status.UNDECODABLE, f"JPEG of {width} x {height} pixels")
    return Jpeg(width, height, precision, components, turn)


def has_every_scan(data: bytes) -> bool:
    """Whether the scans give every coefficient of every component in full (T.81, G.1.1); ``read_header`` accepted it.

    A progressive file that is cut between two scans looks well-formed, and shows a coarse picture.
    """
    exact: dict[int, int] = {}
    for code, at, end in _segments(data):
        if code in _FRAMES and not exact:
            exact = dict.fromkeys(data[at + 6 : end : 3], 0)
        elif code == _START_OF_SCAN:
            for component, coefficients in _given_in_full(data[at:end]):
                exact[component] = exact.get(component, 0) | coefficients
        elif code == _END_OF_IMAGE:
            break
    return bool(exact) and all(found & _COEFFICIENTS == _COEFFICIENTS for found in exact.values())


def _given_in_full(scan: bytes) -> Iterator[tuple[int, int]]:
    """Each component of a scan header, with the bits of the coefficients whose last bit the scan gives."""
    if len(scan) < _LEAST_SCAN:
        return
    *components, first, last, precision = scan[1:]
    if not precision & 0x0F:  # how many bits are still left out
        yield from ((component, (_COEFFICIENTS >> first << first) & ((2 << last) - 1)) for component in components[::2])


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Code of each marker, and where the content of its segment begins and ends; what lies between is skipped.

    Raises:
        NoPictureError: there are more than ``MAX_SEGMENTS``.
    """
    at = len(SIGNATURE) - 1
    for _ in range(MAX_SEGMENTS):
        marker = _MARKER.search(data, at)
        if marker is None or marker.end() + 2 > len(data):
            return
        code, at = marker[1][0], marker.end()
        if code not in _STANDALONE:
            start, at = at + 2, at + max(int.from_bytes(data[at : at + 2], "big"), 2)
            yield code, start, at
    raise NoPictureError(Status.UNDECODABLE, f"JPEG has more than {MAX_SEGMENTS} segments")


def _read_frame(data: bytes, at: int) -> tuple[int, int, int, int]:
    if at + 6 > len(data):
        raise NoPictureError(Status.TRUNCATED, f"JPEG of {len(data)} bytes ends in its frame header")
    precision, height, width, components = struct.unpack_from(">BHHB", data, at)
    return precision, height, width, components
