"""What containers hold and readers read: raw packets, the caps on them, and how damage is told."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

from cleanset.rights.evidence import Evidence, Layer

PARSE_ERROR = "parse-error"
"""Locator of a packet, or a part of one, that could not be read; the value says what failed."""

MAX_SEGMENTS = 1 << 16
"""JPEG segments, PNG or RIFF chunks, ISO boxes in one file: a 500 MB PNG of 8 KiB chunks still passes."""
MAX_GIF_BLOCKS = 1 << 18
"""GIF sub-blocks of at most 255 bytes each: 64 MiB."""
MAX_PACKETS = 256
"""Packets of one file that are read, those found inside others included."""
MAX_NESTED = 32 << 20
"""Bytes of all packets that were found inside others: many of them may point at the same bytes."""
MAX_EVIDENCE = 256
"""Evidence rows of one file."""
MAX_ERRORS = 16
"""Parse errors after which the rest of a file is not read."""
MAX_TEXT = 64 << 10
"""Bytes of one text value."""
MAX_ATTRIBUTES = 1024
"""Attributes of one XMP element; Lightroom writes some 300, and lxml takes quadratic time over them."""
MAX_XMP = 1 << 20
"""Bytes of one XMP packet that is given to the XML parser."""
MAX_INFLATED = 4 << 20
"""Bytes that one deflated packet may grow to."""
MAX_PACKET = 32 << 20
"""Bytes of one packet, or of one reassembled from segments, that are looked at."""


class PacketKind(StrEnum):
    """How the bytes of a packet are to be read."""

    EXIF = "exif"
    TIFF_FILE = "tiff-file"
    PHOTOSHOP = "photoshop"
    IPTC = "iptc"
    XMP = "xmp"
    PNG_TEXT = "tEXt"
    PNG_DEFLATED_TEXT = "zTXt"
    PNG_INTERNATIONAL_TEXT = "iTXt"
    COMMENT = "comment"
    C2PA = "c2pa"


@dataclass(frozen=True)
class Packet:
    """One run of metadata as the container stores it, without the container's own framing."""

    kind: PacketKind
    raw: bytes

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the packet; computed only for one that gave evidence."""
        return hashlib.sha256(self.raw).digest()


Seen: TypeAlias = Packet | Evidence
"""What a reader gives back: evidence, or a packet that it found inside its own."""


def parse_error(layer: Layer, what: str) -> Evidence:
    """The evidence that something was there and could not be read."""
    return Evidence(layer, PARSE_ERROR, what)
