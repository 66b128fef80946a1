from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout import columns, vocabulary
from cleanset.rights.optout.read import combine, read_signals
from cleanset.rights.optout.signal import State

HEADERS = {"Date": "Fri, 01 May 2026 10:00:00 GMT", "X-Robots-Tag": "all", "Content-Type": "image/png"}


def column(name: str, value: str) -> State:
    return combine(read_signals([Evidence(Layer.COLUMN, name, value)], url="https://a.example/a.jpg"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x_robots_tag", "noai"),
        ("X-Robots-Tag", "NoAI"),
        ("xRobotsTag", "noai"),
        ("http.x_robots_tag", "googlebot: noindex, noai"),
        ("tdm_reservation", "1"),
        ("content_usage", "train-ai=n"),
        ("content-signal", "ai-train=no"),
        ("http_headers", json.dumps(HEADERS | {"x-robots-tag": "noai"})),
        ("http_headers", json.dumps(HEADERS | {"x-robots-tag": ["all", "noai"]})),
        ("http_headers", json.dumps([["X-Robots-Tag", "all"], ["X-Robots-Tag", "noai"]])),
        ("http_headers", json.dumps([{"name": "x-robots-tag", "value": "noai"}])),
        ("http_headers", "HTTP/1.1 200 OK\r\nX-Robots-Tag: all\r\nX-ROBOTS-TAG: noai\r\n\r\n"),
        ("http_headers", "X-Robots-Tag: all,\r\n noai\r\n"),
        ("response_headers", "{not json"),
        ("headers", "no colon here"),
        ("headers", "[1]"),
        ("robots_txt", "User-agent: *\nDisallow: /"),
        ("robots", "noai"),
        ("robots", "User-agent: *\nDisallow: /"),
        ("html", '<meta name="robots" content="noai">'),
        ("ai_txt", "User-agent: *\nDisallow: *.jpg"),
        ("tdmrep_json", '[{"location": "/", "tdm-reservation": 1}]'),
        ("error_message", "Use of image disallowed by X-Robots-Tag directive"),
        ("opt_out", "True"),
        ("optOut", "1"),
        ("copyright", "(c) Jane Doe. No AI training."),
        ("noai", "1"),
        ("is_opted_out", "true"),
        ("artist_opted_out", "2024-01-01"),
        ("ai_training_allowed", "false"),
        ("ai_training_allowed", "ask me"),
        ("XMP-plus:DataMining", "Prohibited for AI/ML training"),
        ("plus:DataMining", "DMI-PROHIBITED"),
        ("XMP-tdm:tdm-reservation", "1"),
        ("metadata.x_robots_tag", "noai"),
    ],
)
def test_reservations_in_common_columns_are_read(name: str, value: str) -> None:
    assert column(name, value) is State.RESERVED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("caption", "a protest against AI in schools, no cars allowed"),
        ("x_robots_tag", "otherbot: noai"),
        ("http_headers", json.dumps(HEADERS)),
        ("http_headers", "{}"),
        ("error_message", "HTTP Error 404: Not Found"),
        ("opt_out", "False"),
        ("is_opted_out", "0"),
        ("ai_training_allowed", "yes"),
        ("opt_out", "null"),
        ("plus:DataMining", "DMI-UNSPECIFIED"),
        ("md5", "d41d8cd98f00b204e9800998ecf8427e"),
        ("copyright", "(c) Jane Doe, all rights reserved"),
    ],
)
def test_other_columns_reserve_nothing(name: str, value: str) -> None:
    assert column(name, value) is State.UNKNOWN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("All rights reserved, including text and data mining and AI training.", State.RESERVED),
        ("Use for training of artificial intelligence is prohibited", State.RESERVED),
        ("Nutzung f\u00fcr KI-Training untersagt", State.RESERVED),
        ("Vorbehalt nach \u00a7 44b UrhG", State.RESERVED),
        ("This is not AI generated", State.UNKNOWN),
        ("All rights reserved. Made with AI", State.UNKNOWN),
        ("CC BY 4.0", State.UNKNOWN),
    ],
)
def test_words_in_terms_are_read_with_a_note_that_their_force_is_contested(text: str, expected: State) -> None:
    signals = read_signals([Evidence(Layer.XMP, "xmp:xmpRights:UsageTerms", text)], url=None)
    assert combine(signals) is expected
    assert all("contested" in signal.note for signal in signals)


