"""Metadata extensions of a GIF file (GIF89a; XMP specification part 3, 1.1.2; C2PA A.3)."""

from __future__ import annotations

from collections.abc import Iterator

from cleanset.rights.embedded.packet import MAX_GIF_BLOCKS, Packet, PacketKind, Seen, parse_error
from cleanset.rights.evidence import Layer

_EXTENSION, _IMAGE = 0x21, 0x2C
_COMMENT, _APPLICATION = 0xFE, 0xFF
_XMP = b"\x0bXMP DataXMP"
_C2PA = b"\x0bC2PA_GIF"
_XMP_TRAILER = b"\x01\xff\xfe\xfd"
"""How the 258 bytes begin that follow an XMP packet and make it pass for sub-blocks."""


def find_gif_packets(image: bytes) -> Iterator[Seen]:
    """The comment and XMP extensions of ``image`` in file order."""
    blocks = 0
    offset = 13 + _color_table(image, 10)
    while offset + 2 <= len(image) and blocks <= MAX_GIF_BLOCKS:
        introducer, label = image[offset], image[offset + 1]
        if introducer == _EXTENSION:
            start = offset + 2
        elif introducer == _IMAGE:
            start = offset + 11 + _color_table(image, offset + 9)
        elif not introducer:
            offset += 1  # the zero that an XMP trailer may leave over
            blocks += 1
            continue
        else:
            return
        end, steps = _skip_sub_blocks(image, start, MAX_GIF_BLOCKS - blocks)
        blocks += steps + 1
        if introducer == _EXTENSION and label == _COMMENT:
            yield Packet(PacketKind.COMMENT, _join_sub_blocks(image, start, end))
        elif introducer == _EXTENSION and label == _APPLICATION and image.startswith(_XMP, start):
            yield Packet(PacketKind.XMP, image[start + len(_XMP) : end].rpartition(_XMP_TRAILER)[0])
        elif introducer == _EXTENSION and label == _APPLICATION and image.startswith(_C2PA, start):
            yield Packet(PacketKind.C2PA, _join_sub_blocks(image, start + len(_C2PA) + 3, end))
        offset = end
    if blocks > MAX_GIF_BLOCKS:
        yield parse_error(Layer.COMMENT, f"GIF: more than {MAX_GIF_BLOCKS} sub-blocks")


def _color_table(image: bytes, flags_at: int) -> int:
    """Bytes of the color table that the packed flags at ``flags_at`` announce."""
    flags = image[flags_at] if flags_at < len(image) else 0
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _skip_sub_blocks(image: bytes, offset: int, budget: int) -> tuple[int, int]:
    """Where the sub-blocks at ``offset`` end, behind their terminator, and how many there are; stops over budget."""
    steps, size = 0, len(image)
    while offset < size and steps <= budget:
        length = image[offset]
        offset += 1 + length
        if not length:
            break
        steps += 1
    return offset, steps


def _join_sub_blocks(image: bytes, offset: int, end: int) -> bytes:
    """The contents of the sub-blocks in ``[offset, end)``."""
    parts = []
    while offset < min(end, len(image)):
        parts.append(image[offset + 1 : offset + 1 + image[offset]])
        offset += 1 + image[offset]
    return b"".join(parts)
