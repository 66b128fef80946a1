"""Metadata segments of a JPEG file (ISO/IEC 10918-1, XMP specification part 3, C2PA A.3), up to its first scan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto

from cleanset.rights.embedded.packet import MAX_PACKET, MAX_SEGMENTS, Packet, PacketKind, Seen, parse_error
from cleanset.rights.evidence import Layer

_SOS, _EOI = 0xDA, 0xD9
_APP1, _APP11, _APP13, _COM = 0xE1, 0xEB, 0xED, 0xFE
_END_OF_BUDGET = -1
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})


class _Role(Enum):
    """Segments whose content is put together with that of others."""

    PHOTOSHOP = auto()
    EXTENDED_XMP = auto()
    JUMBF = auto()


_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_IDENTIFIERS: tuple[tuple[int, bytes, int, _Role | PacketKind], ...] = (
    (_APP1, b"Exif\0", 6, PacketKind.EXIF),
    (_APP1, _XMP, len(_XMP), PacketKind.XMP),
    (_APP1, b"XMP\0", 4, PacketKind.XMP),  # as a picture agency's software spoils the identifier
    (_APP1, _EXTENDED_XMP, len(_EXTENDED_XMP), _Role.EXTENDED_XMP),
    (_APP13, b"Photoshop 3.0\0", 14, _Role.PHOTOSHOP),
    (_APP13, b"Adobe_Photoshop2.5:", 19, _Role.PHOTOSHOP),
    (_APP11, b"JP", 0, _Role.JUMBF),
)
"""Marker, how the payload begins, bytes to leave out, what the rest is."""
_HAS_EXTENDED = re.compile(rb"HasExtendedXMP[\s>=\"']{1,16}([0-9A-Fa-f]{32})")
_EXTENDED_HEADER = 32 + 4 + 4
"""GUID, full length, offset."""
_JUMBF_HEAD = 128
"""Bytes in which the first JUMBF segment of a C2PA manifest store names it."""


def find_jpeg_packets(image: bytes) -> Iterator[Seen]:
    """The packets of ``image`` in file order; those spread over several segments come last, put together."""
    spread: dict[_Role, list[bytes]] = {role: [] for role in _Role}
    main_xmp = b""
    for marker, payload in _segments(image):
        if marker == _END_OF_BUDGET:
            yield parse_error(Layer.EXIF, f"JPEG: more than {MAX_SEGMENTS} segments")
        role, body = _classify(marker, payload)
        if isinstance(role, _Role):
            spread[role].append(body)
        elif role is not None:
            main_xmp = main_xmp or (body if role is PacketKind.XMP else b"")
            yield Packet(role, body)
    if spread[_Role.PHOTOSHOP]:
        yield Packet(PacketKind.PHOTOSHOP, b"".join(spread[_Role.PHOTOSHOP]))
    if spread[_Role.EXTENDED_XMP]:
        yield from _join_extensions(spread[_Role.EXTENDED_XMP], main_xmp)
    if any(b"c2pa" in part[:_JUMBF_HEAD] for part in spread[_Role.JUMBF]):
        yield Packet(PacketKind.C2PA, b"".join(spread[_Role.JUMBF]))


def _classify(marker: int, payload: bytes) -> tuple[_Role | PacketKind | None, bytes]:
    """What a segment is, and its content behind the identifier; None for one that holds no metadata."""
    if marker == _COM:
        return PacketKind.COMMENT, payload
    for of_marker, identifier, skipped, role in _IDENTIFIERS:
        if marker == of_marker and payload.startswith(identifier):
            return role, payload[skipped:]
    return None, b""


def _segments(image: bytes) -> Iterator[tuple[int, bytes]]:
    """(marker, payload) of what can hold metadata, up to the first scan; ``_END_OF_BUDGET`` at the cap."""
    offset, size = 2, len(image)
    for _ in range(MAX_SEGMENTS):
        offset = image.find(b"\xff", offset)
        if offset < 0 or offset + 4 > size:
            return
        marker = image[offset + 1]
        if marker in (_SOS, _EOI):
            return
        if marker in (0x00, 0xFF) or marker in _STANDALONE:
            offset += 1 if marker == 0xFF else 2  # noqa: PLR2004 - fill bytes precede a marker
            continue
        length = int.from_bytes(image[offset + 2 : offset + 4], "big")
        if marker in (_APP1, _APP11, _APP13, _COM):
            yield marker, image[offset + 4 : offset + 2 + length]
        offset += 2 + max(length, 2)
    yield _END_OF_BUDGET, b""


def _join_extensions(segments: list[bytes], main_xmp: bytes) -> Iterator[Seen]:
    """The extended XMP that the main packet names (``xmpNote:HasExtendedXMP``), its parts in order of their offsets.

    The declared length is compared, never allocated. A part that is missing, or overlaps another, is a parse error.
    What an earlier edit left under another GUID is ignored, as XMP part 3, 1.1.3.1, says.
    """
    guid = _HAS_EXTENDED.search(main_xmp)
    named = [s for s in segments if len(s) >= _EXTENDED_HEADER and guid is not None and s[:32] == guid[1]]
    declared = max((int.from_bytes(s[32:36], "big") for s in named), default=0)
    joined = bytearray()
    for segment in sorted(named, key=lambda s: s[36:40]):
        if int.from_bytes(segment[36:40], "big") != len(joined) or len(joined) > MAX_PACKET:
            break
        joined += segment[_EXTENDED_HEADER:]
    if len(joined) != declared:
        yield parse_error(Layer.XMP, f"extended XMP: {len(joined)} bytes in order, {declared} declared")
    if joined:
        yield Packet(PacketKind.XMP, bytes(joined))
