"""PNG: the header and the chunk structure read by us, the pixels by a decoder that gets critical chunks only.

The decoders see ``IHDR``, ``PLTE``, ``tRNS``, ``IDAT`` and ``IEND`` and nothing else, so a compressed text or color
profile can be as large as it likes: it is never inflated. An animation shows its default image.
Layout: PNG specification, third edition, sections 5 and 11.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cleanset.images import exif
from cleanset.images.limits import NoPictureError
from cleanset.schemas import Status

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
MAX_CHUNKS = 1 << 17
"""More chunks than this are refused: 256 MB in chunks of 2 KB, which is smaller than any encoder writes."""
_IHDR_END = 33
_BYTE = 8
_OPAQUE = 255
_SAMPLES = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column, first row, and steps across and down of each pass (PNG, section 8)."""
_PIECE = 1 << 20
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
        NoPictureError: the pixels are cut off, there are none, the palette is damaged, or the chunks are too many.
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
            contents[name] = data[at + 8 : end - 4] if name == b"eXIf" else _checked(data, slice(at, end))
        at = end
    else:
        raise NoPictureError(Status.UNDECODABLE, f"PNG has more than {MAX_CHUNKS} chunks")
    if not scans:
        raise NoPictureError(Status.UNDECODABLE if complete else Status.TRUNCATED, "PNG has no pixels")
    turn = exif.orientation(contents[b"eXIf"])
    return Png(
        width, height, depth, color, interlace != 0, contents[b"PLTE"], contents[b"tRNS"], turn, tuple(scans), complete
    )


def _checked(data: bytes, chunk: slice) -> bytes:
    """The content of a chunk whose checksum is right."""
    if zlib.crc32(data[chunk.start + 4 : chunk.stop - 4]) != int.from_bytes(data[chunk.stop - 4 : chunk.stop], "big"):
        raise NoPictureError(Status.UNDECODABLE, f"PNG is damaged: wrong CRC before byte {chunk.stop}")
    return data[chunk.start + 8 : chunk.stop - 4]


def is_plain(png: Png) -> bool:
    """Whether the fast decoder can read the samples: 8 bits in rows from top to bottom."""
    return (
        png.depth == _BYTE
        and not png.interlaced
        and (png.color in (RGBA, PALETTE, GREY_ALPHA) or (png.color in (GREY, RGB) and not png.transparency))
    )


def bare(data: bytes, png: Png, color: int, depth: int) -> bytes:
    """A PNG of the critical chunks only, whose header says color type ``color`` and ``depth`` bits per sample.

    A palette picture that says ``GREY`` decodes to its palette indices: both have one sample per pixel. Grey and alpha
    of 8 bits that say ``GREY`` of 16 decode to both in one number, since rows and filters know bytes only.
    """
    header = struct.pack(">IIBBBBB", png.width, png.height, depth, color, 0, 0, png.interlaced)
    colors = _chunk(b"PLTE", png.palette) if color == PALETTE else b""
    clear = _chunk(b"tRNS", png.transparency) if png.transparency and color == png.color else b""
    pixels = [data[scan] for scan in png.scans]
    return b"".join([SIGNATURE, _chunk(b"IHDR", header), colors, clear, *pixels, _chunk(b"IEND", b"")])


def palette_colors(png: Png) -> npt.NDArray[np.uint8]:
    """The colors ``uint8[256, 4]`` of a palette picture as RGBA; opaque black behind the end of its palette."""
    colors = np.zeros((256, 4), np.uint8)
    colors[:, 3] = _OPAQUE
    entries = np.frombuffer(png.palette[: 3 * 256], np.uint8)
    colors[: len(entries) // 3, :3] = entries[: len(entries) // 3 * 3].reshape(-1, 3)
    alpha = np.frombuffer(png.transparency[:256], np.uint8)
    colors[: len(alpha), 3] = alpha
    return colors


def _grey_alpha_colors() -> npt.NDArray[np.uint8]:
    both = np.arange(1 << 16)
    return np.stack([both >> 8, both >> 8, both >> 8, both & _OPAQUE], axis=1).astype(np.uint8)


GREY_ALPHA_COLORS = _grey_alpha_colors()
"""``uint8[65536, 4]``: the RGBA color of each number whose upper byte is grey and whose lower byte is alpha."""


def check_scans(data: bytes, png: Png) -> None:
    """Every ``IDAT`` chunk has its checksum, and together they inflate to every row.

    For decoders that look at neither: Pillow leaves rows black that are not there.

    Raises:
        NoPictureError: otherwise.
    """
    inflate = zlib.decompressobj()
    missing = _raw_size(png)
    for scan in png.scans:
        missing -= _inflated(inflate, _checked(data, scan), missing)
    if missing > 0:
        raise NoPictureError(
            Status.UNDECODABLE if png.complete else Status.TRUNCATED, f"PNG pixels are {missing} bytes short"
        )


def _inflated(inflate: zlib._Decompress, content: bytes, wanted: int) -> int:
    """How many of the bytes that are wanted this content inflates to; nothing is kept."""
    got = 0
    pending = content
    try:
        while got < wanted and not inflate.eof:
            piece = inflate.decompress(pending, min(wanted - got, _PIECE))
            if not piece:
                break
            got += len(piece)
            pending = inflate.unconsumed_tail
    except zlib.error as error:
        raise NoPictureError(Status.UNDECODABLE, f"PNG pixels are damaged: {error}") from error
    return got


def _raw_size(png: Png) -> int:
    """Bytes of all rows before compression, each with its filter byte; an interlaced picture has seven passes."""
    bits = png.depth * _SAMPLES.get(png.color, 1)
    passes = _ADAM7 if png.interlaced else ((0, 0, 1, 1),)
    sizes = ((-(-(png.width - x) // across), -(-(png.height - y) // down)) for x, y, across, down in passes)
    return sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 and rows > 0)
