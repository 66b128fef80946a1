"""The report's pages: every link leads somewhere, strangers' text stays text, and the numbers are those of the run."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from cleanset.cli import main
from cleanset.manifest.read import open_record
from cleanset.report.pages import survey as survey_module
from cleanset.report.pages.html import element, text
from cleanset.report.pages.survey import FACETS, survey
from cleanset.report.pages.write import write_report
from cleanset.rundir import RunDirectory
from runs import curate, picture, tell
from shards.writers import webdataset_tar

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u202e\x1b[31m"


@pytest.fixture(scope="module")
def report(small_run: RunDirectory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write_report(small_run, RunDirectory(str(folder)))
    return folder


def _pages(folder: Path) -> dict[Path, html.HtmlElement]:
    return {path: html.fromstring(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))}


def test_every_link_leads_to_a_page_and_a_place_of_the_report(report: Path) -> None:
    pages = _pages(report)
    places = {path: set(tree.xpath("//@id")) for path, tree in pages.items()}
    links = 0
    for path, tree in pages.items():
        for target in tree.xpath("//a/@href"):
            file, _, place = target.partition("#")
            page = (path.parent / file).resolve() if file else path
            assert page in pages, f"{path}: {target}"
            assert not place or place in places[page], f"{path}: {target}"
            links += 1
    assert links > 100


def test_a_page_has_each_id_once_a_heading_and_words_for_each_image(report: Path) -> None:
    for path, tree in _pages(report).items():
        ids = tree.xpath("//@id")
        assert len(ids) == len(set(ids)), path
        assert len(tree.xpath("//h1")) == 1
        assert not tree.xpath("//img[not(@alt) or @alt='']")
        assert tree.get("lang") == "en"
        for label in tree.xpath("//@aria-labelledby"):
            assert label in ids


def test_nothing_of_a_page_comes_from_elsewhere_or_runs(report: Path) -> None:
    for tree in _pages(report).values():
        assert not tree.xpath("//script | //link | //iframe | //object | //@onclick | //@onerror | //@onload")
        assert all(source.startswith("data:image/png;base64,") for source in tree.xpath("//@src"))
        assert not any("://" in target for target in tree.xpath("//@href"))


def test_the_flow_adds_up_to_what_was_read(small_run: RunDirectory, report: Path) -> None:
    counts = open_record(small_run)["counts"]
    rows = _pages(report)[report / "index.html"].xpath("//section[@id='flow']//tbody/tr")
    shown = {row[1].text_content(): int(row[0].text_content().replace(",", "")) for row in rows}
    assert shown.pop("samples read") == counts["read"] == sum(shown.values())
    assert shown == {"kept": counts["kept"]} | {f"dropped: {k}": v for k, v in counts["dropped"].items()}


def test_each_list_has_the_rows_that_its_own_query_gives(report: Path) -> None:
    lists = [tree for path, tree in _pages(report).items() if path.parent.name == "lists"]
    assert len(lists) > 10
    for tree in lists:
        shown = [cell.text_content().strip() for cell in tree.xpath("//tbody/tr/td[1]")]
        (query,) = tree.xpath("//code/text()")
        found = duckdb.sql(query.replace("SELECT *", "SELECT DISTINCT sample_id", 1)).fetchall()
        assert shown == sorted(name for (name,) in found), query


def test_counts_do_not_depend_on_batches(small_run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = survey(small_run)
    monkeypatch.setattr(survey_module, "ROWS_AT_ONCE", 2)
    assert survey(small_run) == whole


def test_values_beyond_those_shown_are_counted_together(
    small_run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey_module, "SHOWN", 1)
    found = survey(small_run)
    read = small_run.read_table("manifest").num_rows
    assert sum(count.samples for count in found.facets["declared"].values()) == read
    assert list(found.listed["declared"]) == [next(iter(found.facets["declared"]))]
    assert set(found.facets) == set(FACETS)


def test_text_of_strangers_stays_text_wherever_it_stands(tmp_path: Path) -> None:
    shards = tmp_path / "shards"
    shards.mkdir()
    row = tell(0, HOSTILE) | {
        "license": HOSTILE,
        "author": HOSTILE,
        "title": HOSTILE,
        "url": f"https://x.example/{HOSTILE}",
    }
    members = [(f"{row['key']}.png", picture(1)), (f"{row['key']}.json", json.dumps(row).encode())]
    (shards / "00000.tar").write_bytes(webdataset_tar(members))
    pq.write_table(pa.Table.from_pylist([row]), shards / "00000.parquet")
    run = curate(shards, tmp_path / "run")
    write_report(run, RunDirectory(str(tmp_path / "report")))
    for path, tree in _pages(tmp_path / "report").items():
        assert not tree.xpath("//script | //img[@onerror] | //img[@src='x']"), path
        assert "\x1b" not in path.read_text(encoding="utf-8")
    index = _pages(tmp_path / "report")[tmp_path / "report" / "index.html"]
    assert "<script>alert(1)</script>" in index.text_content()


@given(st.text())
def test_any_text_comes_back_from_a_page_as_it_is_printed(words: str) -> None:
    tree = html.fromstring(f"<html><body>{element('p', text('|' + words + '|'), title=words)}</body></html>")
    shown = tree.xpath("//p")[0].text_content()
    assert not tree.xpath("//p/*")
    assert shown.startswith("|")
    assert shown.endswith("|")


def test_the_command_writes_the_report_and_names_its_first_page(
    own_run: RunDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", own_run.root]) == 0
    first = capsys.readouterr().out.rpartition("open ")[2].strip()
    assert Path(first).read_text(encoding="utf-8").startswith("<!doctype html>")
    assert main(["audit", own_run.root]) == 0
