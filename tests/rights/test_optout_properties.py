"""Opt-outs over whole samples: they only take away, in any order and at any place."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.manifest.judge import Rules, judge
from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.columns import evidence_from_columns
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout import lists
from cleanset.rights.optout.lists import OptOutLists
from cleanset.rights.policy import load_policy
from factories import sample

BOOK = LicenseBook.load()
URL = "https://img.example.org/jane/a.jpg"
COLUMNS = st.fixed_dictionaries(
    {},
    optional={
        "license": st.sampled_from(["CC BY 4.0", "CC0-1.0", "CC BY-NC 4.0", "no idea", "public domain"]),
        "author": st.sampled_from(["Jane Roe", "Midjourney", "\u00a9 Bob"]),
        "copyright": st.sampled_from(["\u00a9 2020 Jane Roe", "All rights reserved"]),
        "page_url": st.just("https://shop.example/p"),
        "medium": st.just("Oil on canvas"),
        "ai_training_allowed": st.just("yes"),
        "tdm_reservation": st.just("0"),
        "caption": st.just("A cat"),
    },
)
OPT_OUTS = st.sampled_from(
    [
        Evidence(Layer.HTTP_HEADER, "x-robots-tag", "noai"),
        Evidence(Layer.XMP, "tdm:tdm-reservation", "1"),
        Evidence(Layer.XMP, "plus:DataMining", "DMI-PROHIBITED"),
        Evidence(Layer.EXIF, "UserComment", "No AI training"),
        Evidence(Layer.IPTC, "CopyrightNotice", "\u00a7 44b UrhG"),
        Evidence(Layer.COLUMN, "noai", "1"),
        Evidence(Layer.COLUMN, "content_signal", "ai-train=no"),
        Evidence(Layer.HTML, "page", '<meta name="robots" content="noai">'),
        Evidence(Layer.C2PA, "cawg.training-mining/cawg.ai_generative_training", "notAllowed"),
        Evidence(Layer.XMP, "dcterms:provenance", "https://cai.example/1"),
    ]
)
ENTRIES = st.sampled_from(["example.org", "https://img.example.org/jane/", "*.example.org/*.jpg$", "shop.example"])


def decided(columns: dict[str, str], more: list[Evidence], entries: list[str]) -> dict[str, Any]:
    evidence = [*evidence_from_columns(columns, "webdataset"), *more]
    listed = OptOutLists.of(one for entry in entries for one in lists.parse(entry, "list"))
    row = sample(None, url=URL, evidence=[one.to_row() for one in evidence])
    return judge(row, Rules(BOOK, load_policy("commercial"), opt_outs=listed))


@settings(max_examples=150, deadline=None)
@given(COLUMNS, st.lists(OPT_OUTS, max_size=3), OPT_OUTS)
def test_an_opt_out_at_any_place_never_leaves_a_sample_allowed(
    columns: dict[str, str], others: list[Evidence], one: Evidence
) -> None:
    assert decided(columns, [*others, one], [])["permission"] != "allowed"


@settings(max_examples=100, deadline=None)
@given(COLUMNS, ENTRIES, st.lists(ENTRIES, max_size=2))
def test_an_entry_of_a_list_never_allows_more(columns: dict[str, str], entry: str, others: list[str]) -> None:
    before, after = (decided(columns, [], entries) for entries in (others, [*others, entry]))
    assert before["permission"] == "allowed" or after["permission"] != "allowed"
    covers = entry != "shop.example" or "page_url" in columns
    assert not covers or after["permission"] == "refused"


@settings(max_examples=100, deadline=None)
@given(COLUMNS, st.lists(OPT_OUTS, max_size=4, unique=True), st.randoms(use_true_random=False))
def test_the_order_of_columns_and_evidence_changes_nothing(
    columns: dict[str, str], more: list[Evidence], random: Random
) -> None:
    pairs = list(columns.items())
    random.shuffle(pairs)
    shuffled = random.sample(more, len(more))
    assert decided(dict(pairs), shuffled, ["example.com"]) == decided(columns, more, ["example.com"])
