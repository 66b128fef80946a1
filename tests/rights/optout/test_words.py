"""Reservations in words, in many languages, and what only looks like them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout import words
from cleanset.rights.optout.read import combine, read_signals
from cleanset.rights.optout.signal import State

with (Path(__file__).parents[1] / "labelled" / "reservations.csv").open(encoding="utf-8", newline="") as lines:
    LABELLED = [(row["state"], row["text"]) for row in csv.DictReader(lines)]
RESERVING = [text for state, text in LABELLED if state == "reserved"]
SILENT = [text for state, text in LABELLED if state == "unknown"]


def read(layer: Layer, locator: str, text: str) -> State:
    return combine(read_signals([Evidence(layer, locator, text)], url=None))


@pytest.mark.parametrize("text", RESERVING)
def test_a_reservation_is_heard_in_every_place_that_speaks_of_rights(text: str) -> None:
    assert read(Layer.XMP, "xmpRights:UsageTerms", text) is State.RESERVED
    assert read(Layer.IPTC, "CopyrightNotice", f"(c) Jane Doe. {text}") is State.RESERVED
    for column in ("license", "license_note", "credit", "usage_restrictions", "copyright"):
        assert read(Layer.COLUMN, column, text) is State.RESERVED


@pytest.mark.parametrize("text", SILENT)
def test_a_negation_is_respected_and_other_words_reserve_nothing(text: str) -> None:
    assert read(Layer.XMP, "xmpRights:UsageTerms", text) is State.UNKNOWN


@pytest.mark.parametrize("text", ["No AI training on my pictures, please", "#noai", "TDM prohibited", "NO AI"])
@pytest.mark.parametrize("locator", ["caption", "description", "keywords", "title"])
def test_captions_are_heard_where_they_cannot_be_about_the_picture(locator: str, text: str) -> None:
    assert read(Layer.COLUMN, locator, text) is State.RESERVED


@pytest.mark.parametrize(
    "text",
    [
        "A protest sign that says no AI in schools",
        "Soldiers during training, no weapons allowed",
        "A man scraping ice without gloves",
        "Ai Weiwei exhibition, no photographs",
        "Not allowed: dogs on the train",
    ],
)
def test_a_caption_that_describes_reserves_nothing(text: str) -> None:
    assert read(Layer.COLUMN, "caption", text) is State.UNKNOWN


def test_an_address_words_nothing() -> None:
    assert read(Layer.COLUMN, "license_url", "https://example.org/no-ai-training") is State.UNKNOWN


def test_a_reservation_beyond_the_cap_is_not_looked_for() -> None:
    evidence = Evidence(Layer.XMP, "xmpRights:UsageTerms", " " * words.MAX_TEXT + "No AI training")
    assert words.parse(evidence) == []
