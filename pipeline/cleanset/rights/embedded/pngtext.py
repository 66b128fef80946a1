"""PNG text chunks: what their keywords say about rights, and the packets that they carry in hexadecimal."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from cleanset.rights.embedded.generators import GENERATOR_KEYWORDS
from cleanset.rights.embedded.packet import MAX_INFLATED, MAX_TEXT, Packet, PacketKind, Seen, parse_error
from cleanset.rights.embedded.text import Keep, decode, is_evidence
from cleanset.rights.evidence import Evidence, Layer

_XMP_KEYWORD = b"XML:com.adobe.xmp"
_RAW_PROFILE = b"Raw profile type "
_PROFILES = {
    b"exif": PacketKind.EXIF,
    b"app1": PacketKind.EXIF,
    b"iptc": PacketKind.PHOTOSHOP,
    b"8bim": PacketKind.PHOTOSHOP,
    b"xmp": PacketKind.XMP,
}
_XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\0"

KEYWORDS = {
    "title": ("Title", Keep.ALWAYS),
    "author": ("Author", Keep.ALWAYS),
    "copyright": ("Copyright", Keep.ALWAYS),
    "disclaimer": ("Disclaimer", Keep.ALWAYS),
    "source": ("Source", Keep.ALWAYS),
    "software": ("Software", Keep.IF_GENERATOR),
    "description": ("Description", Keep.ALWAYS),
    "comment": ("Comment", Keep.ALWAYS),
    "warning": ("Warning", Keep.ALWAYS),
    "usercomment": ("UserComment", Keep.IF_TELLING),
}
"""Keyword in lower case -> (locator, when it is evidence); generators' keywords always are.

Free text under a standard keyword is recorded whatever it says: what it forbids is for ``claims`` to hear.
"""
_ABOUT_RIGHTS = re.compile(
    r"copyright|licen[cs]e|rights|author|artist|creator|credit|owner|attribution|byline|by-line|usage|terms"
    r"|permission|restrict|prohibit|reserved|legal|disclaimer|reuse"
)


def read_png_text(packet: Packet) -> Iterator[Seen]:
    """The evidence, or the packet, in one tEXt, zTXt or iTXt chunk."""
    keyword, _, rest = packet.raw.partition(b"\0")
    is_profile = keyword.startswith(_RAW_PROFILE) or keyword == _XMP_KEYWORD
    name = decode(keyword)
    if not is_profile and _rule(name) is None:
        return
    cap = MAX_INFLATED if is_profile else MAX_TEXT
    try:
        text = _text(packet.kind, rest, cap + 1)
    except zlib.error:
        yield parse_error(Layer.PNG_TEXT, f"{name}: not a zlib stream")
        return
    if is_profile and len(text) > MAX_INFLATED:
        yield parse_error(Layer.PNG_TEXT, f"{name}: longer than {MAX_INFLATED} bytes")
    elif keyword == _XMP_KEYWORD:
        yield Packet(PacketKind.XMP, text)
    elif is_profile:
        yield from _read_profile(keyword.removeprefix(_RAW_PROFILE).lower(), text)
    else:
        yield from _read_keyword(name, text)


def _text(kind: PacketKind, rest: bytes, cap: int) -> bytes:
    """The text behind the keyword, at most ``cap`` bytes, also of what is decompressed.

    Raises:
        zlib.error: a compressed text is damaged, or ends too early.
    """
    if kind is PacketKind.PNG_TEXT:
        return rest[:cap]
    if kind is PacketKind.PNG_DEFLATED_TEXT:
        return _inflate(rest[1:], cap)
    text = rest[2:].split(b"\0", 2)[-1]  # behind the language and the translated keyword
    return _inflate(text, cap) if rest[:1] == b"\1" else text[:cap]


def _inflate(stream: bytes, cap: int) -> bytes:
    """At most ``cap`` bytes of what ``stream`` decompresses to.

    Raises:
        zlib.error: the stream is damaged, or ends too early.
    """
    inflater = zlib.decompressobj()
    text = inflater.decompress(stream, cap)
    if len(text) < cap and not inflater.eof:
        raise zlib.error("the stream ends too early")
    return text


def _rule(keyword: str) -> tuple[str, Keep] | None:
    """Locator and rule of a keyword; None where it says nothing of the picture, as ``icc:copyright`` does not."""
    folded = keyword.casefold()
    if folded.startswith("icc:"):
        return None
    if folded in GENERATOR_KEYWORDS:
        return folded if folded != "dream" else "Dream", Keep.ALWAYS
    return KEYWORDS.get(folded) or ((keyword, Keep.ALWAYS) if _ABOUT_RIGHTS.search(folded) else None)


def _read_keyword(keyword: str, text: bytes) -> Iterator[Seen]:
    """The evidence under one keyword; a text about rights that is longer than the cap is not wholly read."""
    rule = _rule(keyword)
    if rule is None or not is_evidence(value := decode(text), rule[1]):
        return
    yield Evidence(Layer.PNG_TEXT, rule[0], value)
    if len(text) > MAX_TEXT and keyword.casefold() not in GENERATOR_KEYWORDS:
        yield parse_error(Layer.PNG_TEXT, f"{keyword}: longer than {MAX_TEXT} bytes")


def _read_profile(kind: bytes, text: bytes) -> Iterator[Seen]:
    """The packet in ImageMagick's hexadecimal form: a line with the kind, one with the length, then digits."""
    if kind not in _PROFILES:
        return
    lines = text.strip().split(b"\n", 2)
    try:
        raw = bytes.fromhex(lines[-1].decode("ascii"))
    except ValueError:
        yield parse_error(Layer.PNG_TEXT, f"Raw profile type {decode(kind)}: not hexadecimal")
        return
    if raw.startswith(_XMP_HEADER):
        yield Packet(PacketKind.XMP, raw.removeprefix(_XMP_HEADER))
    elif kind == b"iptc" and raw[:1] == b"\x1c":
        yield Packet(PacketKind.IPTC, raw)
    else:
        yield Packet(_PROFILES[kind], raw.removeprefix(b"Photoshop 3.0\0"))
