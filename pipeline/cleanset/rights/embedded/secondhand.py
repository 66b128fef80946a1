"""Embedded metadata that reaches us outside the image: img2dataset's ``exif`` column, and XMP sidecar files."""

from __future__ import annotations

import json
import re

from cleanset.rights.embedded.exif import TEXT_TAGS
from cleanset.rights.embedded.packet import MAX_PACKET, MAX_TEXT, MAX_XMP, PARSE_ERROR
from cleanset.rights.embedded.text import clean, decode_utf16, is_evidence
from cleanset.rights.embedded.xmp import read_xmp
from cleanset.rights.evidence import Evidence, Layer

_KEEP = dict(TEXT_TAGS.values())
_GROUPS = ("Image", "EXIF", "Thumbnail")
_NUMBERS = re.compile(r"\[[\d, .]*\]?$")


def read_exif_column(text: str) -> list[Evidence]:
    """The evidence in a JSON object of ExifRead's tags as strings, such as ``{"Image Artist": "Jane Doe"}``.

    img2dataset stores it; it is second-hand, and all that is left of the metadata of a picture that was re-encoded. A
    text that is no such object is a parse error; an empty one is no evidence.
    """
    if not text.strip() or text.strip() == "null":
        return []
    try:
        tags = json.loads(text) if len(text) <= MAX_XMP else None
    except (ValueError, RecursionError):
        tags = None
    if not isinstance(tags, dict):
        return [Evidence(Layer.COLUMN, PARSE_ERROR, f"exif: no JSON object of at most {MAX_XMP} characters")]
    rows = []
    for key, value in tags.items():
        group, _, name = key.partition(" ")
        if group in _GROUPS and name in _KEEP and isinstance(value, str):
            shown = _shown(name, value[:MAX_TEXT])
            if is_evidence(shown, _KEEP[name]):
                rows.append(Evidence(Layer.COLUMN, f"exif:{key}", shown))
    return rows


def _shown(name: str, value: str) -> str:
    """The text of one tag; ExifRead prints Windows' UTF-16 tags as a list of their bytes."""
    if name.startswith("XP") and _NUMBERS.match(value):
        return decode_utf16(bytes(int(n) & 0xFF for n in re.findall(r"\d{1,3}", value)), big_endian=False)
    return clean(value)


def scan_xmp_sidecar(text: str) -> list[Evidence]:
    """The evidence in an XMP file that lies beside an image; one that holds no RDF is a parse error."""
    if "RDF" not in text[:MAX_PACKET]:
        return [Evidence(Layer.SIDECAR, PARSE_ERROR, "XMP: no RDF")]
    return list(read_xmp(text[:MAX_PACKET].encode("utf-8", "replace"), Layer.SIDECAR))