@pytest.mark.parametrize("locator", ["plus:DataMining", "xmp:plus:DataMining", "PLUS:DATAMINING"])
def test_properties_are_found_with_and_without_the_layer_in_their_locator(locator: str) -> None:
    seen = Evidence(Layer.XMP, locator, "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED")
    assert combine(read_signals([seen], url=None)) is State.RESERVED


@pytest.mark.parametrize(
    ("layer", "locator", "value"),
    [
        (Layer.SIDECAR, "plus:DataMining", "DMI-PROHIBITED"),
        (Layer.SIDECAR, "tdm:reservation", "1"),
        (Layer.XMP, "tdm:tdm-reservation", "1"),
        (Layer.HTML, "page#ImageObject copyrightNotice", "No AI training"),
        (Layer.COLUMN, "license", "CC BY 4.0, no machine learning"),
        (Layer.SIDECAR, "x_robots_tag", "noai"),
        (Layer.COLUMN, "exif:Image Copyright", "(c) Jane Doe. No AI training."),
        (Layer.EXIF, "ImageDescription", "Do not use for AI training"),
        (Layer.IPTC, "SpecialInstructions", "No machine learning"),
        (Layer.PNG_TEXT, "Disclaimer", "AI training prohibited"),
        (Layer.COMMENT, "Comment", "no data mining"),
        (Layer.C2PA, "stds.schema-org.CreativeWork/copyrightNotice", "No AI training"),
        (Layer.C2PA, "ingredient:c2pa.training-mining/c2pa.ai_generative_training", "notAllowed"),
        (Layer.XMP, "Iptc4xmpExt:EncRightsExpr", "<odrl/>"),
    ],
)
def test_reservations_are_read_at_every_place_that_the_file_reader_emits(
    layer: Layer, locator: str, value: str
) -> None:
    assert combine(read_signals([Evidence(layer, locator, value)], url=None)) is State.RESERVED


def test_what_an_ingredient_allows_is_no_permission_for_the_whole() -> None:
    seen = Evidence(Layer.C2PA, "ingredient:c2pa.training-mining/c2pa.ai_generative_training", "allowed")
    assert combine(read_signals([seen], url=None)) is State.UNKNOWN


def test_an_embedded_rights_expression_counts_and_a_linked_one_is_noted() -> None:
    embedded = Evidence(Layer.XMP, "Iptc4xmpExt:EmbdEncRightsExpr", "<odrl/>")
    linked = Evidence(Layer.XMP, "Iptc4xmpExt:LinkedEncRightsExpr", "https://a.example")
    assert combine(read_signals([embedded], url=None)) is State.RESERVED
    assert combine(read_signals([linked], url=None)) is State.UNKNOWN


def test_stored_headers_become_evidence_of_each_header_with_the_time_of_the_answer() -> None:
    found = columns.header_evidence({"http_headers": json.dumps(HEADERS), "caption": "x"})
    assert found == [
        Evidence(Layer.COLUMN, "http_headers:x-robots-tag", "all", observed_at="2026-05-01T10:00:00+00:00")
    ]


def test_a_fetch_time_column_dates_all_evidence() -> None:
    found = columns.header_evidence({"robots_txt": "User-agent: *", "html": "<p>", "fetch_time": "2026-05-01"})
    assert [(e.layer, e.observed_at) for e in found] == [(Layer.HTML, "2026-05-01"), (Layer.ROBOTS, "2026-05-01")]


