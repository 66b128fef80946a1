from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout import vocabulary, xrobots
from cleanset.rights.optout.read import combine
from cleanset.rights.optout.signal import State

BOOK = vocabulary.load()


def header(*lines: str) -> Evidence:
    return Evidence(Layer.HTTP_HEADER, "x-robots-tag", "\n".join(lines))


def state(*lines: str, joined: bool = False) -> State:
    return combine(xrobots.parse(header(*lines), BOOK, joined=joined))


@pytest.mark.parametrize(
    "lines",
    [
        ("noai",),
        ("NoAI",),
        ("all", "noai"),
        ("noai", "all"),
        ("img2dataset: noai",),
        ("noai, otherbot: all",),
        ("unavailable_after: 25 Jun 2027 15:00:00 PST, noai",),
        ("unavailable_after: Fri, 25 Jun 2027 15:00:00 GMT, noai",),
        ("unavailable_after: 2027-06-25T15:00:00Z, noai",),
        ("none",),
    ],
)
def test_every_line_that_public_parsers_misread_is_reserved(lines: tuple[str, ...]) -> None:
    assert state(*lines) is State.RESERVED


@pytest.mark.parametrize(
    "line",
    [
        "NOIMAGEAI",
        "nofollow,noimageai",
        " noindex ",
        "noimageindex",
        "GPTBot: noai",
        "CCBOT: all, noai",
        "*: noai",
        "max-snippet: 20, noai",
        "max-image-preview:large, noai",
        "noai: true",
        "noai;",
        "index noai",
        "no-ai",
        "no-ai-training",
        "donottrain",
        '"noai"',
        "noarchive",
        "nocache",
        "noml",
        "otherbot: all, img2dataset: noai",
    ],
)
def test_other_reservations_are_read(line: str) -> None:
    assert state(line) is State.RESERVED


@pytest.mark.parametrize(
    "line",
    [
        "",
        ",,,",
        "all",
        "index, follow",
        "max-image-preview: large",
        "unavailable_after: 25 Jun 2027 15:00:00 PST",
        "unavailable_after: Fri, 25 Jun 2027 15:00:00 GMT",
        "otherbot: noai",
        "googlebot: noindex, noai",
        "otherbot/2.1: noindex",
        "nofollow, notranslate",
        "something-new",
    ],
)
def test_lines_that_reserve_nothing_from_us_are_unknown_never_allowed(line: str) -> None:
    assert state(line) is State.UNKNOWN


def test_a_ban_behind_a_foreign_agent_counts_if_lines_may_have_been_joined() -> None:
    assert state("googlebot: noindex, noai", joined=True) is State.RESERVED
    assert state("otherbot: noai", joined=True) is State.UNKNOWN


def test_a_signal_names_its_agent_and_keeps_its_evidence() -> None:
    (signal,) = xrobots.parse(header("GPTBot: noai"), BOOK)
    assert signal.agent == "GPTBot"
    assert signal.evidence.value == "GPTBot: noai"
    assert "no AI data sets" in signal.note


@pytest.mark.parametrize("text", ["x\x00y", "noindex\ufffd", "a" * 70_000, "all," * 2000])
def test_a_header_that_cannot_be_read_counts_against_the_picture(text: str) -> None:
    (signal,) = xrobots.parse(header(text), BOOK)
    assert signal.state is State.RESERVED
    assert "could not be parsed" in signal.note


class CountingWords(dict[tuple[str, str], vocabulary.Meaning]):
    """Words of the book that count how often one is looked up."""

    lookups = 0

    def get(self, key: tuple[str, str], default: object = None) -> vocabulary.Meaning | None:  # type: ignore[override]
        CountingWords.lookups += 1
        return super().get(key) or default  # type: ignore[return-value]


@pytest.mark.parametrize("directive", ["noai", "a:b", "otherbot: x", ":::", "unavailable_after: 1 Jan 2027 10:00"])
def test_the_work_grows_with_the_number_of_directives_only(directive: str) -> None:
    counting = dataclasses.replace(BOOK, words=CountingWords(BOOK.words))
    CountingWords.lookups = 0
    xrobots.parse(header(*[", ".join([directive] * 500)] * 4), counting)
    assert CountingWords.lookups <= 6 * 2000


DIRECTIVES = st.sampled_from(["noai", "all", "otherbot: noai", "img2dataset: noindex", "unavailable_after: 1 Jan", "x"])


@settings(max_examples=50)
@given(st.lists(DIRECTIVES, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(lines: list[str], random: object) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert state(*lines) is state(*shuffled)


@settings(max_examples=100)
@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error_and_never_allows(text: str) -> None:
    assert state(text) is not State.ALLOWED


@settings(max_examples=50)
@given(st.text(st.characters(blacklist_characters="\r\n"), max_size=60))
def test_a_line_of_its_own_reserves_whatever_other_lines_say(other: str) -> None:
    assert state(other, "noai") is State.RESERVED
