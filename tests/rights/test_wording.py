# ruff: noqa: RUF001 - names and texts as they stand in the world

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.claim import Kind
from cleanset.rights.claims.columns import evidence_from_columns
from cleanset.rights.claims.licensing import read_statement
from cleanset.rights.claims.names import Bare
from cleanset.rights.claims.reading import claims_from
from cleanset.rights.claims.wording import read_wording

BOOK = LicenseBook.load()


@pytest.mark.parametrize(
    ("text", "expression", "names"),
    [
        ("© Jane, CC BY 4.0", "CC-BY-4.0", ("Jane",)),
        ("Photo: Jane Doe / CC BY-SA 4.0", "CC-BY-SA-4.0", ("Jane Doe",)),
        ("Copyright 2019 X. Licensed under CC BY 4.0.", "CC-BY-4.0", ("X",)),
        ("CC BY 4.0 (© Jane Doe)", "CC-BY-4.0", ("Jane Doe",)),
        ("CC BY 4.0, © 2015-2019 Jane Doe", "CC-BY-4.0", ("Jane Doe",)),
        ("Foto: Max Müller, CC BY-SA 3.0 DE", "CC-BY-SA-3.0-DE", ("Max Müller",)),
        ("© J. R. Smith (CC BY 4.0)", "CC-BY-4.0", ("J. R. Smith",)),
        ("© 2019 Jane Doe, some rights reserved (CC BY-NC 4.0)", "CC-BY-NC-4.0", ("Jane Doe",)),
        ("Jane Doe, CC BY-SA 4.0, via Wikimedia Commons", "CC-BY-SA-4.0", ("Jane Doe",)),
        ("© Jane / Photo by Joe / CC0", "CC0-1.0", ("Jane", "Joe")),
        ("© Jane, https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0", ("Jane",)),
        ("(c) 2020 Østergård & Søn\nCC BY 4.0", "CC-BY-4.0", ("Østergård & Søn",)),
        ("© 张三, CC BY 4.0", "CC-BY-4.0", ("张三",)),
        ("© Jane Doe; CC BY 4.0; CC BY-NC 4.0", "CC-BY-4.0 AND CC-BY-NC-4.0", ("Jane Doe",)),
    ],
)
def test_credits_are_taken_off_licenses_which_all_hold(text: str, expression: str, names: tuple[str, ...]) -> None:
    wording = read_wording(text, BOOK, Bare.NONE)
    assert not wording.unread
    assert (read_statement(text, BOOK).expression, (*wording.owners, *wording.creators)) == (expression, names)


@pytest.mark.parametrize(
    "text",
    [
        "CC BY 4.0 (Jane)", "Text: Jane, CC BY 4.0", "CC BY 4.0 (1)", "CC BY 4.0 [...]",
        "© Jane, CC BY 4.0 except logo", "© Jane, not CC BY 4.0", "© Jane, images excluded, CC BY 4.0",
        "Photo: not Jane, CC BY 4.0", "© bysa, CC0", "by SA, MIT", "CC BY 4.0, image: proprietary",
        "© Jane, CC BY 4.0, Text: Joe", "© Jane, nicht CC BY 4.0", "© Jane, pas CC BY 4.0", "© Jane, CC BY 4.0 (Logo)",
        "© Jane, CC BY 4.0, https://evil.example/", "Jane, no longer CC BY 4.0, via Flickr", "CC BY 4.0*",
        "© Jane, free to use", "by Jane, CC BY 4.0 unless noted", "© Jane (images © Joe) CC BY 4.0",
        "CC BY 4.0, photo: Proprietary", "CC BY 4.0, © Kõik Õigused Kaitstud", "CC BY 4.0, tilos felhasználni",
        "CC BY 4.0, credit: Editorial Use", "CC BY 4.0 †", "CC BY 4.0 …", "CC BY 4.0, by permission", "CC BY 4.0¹",
        '<a href="https://creativecommons.org/licenses/by/4.0/" title="no commercial use here">CC BY 4.0</a>',
        "<span hidden>ask us first</span> CC BY 4.0", "CC BY 4.0 <!-- ask us first -->", "<del>CC BY 4.0</del>",
        "CC BY 4.0\nلا يجوز", "CC BY 4.0。禁止转载", "© 版权所有 CC BY 4.0", "CC BY 4.0 (licensed to us)",
    ],
)  # fmt: skip
def test_what_may_be_more_than_a_credit_is_unread(text: str) -> None:
    assert read_wording(text, BOOK, Bare.NONE).unread


@pytest.mark.parametrize(
    "name",
    [
        "2010-2013, Advanced Micro Devices, Inc., all rights reserved.",
        "jdoe_77", "Jane Doe <jane@example.org>", "Vincent van Gogh (Dutch, Zundert 1853–1890 Auvers-sur-Oise)", "李明",
        "2000-2022, Intel Corporation, all rights reserved.; 2009-2011, Willow Garage Inc., all rights reserved.",
        "2002, 2003, 2004; The GIMP Documentation Team (see AUTHORS)", "NASA/JPL-Caltech", "María José O'Neill-Smith",
        "© 2009, 2010, The Go Authors.  All rights reserved.", "Chris Pickel (sfiera.net)", "jane doe", "Al-Khwarizmi",
        "Copyright 2007-2020 Michael Cornelison <mkornelix@gmail.com>", "the JPEG XL Project Authors", "Various",
        "2016-2022 Kentaro Wada; 2011 Michael Pitidis, Hussein Abdulwahid", "Gift of Mrs. Mary Smith, 1920",
    ],
)  # fmt: skip
def test_a_field_for_creators_holds_names_of_many_kinds(name: str) -> None:
    assert not read_wording(name, BOOK, Bare.ANY).unread


@pytest.mark.parametrize(
    "text",
    [
        "proprietary", "do not use this without asking", "All use prohibited", "Used under license",
        "solo para uso editorial", "kasutamine ilma loata on rangelt keelatud",
    ],
)  # fmt: skip
def test_a_field_for_creators_holds_no_terms(text: str) -> None:
    assert read_wording(text, BOOK, Bare.ANY).unread


def test_the_credited_are_claimed_as_owner_and_creator() -> None:
    evidence = evidence_from_columns({"rights": "© Jane Doe / photo by Joe Roe / CC BY 4.0"}, "webdataset")
    claims = claims_from(evidence, None, "webdataset", BOOK)
    assert {(c.kind, c.value) for c in claims if c.kind in {Kind.OWNER, Kind.CREATOR}} == {
        (Kind.OWNER, "Jane Doe"),
        (Kind.CREATOR, "Joe Roe"),
    }


@given(st.text(max_size=60), st.sampled_from(["CC BY 4.0", "© Jane Doe", ""]), st.sampled_from(list(Bare)))
def test_words_are_read_or_unread_but_never_lost(text: str, known: str, bare: Bare) -> None:
    wording = read_wording(f"{known}; {text} zzkeelatud", BOOK, bare)
    assert "zzkeelatud" in wording.unread or bare is Bare.ANY or len(text.split()) == 0 or wording.creators
