from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout import paths, robots
from cleanset.rights.optout.read import combine, read_signals
from cleanset.rights.optout.signal import State, Use

URL = "https://a.example/img/cat.jpg"
FETCHED = "2026-05-01T00:00:00+00:00"


def state(text: str, url: str | None = URL, locator: str = "robots.txt") -> State:
    layer = Layer.ROBOTS if locator == "robots.txt" else Layer.WELL_KNOWN
    return combine(read_signals([Evidence(layer, locator, text, observed_at=FETCHED)], url=url))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("User-agent: *\nDisallow: /", State.RESERVED),
        ("user-AGENT : gptbot\nDISALLOW:/", State.RESERVED),
        ("User-agent: GPTBot/1.2\nDisallow: /img/", State.RESERVED),
        ("User-agent: Foo\nUser-agent: CCBot\nUser-agent: Bar\nDisallow: /", State.RESERVED),
        ("User-agent: CCBot\nSitemap: x\nUser-agent: Foo\nDisallow: /", State.RESERVED),
        ("User-agent: CCBot\nDisallow:\n\nUser-agent: Foo\nDisallow: /", State.UNKNOWN),
        ("User-agent: Foo\nDisallow: /", State.UNKNOWN),
        ("User-agent: *\nDisallow:", State.UNKNOWN),
        ("User-agent: *\nAllow: /", State.UNKNOWN),
        ("User-agent: *\nDisallow: /private/", State.UNKNOWN),
        ("User-agent: *\nDisallow: /\nAllow: /img/", State.UNKNOWN),
        ("User-agent: *\nAllow: /img/\nDisallow: /img/cat", State.RESERVED),
        ("User-agent: *\nDisallow: /img\nAllow: /img", State.UNKNOWN),
        ("User-agent: *\nDisallow: /*.jpg$", State.RESERVED),
        ("User-agent: *\nDisallow: /*.gif$", State.UNKNOWN),
        ("User-agent: *\nDisallow: / # all of it", State.RESERVED),
        ("# User-agent: *\n# Disallow: /", State.UNKNOWN),
        ("\ufeffUser-agent: *\r\nDisallow: /\r\n", State.RESERVED),
        ("User-agent: CCBot\nAllow: /\nUser-agent: CCBot\nDisallow: /img/", State.RESERVED),
        ("<html><body>not found</body></html>", State.UNKNOWN),
        ("", State.UNKNOWN),
    ],
)
def test_groups_and_rules_are_read_as_rfc_9309_says(text: str, expected: State) -> None:
    assert state(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("User-agent: *\nContent-Usage: train-ai=n\nAllow: /", State.RESERVED),
        ("User-agent: *\nContent-Usage: /img/ train-ai=n, search=y\nAllow: /", State.RESERVED),
        ("User-agent: *\nContent-Usage: /other/ train-ai=n\nAllow: /", State.UNKNOWN),
        ("User-agent: *\nContent-Usage: / train-ai=n\nContent-Usage: /img/ train-ai=y", State.ALLOWED),
        ("User-agent: *\nContent-Usage: /img/ train-ai=y\nContent-Usage: /img/ train-ai=n", State.RESERVED),
        ("User-agent: Foo\nContent-Usage: train-ai=n", State.UNKNOWN),
        ("Content-Usage: train-ai=n", State.RESERVED),
        ("User-Agent: *\nContent-Signal: search=yes,ai-train=no,use=reference\nAllow: /", State.RESERVED),
        ("User-Agent: *\nContent-signal: search=yes, ai-train=yes\nAllow: /", State.ALLOWED),
        ("User-Agent: *\nContent-Signal: ai-train=yes\nDisallow: /", State.RESERVED),
        ("Content-Signal: ai-train=no", State.RESERVED),
        ("License: https://a.example/license.xml", State.UNKNOWN),
        ("User-agent: *\nContent-Usage: train-ai", State.RESERVED),
    ],
)
def test_preference_lines_in_groups_are_read(text: str, expected: State) -> None:
    assert state(text) is expected


