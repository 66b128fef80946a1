from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout import markup
from cleanset.rights.optout.read import combine, read_signals
from cleanset.rights.optout.signal import State

INLINE_TERMS = (
    '<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license>'
    '<prohibits type="usage">ai-train</prohibits></license></content></rsl>'
)


def state(page: str) -> State:
    return combine(read_signals([Evidence(Layer.HTML, "page", page)], url=None))


@pytest.mark.parametrize(
    "page",
    [
        '<meta name="robots" content="noai, noimageai">',
        "<META content='NOAI' NAME=Robots />",
        "<meta name=robots content=noai>",
        '<meta name="GPTBot" content="noai">',
        '<meta name="img2dataset" content="noindex">',
        '<meta http-equiv="X-Robots-Tag" content="noai">',
        '<p title=">"><meta name="robots" content="noai">',
        '<!-- x --><!--><meta name="robots" content="noai"><!-- -->',
        '<script>if (a < b) "<!--"</script><meta name="robots" content="noai">',
        "<meta name='robots' content='no&#97;i'>",
        '<meta name="tdm-reservation" content="1">',
        '<meta name="Content-Usage" content="train-ai=n">',
        f'<script type="application/rsl+xml">{INLINE_TERMS}</script>',
        '<meta name="robots" content="noai"',
        "<!-- cut here: noimageai",
    ],
)
def test_reservations_in_a_page_are_read(page: str) -> None:
    assert state(page) is State.RESERVED


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<p>noai</p>",
        '<!-- <meta name="robots" content="noai"> -->',
        '<script>document.write(\'<meta name="robots" content="noai">\')</script>',
        '<meta name="robots" content="index, follow">',
        '<meta name="otherbot" content="noai">',
        '<meta name="description" content="noai">',
        '<link rel="license" type="application/rsl+xml" href="https://a.example/l.xml">',
        "<a <b <c",
        "<",
    ],
)
def test_pages_that_reserve_nothing_are_unknown(page: str) -> None:
    assert state(page) is State.UNKNOWN


def test_a_signal_keeps_the_element_and_not_the_page() -> None:
    page = "<p>" * 1000 + '<meta name="robots" content="noai">'
    (signal,) = read_signals([Evidence(Layer.HTML, "page", page, b"x" * 32)], url=None)
    assert (signal.evidence.locator, signal.evidence.value) == ("page#meta robots", "noai")
    assert signal.evidence.packet == b"x" * 32


@settings(max_examples=200)
@given(st.text("<>!-/= '\"ametscriptnoai", max_size=80))
def test_any_markup_is_read_without_an_error(page: str) -> None:
    state(page)


@pytest.mark.parametrize("piece", ["<", "<a ", "<!--", "<a b='", '<a b="c" ', "<script>", "</", "<a/", "<a =", '<a "'])
def test_hostile_markup_yields_tags_in_one_pass(piece: str) -> None:
    page = piece * 50_000
    with contextlib.suppress(markup.UnterminatedError):
        assert sum(1 for _ in markup.tags(page)) <= 50_000


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ('<rsl><prohibits type="usage">ai-train search</prohibits></rsl>', State.RESERVED),
        ('<rsl><prohibits type="usage">all</prohibits></rsl>', State.RESERVED),
        ('<rsl><prohibits type="usage">search</prohibits></rsl>', State.UNKNOWN),
        ('<rsl><prohibits type="geo">US</prohibits></rsl>', State.UNKNOWN),
        ('<rsl><permits type="usage">all</permits></rsl>', State.UNKNOWN),
        ('<rsl><prohibits type="usage">something-new</prohibits></rsl>', State.RESERVED),
        ('<!DOCTYPE x [<!ENTITY a "b">]><rsl>&a;</rsl>', State.RESERVED),
        ("<rsl", State.RESERVED),
        ("https://a.example/license.xml", State.UNKNOWN),
    ],
)
def test_a_stored_license_document_reserves_what_it_prohibits(document: str, expected: State) -> None:
    assert combine(read_signals([Evidence(Layer.WELL_KNOWN, "rsl", document)], url=None)) is expected


def test_what_an_rsl_document_permits_is_recorded_with_its_price_and_allows_nothing() -> None:
    document = (
        '<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><permits type="usage">search ai-train'
        '</permits><payment type="crawl"/></license></content></rsl>'
    )
    signals = read_signals([Evidence(Layer.WELL_KNOWN, "rsl", document)], url=None)
    assert [signal.note for signal in signals] == [
        "permits search, for payment: crawl",
        "permits ai-train, for payment: crawl",
    ]
    assert combine(signals) is State.UNKNOWN