def test_pointers_to_terms_are_unknown_with_a_note() -> None:
    link = Evidence(Layer.HTTP_HEADER, "link", '<https://a.example/l.xml>; rel="license"; type="application/rsl+xml"')
    (signal,) = read_signals([link], url=None)
    assert signal.state is State.UNKNOWN
    assert "not stored" in signal.note


def test_no_evidence_is_unknown() -> None:
    assert combine(read_signals([], url=None)) is State.UNKNOWN


def test_the_vocabulary_survives_pickling() -> None:
    assert pickle.loads(pickle.dumps(vocabulary.load())) == vocabulary.load()  # noqa: S301 - our own bytes


LOCATORS = {
    Layer.HTTP_HEADER: ["x-robots-tag", "tdm-reservation", "content-usage", "content-signal", "link"],
    Layer.XMP: ["plus:DataMining", "tdm:reservation", "dc:rights"],
    Layer.COLUMN: ["x_robots_tag", "http_headers", "opt_out", "robots"],
    Layer.HTML: ["page"],
    Layer.ROBOTS: ["robots.txt"],
    Layer.WELL_KNOWN: ["tdmrep.json", "ai.txt", "rsl"],
    Layer.C2PA: ["cawg.training-mining/cawg.ai_generative_training"],
}
VALUES = st.sampled_from(
    ["", "0", "1", "all", "noai", "train-ai=y", "train-ai=n", "ai-train=yes", "DMI-ALLOWED", "allowed", "notAllowed",
     "User-agent: *\nAllow: /", '[{"location": "/", "tdm-reservation": 0}]', "<meta name=robots content=noai>"]
) | st.text(max_size=30)  # fmt: skip
EVIDENCE = st.sampled_from([(layer, locator) for layer in LOCATORS for locator in LOCATORS[layer]]).flatmap(
    lambda place: VALUES.map(lambda value: Evidence(*place, value))
)
PROHIBITIONS = st.sampled_from(
    [
        Evidence(Layer.HTTP_HEADER, "x-robots-tag", "noai"),
        Evidence(Layer.HTTP_HEADER, "content-usage", "train-ai=n"),
        Evidence(Layer.XMP, "plus:DataMining", "DMI-PROHIBITED"),
        Evidence(Layer.XMP, "tdm:reservation", "1"),
        Evidence(Layer.C2PA, "c2pa.training-mining/c2pa.ai_generative_training", "constrained"),
        Evidence(Layer.ROBOTS, "robots.txt", "User-agent: *\nDisallow: /"),
    ]
)


@settings(max_examples=150)
@given(st.lists(EVIDENCE, max_size=5), PROHIBITIONS, st.randoms(use_true_random=False))
def test_a_prohibition_reserves_whatever_else_was_seen_in_whatever_order(
    seen: list[Evidence], prohibition: Evidence, random: object
) -> None:
    together = [*seen, prohibition]
    random.shuffle(together)  # type: ignore[attr-defined]
    assert combine(read_signals(together, url="https://a.example/a.jpg")) is State.RESERVED


@settings(max_examples=200)
@given(st.lists(EVIDENCE, min_size=1, max_size=4), EVIDENCE)
def test_one_more_reservation_never_lifts_another(seen: list[Evidence], more: Evidence) -> None:
    if combine(read_signals([more], url=None)) is State.RESERVED:
        before = combine(read_signals(seen, url=None))
        after = combine(read_signals([*seen, more], url=None))
        assert before is not State.RESERVED or after is State.RESERVED


@settings(max_examples=150)
@given(st.lists(EVIDENCE, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_evidence_does_not_matter(seen: list[Evidence], random: object) -> None:
    shuffled = list(seen)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    before = combine(read_signals(seen, url=None))
    assert combine(read_signals(shuffled, url=None)) is before


@settings(max_examples=100)
@given(
    st.dictionaries(st.sampled_from(["http_headers", "robots", "html", "tdmrep", "fetch_time"]), st.text(max_size=60))
)
def test_any_columns_are_turned_into_evidence_without_an_error(values: dict[str, str]) -> None:
    read_signals(columns.header_evidence(values), url=None)
