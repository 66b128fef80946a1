"""Photoshop image resources, and the IPTC-IIM 4.2 datasets in them."""

from __future__ import annotations

from collections.abc import Iterator

from cleanset.rights.embedded.packet import MAX_TEXT, Packet, PacketKind, Seen, parse_error
from cleanset.rights.embedded.text import Keep, decode, is_evidence
from cleanset.rights.evidence import Evidence, Layer

_SIGNATURES = (b"8BIM", b"AgHg", b"DCSR", b"MeSa", b"PHUT")
_RESOURCES = {0x0404: PacketKind.IPTC, 0x0422: PacketKind.EXIF, 0x0423: PacketKind.EXIF, 0x0424: PacketKind.XMP}
_COPYRIGHT_FLAG, _URL = 0x040A, 0x040B
_MAX_RESOURCES = 1024
_MAX_DATASETS = 4096

DATASETS = {
    5: ("ObjectName", Keep.ALWAYS),
    40: ("SpecialInstructions", Keep.ALWAYS),
    65: ("OriginatingProgram", Keep.IF_GENERATOR),
    80: ("By-line", Keep.ALWAYS),
    85: ("By-lineTitle", Keep.ALWAYS),
    110: ("Credit", Keep.ALWAYS),
    115: ("Source", Keep.ALWAYS),
    116: ("CopyrightNotice", Keep.ALWAYS),
    118: ("Contact", Keep.ALWAYS),
    120: ("Caption-Abstract", Keep.IF_TELLING),
}
"""Dataset of record 2 -> (locator, when it is evidence)."""


def read_photoshop(resources: bytes) -> Iterator[Seen]:
    """The packets, the copyright flag and the URL in a run of image resource blocks."""
    offset = 0
    if not resources:
        yield parse_error(Layer.IPTC, "no image resource")
    for _ in range(_MAX_RESOURCES):
        if not resources.startswith(_SIGNATURES, offset):
            break
        name_at = offset + 6
        name_length = resources[name_at] if name_at < len(resources) else 0
        size_at = name_at + ((name_length + 2) & ~1)
        start = size_at + 4
        size = int.from_bytes(resources[size_at:start], "big")
        value = resources[start : start + size]
        if len(value) < size or start > len(resources):
            yield parse_error(Layer.IPTC, f"image resource of {size} bytes is cut off")
        yield from _read_resource(int.from_bytes(resources[offset + 4 : name_at], "big"), value)
        offset = start + size + (size & 1)
    if resources[offset : offset + MAX_TEXT].strip(b"\0"):
        yield parse_error(Layer.IPTC, f"no image resource at {offset}")


def _read_resource(kind: int, value: bytes) -> Iterator[Seen]:
    """What one image resource says about rights."""
    if kind in _RESOURCES:
        yield Packet(_RESOURCES[kind], value)
    elif kind == _COPYRIGHT_FLAG and value.strip(b"\0"):
        yield Evidence(Layer.IPTC, "Photoshop:CopyrightFlag", "True")
    elif kind == _URL and is_evidence(url := decode(value), Keep.ALWAYS):
        yield Evidence(Layer.IPTC, "Photoshop:URL", url)


def read_iptc(datasets: bytes) -> Iterator[Seen]:
    """The evidence in a run of IIM datasets; text is UTF-8 where it is valid UTF-8, whatever dataset 1:90 says."""
    datasets = _unswapped(datasets)
    offset, seen = 0, 0
    while datasets[offset : offset + 1] == b"\x1c" and seen < _MAX_DATASETS:
        record, dataset = datasets[offset + 1 : offset + 2], datasets[offset + 2 : offset + 3]
        start, size = _extent(datasets, offset)
        value = datasets[start : start + size]
        if len(value) < size or start > len(datasets):
            yield parse_error(Layer.IPTC, f"dataset of {size} bytes is cut off")
        if record == b"\x02" and dataset and dataset[0] in DATASETS:
            locator, keep = DATASETS[dataset[0]]
            if is_evidence(text := decode(value), keep):
                yield Evidence(Layer.IPTC, locator, text)
        offset, seen = start + size, seen + 1
    if datasets[offset : offset + MAX_TEXT].strip(b"\0"):
        yield parse_error(Layer.IPTC, f"no dataset at {offset}")


def _extent(datasets: bytes, offset: int) -> tuple[int, int]:
    """(start, size) of the value of the dataset at ``offset``; a size over 32,767 bytes has its own length field."""
    size = int.from_bytes(datasets[offset + 3 : offset + 5], "big")
    if size < 0x8000:  # noqa: PLR2004 - the top bit marks an extended dataset
        return offset + 5, size
    width = size & 0x7FFF
    start = offset + 5 + width
    return start, int.from_bytes(datasets[offset + 5 : offset + 5 + min(width, 8)], "big")


def _unswapped(datasets: bytes) -> bytes:
    """``datasets`` in file order: TIFF writers store them as 32-bit numbers in their own byte order."""
    if datasets[:1] == b"\x1c" or datasets[3:4] != b"\x1c":
        return datasets
    whole = datasets[: len(datasets) & ~3]
    swapped = bytearray(len(whole))
    for i in range(4):
        swapped[i::4] = whole[3 - i :: 4]
    return bytes(swapped)
