"""Hostile files: no exception, no value over its cap, and steps and memory that grow no faster than the file."""

from __future__ import annotations

import gc
import struct
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import embedded_files as files
from cleanset.rights.embedded.packet import MAX_ERRORS, MAX_EVIDENCE, MAX_PACKETS, MAX_TEXT, PARSE_ERROR
from cleanset.rights.embedded.scan import scan_image
from cleanset.rights.embedded.xmp import read_xmp

RIGHTS = files.xmp(files.alt("dc:rights", "(c) Jane") + "<plus:DataMining>DMI-PROHIBITED</plus:DataMining>")
EXIF = files.tiff({files.COPYRIGHT: b"(c) Jane Roe\0", 0x83BB: files.iptc({80: "Jane"})}, sub={0x9286: bytes(8) + b"x"})
PHOTOSHOP = files.photoshop(files.iptc({80: "Jane Roe", 116: "(c) Jane"}))
PROFILE = f"\niptc\n{len(PHOTOSHOP)}\n{PHOTOSHOP.hex()}".encode()
SEEDS = (
    files.jpeg(
        files.segment(0xE1, b"Exif\0\0" + EXIF),
        files.segment(0xE1, files.XMP_HEADER + RIGHTS),
        files.segment(0xE1, files.EXTENSION_HEADER + b"0" * 32 + struct.pack(">II", 9, 0) + b"extension"),
        files.segment(0xED, b"Photoshop 3.0\0" + PHOTOSHOP),
        files.segment(0xEB, b"JP\0\1\0\0\0\1\0\0\0\x40jumbc2pa"),
        files.segment(0xFE, b"(c) Jane"),
    ),
    files.png(
        files.chunk(b"eXIf", EXIF),
        files.text_chunk("Author", "Jane"),
        files.chunk(b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(PROFILE)),
        files.itxt_chunk("XML:com.adobe.xmp", RIGHTS, deflated=True),
        files.chunk(b"caBX", b"x"),
    ),
    files.webp((b"EXIF", EXIF), (b"XMP ", RIGHTS), (b"C2PA", b"x")),
    files.gif(files.gif_xmp(RIGHTS), files.gif_comment(b"(c) Jane")),
    files.tiff({0x02BC: RIGHTS, 0x8649: PHOTOSHOP, files.ARTIST: b"Jane\0"}, order=">"),
    files.heif({b"Exif": EXIF, b"application/rdf+xml": RIGHTS}),
)


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    """One of the seeds with bytes replaced, inserted, repeated or cut away."""
    image = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(image)))
        kind = draw(st.sampled_from(["replace", "insert", "cut", "repeat", "truncate", "length"]))
        if kind == "replace":
            image[at : at + 4] = draw(st.binary(min_size=1, max_size=4))
        elif kind == "length":
            image[at : at + 4] = draw(st.sampled_from([b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\0\0\0\1"]))
        elif kind == "insert":
            image[at:at] = draw(st.binary(max_size=40))
        elif kind == "cut":
            del image[at : at + draw(st.integers(1, 60))]
        elif kind == "repeat":
            image[at:at] = image[at : at + 200] * draw(st.integers(1, 4))
        else:
            del image[at:]
    return bytes(image)


@settings(max_examples=400, deadline=None)
@given(damaged_files())
def test_a_damaged_file_never_raises_and_keeps_to_the_caps(image: bytes) -> None:
    scan = scan_image(image, keep_packets=True)
    assert len(scan.evidence) <= MAX_EVIDENCE + 1
    assert all(len(e.value) <= MAX_TEXT for e in scan.evidence)
    assert all(e.packet is None or e.packet in scan.packets for e in scan.evidence)
    assert scan_image(image).evidence == scan.evidence


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([b"\xff\xd8", files.png()[:33], files.webp()[:30], b"GIF89a", b"II*\0", b"\0\0\0\x10ftypavif"]),
    st.binary(max_size=300),
)
def test_any_bytes_behind_a_known_beginning_are_walked(beginning: bytes, rest: bytes) -> None:
    scan_image(beginning + rest)


def nested_pointers(n: int) -> bytes:
    """A TIFF file whose directories hold ``n`` entries that all point at one packet."""
    entries = struct.pack("<HHII", 0x83BB, 1, 1 << 16, 8) * n
    return b"II*\0" + struct.pack("<I", 1 << 17) + bytes(1 << 17)[8:] + struct.pack("<H", min(n, 65535)) + entries


def looping_directories(n: int) -> bytes:
    """A TIFF file of ``n`` directories, each with a pointer to the next and the last one to the first."""
    body = b"".join(struct.pack("<HHHIII", 1, 0x8769, 4, 1, 8 + 18 * ((i + 1) % n), 8) for i in range(n))
    return b"II*\0" + struct.pack("<I", 8) + body


def many_items(n: int) -> bytes:
    """An AVIF file of ``n`` items that all lie in the same bytes."""
    entries = b"".join(files.box(b"infe", b"\2\0\0\0" + struct.pack(">HH", i, 0) + b"Exif\0") for i in range(n))
    rows = b"".join(struct.pack(">HHHII", i, 0, 1, 0, 1 << 16) for i in range(n))
    iinf = files.box(b"iinf", bytes(4) + struct.pack(">H", n) + entries)
    iloc = files.box(b"iloc", bytes(4) + struct.pack(">HH", 0x4400, n) + rows)
    return files.box(b"ftyp", b"avif" + bytes(8)) + files.box(b"meta", bytes(4) + iinf + iloc) + bytes(1 << 16)


GUID = b"A" * 32
NAMED = files.segment(0xE1, files.XMP_HEADER + b'<x HasExtendedXMP="' + GUID + b'"/>')


def extension(at: int, n: int) -> bytes:
    return files.segment(0xE1, files.EXTENSION_HEADER + GUID + struct.pack(">II", n, at) + b"x")


def xmp_file(properties: str) -> bytes:
    return files.webp((b"XMP ", files.xmp(properties)))


FAMILIES: dict[str, Callable[[int], bytes]] = {
    "jpeg comments": lambda n: files.jpeg(*[files.segment(0xFE, b"(c) Jane")] * n),
    "jpeg fill bytes": lambda n: b"\xff\xd8" + b"\xff" * n,
    "jpeg restart markers": lambda n: b"\xff\xd8" + b"\xff\xd0" * n,
    "jpeg zero lengths": lambda n: b"\xff\xd8" + b"\xff\xe1\0\0" * n,
    "jpeg extensions": lambda n: files.jpeg(NAMED, *(extension(i, n) for i in reversed(range(n)))),
    "jpeg foreign extensions": lambda n: files.jpeg(NAMED, *(extension(i, n).replace(b"A", b"B") for i in range(n))),
    "jpeg photoshop": lambda n: files.jpeg(*[files.segment(0xED, b"Photoshop 3.0\0" + PHOTOSHOP)] * n),
    "png empty chunks": lambda n: files.png(*[files.chunk(b"tESt", b"")] * n),
    "png texts": lambda n: files.png(*[files.text_chunk("Author", "Jane")] * n),
    "png broken texts": lambda n: files.png(*[files.chunk(b"zTXt", b"Author\0\0x")] * n),
    "webp empty chunks": lambda n: files.webp(*[(b"ANMF", b"")] * n),
    "gif sub-blocks": lambda n: files.gif(b"\x21\xf9" + b"\1x" * n + b"\0"),
    "gif comments": lambda n: files.gif(*[files.gif_comment(b"(c) Jane")] * n),
    "tiff pointers": nested_pointers,
    "tiff directories": looping_directories,
    "iptc datasets": lambda n: files.tiff({0x83BB: b"\x1c\2\x50\0\0" * n}),
    "iptc long datasets": lambda n: files.tiff({0x83BB: b"\x1c\2\x50\xff\xff" + b"\1" * n}),
    "photoshop resources": lambda n: files.tiff({0x8649: files.photoshop(b"", 1) * n}),
    "bmff items": many_items,
    "bmff boxes": lambda n: files.heif({}) + files.box(b"free", b"") * n,
    "xmp members": lambda n: xmp_file("<dc:creator><rdf:Seq>" + "<rdf:li>J</rdf:li>" * n + "</rdf:Seq></dc:creator>"),
    "xmp placeholders": lambda n: xmp_file("<dc:rights>.</dc:rights>" * n),
    "xmp depth": lambda n: xmp_file("<dc:rights>" + "<a>" * n + "</a>" * n + "</dc:rights>"),
    "xmp attributes": lambda n: files.webp(
        (b"XMP ", files.xmp("", attributes=" ".join(f'plus:a{i}="."' for i in range(n))))
    ),
    "xmp structures": lambda n: xmp_file("<plus:Licensor>" + "<rdf:li><rdf:Seq/></rdf:li>" * n + "</plus:Licensor>"),
}  # fmt: skip


Tracer: TypeAlias = Callable[[FrameType, str, Any], Any]


def count_lines(image: bytes) -> int:
    """Lines of our own code that a scan executes."""
    lines = 0

    def on_line(_: FrameType, event: str, __: object) -> Tracer:
        nonlocal lines
        lines += event == "line"
        return on_line

    def on_call(frame: FrameType, _: str, __: object) -> Tracer | None:
        return on_line if "/rights/embedded/" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(on_call)
    try:
        scan_image(image)
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.parametrize("family", FAMILIES)
def test_steps_grow_no_faster_than_the_file(family: str) -> None:
    small, large = (count_lines(FAMILIES[family](n)) for n in (500, 2000))
    assert large <= 4 * small + 200


@pytest.mark.parametrize("family", FAMILIES)
def test_memory_grows_no_faster_than_the_file(family: str) -> None:
    image = FAMILIES[family](4000)
    gc.collect()
    tracemalloc.start()
    try:
        scan_image(image)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 16 * len(image) + (1 << 20)


def test_a_flood_of_packets_evidence_or_errors_ends_the_scan_with_a_parse_error() -> None:
    creators = "".join(f"<rdf:li>Name {i}</rdf:li>" for i in range(300))
    floods = {
        f"more than {MAX_PACKETS} packets": FAMILIES["png texts"](300),
        f"more than {MAX_EVIDENCE} pieces of evidence": xmp_file(
            f"<dc:creator><rdf:Seq>{creators}</rdf:Seq></dc:creator>"
        ),
        f"more than {MAX_ERRORS} parse errors": FAMILIES["png broken texts"](40),
    }
    assert len(scan_image(FAMILIES["jpeg comments"](300)).evidence) == 2, "what came before the cap is read"
    for what, image in floods.items():
        last = scan_image(image).evidence[-1]
        assert last.locator == PARSE_ERROR
        assert what in last.value


def test_a_packet_that_is_all_brackets_is_told_at_once() -> None:
    [found] = read_xmp(b"<" * (2 << 20))
    assert found.locator == PARSE_ERROR
    assert "brackets" in found.value
