from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.claim import Claim, Kind, Speaker
from cleanset.rights.claims.freetext import creators_in, is_nobody, name_in, owner_in, plain, telling_words
from cleanset.rights.claims.hosts import domains_of, load_hosts
from cleanset.rights.claims.reading import claims_from
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout.lists import Entry, OptOutLists
from cleanset.rights.optout.lists import Kind as ListKind

BOOK = LicenseBook.load()


def column(locator: str, value: str) -> Evidence:
    return Evidence(Layer.COLUMN, locator, value)


def claims(*evidence: Evidence, url: str | None = None, profile: str = "webdataset") -> tuple[Claim, ...]:
    return claims_from(evidence, url, profile, BOOK)


def licenses(*evidence: Evidence, url: str | None = None, profile: str = "webdataset") -> list[tuple[str, str, int]]:
    made = claims(*evidence, url=url, profile=profile)
    return [(c.value, c.said_by, c.strength) for c in made if c.kind in {Kind.LICENSE, Kind.PUBLIC_DOMAIN}]


def values(kind: Kind, *evidence: Evidence, url: str | None = None) -> list[str]:
    return [claim.value for claim in claims(*evidence, url=url) if claim.kind is kind]


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (column("license", "CC-BY-4.0"), ("CC-BY-4.0", Speaker.AGGREGATOR, 2)),
        (column("license", "CC BY"), ("LicenseRef-CC-BY", Speaker.AGGREGATOR, 1)),
        (column("rights", "https://creativecommons.org/licenses/by/4.0/"), ("CC-BY-4.0", Speaker.AGGREGATOR, 2)),
        (column("rights", "CC BY 4.0"), ("CC-BY-4.0", Speaker.AGGREGATOR, 2)),
        (column("copyright", "CC BY 4.0"), ("CC-BY-4.0", Speaker.AGGREGATOR, 1)),
        (column("rights", "Use it as you like. CC BY 4.0, or so."), ("CC-BY-4.0", Speaker.AGGREGATOR, 0)),
        (column("exif:Image Copyright", "CC BY 4.0"), ("CC-BY-4.0", Speaker.FILE, 1)),
        (
            Evidence(Layer.XMP, "cc:license", "https://creativecommons.org/licenses/by/4.0/"),
            ("CC-BY-4.0", Speaker.FILE, 2),
        ),
        (Evidence(Layer.EXIF, "Copyright", "CC BY 4.0"), ("CC-BY-4.0", Speaker.FILE, 1)),
        (Evidence(Layer.EXIF, "ImageDescription", "license: CC BY 4.0"), ("CC-BY-4.0", Speaker.FILE, 0)),
    ],
)
def test_the_ladder_of_strength(evidence: Evidence, expected: tuple[str, str, int]) -> None:
    assert licenses(evidence) == [expected]


def test_a_platform_and_an_institution_say_more_at_their_own_hosts() -> None:
    code = column("license", "4")
    at_flickr, elsewhere = "https://live.staticflickr.com/1.jpg", "https://example.org/1.jpg"
    assert licenses(code, url=at_flickr, profile="flickr") == [("CC-BY-2.0", Speaker.PLATFORM, 3)]
    assert licenses(code, url=elsewhere, profile="flickr") == [("CC-BY-2.0", Speaker.AGGREGATOR, 2)]
    flag = column("share_license_status", "CC0")
    at_museum = "https://openaccess-cdn.clevelandart.org/1.jpg"
    assert licenses(flag, url=at_museum) == [("CC0-1.0", Speaker.INSTITUTION, 4)]
    assert licenses(flag, url=elsewhere) == [("CC0-1.0", Speaker.AGGREGATOR, 1)]


def test_a_version_column_completes_the_license_column() -> None:
    assert licenses(column("license", "by"), column("license_version", "2.0"), profile="openverse") == [
        ("CC-BY-2.0", Speaker.AGGREGATOR, 2)
    ]


