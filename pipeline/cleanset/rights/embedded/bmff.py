"""Metadata of files made of boxes: items of AVIF and HEIC (ISO/IEC 14496-12, 23008-12), boxes of JPEG XL (18181-2).

Of C2PA only the presence (C2PA A.5).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from cleanset.rights.embedded.packet import MAX_PACKET, Packet, PacketKind, Seen, parse_error
from cleanset.rights.evidence import Layer

_BOX = struct.Struct(">I4s")
_MAX_BOXES = 4096
_MAX_ITEMS = 4096
_MAX_EXTENTS = 64
_C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_XMP_TYPES = ([b"application/rdf+xml"], [b"application/xml+rdf"])


class _DamagedError(ValueError):
    """A structure that ends before its own counts say."""


@dataclass(slots=True)
class _Cursor:
    """A position in ``raw`` that refuses to leave it."""

    raw: bytes
    at: int = 0

    def uint(self, width: int) -> int:
        """The next ``width`` bytes as an unsigned number; 0 for width 0."""
        if self.at + width > len(self.raw):
            raise _DamagedError
        self.at += width
        return int.from_bytes(self.raw[self.at - width : self.at], "big")


def find_bmff_packets(image: bytes) -> Iterator[Seen]:
    """The EXIF and XMP items of ``image``, and its C2PA box, in file order."""
    for name, start, end in _boxes(image, 0, len(image)):
        if name == b"meta":
            yield from _item_packets(image, start + 4, end)
        elif name == b"uuid" and image.startswith(_C2PA_UUID, start):
            yield Packet(PacketKind.C2PA, image[start + 16 : min(end, start + 16 + MAX_PACKET)])
        elif name == b"uuid" and image.startswith(_XMP_UUID, start):
            yield Packet(PacketKind.XMP, image[start + 16 : min(end, start + 16 + MAX_PACKET)])


def find_jxl_packets(image: bytes) -> Iterator[Seen]:
    """The EXIF, XMP and C2PA boxes of a JPEG XL container; one that is compressed with Brotli counts as not read."""
    for name, start, end in _boxes(image, 0, len(image)):
        raw = image[start : min(end, start + MAX_PACKET)]
        if name == b"Exif":
            yield Packet(PacketKind.EXIF, raw[4 + int.from_bytes(raw[:4], "big") :])
        elif name == b"xml ":
            yield Packet(PacketKind.XMP, raw)
        elif name == b"jumb":
            yield Packet(PacketKind.C2PA, raw)
        elif name == b"brob" and raw[:4] in {b"Exif", b"xml ", b"jumb"}:
            yield parse_error(Layer.EXIF, f"JPEG XL: a compressed {raw[:4].decode().strip()} box")


def _boxes(image: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(type, start, end of payload) of the boxes that lie side by side in ``[start, end)``."""
    for _ in range(_MAX_BOXES):
        if start + 8 > end:
            return
        size, name = _BOX.unpack_from(image, start)
        header = 8
        if size == 1:
            size, header = int.from_bytes(image[start + 8 : start + 16], "big"), 16
        elif size == 0:
            size = end - start
        if size < header:
            return
        yield name, start + header, min(start + size, end)
        start += size


def _item_packets(image: bytes, start: int, end: int) -> Iterator[Seen]:
    """The packets of the items that one ``meta`` box declares."""
    children = {name: image[begin:stop] for name, begin, stop in _boxes(image, start, end)}
    try:
        kinds = _metadata_items(children.get(b"iinf", b""))
        extents = _extents(children.get(b"iloc", b""), set(kinds), children.get(b"idat", b""), image) if kinds else {}
    except _DamagedError:
        yield parse_error(Layer.EXIF, "ISO-BMFF: item tables end too early")
        return
    for item, kind in kinds.items():
        if item not in extents:
            yield parse_error(Layer.EXIF, f"ISO-BMFF: {kind} item without a location")
        elif kind is PacketKind.EXIF:
            raw = extents[item]
            yield Packet(kind, raw[4 + int.from_bytes(raw[:4], "big") :])
        else:
            yield Packet(kind, extents[item])


def _metadata_items(iinf: bytes) -> dict[int, PacketKind]:
    """The EXIF and XMP items by id, from the item information box."""
    cursor = _Cursor(iinf)
    if not iinf:
        return {}
    version = cursor.uint(4) >> 24
    cursor.uint(2 if version == 0 else 4)
    kinds: dict[int, PacketKind] = {}
    for name, start, end in _boxes(iinf, cursor.at, len(iinf)):
        entry = _Cursor(iinf[start:end])
        entry_version = entry.uint(4) >> 24
        if name != b"infe" or entry_version < 2:  # noqa: PLR2004 - versions 0 and 1 have no item type
            continue
        item = entry.uint(2 if entry_version == 2 else 4)  # noqa: PLR2004 - version 3 has wide ids
        entry.uint(2)
        kind = entry.uint(4).to_bytes(4, "big")
        if kind == b"Exif":
            kinds[item] = PacketKind.EXIF
        elif kind == b"mime" and entry.raw[entry.at :].split(b"\0", 2)[1:2] in _XMP_TYPES:
            kinds[item] = PacketKind.XMP
    return kinds


def _extents(iloc: bytes, wanted: set[int], idat: bytes, image: bytes) -> dict[int, bytes]:
    """The bytes of the wanted items, by id, from the item location box; an item stored elsewhere is left out."""
    cursor = _Cursor(iloc)
    version = cursor.uint(4) >> 24
    sizes = cursor.uint(2)
    offset_width, length_width, base_width, index_width = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    narrow = version < 2  # noqa: PLR2004 - version 2 has wide ids and counts
    found: dict[int, bytes] = {}
    left = min(len(image), MAX_PACKET)  # for all items together: many may claim the same bytes
    for _ in range(min(cursor.uint(2 if narrow else 4), _MAX_ITEMS)):
        item = cursor.uint(2 if narrow else 4)
        method = cursor.uint(2) & 15 if version else 0
        cursor.uint(2)
        base = cursor.uint(base_width)
        parts = []
        for number in range(cursor.uint(2)):
            cursor.uint(index_width if version else 0)
            offset, length = base + cursor.uint(offset_width), cursor.uint(length_width)
            if item in wanted and number < _MAX_EXTENTS:
                source = idat if method == 1 else image
                parts.append(source[offset : offset + min(length or len(source), left)])
                left -= len(parts[-1])
        if item in wanted and method in (0, 1):
            found[item] = b"".join(parts)
    return found
