"""Metadata chunks of a WebP file (RFC 9649; C2PA A.3)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from cleanset.rights.embedded.packet import MAX_PACKET, MAX_SEGMENTS, Packet, PacketKind, Seen, parse_error
from cleanset.rights.evidence import Layer

_CHUNK = struct.Struct("<4sI")
_KINDS = {b"EXIF": PacketKind.EXIF, b"XMP ": PacketKind.XMP, b"XMP\0": PacketKind.XMP, b"C2PA": PacketKind.C2PA}


def find_webp_packets(image: bytes) -> Iterator[Seen]:
    """The EXIF, XMP and C2PA chunks of ``image`` in file order; some writers end the name XMP with a zero byte."""
    offset, end = 12, len(image) - 8
    for _ in range(MAX_SEGMENTS):
        if offset > end:
            return
        name, length = _CHUNK.unpack_from(image, offset)
        if name in _KINDS:
            yield Packet(_KINDS[name], image[offset + 8 : offset + 8 + min(length, MAX_PACKET)])
        offset += 8 + length + (length & 1)
    yield parse_error(Layer.EXIF, f"WebP: more than {MAX_SEGMENTS} chunks")
