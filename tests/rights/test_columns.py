from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.rights.claims.columns import MAX_VALUE, evidence_from_columns, scheme_of
from cleanset.rights.claims.roles import Role, column_role, role_of
from cleanset.rights.evidence import Evidence, Layer


def seen(columns: dict[str, str], profile: str = "webdataset") -> list[tuple[str, str]]:
    return [(e.locator, e.value) for e in evidence_from_columns(columns, profile)]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("license", Role.LICENSE),
        ("LICENSE", Role.LICENSE),
        ("License URL", Role.LICENSE),
        ("licenseurl", Role.LICENSE),
        ("license_dep5", Role.LICENSE),
        ("edm:rights", Role.LICENSE),
        ("metadata.license_url", Role.LICENSE),
        ("rights", Role.TERMS),
        ("copyright", Role.NOTICE),
        ("Author", Role.CREATOR),
        ("unickname", Role.HANDLE),
        ("title", Role.TITLE),
        ("isPublicDomain", Role.INSTITUTION_FLAG),
        ("license_match", None),
        ("caption", None),
        ("width", None),
    ],
)
def test_a_column_is_recognised_by_its_name_without_case_and_punctuation(name: str, role: Role | None) -> None:
    assert column_role(name) is role


def test_values_are_verbatim_and_the_locator_is_the_columns_own_name() -> None:
    assert seen({"LICENSE": " CC-BY  4.0 ", "caption": "© me", "width": "7"}) == [("LICENSE", " CC-BY  4.0 ")]


@pytest.mark.parametrize("nothing", ["", " ", "?", "None", "null", "NaN", "x-default", "n/a", "-"])
def test_values_that_stand_for_no_value_are_left_out(nothing: str) -> None:
    assert seen({"license": nothing, "author": nothing}) == []


def test_no_columns_give_no_evidence() -> None:
    assert seen({}) == []


def test_a_column_that_holds_an_object_is_opened() -> None:
    metadata = {"License": {"value": "cc-by-4.0"}, "width": 3, "rights": {"usage_terms": "none of it"}, "author": None}
    assert seen({"extmetadata": json.dumps(metadata)}) == [
        ("extmetadata.License", "cc-by-4.0"),
        ("extmetadata.rights.usage_terms", "none of it"),
    ]


@pytest.mark.parametrize("text", ["{" * 100_000, "{a set}", "[1]", "[a] {b}"])
def test_a_broken_object_is_no_evidence_and_no_error(text: str) -> None:
    assert seen({"metadata": text}) == []


@pytest.mark.parametrize(
    "text", ["{", '{"size": ', '{"a": "b"}x', '{"license": ', '[{"x": 1, "rights": "no', '{"x_robots_tag": "noai"']
)
def test_an_object_that_is_cut_is_a_parse_error_since_it_may_have_spoken_of_rights(text: str) -> None:
    assert [locator for locator, _ in seen({"metadata": text})] == ["parse-error"]


def test_a_caption_that_begins_like_an_object_is_an_error_only_with_a_key_about_rights() -> None:
    assert seen({"caption_blip": '{"a dog": on a beach'}) == []
    assert [locator for locator, _ in seen({"caption_blip": '{"license": "no'})] == ["parse-error"]


def test_headers_and_flags_inside_an_object_are_read_as_those_outside() -> None:
    nested = json.dumps({"response": {"headers": {"X-Robots-Tag": "noai"}}, "noai": 1, "parts": [{"tdm_policy": "x"}]})
    places = {(e.layer, e.locator) for e in evidence_from_columns({"metadata": nested}, "webdataset")}
    assert (Layer.COLUMN, "metadata.response.headers:x-robots-tag") in places
    assert (Layer.COLUMN, "metadata.noai") in places


def test_a_caption_is_evidence_only_where_it_words_a_reservation() -> None:
    assert seen({"caption": "A cat"}) == []
    assert seen({"caption": "A cat. No AI training."}) == [("caption", "A cat. No AI training.")]


def test_the_exif_column_goes_through_its_own_reader() -> None:
    assert seen({"exif": json.dumps({"Image Copyright": "(c) Jane", "Image Make": "X"})}) == [
        ("exif:Image Copyright", "(c) Jane")
    ]


def test_stored_headers_and_sidecars_become_evidence_of_their_own_layers() -> None:
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:cc="http://creativecommons.org/ns#" cc:license="https://example.org/l"/>'
        "</rdf:RDF></x:xmpmeta>"
    )
    evidence = evidence_from_columns({"headers": "X-Robots-Tag: noai", "sidecar:xmp": xmp}, "webdataset")
    places = [(e.layer, e.locator) for e in evidence]
    assert places == [(Layer.HTTP_HEADER, "x-robots-tag"), (Layer.SIDECAR, "cc:license")]


def test_long_values_are_cut() -> None:
    assert len(seen({"rights": "x" * 100_000})[0][1]) == MAX_VALUE


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(max_size=12), st.text(max_size=40), max_size=6))
def test_the_order_of_columns_does_not_matter_and_none_is_an_error(columns: dict[str, str]) -> None:
    backwards = dict(reversed(columns.items()))
    assert evidence_from_columns(columns, "x") == evidence_from_columns(backwards, "x")


@pytest.mark.parametrize(
    ("profile", "locator", "scheme"),
    [
        ("flickr", "license", "flickr"),
        ("commoncatalog", "licensename", "flickr"),
        ("webdataset", "flickr_license", "flickr"),
        ("webdataset", "license", None),
        ("img2dataset", "license_dep5", "dep5"),
        ("openverse", "license", "openverse"),
        ("webdataset", "edm:rights", "europeana"),
        ("webdataset", "extmetadata.License", None),
        ("wikimedia", "extmetadata.License", "commons"),
    ],
)
def test_the_vocabulary_of_a_column_comes_from_its_name_or_its_profile(
    profile: str, locator: str, scheme: str | None
) -> None:
    assert scheme_of(profile, locator) == scheme


def test_what_c2pa_says_of_an_ingredient_is_not_said_of_the_picture() -> None:
    place = "stds.schema-org.CreativeWork/license"
    assert role_of(Evidence(Layer.C2PA, place, "x")) is Role.LICENSE
    assert role_of(Evidence(Layer.C2PA, f"ingredient:{place}", "x")) is None


def test_a_field_that_could_not_be_read_is_a_parse_error() -> None:
    found = evidence_from_columns({"unreadable:json": "not JSON", "license": "CC0-1.0"}, "webdataset")
    assert Evidence(Layer.COLUMN, "parse-error", "unreadable:json: not JSON") in found


def test_a_claim_from_a_column_was_observed_when_the_sample_was_fetched() -> None:
    columns = {"license": "CC-BY-4.0", "author": "Ada", "crawl_date": "2026-03-01"}
    assert {e.observed_at for e in evidence_from_columns(columns, "webdataset")} == {"2026-03-01"}
    del columns["crawl_date"]
    assert {e.observed_at for e in evidence_from_columns(columns, "webdataset")} == {None}
