"""Small image files with chosen metadata, built byte by byte: no library's idea of a valid file stands between."""

from __future__ import annotations

import struct
import zlib

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
NAMESPACES = {
    "cc": "http://creativecommons.org/ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
    "tdm": "http://www.w3.org/ns/tdmrep/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
}
XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
EXTENSION_HEADER = b"http://ns.adobe.com/xmp/extension/\0"
COPYRIGHT, ARTIST, SOFTWARE, DESCRIPTION = 0x8298, 0x013B, 0x0131, 0x010E


def xmp(properties: str, *, attributes: str = "") -> bytes:
    """An XMP packet of one rdf:Description with these child elements and attributes; every prefix is declared."""
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about="" {declared} {attributes}>{properties}'
        '</rdf:Description></rdf:RDF></x:xmpmeta>\n   <?xpacket end="w"?>'
    ).encode()


def alt(prefixed: str, text: str) -> str:
    """A property with one language alternative."""
    return f'<{prefixed}><rdf:Alt><rdf:li xml:lang="x-default">{text}</rdf:li></rdf:Alt></{prefixed}>'


def tiff(tags: dict[int, bytes], *, order: str = "<", sub: dict[int, bytes] | None = None) -> bytes:
    """A TIFF structure with ASCII tags (bytes as given) in directory 0 and, in ``sub``, in its EXIF directory."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    main = {**tags, **({0x8769: b""} if sub is not None else {})}
    sub_at = 8 + _directory_bytes(main)
    table = _directory(main, 8, order, {0x8769: sub_at})
    return head + table + (_directory(sub, sub_at, order, {}) if sub is not None else b"")


def _directory_bytes(tags: dict[int, bytes]) -> int:
    return 2 + 12 * len(tags) + 4 + sum(len(v) for v in tags.values() if len(v) > 4)


def _directory(tags: dict[int, bytes], at: int, order: str, pointers: dict[int, int]) -> bytes:
    values_at = at + 2 + 12 * len(tags) + 4
    entries, values = b"", b""
    for tag, value in sorted(tags.items()):
        if tag in pointers:
            entries += struct.pack(order + "HHII", tag, 4, 1, pointers[tag])
        elif len(value) <= 4:
            entries += struct.pack(order + "HHI4s", tag, 2, len(value), value)
        else:
            entries += struct.pack(order + "HHII", tag, 2, len(value), values_at + len(values))
            values += value
    return struct.pack(order + "H", len(tags)) + entries + bytes(4) + values


def iptc(datasets: dict[int, str], *, charset: str = "utf-8") -> bytes:
    """IIM record 2 datasets, announced as UTF-8 where they are that."""
    head = b"\x1c\x01\x5a\x00\x03\x1b%G" if charset == "utf-8" else b""
    texts = [(number, text.encode(charset)) for number, text in datasets.items()]
    return head + b"".join(b"\x1c\x02" + struct.pack(">BH", number, len(text)) + text for number, text in texts)


def photoshop(resource: bytes, kind: int = 0x0404) -> bytes:
    """One image resource block without a name."""
    return b"8BIM" + struct.pack(">HHI", kind, 0, len(resource)) + resource + bytes(len(resource) & 1)


def segment(marker: int, payload: bytes) -> bytes:
    """One JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def jpeg(*segments: bytes) -> bytes:
    """A JPEG file that stops where its pixels would begin."""
    return b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + b"".join(segments) + b"\xff\xda\0\2\0\xff\xd9"


def chunk(name: bytes, payload: bytes) -> bytes:
    """One PNG chunk with its check sum."""
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def png(*chunks: bytes) -> bytes:
    """A valid gray PNG of one pixel."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0\x80"))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + pixels + chunk(b"IEND", b"")


def text_chunk(keyword: str, text: str) -> bytes:
    """A tEXt chunk."""
    return chunk(b"tEXt", keyword.encode("latin-1") + b"\0" + text.encode("latin-1"))


def itxt_chunk(keyword: str, text: bytes, *, deflated: bool = False) -> bytes:
    """An iTXt chunk."""
    body = b"\1\0\0\0" + zlib.compress(text) if deflated else b"\0\0\0\0" + text
    return chunk(b"iTXt", keyword.encode() + b"\0" + body)


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP container with these chunks behind an extended header and no picture."""
    parts = [(b"VP8X", bytes([0x0C]) + bytes(9)), *chunks]
    body = b"".join(name + struct.pack("<I", len(raw)) + raw + bytes(len(raw) & 1) for name, raw in parts)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def gif(*extensions: bytes) -> bytes:
    """A GIF of one pixel with these extensions before it."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    return head + b"".join(extensions) + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2D\1\0\x3b"


def gif_comment(text: bytes) -> bytes:
    """A comment extension of at most 255 bytes."""
    return b"\x21\xfe" + bytes([len(text)]) + text + b"\0"


def gif_xmp(packet: bytes) -> bytes:
    """The application extension that holds XMP, with its trailer."""
    return b"\x21\xff\x0bXMP DataXMP" + packet + b"\1" + bytes(range(255, -1, -1)) + b"\0"


def heif(items: dict[bytes, bytes], brand: bytes = b"avif") -> bytes:
    """An ISO-BMFF file with metadata items (``Exif`` or a MIME type -> bytes) and no picture."""
    entries, payload = b"", b""
    ftyp = box(b"ftyp", brand + bytes(4) + brand)
    spans = []
    for number, (kind, raw) in enumerate(items.items(), 1):
        stored = bytes(4) + raw if kind == b"Exif" else raw
        spans.append((number, len(payload), len(stored)))
        payload += stored
        name = kind + b"\0" if kind == b"Exif" else b"mime\0" + kind + b"\0"
        entries += box(b"infe", b"\2\0\0\0" + struct.pack(">HH", number, 0) + name)
    iinf = box(b"iinf", bytes(4) + struct.pack(">H", len(items)) + entries)
    iloc_size = 8 + 8 + 14 * len(items)
    payload_at = len(ftyp) + 8 + 4 + len(iinf) + iloc_size + 8
    rows = b"".join(struct.pack(">HHHII", n, 0, 1, payload_at + at, size) for n, at, size in spans)
    iloc = box(b"iloc", bytes(4) + struct.pack(">HH", 0x4400, len(items)) + rows)
    return ftyp + box(b"meta", bytes(4) + iinf + iloc) + box(b"mdat", payload)


def jxl(*boxes: tuple[bytes, bytes]) -> bytes:
    """A JPEG XL container of the boxes, and no picture."""
    head = box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl " + bytes(4) + b"jxl ")
    return head + b"".join(box(name, payload) for name, payload in boxes)


def box(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload) + 8) + name + payload
