from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.release.attribution import HTML, JSON, NOTICES, TEXT, unnamed, write_attribution
from cleanset.rights.attribution import Credit, attribution
from cleanset.rights.book import LicenseBook
from cleanset.rights.book.texts import license_text

BOOK = LicenseBook.load()
BY = (("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),)


def test_attribution_names_title_author_source_and_license() -> None:
    assert Credit("Sunset", "Jane Doe", "https://e.org/1", BY).to_text() == (
        '"Sunset" by Jane Doe is licensed under CC BY 4.0. Source: https://e.org/1. '
        "To view a copy of this license, visit https://creativecommons.org/licenses/by/4.0/."
    )


def test_attribution_says_what_is_missing_and_leaves_out_what_it_cannot_name() -> None:
    assert attribution(None, None, "X", None) == "Untitled work by an unknown creator is licensed under X."


def test_html_links_web_addresses_only() -> None:
    shown = Credit("T", "J", "javascript:alert(1)", (("L", "data:text/html,x"),)).to_html()
    assert "<a" not in shown
    assert "javascript" not in shown


def test_credits_publish_no_password_and_nothing_that_changes_the_text_around_them() -> None:
    credit = Credit("A\x1b[2J\nB", "Eve\u202e \x9bZoë", "https://me:pass@word@e.org/1?at=a@b\x07", BY)
    for shown in (credit.to_text(), credit.to_html()):
        assert shown.isprintable()
        assert "A [2J B" in shown
        assert "by Eve Zoë is licensed" in shown
        assert "https://e.org/1?at=a@b" in shown
    assert credit.to_json()["source"] == "https://e.org/1?at=a@b"
    assert "https://e.org/a@b" in Credit(None, None, "https://e.org/a@b", BY).to_text()


@pytest.mark.parametrize(
    ("address", "published"),
    [
        (
            "https://b.s3.amazonaws.com/1.jpg?X-Amz-Date=1&X-Amz-Signature=0f&x-amz-credential=A%2FB",
            "https://b.s3.amazonaws.com/1.jpg",
        ),
        ("https://b.e.org/1.jpg?AWSAccessKeyId=A&Expires=7&Signature=x%3D", "https://b.e.org/1.jpg?Expires=7"),
        ("https://a.e.org/1.jpg?sv=2022&sig=x#top", "https://a.e.org/1.jpg?sv=2022#top"),
        ("https://c.e.org/1.jpg?id=5&Key-Pair-Id=K&size=9", "https://c.e.org/1.jpg?id=5&size=9"),
        ("https://e.org/1?token=t", "https://e.org/1"),
        ("https://e.org/1?design=a&signature_size=3&q=token=1", "https://e.org/1?design=a&signature_size=3&q=token=1"),
        ("https://e.org/token=1/a?", "https://e.org/token=1/a?"),
    ],
)
def test_credits_publish_no_key_and_no_signature(address: str, published: str) -> None:
    assert Credit(None, None, address, BY).to_json()["source"] == published


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert {name for name, _ in attrs} <= {"href", "rel"}

    def handle_data(self, data: str) -> None:
        self.text += data


@settings(max_examples=50, deadline=None)
@given(st.text(), st.text())
def test_html_shows_every_text_and_lets_none_be_markup(title: str, creator: str) -> None:
    seen = _Tags()
    seen.feed(Credit(title, f"{creator}<script>&\"'", f'https://e.org/"><b>{title}', BY).to_html())
    seen.close()
    assert seen.tags == ["a", "a"]
    assert "<script>&\"'" in seen.text


def manifest(*rows: dict[str, str | None]) -> pa.Table:
    base = {
        "shard": "a.tar",
        "key": "1",
        "sample_id": "00",
        "url": "https://e.org/1",
        "title": "<b>Sunset</b>",
        "creator": "Jane",
        "license_concluded": "CC-BY-4.0",
        "attribution": "due",
        "decision": "kept",
    }
    schema = pa.schema([(name, pa.string()) for name in base])
    return pa.Table.from_pylist([{**base, **row} for row in rows], schema=schema)


def notices(*texts: str) -> pa.Table:
    """Claims about the copyright of the sample ``01``, as a run has them."""
    rows = [{"shard": "a.tar", "key": "01", "text": text} for text in texts]
    return pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in NOTICES]))


