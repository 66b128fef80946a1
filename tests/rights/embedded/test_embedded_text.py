"""Which text is evidence, and how bytes become text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import embedded_files as files
from cleanset.rights.embedded.exif import decode_user_comment
from cleanset.rights.embedded.packet import MAX_TEXT, PARSE_ERROR
from cleanset.rights.embedded.scan import scan_image
from cleanset.rights.embedded.secondhand import read_exif_column
from cleanset.rights.embedded.text import Keep, decode, is_evidence, is_placeholder
from cleanset.rights.evidence import Layer

PLACEHOLDERS = ("", " ", "\0\0", ".", "???", "©", "x-default", "Picasa", "OLYMPUS DIGITAL CAMERA", "SONY DSC",
                "Unknown", "your name", "Copyright", "NIKON CORPORATION", "yyyy", "charset=Ascii")  # fmt: skip
MEANINGFUL = ("Jane Roe", "1", "True", "0", "Bo", "2016", "© 2016", "CC0", "All rights reserved", "Canon Inc. archive",
              "DMI-PROHIBITED", "著作権", "Anonymous")  # fmt: skip


@pytest.mark.parametrize("value", PLACEHOLDERS)
def test_a_placeholder_says_nothing(value: str) -> None:
    assert is_placeholder(value)
    assert not any(is_evidence(value, keep) for keep in Keep)


@pytest.mark.parametrize("value", MEANINGFUL)
def test_whatever_else_was_written_is_kept(value: str) -> None:
    assert not is_placeholder(value)


@pytest.mark.parametrize(
    ("value", "is_kept"),
    [
        ("A sunset over the bay", False),
        ("(c) 2016 Jane Roe", True),
        ("Licensed under CC BY 4.0", True),
        ("May not be used for AI training", True),
        ("a cat\nSteps: 20, Sampler: Euler a", True),
        ("Steps: to the church", False),
        ("he said: certain", False),
    ],
)
def test_a_description_is_evidence_when_it_speaks_of_rights(value: str, is_kept: bool) -> None:  # noqa: FBT001 - a case
    assert is_evidence(value, Keep.IF_TELLING) is is_kept


@pytest.mark.parametrize(
    ("raw", "big_endian"),
    [
        (b"ASCII\0\0\0Jane Roe", False),
        (b"UNICODE\0" + "Jane Roe".encode("utf-16-le"), False),
        (b"UNICODE\0" + "Jane Roe".encode("utf-16-be"), False),
        (b"UNICODE\0" + "Jane Roe".encode("utf-16-le"), True),
        (b"UNICODE\0Jane Roe", True),
        (bytes(8) + b"Jane Roe\0\0", False),
        (b"Jane Roe", False),
    ],
)
def test_a_user_comment_is_read_whatever_its_writer_meant_by_unicode(raw: bytes, big_endian: bool) -> None:  # noqa: FBT001 - a case
    assert decode_user_comment(raw, big_endian=big_endian) == "Jane Roe"


@given(st.binary(max_size=200), st.integers(0, 4))
def test_decoding_never_fails_and_keeps_utf8_that_the_cap_cuts(raw: bytes, cut: int) -> None:
    decode(raw)
    long = ("€" * MAX_TEXT).encode()[cut:]
    assert len(decode(long).encode()) <= 3 * MAX_TEXT


def test_utf8_cut_at_the_cap_stays_utf8() -> None:
    assert set(decode(("€" * MAX_TEXT).encode())) == {"€"}


def test_the_exif_column_is_second_hand_evidence() -> None:
    column = json.dumps(
        {
            "Image Copyright": "(c) Jane Doe CC BY 4.0",
            "Image Artist": "Jane Doe",
            "Image XPAuthor": str(list("Jané".encode("utf-16-le"))),
            "Image Make": "Canon",
            "Image Software": "Adobe Photoshop",
            "EXIF UserComment": "                 ",
            "Image ImageDescription": "SONY DSC",
        }
    )
    assert [(e.layer, e.locator, e.value) for e in read_exif_column(column)] == [
        (Layer.COLUMN, "exif:Image Copyright", "(c) Jane Doe CC BY 4.0"),
        (Layer.COLUMN, "exif:Image Artist", "Jane Doe"),
        (Layer.COLUMN, "exif:Image XPAuthor", "Jané"),
    ]


@pytest.mark.parametrize("column", ["", "{}", "null", " "])
def test_an_empty_exif_column_is_no_evidence(column: str) -> None:
    assert read_exif_column(column) == []


@pytest.mark.parametrize("column", ["{", "[]", "3", "[" * 100_000, '{"Image Artist": "J'])
def test_an_exif_column_that_is_no_object_is_a_parse_error(column: str) -> None:
    assert [(e.layer, e.locator) for e in read_exif_column(column)] == [(Layer.COLUMN, PARSE_ERROR)]


def test_free_text_under_a_standard_png_keyword_is_recorded_whatever_it_says() -> None:
    texts = {"Description": "Nur zur privaten Nutzung", "Comment": "Created with GIMP", "Warning": "x" * 100_000}
    png = files.png(*(files.text_chunk(keyword, text) for keyword, text in texts.items()))
    found = {one.locator: one.value for one in scan_image(png).evidence}
    assert found["Description"] == "Nur zur privaten Nutzung"
    assert "Comment" not in found