def test_a_list_of_licenses_is_several_claims_and_licenses_in_one_text_are_one() -> None:
    assert [v for v, _, _ in licenses(column("license", '["CC0-1.0", "CC-BY-4.0"]'))] == ["CC-BY-4.0", "CC0-1.0"]
    mixed = licenses(column("rights", "Texts are under CC BY 4.0, the pictures under CC BY-NC 4.0."))
    assert [v for v, _, _ in mixed] == ["CC-BY-4.0 AND CC-BY-NC-4.0"]


def test_names_lose_their_markup_and_nobody_is_no_name() -> None:
    assert values(Kind.CREATOR, column("Artist", '<a href="//x">Jane &amp; Co</a>')) == ["Jane & Co"]
    assert values(Kind.CREATOR, column("unickname", "Jane+D%C3%B6e")) == ["Jane Döe"]
    assert values(Kind.CREATOR, column("author", "Unknown author")) == []
    assert values(Kind.OWNER, Evidence(Layer.EXIF, "Copyright", "Copyright (c) 2008, 2009 Jane Doe")) == ["Jane Doe"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("All rights reserved", ["all-rights-reserved"]),
        ("© 2020 Jane. Alle Rechte vorbehalten", ["all-rights-reserved-notice"]),
        ("Editorial use only", ["editorial-only"]),
        ("For personal use only", ["non-commercial"]),
        ("Do not copy without permission", ["permission-needed"]),
        ("Photo by Getty Images", ["stock:getty images"]),
        ("found on www.shutterstock.com/x", ["stock:shutterstock"]),
        ("Made with love", []),
    ],
)
def test_words_that_forbid_are_restrictions(text: str, expected: list[str]) -> None:
    assert values(Kind.RESTRICTION, Evidence(Layer.XMP, "xmpRights:UsageTerms", text)) == expected


def test_a_stock_agencys_host_is_a_restriction_and_a_look_alike_is_not() -> None:
    assert values(Kind.RESTRICTION, url="https://media.gettyimages.com/x.jpg") == ["stock:getty-images"]
    assert values(Kind.RESTRICTION, url="https://gettyimages.com.example.org/x.jpg") == []
    assert values(Kind.RESTRICTION, url="https://notgettyimages.com/x.jpg") == []


def test_the_users_lists_are_reservations() -> None:
    lists = OptOutLists.of([Entry(ListKind.DOMAIN, "example.org")])
    made = claims_from([], "https://img.example.org/1.jpg", "webdataset", BOOK, lists)
    assert [(c.kind, c.value, c.said_by) for c in made] == [(Kind.RESERVATION, "reserved:all:list", Speaker.USER)]


def test_a_correction_is_the_users_own_claim() -> None:
    line = json.dumps({"value": "CC-BY-4.0", "who": "Jane"})
    assert licenses(Evidence(Layer.OVERLAY, "license", line)) == [("CC-BY-4.0", Speaker.USER, 4)]
    assert licenses(Evidence(Layer.OVERLAY, "grant", line)) == [("grant", Speaker.USER, 4)]
    assert values(Kind.RESTRICTION, Evidence(Layer.OVERLAY, "deny", '{"value": ""}')) == ["deny"]


def test_a_source_type_column_tells_of_a_model() -> None:
    uri = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    assert values(Kind.AI_ORIGIN, column("digital_source_type", uri)) == ["ai-generated"]


def test_evidence_that_could_not_be_read_is_said_to_be_so() -> None:
    assert values(Kind.RESTRICTION, Evidence(Layer.XMP, "parse-error", "XMP: not well-formed")) == ["unreadable"]


def test_no_evidence_makes_no_claims() -> None:
    assert claims() == ()


_texts = st.one_of(st.text(max_size=60), st.sampled_from(["CC-BY-4.0", "© Jane", "noai", "All rights reserved", "[]"]))
_places = st.sampled_from(
    ["license", "rights", "copyright", "author", "title", "source", "isPublicDomain", "Restrictions", "death_year"]
)
_evidence = st.lists(
    st.one_of(
        st.builds(column, _places, _texts),
        st.builds(Evidence, st.sampled_from([Layer.XMP, Layer.EXIF, Layer.PNG_TEXT]), _places, _texts),
        st.builds(Evidence, st.just(Layer.HTTP_HEADER), st.sampled_from(["link", "x-robots-tag"]), _texts),
    ),
    max_size=6,
)


