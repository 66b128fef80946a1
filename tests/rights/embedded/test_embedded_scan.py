"""Each signal in each container; what is left out; what is refused."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable

import pytest

import embedded_files as files
from cleanset.rights.embedded.packet import MAX_TEXT, MAX_XMP, PARSE_ERROR
from cleanset.rights.embedded.scan import Scan, scan_image
from cleanset.rights.evidence import Layer

DMI = "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING"
DST = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
LICENSE = "https://creativecommons.org/licenses/by/4.0/"
PARAMETERS = "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1"

EXIF = files.tiff(
    {files.COPYRIGHT: b"(c) Jane Roe\0", files.ARTIST: b"Jane Roe\0", 0x9C9D: "Jane XP".encode("utf-16-le")},
    sub={0x9286: b"ASCII\0\0\0" + PARAMETERS.encode()},
)
XMP = files.xmp(
    files.alt("dc:rights", "(c) Jane Roe")
    + "<dc:creator><rdf:Seq><rdf:li>Jane Roe</rdf:li><rdf:li>John Doe</rdf:li></rdf:Seq></dc:creator>"
    + f'<cc:license rdf:resource="{LICENSE}"/>'
    + "<plus:Licensor><rdf:Seq><rdf:li rdf:parseType='Resource'>"
    + "<plus:LicensorURL>https://stock.example/1</plus:LicensorURL></rdf:li></rdf:Seq></plus:Licensor>"
    + f"<Iptc4xmpExt:DigitalSourceType> {DST}</Iptc4xmpExt:DigitalSourceType>"
    + "<tdm:reservation>1</tdm:reservation>",
    attributes=f'plus:DataMining="{DMI}" xmpRights:Marked="True" xmpRights:WebStatement="{LICENSE}"',
)
IPTC = files.iptc({80: "Jörg Roe", 116: "(c) Jörg Roe", 110: "Agency", 40: "No AI training"})

IN_EXIF = {("Copyright", "(c) Jane Roe"), ("Artist", "Jane Roe"), ("XPAuthor", "Jane XP"), ("UserComment", PARAMETERS)}
IN_XMP = {
    ("dc:rights", "(c) Jane Roe"),
    ("dc:creator", "Jane Roe"),
    ("dc:creator", "John Doe"),
    ("cc:license", LICENSE),
    ("plus:LicensorURL", "https://stock.example/1"),
    ("Iptc4xmpExt:DigitalSourceType", DST),
    ("tdm:reservation", "1"),
    ("plus:DataMining", DMI),
    ("xmpRights:Marked", "True"),
    ("xmpRights:WebStatement", LICENSE),
}
IN_IPTC = {
    ("By-line", "Jörg Roe"),
    ("CopyrightNotice", "(c) Jörg Roe"),
    ("Credit", "Agency"),
    ("SpecialInstructions", "No AI training"),
}
IPTC_TIFF = files.tiff({0x83BB: IPTC, 0x02BC: XMP, files.COPYRIGHT: b"(c) Jane Roe\0"})

CARRIERS = {
    "jpeg": files.jpeg(
        files.segment(0xE1, b"Exif\0\0" + EXIF),
        files.segment(0xE1, files.XMP_HEADER + XMP),
        files.segment(0xED, b"Photoshop 3.0\0" + files.photoshop(IPTC)),
    ),
    "png": files.png(files.chunk(b"eXIf", b"Exif\0\0" + EXIF), files.itxt_chunk("XML:com.adobe.xmp", XMP)),
    "webp": files.webp((b"EXIF", b"Exif\0\0" + EXIF), (b"XMP ", XMP)),
    "bmff": files.heif({b"Exif": EXIF, b"application/rdf+xml": XMP}),
}


def pairs(scan: Scan, layer: Layer) -> set[tuple[str, str]]:
    return {(e.locator, e.value) for e in scan.evidence if e.layer is layer}


def errors(image: bytes) -> list[str]:
    return [e.value for e in scan_image(image).evidence if e.locator == PARSE_ERROR]


@pytest.mark.parametrize("container", CARRIERS)
def test_exif_and_xmp_are_read_from_every_container(container: str) -> None:
    scan = scan_image(CARRIERS[container])
    assert scan.container == container
    assert pairs(scan, Layer.EXIF) == IN_EXIF
    assert pairs(scan, Layer.XMP) == IN_XMP


def test_iptc_is_read_from_photoshop_resources_split_over_segments() -> None:
    resources = files.photoshop(b"\1", 0x040A) + files.photoshop(IPTC)
    halves = [b"Photoshop 3.0\0" + part for part in (resources[:25], resources[25:])]
    scan = scan_image(files.jpeg(*(files.segment(0xED, half) for half in halves)))
    assert pairs(scan, Layer.IPTC) == IN_IPTC | {("Photoshop:CopyrightFlag", "True")}


def test_a_tiff_file_gives_its_tags_and_the_packets_in_them() -> None:
    scan = scan_image(IPTC_TIFF)
    assert pairs(scan, Layer.EXIF) == {("Copyright", "(c) Jane Roe")}
    assert pairs(scan, Layer.IPTC) == IN_IPTC
    assert pairs(scan, Layer.XMP) == IN_XMP


def test_iptc_stored_as_swapped_numbers_is_put_in_order() -> None:
    padded = IPTC + bytes(-len(IPTC) % 4)
    swapped = b"".join(padded[i : i + 4][::-1] for i in range(0, len(padded), 4))
    assert pairs(scan_image(files.tiff({0x83BB: swapped})), Layer.IPTC) == IN_IPTC


def test_gif_gives_its_xmp_and_its_comment() -> None:
    scan = scan_image(files.gif(files.gif_xmp(XMP), files.gif_comment(b"Copyright Jane Roe")))
    assert pairs(scan, Layer.XMP) == IN_XMP
    assert pairs(scan, Layer.COMMENT) == {("Comment", "Copyright Jane Roe")}


def test_big_endian_exif_is_read() -> None:
    exif = files.tiff({files.COPYRIGHT: b"(c) Jane Roe\0", files.ARTIST: b"Bo\0"}, order=">")
    scan = scan_image(files.png(files.chunk(b"eXIf", exif)))
    assert pairs(scan, Layer.EXIF) == {("Copyright", "(c) Jane Roe"), ("Artist", "Bo")}


def test_the_photographers_and_the_editors_copyright_are_two_rows() -> None:
    exif = files.tiff({files.COPYRIGHT: b"Jane Roe\0Example Press\0"})
    scan = scan_image(files.png(files.chunk(b"eXIf", exif)))
    assert [e.value for e in scan.evidence] == ["Jane Roe", "Example Press"]


def test_a_packet_is_named_by_its_digest_and_kept_on_request() -> None:
    image = files.webp((b"XMP ", XMP))
    digest = hashlib.sha256(XMP).digest()
    assert {e.packet for e in scan_image(image).evidence} == {digest}
    assert scan_image(image).packets == {}
    assert scan_image(image, keep_packets=True).packets == {digest: XMP}


def test_png_text_is_read_in_all_three_forms_also_behind_the_pixels() -> None:
    deflated = files.chunk(b"zTXt", b"Source\0\0" + zlib.compress(b"https://example.org/1"))
    before = files.png(files.text_chunk("author", "Jane Roe"), deflated)
    behind = files.itxt_chunk("Copyright", "著作権 Jane".encode(), deflated=True)
    image = before[:-12] + behind + before[-12:]
    assert pairs(scan_image(image), Layer.PNG_TEXT) == {
        ("Author", "Jane Roe"),
        ("Source", "https://example.org/1"),
        ("Copyright", "著作権 Jane"),
    }


@pytest.mark.parametrize(
    ("kind", "raw", "layer", "expected"),
    [
        ("exif", b"Exif\0\0" + EXIF, Layer.EXIF, IN_EXIF),
        ("APP1", b"Exif\0\0" + EXIF, Layer.EXIF, IN_EXIF),
        ("APP1", files.XMP_HEADER + XMP, Layer.XMP, IN_XMP),
        ("xmp", XMP, Layer.XMP, IN_XMP),
        ("iptc", files.photoshop(IPTC), Layer.IPTC, IN_IPTC),
        ("8bim", files.photoshop(IPTC), Layer.IPTC, IN_IPTC),
        ("iptc", IPTC, Layer.IPTC, IN_IPTC),
    ],
)
def test_raw_profiles_of_imagemagick_are_decoded(
    kind: str, raw: bytes, layer: Layer, expected: set[tuple[str, str]]
) -> None:
    digits = raw.hex()
    lines = "\n".join(digits[i : i + 72] for i in range(0, len(digits), 72))
    profile = f"\n{kind}\n{len(raw):8}\n{lines}\n".encode()
    chunk = files.chunk(b"zTXt", f"Raw profile type {kind}\0\0".encode() + zlib.compress(profile))
    assert pairs(scan_image(files.png(chunk)), layer) == expected


def test_the_copyright_of_a_color_profile_is_no_evidence() -> None:
    profile = b"Copyright (c) 1998 Hewlett-Packard Company"
    png = files.png(
        files.text_chunk("icc:copyright", profile.decode()),
        files.chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(profile)),
        files.text_chunk("Raw profile type icc", f"\nicc\n{len(profile)}\n{profile.hex()}\n"),
    )
    jpeg = files.jpeg(files.segment(0xE2, b"ICC_PROFILE\0\1\1" + profile))
    assert scan_image(png).evidence == scan_image(jpeg).evidence == ()


def test_placeholders_are_no_evidence() -> None:
    exif = files.tiff({files.COPYRIGHT: b" " * 40, files.ARTIST: b"Picasa\0", 0x010E: b"OLYMPUS DIGITAL CAMERA\0"})
    packet = files.xmp(files.alt("dc:rights", "x-default") + "<dc:creator>.</dc:creator>")
    image = files.jpeg(
        files.segment(0xE1, b"Exif\0\0" + exif),
        files.segment(0xE1, files.XMP_HEADER + packet),
        files.segment(0xFE, b"LEAD Technologies Inc. V1.01"),
    )
    assert scan_image(image).evidence == ()


def test_what_an_unread_kind_of_file_holds_is_not_guessed() -> None:
    assert scan_image(b"BM" + XMP) == Scan("other")
    assert scan_image(b"") == Scan("other")


def test_c2pa_is_seen_by_its_bytes() -> None:
    box = b"\0\0\0\x40jumb\0\0\0\x28jumdc2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\3c2pa\0"
    carriers = [
        files.jpeg(files.segment(0xEB, b"JP\0\1\0\0\0\1" + box)),
        files.png(files.chunk(b"caBX", box)),
        files.webp((b"C2PA", box)),
        files.heif({}) + files.box(b"uuid", bytes.fromhex("d8fec3d61b0e483c92975828877ec481") + box),
    ]
    for image in carriers:
        scan = scan_image(image)
        assert pairs(scan, Layer.C2PA) == {("manifest", "present")}
        assert scan.has_c2pa


def test_jumbf_that_is_not_c2pa_is_no_manifest() -> None:
    assert not scan_image(files.jpeg(files.segment(0xEB, b"JP\0\1\0\0\0\1\0\0\0\x20jumb" + bytes(40)))).has_c2pa


GUID = b"0123456789ABCDEF0123456789ABCDEF"


def extended(packet: bytes, part: int, *, declared: int | None = None, guid: bytes = GUID) -> list[bytes]:
    """The segments of an extended XMP packet in parts of ``part`` bytes."""
    size = len(packet) if declared is None else declared
    return [
        files.segment(0xE1, files.EXTENSION_HEADER + guid + struct.pack(">II", size, at) + packet[at : at + part])
        for at in range(0, len(packet), part)
    ]


MAIN = files.segment(
    0xE1,
    files.XMP_HEADER + files.xmp("", attributes=f'xmpNote:HasExtendedXMP="{GUID.decode()}" xmpRights:Marked="True"'),
)


def test_extended_xmp_is_put_together_from_parts_in_any_order() -> None:
    image = files.jpeg(MAIN, *reversed(extended(XMP, 700)))
    assert pairs(scan_image(image), Layer.XMP) == IN_XMP
    assert errors(image) == []


def test_extended_xmp_that_the_main_packet_does_not_name_is_ignored() -> None:
    image = files.jpeg(MAIN, *extended(XMP, 700, guid=GUID[::-1]))
    assert pairs(scan_image(image), Layer.XMP) == {("xmpRights:Marked", "True")}


def test_extended_xmp_with_a_missing_part_is_a_parse_error() -> None:
    parts = extended(XMP, 700)
    assert any("declared" in e for e in errors(files.jpeg(MAIN, parts[0], *parts[2:])))
    assert any("4294967295 declared" in e for e in errors(files.jpeg(MAIN, *extended(XMP, 700, declared=2**32 - 1))))


def test_a_document_type_declaration_is_refused_in_every_encoding() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + XMP.decode()
    for codec in ("utf-8", "utf-16", "utf-16-le", "utf-32"):
        image = files.webp((b"XMP ", bomb.encode(codec)))
        assert errors(image) == ["XMP: document type declaration refused"]
        assert len(scan_image(image).evidence) == 1


def test_broken_xmp_gives_what_comes_before_the_damage_and_a_parse_error() -> None:
    image = files.webp((b"XMP ", XMP[: XMP.index(b"<plus:Licensor>") + 8]))
    assert ("plus:DataMining", DMI) in pairs(scan_image(image), Layer.XMP)
    assert len(errors(image)) == 1


def test_xmp_over_the_cap_is_a_parse_error_only_where_it_speaks_of_rights() -> None:
    history = "<xmpMM:History>" + "x" * MAX_XMP + "</xmpMM:History>"
    assert errors(files.webp((b"XMP ", files.xmp(history, attributes='xmp:CreatorTool="Editor"')))) == []
    assert "cap" in errors(files.webp((b"XMP ", files.xmp(history + files.alt("dc:rights", "(c) Jane")))))[0]


def test_a_text_bomb_is_cut_at_the_cap() -> None:
    bomb = zlib.compress(b"Copyright " + b"A" * (50 << 20), 9)
    scan = scan_image(files.png(files.chunk(b"zTXt", b"Copyright\0\0" + bomb)))
    assert len(scan.evidence[0].value) == MAX_TEXT
    assert scan.evidence[1].locator == PARSE_ERROR
    assert "cut" not in scan.evidence[0].value


def test_a_profile_bomb_is_a_parse_error() -> None:
    bomb = zlib.compress(b"\nxmp\n99999999\n" + b"41" * (20 << 20), 9)
    assert "longer than" in errors(files.png(files.chunk(b"zTXt", b"Raw profile type xmp\0\0" + bomb)))[0]


@pytest.mark.parametrize(
    ("image", "what"),
    [
        (files.png(files.chunk(b"zTXt", b"Copyright\0\0not zlib")), "Copyright: not a zlib stream"),
        (files.png(files.text_chunk("Raw profile type exif", "\nexif\n 4\nzzzz\n")), "not hexadecimal"),
        (files.png(files.chunk(b"eXIf", b"MM\0*\0\0\xff\xff")), "directory at 65535"),
        (files.png(files.chunk(b"eXIf", b"garbage")), "no TIFF header"),
        (files.png(files.chunk(b"eXIf", EXIF[:40])), "cut off"),
        (files.png(files.chunk(b"eXIf", files.tiff({files.ARTIST: b"Jane Roe\0"})[:-9])), "Artist: value lies outside"),
        (files.jpeg(files.segment(0xED, b"Photoshop 3.0\0" + files.photoshop(IPTC)[:40])), "cut off"),
        (files.jpeg(files.segment(0xED, b"Photoshop 3.0\0" + files.photoshop(IPTC + b"rest"))), "no dataset"),
        (files.webp((b"XMP ", b"<dc:rights ")), "XMP"),
        (files.heif({b"Exif": EXIF}).replace(b"iloc", b"free"), "ISO-BMFF"),
    ],
)
def test_what_cannot_be_read_is_told(image: bytes, what: str) -> None:
    assert any(what in error for error in errors(image)), errors(image)


def test_the_boxes_of_jpeg_xl_are_read_and_a_compressed_one_counts_as_unread() -> None:
    exif, packet = files.tiff({files.COPYRIGHT: b"(c) Jane\0"}), files.xmp(files.alt("dc:rights", "(c) Joe"))
    plain = scan_image(files.jxl((b"Exif", bytes(4) + exif), (b"xml ", packet), (b"jumb", b"x"), (b"jxlc", b"\xff\n")))
    assert plain.container == "jxl"
    assert [(e.locator, e.value) for e in plain.evidence] == [
        ("Copyright", "(c) Jane"),
        ("dc:rights", "(c) Joe"),
        ("manifest", "present"),
    ]
    packed = scan_image(files.jxl((b"brob", b"xml " + b"?" * 9), (b"brob", b"jbrd" + b"?" * 9)))
    assert [(e.locator, e.value) for e in packed.evidence] == [
        ("parse-error", "JPEG XL: a compressed xml box"),
    ]


@pytest.mark.parametrize("wrap", [lambda xmp: files.jpeg() + xmp, lambda xmp: files.jpeg(files.segment(0xE2, xmp))])
def test_xmp_that_lies_where_no_reader_looks_is_told(wrap: Callable[[bytes], bytes]) -> None:
    packet = files.xmp("<xmpRights:UsageTerms>Use needs a contract</xmpRights:UsageTerms>")
    assert [one.locator for one in scan_image(wrap(packet)).evidence] == [PARSE_ERROR]
