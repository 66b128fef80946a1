"""XMP in every form that RDF/XML allows, and what is not the picture's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import embedded_files as files
from cleanset.rights.embedded.packet import PARSE_ERROR
from cleanset.rights.embedded.secondhand import scan_xmp_sidecar
from cleanset.rights.embedded.xmp import read_xmp
from cleanset.rights.evidence import Layer

URL = "https://creativecommons.org/licenses/by-nc/4.0/"


def read(packet: bytes) -> list[tuple[str, str]]:
    return [(e.locator, e.value) for e in read_xmp(packet)]


@pytest.mark.parametrize(
    "packet",
    [
        files.xmp(f"<cc:license>{URL}</cc:license>"),
        files.xmp(f'<cc:license rdf:resource="{URL}"/>'),
        files.xmp("", attributes=f'cc:license="{URL}"'),
        files.xmp(f"<cc:license rdf:parseType='Resource'><rdf:value>{URL}</rdf:value></cc:license>"),
        files.xmp(f"<cc:license><rdf:Description><rdf:value>{URL}</rdf:value></rdf:Description></cc:license>"),
        files.xmp(f"<cc:license><rdf:Bag><rdf:li rdf:resource='{URL}'/></rdf:Bag></cc:license>"),
        files.xmp(f"<cc:license><![CDATA[{URL}]]></cc:license>"),
        files.xmp(f"<cc:license>{URL[:9]}<!-- c -->{URL[9:]}</cc:license>"),
        files.xmp("", attributes=f'cc:License="{URL}"'),
        files.xmp(f"<cc:license>\n  {URL}\n</cc:license>"),
        files.xmp(f"<cc:license>{URL}</cc:license>").replace(b"cc:", b"zz:").replace(b"xmlns:cc", b"xmlns:zz"),
        files.xmp(f"<cc:license>{URL}</cc:license>").replace(b"creativecommons.org/ns#", b"web.resource.org/cc/", 1),
        files.xmp(f"<cc:license>{URL}</cc:license>").replace(b"rdf:Description", b"cc:Work"),
        files.xmp(f"<cc:license>{URL}</cc:license>").decode().encode("utf-16"),
        b"\0\0 junk " + files.xmp(f"<cc:license>{URL}</cc:license>") + b"\0\0 junk",
    ],
)
def test_one_property_reads_the_same_in_every_form(packet: bytes) -> None:
    assert read(packet) == [("cc:license", URL)]


def test_a_namespace_is_known_by_its_uri_not_by_its_prefix() -> None:
    foreign = files.xmp(f"<cc:license>{URL}</cc:license>").replace(b"http://creativecommons.org/ns#", b"urn:other")
    assert read(foreign) == []


def test_a_prefix_that_nobody_declared_is_taken_for_the_usual_one_and_told() -> None:
    undeclared = files.xmp("<dc:rights>(c) Jane</dc:rights>").replace(b"xmlns:dc=", b"xmlns:dx=")
    assert [locator for locator, _ in read(undeclared)] == [PARSE_ERROR, "dc:rights"]


def test_every_language_is_a_row() -> None:
    languages = "<rdf:li xml:lang='x-default'>no AI</rdf:li><rdf:li xml:lang='de'>keine KI</rdf:li>"
    packet = files.xmp(f"<xmpRights:UsageTerms><rdf:Alt>{languages}</rdf:Alt></xmpRights:UsageTerms>")
    assert [value for _, value in read(packet)] == ["no AI", "keine KI"]


def test_the_rights_of_an_ingredient_are_not_the_pictures() -> None:
    ingredient = f"<rdf:li><rdf:Description><cc:license>{URL}</cc:license></rdf:Description></rdf:li>"
    assert read(files.xmp(f"<xmpMM:Pantry><rdf:Bag>{ingredient}</rdf:Bag></xmpMM:Pantry>")) == []


def test_what_describes_a_license_or_an_agent_is_not_the_pictures() -> None:
    others = "<cc:License rdf:about='urn:l'><dc:title>BY</dc:title></cc:License>"
    others += "<cc:Agent><dc:title>Jane</dc:title></cc:Agent>"
    packet = files.xmp("<dc:title>Dawn</dc:title>").replace(b"</rdf:RDF>", others.encode() + b"</rdf:RDF>")
    packet = packet.replace(
        b"<rdf:RDF ", b'<rdf:RDF xmlns:cc="http://creativecommons.org/ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    )
    assert read(packet) == [("dc:title", "Dawn")]


def test_every_rdf_block_of_a_packet_is_read() -> None:
    packet = files.xmp("<dc:title>Dawn</dc:title>")
    block = packet[packet.index(b"<rdf:RDF") : packet.index(b"</x:xmpmeta>")]
    second = block.replace(b"dc:title", b"tdm:policy").replace(b"Dawn", URL.encode())
    assert read(packet.replace(b"</x:xmpmeta>", second + b"</x:xmpmeta>")) == [
        ("dc:title", "Dawn"),
        ("tdm:policy", URL),
    ]


def test_a_structure_gives_its_fields_by_their_own_names() -> None:
    owner = "<plus:CopyrightOwnerName>Jane Roe</plus:CopyrightOwnerName>"
    members = f"<rdf:li rdf:parseType='Resource'>{owner}</rdf:li><rdf:li plus:CopyrightOwnerName='John Doe'/>"
    work = "<Iptc4xmpExt:AOTitle>Guernica</Iptc4xmpExt:AOTitle>"
    work += "<Iptc4xmpExt:AOCopyrightNotice>(c) Succession</Iptc4xmpExt:AOCopyrightNotice>"
    packet = files.xmp(
        f"<plus:CopyrightOwner><rdf:Seq>{members}</rdf:Seq></plus:CopyrightOwner>"
        f"<Iptc4xmpExt:ArtworkOrObject><rdf:Bag><rdf:li rdf:parseType='Resource'>{work}</rdf:li></rdf:Bag>"
        "</Iptc4xmpExt:ArtworkOrObject>"
    )
    assert read(packet) == [
        ("plus:CopyrightOwnerName", "Jane Roe"),
        ("plus:CopyrightOwnerName", "John Doe"),
        ("Iptc4xmpExt:AOCopyrightNotice", "(c) Succession"),
    ]


@pytest.mark.parametrize(
    "packet",
    [
        b"\x00\x80garbage\xff",
        files.xmp("<plus:DataMining>DMI-PROHIBITED</plus:DataMining>")[:-90].replace(b"DataMining", b"Data\x00Mining"),
        files.xmp("<xmp:Rating>5</xmp:Rating>").replace(b"Rating>5", b"Ra\xff\x00ting>5"),
        files.xmp("<xmp:Rating>5</xmp:Rating>")[:150],
        b"<x>" + b"y" * 100_000,
    ],
)
def test_a_packet_that_is_not_whole_and_names_no_field_is_a_parse_error(packet: bytes) -> None:
    assert [locator for locator, _ in read(packet)] == [PARSE_ERROR]


def test_a_whole_packet_without_a_field_of_ours_and_an_empty_one_say_nothing() -> None:
    assert read(files.xmp("<xmp:Rating>5</xmp:Rating>")) == []
    assert read(b" \n\0") == []
    long = files.xmp("<xmp:Rating>5</xmp:Rating>" * 4000)
    assert read(long) == []


def test_a_packet_deeper_than_the_parser_goes_is_a_parse_error() -> None:
    deep = "<dc:rights>" + "<rdf:Bag><rdf:li>" * 5000 + "x" + "</rdf:li></rdf:Bag>" * 5000 + "</dc:rights>"
    assert read(files.xmp(deep))[0][0] == PARSE_ERROR


def test_no_entity_reaches_a_file_or_the_network() -> None:
    external = (
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + files.xmp("<dc:rights>&e;</dc:rights>").decode()
    )
    assert read(external.encode()) == [(PARSE_ERROR, "XMP: document type declaration refused")]


def test_an_undefined_entity_is_a_parse_error() -> None:
    assert PARSE_ERROR in dict(read(files.xmp("<dc:rights>&bogus; Jane</dc:rights>")))


def test_a_sidecar_is_read_like_a_packet() -> None:
    rows = scan_xmp_sidecar(files.xmp(f"<cc:license>{URL}</cc:license>").decode())
    assert [(e.layer, e.locator, e.value) for e in rows] == [(Layer.SIDECAR, "cc:license", URL)]


VISIBLE = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=4, max_size=60)


@given(VISIBLE.map(str.strip).filter(lambda text: len(set(text)) > 3 and any(map(str.isalnum, text))))
def test_any_text_comes_back_as_it_was_written(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert read(files.xmp(f"<dc:rights>Notice: {escaped}</dc:rights>")) == [("dc:rights", f"Notice: {text}")]
