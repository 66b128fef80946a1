"""EXIF: the text tags of a TIFF structure, and the packets stored in it (TIFF 6.0, Exif 3.0, XMP part 3)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from cleanset.rights.embedded.packet import MAX_PACKET, MAX_TEXT, Packet, PacketKind, Seen, parse_error
from cleanset.rights.embedded.text import Keep, decode, decode_utf16, is_evidence
from cleanset.rights.evidence import Evidence, Layer

_HEADER = 8
"""Bytes of a TIFF header."""
_MAX_DIRECTORIES = 8
_MAX_ENTRIES = 1024
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 9: 4, 13: 4, 129: 1}
"""Bytes of one element of the types that text, offsets and packets come in; 129 is UTF-8 (Exif 3.0)."""

EXIF_POINTER = 0x8769
USER_COMMENT = 0x9286
TEXT_TAGS = {
    0x010E: ("ImageDescription", Keep.IF_TELLING),
    0x010F: ("Make", Keep.IF_GENERATOR),  # ComfyUI keeps its graph in these two where there is no PNG text
    0x0110: ("Model", Keep.IF_GENERATOR),
    0x0131: ("Software", Keep.IF_GENERATOR),
    0x013B: ("Artist", Keep.ALWAYS),
    0x8298: ("Copyright", Keep.ALWAYS),
    USER_COMMENT: ("UserComment", Keep.IF_TELLING),
    0x9C9B: ("XPTitle", Keep.ALWAYS),
    0x9C9C: ("XPComment", Keep.IF_TELLING),
    0x9C9D: ("XPAuthor", Keep.ALWAYS),
    0xA430: ("CameraOwnerName", Keep.ALWAYS),
    0xA436: ("ImageTitle", Keep.ALWAYS),
    0xA437: ("Photographer", Keep.ALWAYS),
    0xA438: ("ImageEditor", Keep.ALWAYS),
}
"""Tag -> (locator, when it is evidence), in whichever directory it stands."""
_XP_TAGS = range(0x9C9B, 0x9CA0)
_NESTED = {
    0x02BC: PacketKind.XMP,
    0x83BB: PacketKind.IPTC,
    0x8649: PacketKind.PHOTOSHOP,
    0xCD41: PacketKind.C2PA,
}
_WANTED = frozenset({EXIF_POINTER, *TEXT_TAGS, *_NESTED})


@dataclass(frozen=True, slots=True)
class _Entry:
    """One directory entry: its tag and its value's bytes; None where these lie outside the packet."""

    tag: int
    value: bytes | None


def read_exif(tiff: bytes) -> Iterator[Seen]:
    """The evidence and the packets in ``tiff``: directory 0, its EXIF directory, and the directories that follow it."""
    tiff = tiff.removeprefix(b"Exif\0\0")  # JPEG's identifier, which some writers leave on in PNG, WebP and HEIF
    order = _ORDERS.get(tiff[:4]) if len(tiff) >= _HEADER else None
    if order is None:
        if not tiff or tiff.strip(b"\0"):  # nothing at all may be the rest of something
            yield parse_error(Layer.EXIF, f"no TIFF header but {tiff[:4].hex()}")
        return
    first = _uint32(tiff, 4, order)
    pending, visited = [(first, True)], {0}
    while pending and len(visited) <= _MAX_DIRECTORIES:
        offset, needed = pending.pop(0)
        if offset in visited:
            continue
        visited.add(offset)
        if offset + 2 > len(tiff):
            if needed:  # the chain behind the first directory ends in rubbish in many good files
                yield parse_error(Layer.EXIF, f"directory at {offset}, packet of {len(tiff)} bytes")
            continue
        count = struct.unpack_from(order + "H", tiff, offset)[0]
        if needed and offset + 2 + 12 * count > len(tiff):
            yield parse_error(Layer.EXIF, f"directory of {count} entries is cut off")
        for entry in _entries(tiff, offset + 2, min(count, _MAX_ENTRIES), order):
            if entry.tag == EXIF_POINTER and entry.value is not None:
                pending.append((_uint32(entry.value, 0, order), True))
            else:
                yield from _read_entry(entry, order)
        pending.append((_uint32(tiff, offset + 2 + 12 * count, order), False))


def _uint32(raw: bytes, offset: int, order: str) -> int:
    """The number at ``offset``; 0 where the bytes end before it."""
    return int.from_bytes(raw[offset : offset + 4], "little" if order == "<" else "big")


def _entries(tiff: bytes, start: int, count: int, order: str) -> Iterator[_Entry]:
    """The entries of one directory that bear on rights; of a tag that is repeated, against TIFF 6.0, the first."""
    table = tiff[start : start + 12 * count]
    seen: set[int] = set()
    for tag, kind, length, inline in struct.iter_unpack(order + "HHI4s", table[: len(table) // 12 * 12]):
        if tag not in _WANTED or kind not in _TYPE_BYTES or tag in seen:
            continue
        seen.add(tag)
        size = length * _TYPE_BYTES[kind]
        if size <= 4:  # noqa: PLR2004 - a value of up to 4 bytes stands in the entry
            yield _Entry(tag, inline[:size])
            continue
        offset = _uint32(inline, 0, order)
        inside = offset + size <= len(tiff)
        yield _Entry(tag, tiff[offset : offset + min(size, MAX_PACKET)] if inside else None)


def _read_entry(entry: _Entry, order: str) -> Iterator[Seen]:
    """The evidence in one text tag, or the packet that the tag holds."""
    locator, keep = TEXT_TAGS.get(entry.tag, (f"tag {entry.tag}", Keep.ALWAYS))
    if entry.value is None:
        yield parse_error(Layer.EXIF, f"{locator}: value lies outside the packet")
    elif entry.tag in _NESTED:
        yield Packet(_NESTED[entry.tag], entry.value)
    else:
        for text in _texts(entry.tag, entry.value, order):
            if is_evidence(text, keep):
                yield Evidence(Layer.EXIF, locator, text)


def _texts(tag: int, value: bytes, order: str) -> list[str]:
    """The texts of one tag: the photographer's and the editor's copyright stand side by side, divided by a zero."""
    if tag == USER_COMMENT:
        return [decode_user_comment(value, big_endian=order == ">")]
    if tag in _XP_TAGS:
        return [decode_utf16(value, big_endian=False)]
    return [decode(part) for part in value[:MAX_TEXT].split(b"\0", 2)[:2]]


def decode_user_comment(value: bytes, *, big_endian: bool) -> str:
    """The text behind the 8-byte character code of UserComment; writers disagree on UNICODE's byte order."""
    code, text = value[:8], value[8:]
    if code.startswith(b"UNICODE") and 0 in text[:MAX_TEXT]:
        return decode_utf16(text, big_endian=big_endian)
    if code.rstrip(b"\0 ").upper() in (b"ASCII", b"UNICODE", b"JIS", b""):
        return decode(text)
    return decode(value)
