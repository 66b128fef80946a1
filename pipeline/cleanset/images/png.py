"""PNG: the header and the chunk structure read by us, the pixels by a decoder that gets critical chunks only.

The decoders see ``IHDR``, ``PLTE``, ``tRNS``, ``IDAT`` and ``IEND`` and nothing else, so a compressed text or color
profile can be as large as it likes: it is never inflated. An animation shows its default image.
Layout: PNG specification, third edition, sections 5 and 11.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from cleanset.images import exif
from cleanset.images.limits import NoPictureError
from cleanset.schemas import Status

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
MAX_CHUNKS = 1 << 17
"""More chunks than this are refused: 256 MB in chunks of 2 KB, which is smaller than any encoder writes."""
_IHDR_END = 33
_FRAMING = 12
"""Bytes of a chunk around its content: length, type, CRC-32."""


@dataclass(frozen=True, slots=True)
class Png:
    """What the chunks say.

    Attributes:
        color: PNG color type.
        palette: content of ``PLTE``; empty where there is none.
        transparency: content of ``tRNS``; empty where there is none.
        orientation: EXIF orientation from ``eXIf``.
        scans: the ``IDAT`` chunks whole, as slices of the file.
        complete: the file goes on to ``IEND``.
    """

    width: int
    height: int
    depth: int
    color: int
    interlaced: bool
    palette: bytes
    transparency: bytes
    orientation: int
    scans: tuple[slice, ...]
    complete: bool


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def read_size(data: bytes) -> tuple[int, int]:
    """Width and height as ``IHDR`` gives them.

    Raises:
        NoPictureError: ``IHDR`` is cut, damaged or not the first chunk.
    """
    if len(data) < _IHDR_END:
        raise NoPictureError(Status.TRUNCATED, f"PNG of {len(data)} bytes ends inside its header")
    if data[12:16] != b"IHDR" or struct.pack(">I", zlib.crc32(data[12:29])) != data[29:33]:
        raise NoPictureError(Status.UNDECODABLE, "PNG header chunk is damaged")
    width, height = struct.unpack_from(">II", data, 16)
    if not width or not height:
        raise NoPictureError(Status.UNDECODABLE, f"PNG of {width} x {height} pixels")
    return width, height


def read_chunks(data: bytes) -> Png:
    """The file's structure; ``read_size`` has accepted it.

    Raises:
        NoPictureError: the pixels are cut off, there are none, or there are too many chunks.
    """
    width, height = struct.unpack_from(">II", data, 16)
    depth, color, _, _, interlace = data[24:29]
    contents = {b"PLTE": b"", b"tRNS": b"", b"eXIf": b""}
    scans: list[slice] = []
    at, complete = _IHDR_END, False
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(data):
            break
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + length + _FRAMING
        if name == b"IEND":
            complete = True
            break
        if end > len(data):
            raise NoPictureError(Status.TRUNCATED, f"PNG chunk {name!r} needs {end} bytes, the file has {len(data)}")
        if name == b"IDAT":
            scans.append(slice(at, end))
        elif name in contents:
            contents[name] = data[at + 8 : end - 4]
        at = end
    else:
        raise NoPictureError(Status.UNDECODABLE, f"PNG has more than {MAX_CHUNKS} chunks")
    if not scans:
        raise NoPictureError(Status.UNDECODABLE if complete else Status.TRUNCATED, "PNG has no pixels")
    turn = exif.orientation(contents[b"eXIf"])
    return Png(
        width, height, depth, color, interlace != 0, contents[b"PLTE"], contents[b"tRNS"], turn, tuple(scans), complete
    )


def is_plain(png: Png) -> bool:
    """Whether the fast decoder can read the samples: 8 bits in rows from top to bottom, no second channel of alpha."""
    return (
        png.depth == 8  # noqa: PLR2004 - bits
        and not png.interlaced
        and (png.color in (RGBA, PALETTE) or (png.color in (GREY, RGB) and not png.transparency))
    )


def bare(data: bytes, png: Png, color: int) -> bytes:
    """A PNG of the critical chunks only, whose header says color type ``color``.

    A palette picture that says ``GREY`` decodes to its palette indices: both have one sample per pixel.
    """
    header = struct.pack(">IIBBBBB", png.width, png.height, png.depth, color, 0, 0, png.interlaced)
    colors = _chunk(b"PLTE", png.palette) if color == PALETTE else b""
    clear = _chunk(b"tRNS", png.transparency) if png.transparency and color == png.color else b""
    pixels = [data[scan] for scan in png.scans]
    return b"".join([SIGNATURE, _chunk(b"IHDR", header), colors, clear, *pixels, _chunk(b"IEND", b"")])


def check_scans(data: bytes, png: Png) -> None:
    """Every ``IDAT`` chunk has its checksum; for decoders that do not look.

    Raises:
        NoPictureError: one has not.
    """
    for scan in png.scans:
        content = memoryview(data)[scan.start + 4 : scan.stop - 4]
        if zlib.crc32(content) != int.from_bytes(data[scan.stop - 4 : scan.stop], "big"):
            raise NoPictureError(Status.UNDECODABLE, f"PNG pixels are damaged: wrong CRC before byte {scan.stop}")