def test_notices_and_license_texts_travel_with_the_credits(tmp_path: Path) -> None:
    rows = manifest({"sample_id": "01", "key": "01", "license_concluded": "Apache-2.0 AND BSD-3-Clause"})
    said = notices("Copyright 2010-2014 <Ada>", "© 2019 Bob\nand others", "Copyright 2010-2014 <Ada>")
    assert write_attribution(rows, said, tmp_path, BOOK) == 1
    places = ["licenses/Apache-2.0.txt", "licenses/BSD-3-Clause.txt"]
    for place, words in zip(places, ("http://www.apache.org/licenses/", "Redistribution and use"), strict=True):
        assert words in (tmp_path / place).read_text(encoding="utf-8")
    (credit,) = (json.loads(line) for line in (tmp_path / JSON).read_text(encoding="utf-8").splitlines())
    assert (credit["notices"], credit["license_texts"]) == (
        ["Copyright 2010-2014 <Ada>", "© 2019 Bob and others"],
        places,
    )
    text, page = ((tmp_path / name).read_text(encoding="utf-8") for name in (TEXT, HTML))
    assert "Notice: Copyright 2010-2014 <Ada>; © 2019 Bob and others. License text: licenses/Apache-2.0.txt" in text
    assert "<br>Copyright 2010-2014 &lt;Ada&gt;<br>© 2019 Bob and others" in page
    assert all(f'<a href="{place}">' in page for place in places)


def test_every_license_that_asks_for_its_text_has_it() -> None:
    asking = [e for e in BOOK.tables.licenses if e.attribution and e.spdx.startswith(("MIT", "BSD", "Apache", "HPND"))]
    asking += [e for e in BOOK.tables.licenses if "must travel" in e.notes or "copyleft" in e.notes]
    lacking = [e.spdx for e in asking if not e.spdx.startswith("LicenseRef-") and not license_text(e.spdx)]
    assert (len(asking) > 40, lacking) == (True, [])
    for spdx in ("MIT-CMU", "HPND", "HPND-sell-variant", "CECILL-B", "CECILL-2.1"):
        assert BOOK.read(spdx).entries
        assert license_text(spdx)
    assert license_text("CC-BY-4.0") is None


def test_the_three_files_credit_every_kept_image_that_needs_it(tmp_path: Path) -> None:
    rows = manifest(
        {"sample_id": "01"},
        {"sample_id": "02", "attribution": None, "license_concluded": "CC0-1.0"},
        {"sample_id": "03", "decision": "dropped"},
        {"sample_id": "04", "creator": None, "url": None, "license_concluded": "CC-BY-2.0 AND MIT"},
    )
    assert write_attribution(rows, notices(), tmp_path, BOOK) == 2
    text = (tmp_path / TEXT).read_text(encoding="utf-8").splitlines()
    assert [line[:2] for line in text] == ["01", "04"]
    assert "Jane" in text[0]
    page = (tmp_path / HTML).read_text(encoding="utf-8")
    assert "&lt;b&gt;Sunset" in page
    assert "<b>" not in page
    lines = [json.loads(line) for line in (tmp_path / JSON).read_text(encoding="utf-8").splitlines()]
    assert lines[0]["licenses"][0]["url"] == "https://creativecommons.org/licenses/by/4.0/"
    assert len(lines[1]["licenses"]) == 2
    assert unnamed(rows) == ["04"]


def test_a_manifest_without_rows_gives_empty_files(tmp_path: Path) -> None:
    assert write_attribution(manifest().slice(0, 0), notices(), tmp_path, BOOK) == 0
    assert (tmp_path / TEXT).read_text(encoding="utf-8") == ""
    assert "<ul>\n</ul>" in (tmp_path / HTML).read_text(encoding="utf-8")