@settings(max_examples=100, deadline=None)
@given(_evidence, st.randoms(use_true_random=False))
def test_the_order_of_evidence_does_not_matter_and_none_is_an_error(
    evidence: list[Evidence], rng: random.Random
) -> None:
    shuffled = [*evidence, *evidence[:1]]
    rng.shuffle(shuffled)
    assert claims(*shuffled) == claims(*evidence)


@settings(max_examples=100, deadline=None)
@given(_evidence, _evidence)
def test_more_evidence_takes_no_claim_of_a_prohibition_away(evidence: list[Evidence], more: list[Evidence]) -> None:
    def against(made: tuple[Claim, ...]) -> set[Claim]:
        return {c for c in made if c.kind in {Kind.RESTRICTION, Kind.RESERVATION, Kind.AI_ORIGIN}}

    assert against(claims(*evidence)) <= against(claims(*evidence, *more))


@pytest.mark.parametrize(
    ("notice", "owner"),
    [
        ("© 2009-2017 The Go Authors. All rights reserved.", "The Go Authors"),
        ("Copyright 2001-2004 Mayang Adnin and William Smith", "Mayang Adnin and William Smith"),
        ("(c) by Jane Doe <jane@example.org>", "Jane Doe"),
        ("*No copyright*", ""),
        ("Jane Doe", ""),
        ("©", ""),
    ],
)
def test_the_owner_in_a_notice(notice: str, owner: str) -> None:
    assert owner_in(notice) == owner


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("Jane Doe", "Jane Doe"),
        ("Studio 1984", "Studio 1984"),
        ("© 2009-2017 The Go Authors. All rights reserved.", "The Go Authors"),
        ("2000-2022, Intel Corporation, all rights reserved.; 2009, Willow Garage", "Intel Corporation; Willow Garage"),
        ("Aitzol Berasategi, 2018", "Aitzol Berasategi"),
        ("2004 A. One <a@example.org>\n2005 B. Two\n2006 B. Two", "A. One; B. Two"),
        ("Jane &amp; Co; unknown", "Jane & Co"),
        ("", ""),
    ],
)
def test_the_names_in_a_field_for_creators(field: str, names: str) -> None:
    assert creators_in(field) == names


def test_small_words_of_free_text() -> None:
    assert name_in("2012 Jane Doe") == "Jane Doe"
    assert telling_words("The Jane Doe Photography Ltd.") == {"jane", "doe"}
    assert is_nobody("unknown photographer")
    assert is_nobody("…")
    assert plain("a <b>c</b>\n&lt;") == "a c <"
    assert list(domains_of("https://A.b.org./x")) == ["a.b.org", "b.org", "org"]
    assert list(domains_of("http://[")) == []
    assert load_hosts().platform("https://farm1.staticflickr.com/1.jpg") == "flickr"


def test_a_manifest_that_nobody_read_counts_against_the_picture() -> None:
    seen = [Evidence(Layer.COLUMN, "license", "CC0-1.0"), Evidence(Layer.C2PA, "manifest", "present")]
    unread = claims_from(seen, None, "folder", LicenseBook.load())
    read = claims_from([*seen, Evidence(Layer.C2PA, "validation-state", "Valid")], None, "folder", LicenseBook.load())
    assert [claim.value for claim in unread if claim.kind is Kind.RESTRICTION] == ["unreadable"]
    assert [claim for claim in read if claim.kind is Kind.RESTRICTION] == []


def test_a_license_that_the_book_does_not_know_is_unread_and_kept_whole() -> None:
    [claim] = claims_from([column("license", "who  knows\nwhat")], None, "webdataset", BOOK)
    assert (claim.kind, claim.value, claim.evidence.value) == (Kind.UNREAD, "who knows what", "who  knows\nwhat")
