from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout import aipref, c2pa, contentsignal, dmi, structured, vocabulary
from cleanset.rights.optout.read import combine, read_signals
from cleanset.rights.optout.signal import State, Use

BOOK = vocabulary.load()
VOCABULARY_URI = "http://ns.useplus.org/ldf/vocab/"


def usage(text: str) -> State:
    return combine(aipref.parse(Evidence(Layer.HTTP_HEADER, "content-usage", text), BOOK))


def content_signal(text: str) -> State:
    return combine(contentsignal.parse(Evidence(Layer.ROBOTS, "robots.txt", text), BOOK))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("train-ai=n", State.RESERVED),
        ("train-ai=n, search=y", State.RESERVED),
        ("search=y,train-ai=n", State.RESERVED),
        ("train-ai=y", State.ALLOWED),
        ("train-ai=y;exceptions=none, search=n", State.ALLOWED),
        ("search=n", State.UNKNOWN),
        ("search=y", State.UNKNOWN),
        ("unheard-of=n", State.UNKNOWN),
        ("", State.UNKNOWN),
        ("train-genai=n", State.RESERVED),
        ("bots=n", State.RESERVED),
        ("tdm=n", State.RESERVED),
        ("ai=n", State.RESERVED),
        ("genai=n", State.RESERVED),
        ("inference=n", State.UNKNOWN),
        ("ai-output=n", State.UNKNOWN),
        ("train-ai=y\ntrain-ai=n", State.RESERVED),
        ("train-ai=n\ntrain-ai=y", State.RESERVED),
    ],
)
def test_content_usage_says_what_its_labels_say(text: str, expected: State) -> None:
    assert usage(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        'train-ai="n"',
        "train-ai=N",
        "Train-AI=n",
        "train-ai",
        "train-ai=?0",
        "train-ai=no",
        "train-ai=",
        "=n",
        '"',
        "train-ai=n)(",
        "train-ai=n search=y",
        "train-ai=y\x01",
    ],
)
def test_content_usage_that_cannot_be_parsed_counts_against_the_picture(text: str) -> None:
    signals = aipref.parse(Evidence(Layer.HTTP_HEADER, "content-usage", text), BOOK)
    assert combine(signals) is State.RESERVED
    assert any("could not be parsed" in signal.note for signal in signals)


def test_a_superseded_label_names_its_draft() -> None:
    signals = aipref.parse(Evidence(Layer.HTTP_HEADER, "content-usage", "train-ai=n, train-genai=n"), BOOK)
    assert [signal.version for signal in signals] == ["vocab-08", "vocab-03"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("search=yes, ai-train=no", State.RESERVED),
        ("search=yes,ai-train=no,use=reference", State.RESERVED),
        ("AI-Train=No", State.RESERVED),
        ("ai-train=yes", State.ALLOWED),
        ("search=yes", State.UNKNOWN),
        ("ai-input=no", State.UNKNOWN),
        ("ai-train=conditional", State.RESERVED),
        ("ai-train", State.RESERVED),
        ("search yes", State.RESERVED),
    ],
)
def test_content_signal_says_what_its_keys_say(text: str, expected: State) -> None:
    assert content_signal(text) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("DMI-UNSPECIFIED", State.UNKNOWN),
        ("DMI-ALLOWED", State.ALLOWED),
        ("DMI-PROHIBITED", State.RESERVED),
        ("DMI-PROHIBITED-AIMLTRAINING", State.RESERVED),
        ("DMI-PROHIBITED-GENAIMLTRAINING", State.RESERVED),
        ("DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING", State.RESERVED),
        ("DMI-PROHIBITED-SEECONSTRAINT", State.RESERVED),
        ("DMI-PROHIBITED-SEEEMBEDDEDRIGHTSEXPR", State.RESERVED),
        ("DMI-PROHIBITED-SEELINKEDRIGHTSEXPR", State.RESERVED),
        ("DMI-SOMETHING-NEW", State.RESERVED),
        ("ALLOWED?", State.RESERVED),
        ("", State.UNKNOWN),
    ],
)
@pytest.mark.parametrize("form", ["{}", f"{VOCABULARY_URI}{{}}", f" {VOCABULARY_URI}{{}} "])
def test_data_mining_is_read_as_key_and_as_uri(value: str, expected: State, form: str) -> None:
    text = form.format(value) if value else value
    assert combine(dmi.parse(Evidence(Layer.XMP, "plus:DataMining", text), BOOK)) is expected


@pytest.mark.parametrize("label", ["c2pa", "cawg"])
@pytest.mark.parametrize(
    ("entry", "value", "expected"),
    [
        ("ai_generative_training", "notAllowed", State.RESERVED),
        ("ai_generative_training", "allowed", State.ALLOWED),
        ("ai_generative_training", "constrained", State.RESERVED),
        ("ai_generative_training", "constrained: ask first", State.RESERVED),
        ("ai_training", "notAllowed", State.RESERVED),
        ("ai_training", "allowed", State.UNKNOWN),
        ("data_mining", "notAllowed", State.RESERVED),
        ("ai_inference", "notAllowed", State.UNKNOWN),
        ("ai_generative_training", "perhaps", State.RESERVED),
        ("ai_generative_training", "", State.RESERVED),
        ("something_new", "notAllowed", State.RESERVED),
    ],
)
def test_manifest_entries_of_both_labels_are_read(label: str, entry: str, value: str, expected: State) -> None:
    evidence = Evidence(Layer.C2PA, f"{label}.training-mining/{label}.{entry}", value)
    assert combine(c2pa.parse(evidence, BOOK)) is expected


def test_terms_of_a_constrained_entry_are_in_the_note() -> None:
    evidence = Evidence(Layer.C2PA, "cawg.training-mining/cawg.data_mining", "constrained; https://a.example/terms")
    (signal,) = c2pa.parse(evidence, BOOK)
    assert signal.use is Use.TDM
    assert "https://a.example/terms" in signal.note


def test_other_assertions_of_a_manifest_are_no_signals() -> None:
    assert read_signals([Evidence(Layer.C2PA, "c2pa.actions", "c2pa.created")], url=None) == []


@settings(max_examples=100)
@given(st.text(max_size=100))
def test_preferences_in_any_text_are_read_without_an_error(text: str) -> None:
    usage(text)
    content_signal(text)
    combine(dmi.parse(Evidence(Layer.XMP, "plus:DataMining", text), BOOK))
    combine(c2pa.parse(Evidence(Layer.C2PA, "c2pa.training-mining/" + text, text), BOOK))


@settings(max_examples=50)
@given(st.lists(st.sampled_from(["train-ai=y", "search=y", "x=1", "bots=y;p"]), max_size=5), st.integers(0, 5))
def test_a_no_among_any_members_reserves(members: list[str], at: int) -> None:
    members.insert(at, "train-ai=n")
    assert usage(", ".join(members)) is State.RESERVED


def test_a_long_member_costs_one_pass() -> None:
    for text in ("a;" + " " * 60_000 + '"', "a" * 60_000 + "(", "a=" + '"' * 60_000, "a" + ";  " * 20_000 + '"'):
        with pytest.raises(structured.StructureError):
            list(structured.members(text))
