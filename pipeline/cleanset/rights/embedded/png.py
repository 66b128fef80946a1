"""Metadata chunks of a PNG file (PNG, third edition; C2PA A.3)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from cleanset.rights.embedded.packet import MAX_PACKET, MAX_SEGMENTS, Packet, PacketKind, Seen, parse_error
from cleanset.rights.evidence import Layer

_CHUNK = struct.Struct(">I4s")
_FRAME = 12
"""Bytes of a chunk besides its payload: length, type, CRC."""
_KINDS = {
    b"tEXt": PacketKind.PNG_TEXT,
    b"zTXt": PacketKind.PNG_DEFLATED_TEXT,
    b"iTXt": PacketKind.PNG_INTERNATIONAL_TEXT,
    b"eXIf": PacketKind.EXIF,
    b"caBX": PacketKind.C2PA,
}


def find_png_packets(image: bytes) -> Iterator[Seen]:
    """The text, EXIF and C2PA chunks of ``image``, also those after the pixels; ``iCCP`` is not looked at."""
    offset, end = 8, len(image) - 8
    unpack, kinds = _CHUNK.unpack_from, _KINDS
    for _ in range(MAX_SEGMENTS):
        if offset > end:
            return
        length, name = unpack(image, offset)
        if name in kinds:
            yield Packet(kinds[name], image[offset + 8 : offset + 8 + min(length, MAX_PACKET)])
        elif name == b"IEND":
            return
        offset += _FRAME + length
    yield parse_error(Layer.PNG_TEXT, f"PNG: more than {MAX_SEGMENTS} chunks")
