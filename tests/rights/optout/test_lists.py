from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.errors import ConfigError
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout import lists
from cleanset.rights.optout.lists import Entry, Kind, OptOutLists
from cleanset.rights.optout.read import combine, read_signals
from cleanset.rights.optout.signal import State

MD5 = "d41d8cd98f00b204e9800998ecf8427e"
SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
TEXT = f"""# opt-outs
example.com
*.Artist.example   # asked by mail
https://photos.example/jane/
HTTPS://Photos.Example:443/john/?a
{MD5}
{SHA256.upper()}
0123456789abcdef
b\u00fccher.example
"""


def opt_outs(text: str = TEXT) -> OptOutLists:
    return OptOutLists.of(lists.parse(text, "list.txt"))


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.jpg",
        "http://www.EXAMPLE.com./a.jpg",
        "https://cdn.img.example.com:8080/a.jpg",
        "//example.com/a.jpg",
        "example.com/a.jpg",
        "https://user:pw@example.com/",
        "https:\\\\example.com\\a.jpg",
        "https://ex%61mple.com/",
        "https://artist.example/",
        "https://a.artist.example/",
        "http://photos.example/jane/1.jpg",
        "https://photos.example:443/j%61ne/1.jpg#top",
        "https://photos.example/john/?abc",
        "https://photos.example/x/../jane/1.jpg",
        "https://photos.example/./jane/%2e/1.jpg",
        "https://xn--bcher-kva.example/a",
        "https://b\u00dccher.example/a",
    ],
)
def test_urls_under_a_listed_domain_or_prefix_are_found(url: str) -> None:
    assert opt_outs().match_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com.evil.example/a.jpg",
        "https://notexample.com/",
        "https://other.example/?u=https://example.com/",
        "https://photos.example/janet/",
        "https://photos.example/jane/../1.jpg",
        "https://photos.example/1.jpg?/../jane/",
        "https://photos.example/",
        "https://photos.example:8443/jane/",
        "not a url",
        "",
        "https://[::1/",
    ],
)
def test_other_urls_are_not_found(url: str) -> None:
    assert opt_outs().match_url(url) == ()


def test_a_prefix_without_a_path_ends_at_the_host() -> None:
    listed = opt_outs("https://photos.example")
    assert listed.match_url("https://photos.example/a")
    assert listed.match_url("https://photos.example.evil.example/a") == ()


def test_hashes_are_found_exactly_given_or_in_columns() -> None:
    assert opt_outs().match_hash(Kind.MD5, MD5.upper())
    assert opt_outs().match_hash(Kind.SHA256, MD5) == ()
    by_column = read_signals([Evidence(Layer.COLUMN, "sha256", SHA256)], url=None, lists=opt_outs())
    by_value = read_signals([], url=None, lists=opt_outs(), hashes={Kind.PHASH: "0123456789ABCDEF"})
    assert combine(by_column) is combine(by_value) is State.RESERVED


def test_a_table_says_who_asked_when_and_why() -> None:
    table = 'value,kind,who,when,why\nexample.com,,"Doe, Jane",2026-01-02,by mail\n' + SHA256 + ",pdq,,,\n"
    (signal,) = read_signals([], url="https://example.com/a", lists=opt_outs(table))
    assert "Doe, Jane; 2026-01-02; by mail" in signal.note
    assert signal.evidence.observed_at == "2026-01-02"
    assert opt_outs(table).match_hash(Kind.PDQ, SHA256)


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("https://photos.example/*", "https://photos.example/a/b.jpg"),
        ("photos.example/*/private/", "https://www.photos.example/jane/private/a.jpg"),
        ("https://photos.example/jane*", "https://photos.example/janet/a.jpg"),
        ("*.photos.example/jane/", "https://img.photos.example/jane/a.jpg"),
        ("https://*.photos.example/*.jpg$", "https://photos.example/x/a.jpg"),
        ("https://www.fa\u00df.de/", "https://xn--fa-hia.de/a.jpg"),
        ("https://photos.example:443", "http://photos.example/a.jpg"),
    ],
)
def test_paths_and_hosts_of_a_list_may_be_patterns(entry: str, url: str) -> None:
    assert opt_outs(entry).match_url(url)
    assert opt_outs(entry).match_url("https://example.com/a.jpg") == ()


def test_a_pattern_covers_no_more_than_it_says() -> None:
    assert opt_outs("photos.example/*/private/").match_url("https://photos.example/jane/public/a.jpg") == ()
    assert opt_outs("https://photos.example/*.jpg$").match_url("https://photos.example/a.jpg.png") == ()


def test_a_page_that_shows_the_picture_is_looked_up_too() -> None:
    found = read_signals([], url="https://cdn.example/1.jpg", pages=["https://example.com/p"], lists=opt_outs())
    assert combine(found) is State.RESERVED


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("example.com\nnot a domain", "list.txt, line 2: 'not a domain' is no domain"),
        ("value,kind\nexample.com,host", "list.txt, line 2: kind is 'host'"),
        ("value,kind\nabc,md5", "list.txt, line 2: 'abc' is no md5"),
        ("abcdef", "list.txt, line 1: 'abcdef' is no domain"),
    ],
)
def test_a_line_that_is_no_entry_is_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        opt_outs(text)


def test_files_are_read_and_a_missing_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("example.com\n")
    (tmp_path / "b.csv").write_text("value\nhttps://photos.example/jane/\n")
    listed = lists.load([tmp_path / "a.txt", tmp_path / "b.csv"])
    assert listed.match_url("https://photos.example/jane/1")
    with pytest.raises(ConfigError, match=r"missing\.txt"):
        lists.load([tmp_path / "missing.txt"])


def test_lists_survive_pickling() -> None:
    assert pickle.loads(pickle.dumps(opt_outs())) == opt_outs()  # noqa: S301 - our own bytes


URLS = st.text("ab/", max_size=5).map(lambda path: "a.example/" + path)


@settings(max_examples=150)
@given(st.lists(URLS, max_size=8), URLS)
def test_prefixes_are_found_as_by_trying_each(prefixes: list[str], url: str) -> None:
    listed = OptOutLists.of(Entry(Kind.URL, prefix) for prefix in prefixes)
    found = {entry.value for entry in listed.match_url("https://" + url)}
    assert found == {prefix for prefix in prefixes if url.startswith(prefix)}


@settings(max_examples=50)
@given(st.permutations(TEXT.splitlines()))
def test_the_digest_does_not_depend_on_the_order_of_lines(lines: list[str]) -> None:
    assert opt_outs("\n".join(lines)).digest() == opt_outs().digest()


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_any_url_is_looked_up_without_an_error(url: str) -> None:
    opt_outs().match_url(url)
