import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.shards.columns import MAX_TEXT, clean, decode, flatten, is_utf8, parse_object, put, to_text

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters()), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(st.characters()), anything, max_size=4))
def test_every_row_becomes_text_that_can_be_encoded(row: dict[str, object]) -> None:
    for name, text in flatten(row).items():
        assert text
        assert len(text) <= 4 * MAX_TEXT
        (name + text).encode()


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_bytes_that_are_utf_8_are_kept_verbatim_and_others_as_escapes(raw: bytes) -> None:
    assert is_utf8(raw) == (decode(raw).encode() == raw.removeprefix(b"\xef\xbb\xbf"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is ", "as it is "),
        (True, "true"),
        (12, "12"),
        (0.1, "0.1"),
        ([1.5, {"b": 1, "a": "é"}], '[1.5,{"a":"é","b":1}]'),
        (b"\x01\xff", "01ff"),
        (Decimal("1.10"), '"1.10"'),
        (None, None),
        ("", None),
        (math.nan, None),
        (b"x" * 65, None),
        ([0.5] * 65, None),
        ([0.5] * 64, json.dumps([0.5] * 64, separators=(",", ":"))),
    ],
)
def test_values_become_text(value: object, text: str | None) -> None:
    assert to_text(value) == text


def test_dates_and_decimals_are_written_as_people_write_them() -> None:
    row = {"d": date(2020, 1, 2), "t": datetime(2020, 1, 2, 3, tzinfo=UTC), "n": Decimal("1.10")}
    assert flatten(row) == {"d": "2020-01-02", "t": "2020-01-02T03:00:00+00:00", "n": "1.10"}


def test_nested_objects_are_opened_one_level_and_collide_with_nothing() -> None:
    assert flatten({"a": {"b": {"c": 1}}, "a.b": "x"}) == {"a.b": '{"c":1}', "#2.a.b": "x"}


def test_long_text_is_cut() -> None:
    assert len(clean("é" * (MAX_TEXT + 5))) == MAX_TEXT


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), max_size=8))
def test_put_loses_no_value_and_repeats_none(pairs: list[tuple[str, str]]) -> None:
    columns: dict[str, str] = {}
    for name, text in pairs:
        put(columns, name, text)
    kept = [(name.rpartition(".")[2], text) for name, text in columns.items()]
    assert sorted(kept) == sorted(set(pairs))


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), max_size=8))
def test_put_beside_loses_no_value(pairs: list[tuple[str, str]]) -> None:
    columns: dict[str, str] = {}
    for name, text in pairs:
        put(columns, name, text, "sidecar")
    kept = {(name.rpartition(".")[2], text) for name, text in columns.items()}
    assert kept == set(pairs)


@pytest.mark.parametrize("text", ["", "{", "[" * 50_000, '{"a": ' + "1" * 5000 + "}"])
def test_what_is_no_json_is_one_kind_of_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_object(text)


def test_json_that_is_no_object_has_a_name() -> None:
    assert parse_object("[1]") == {"json": [1]}


@pytest.mark.parametrize("depth", [10, 500, 900, 960, 980, 990, 995, 2000])
def test_no_depth_of_nesting_is_more_than_an_error_or_a_text(depth: int) -> None:
    text = '{"a": ' + "[" * depth + "]" * depth + "}"
    try:
        row = parse_object(text)
    except ValueError:
        return
    assert flatten(row)


def test_a_name_with_too_many_values_counts_as_unreadable() -> None:
    columns: dict[str, str] = {}
    for number in range(10_000):
        put(columns, "license", str(number))
    assert len(columns) == 33
    assert columns["unreadable:license"] == "more than 32 values"
