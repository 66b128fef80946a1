from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout.read import combine, read_signals
from cleanset.rights.optout.signal import State

URL = "https://a.example/img/cat.jpg?size=2"
HEADER = (Layer.HTTP_HEADER, "tdm-reservation")
XMP = (Layer.XMP, "tdm:reservation")
FILE = (Layer.WELL_KNOWN, "/.well-known/tdmrep.json")
PAGE = (Layer.HTML, "page")


def state(*seen: tuple[tuple[Layer, str], str], url: str | None = URL) -> State:
    return combine(read_signals([Evidence(*place, value) for place, value in seen], url=url))


def site_file(*rules: tuple[str, object]) -> tuple[tuple[Layer, str], str]:
    return FILE, json.dumps([{"location": location, "tdm-reservation": value} for location, value in rules])


def page(value: int) -> tuple[tuple[Layer, str], str]:
    return PAGE, f'<meta name="TDM-Reservation" content="{value}">'


@pytest.mark.parametrize("place", [HEADER, XMP, (Layer.COLUMN, "tdm_reservation")])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", State.RESERVED),
        (" 1 ", State.RESERVED),
        ("0", State.ALLOWED),
        ("", State.UNKNOWN),
        ("0, 1", State.RESERVED),
        ("0\n1", State.RESERVED),
        ("2", State.RESERVED),
        ("yes", State.RESERVED),
    ],
)
def test_a_reservation_is_read_wherever_it_stands(place: tuple[Layer, str], value: str, expected: State) -> None:
    assert state((place, value)) is expected


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/", State.RESERVED),
        ("/img/", State.RESERVED),
        ("/img/*.jpg", State.RESERVED),
        ("/img/*.jpg$", State.UNKNOWN),
        ("/img/cat.jpg?size=2$", State.RESERVED),
        ("*", State.RESERVED),
        ("/IMG/", State.UNKNOWN),
        ("/other/", State.UNKNOWN),
        ("https://a.example/img/", State.RESERVED),
        ("/im%67/", State.RESERVED),
    ],
)
def test_locations_of_the_site_file_are_path_patterns(location: str, expected: State) -> None:
    assert state(site_file((location, 1))) is expected


def test_the_first_matching_rule_of_the_site_file_decides() -> None:
    assert state(site_file(("/img/", 0), ("/", 1))) is State.ALLOWED
    assert state(site_file(("/", 1), ("/img/", 0))) is State.RESERVED


def test_without_a_url_any_reservation_of_the_site_file_counts() -> None:
    assert state(site_file(("/img/", 0), ("/private/", 1)), url=None) is State.RESERVED
    assert state(site_file(("/img/", 0)), url=None) is State.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1]",
        '"x"',
        "[" * 100_000,
        '[{"tdm-reservation": 0}]',
        '[{"location": 3, "tdm-reservation": 0}]',
        '[{"location": "/", "tdm-reservation": null}]',
        '[{"location": "/", "tdm-reservation": [0]}]',
    ],
)
def test_a_site_file_that_cannot_be_parsed_counts_against_the_picture(text: str) -> None:
    assert state((FILE, text)) is State.RESERVED


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([site_file(("/", 1)), (HEADER, "0")], State.ALLOWED),
        ([site_file(("/", 0)), (HEADER, "1")], State.RESERVED),
        ([(HEADER, "1"), (XMP, "0")], State.ALLOWED),
        ([(HEADER, "0"), (XMP, "1")], State.RESERVED),
        ([site_file(("/", 1)), (HEADER, "")], State.RESERVED),
        ([(HEADER, "1"), page(0)], State.RESERVED),
        ([site_file(("/", 1)), page(0)], State.RESERVED),
        ([(HEADER, "0"), page(1)], State.RESERVED),
        ([(HEADER, "perhaps"), (XMP, "0")], State.RESERVED),
        ([site_file(("/", 1)), (HEADER, "0"), (XMP, "1")], State.RESERVED),
    ],
)
def test_what_is_nearer_to_the_picture_overrides_what_is_farther(
    seen: list[tuple[tuple[Layer, str], str]], expected: State
) -> None:
    assert state(*seen) is expected
    assert state(*reversed(seen)) is expected


def test_an_override_lifts_no_reservation_of_another_protocol() -> None:
    noai = ((Layer.HTTP_HEADER, "x-robots-tag"), "noai")
    assert state(site_file(("/", 1)), noai, (HEADER, "0")) is State.RESERVED


def test_a_policy_alone_says_nothing() -> None:
    assert state(((Layer.HTTP_HEADER, "tdm-policy"), "https://a.example/policy.json")) is State.UNKNOWN


@settings(max_examples=100)
@given(st.text(max_size=100))
def test_any_site_file_is_read_without_an_error(text: str) -> None:
    state((FILE, text))
    state((HEADER, text))