def test_without_a_url_any_disallow_of_our_agents_counts() -> None:
    assert state("User-agent: *\nDisallow: /private/", url=None) is State.RESERVED
    assert state("User-agent: Foo\nDisallow: /private/", url=None) is State.UNKNOWN


def test_a_signal_names_agent_rule_and_fetch_time() -> None:
    evidence = Evidence(Layer.ROBOTS, "robots.txt", "User-agent: GPTBot\nDisallow: /img", observed_at=FETCHED)
    (signal,) = read_signals([evidence], url=URL)
    assert (signal.agent, signal.use, signal.version) == ("gptbot", Use.CRAWLING, "RFC 9309")
    assert signal.note == "gptbot: Disallow: /img"
    assert signal.evidence.observed_at == FETCHED


def test_a_file_over_the_bounds_counts_against_the_picture() -> None:
    assert state("#" * (robots.MAX_FILE + 1)) is State.RESERVED
    assert state("Allow: /x\n" * (robots.MAX_RULES + 1)) is State.RESERVED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("User-Agent: *\nDisallow: *.jpg\nAllow: *.txt", State.RESERVED),
        ("User-Agent: *\nDisallow: *.JPG", State.RESERVED),
        ("User-Agent: *\nAllow: *.jpg\nDisallow: *.mp4", State.ALLOWED),
        ("User-Agent: *\nDisallow: /\nDisallow: *", State.RESERVED),
        ("User-Agent: *\nDisallow: *.png", State.UNKNOWN),
        ("[permissions]\nTraining: Deny", State.RESERVED),
        ("Allow-Training: no", State.RESERVED),
        ("Training: Allow", State.UNKNOWN),
    ],
)
def test_ai_txt_speaks_of_media_types(text: str, expected: State) -> None:
    assert state(text, locator="ai.txt") is expected


def stupid_match(pattern: str, path: str) -> bool:
    anchored = pattern.endswith("$")
    body = ".*".join(re.escape(piece) for piece in pattern.removesuffix("$").split("*"))
    return re.match(f"(?s:{body})" + (r"\Z" if anchored else ""), path) is not None


@settings(max_examples=300)
@given(st.text("ab*$", max_size=8), st.text("ab", max_size=10))
def test_patterns_match_as_the_regular_expression_that_they_stand_for(pattern: str, path: str) -> None:
    assert paths.matches(pattern, path) == stupid_match(pattern, path)


class CountingText(str):
    """Text that counts how many characters are searched in it."""

    __slots__ = ("searched",)
    searched: int

    def find(self, sub: str, start: int = 0, _end: int | None = None) -> int:  # type: ignore[override]
        found = str.find(self, sub, start)
        self.searched = getattr(self, "searched", 0) + (found if found >= 0 else len(self)) + len(sub) - start
        return found


@pytest.mark.parametrize("stars", [1, 10, 1000])
def test_matching_searches_a_path_about_once_however_many_stars_a_pattern_has(stars: int) -> None:
    path = CountingText("a" * 4000 + "b")
    paths.matches("*a" * stars + "*c$", path)
    paths.matches("*a" * stars + "*c", path)
    assert path.searched <= 2 * (len(path) + 2 * stars + 2)


@settings(max_examples=100)
@given(st.text(max_size=200), st.text(max_size=50))
def test_any_file_is_read_without_an_error(text: str, url: str) -> None:
    state(text, url)
    state(text, url, "ai.txt")
    state("User-agent: *\nDisallow: /" + text, url)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://a.example/img/../private/cat.jpg", "/private/cat.jpg"),
        ("https://a.example/%2e%2E/../a/./b/..?c=/../d", "/a/?c=/../d"),
        ("https://a.example/a/..", "/"),
        ("https://a.example/a/.", "/a/"),
        ("https://a.example/.well-known/...", "/.well-known/..."),
        ("https://a.example/a//../b", "/a/b"),
    ],
)
def test_a_path_is_the_one_that_a_client_asks_for(url: str, path: str) -> None:
    assert paths.path_of(url) == path
