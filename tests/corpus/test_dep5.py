"""Which license a copyright file states for an installed image."""

import pytest

import dep5
from dep5 import Declared

HEADER = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nSource: https://example.org/art\n"
TEXT = (
    HEADER
    + """
Files: *
Copyright: 2010, The Program
           2012, Others
License: GPL-2+

Files: images/*
Copyright: 2015 Ann
License: CC-BY-SA-4.0

Files: images/sky.jpg images/old.jpg
Copyright: NASA
Comment: From a page
 of the agency.
License: public-domain
 From NASA, and therefore in the public domain.

Files: debian/*
License: ISC
"""
)


def declared(path: str, *rewrites: dep5.Rewrite) -> Declared:
    parsed = dep5.parse(TEXT)
    assert parsed
    return parsed.declared(path, rewrites)


def test_the_last_pattern_that_matches_a_known_source_path_counts() -> None:
    to_source = (r"^.*/game/", "")
    assert declared("usr/share/game/images/sky.jpg", to_source).license == "public-domain"
    assert declared("usr/share/game/images/sea.jpg", to_source).license == "CC-BY-SA-4.0"
    assert declared("usr/share/game/icon.png", to_source).license == "GPL-2+"


def test_an_unknown_source_path_is_matched_by_any_tail_and_by_the_star_only_where_nothing_else_matches() -> None:
    assert declared("usr/share/game/images/sea.jpg") == Declared(
        "CC-BY-SA-4.0", "folder", "images/*", holders="2015 Ann"
    )
    assert declared("usr/share/game/icon.png").match == "default"


def test_the_text_in_the_paragraph_is_the_note_and_the_holders_are_on_one_line() -> None:
    sky = declared("images/sky.jpg")
    assert sky.note == "From NASA, and therefore in the public domain."
    assert sky.comment == "From a page of the agency."
    assert declared("icon.png").holders == "2010, The Program; 2012, Others"


def test_a_picture_that_upstream_re_encoded_keeps_its_license_and_says_so() -> None:
    assert (declared("images/old.png").license, declared("images/old.png").match) == ("public-domain", "stem")


def test_patterns_for_the_packaging_itself_never_apply() -> None:
    assert declared("debian/logo.png").license == "GPL-2+"


@pytest.mark.parametrize("text", ["", "This package was debianized by Ann.\n\nLicense: GPL\n", "\n\n"])
def test_a_free_form_file_has_no_rules(text: str) -> None:
    assert dep5.parse(text) is None


def test_the_source_of_a_free_form_file_is_its_first_web_address() -> None:
    assert dep5.first_url("It was downloaded from <http://example.org/art>, then cut.") == "http://example.org/art"
    assert not dep5.first_url("No address.")


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("a/*.png", "a/b/c.png", True),
        ("a?.png", "ab.png", True),
        (r"a\*.png", "ab.png", False),
        ("a.png", "axpng", False),
    ],
)
def test_patterns_have_the_wildcards_of_dep5(pattern: str, path: str, matches: bool) -> None:  # noqa: FBT001 - expected
    parsed = dep5.parse(f"{HEADER}\nFiles: {pattern}\nLicense: X\n")
    assert parsed
    assert (parsed.declared(path, [("^", "")]).license == "X") is matches
