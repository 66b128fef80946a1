"""The checks of ``make licenses``, each on the book itself and on one that was broken on purpose."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cleanset.errors import ConfigError
from cleanset.rights.book import check as check_book
from cleanset.rights.book.explain import explain, to_json
from cleanset.rights.book.licensebook import PACKAGED, LicenseBook

BOOK = LicenseBook.load()


def broken(tmp_path: Path, name: str, change: Callable[[str], str]) -> LicenseBook:
    for source in PACKAGED.glob("*.csv"):
        shutil.copy(source, tmp_path)
    path = tmp_path / name
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    return LicenseBook.load(tmp_path)


def test_the_book_is_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_book.main([]) == 0
    assert "0 findings" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "change", "finding"),
    [
        ("licenses.csv", lambda text: text + text.splitlines()[-1] + "\n", "stands 2 times"),
        (
            "creativecommons_units.csv",
            lambda text: text.replace("by-nc,licenses,no", "by-nc,licenses,yes"),
            "but commercial yes",
        ),
        (
            "creativecommons.csv",
            lambda text: "\n".join(line for line in text.split("\n") if not line.startswith("cc-by-4.0,")),
            "by 4.0: 0 tools, expected 1",
        ),
        ("aliases.csv", lambda text: text + ",a name,LicenseRef-nowhere,s\n", "which the book does not hold"),
        ("aliases.csv", lambda text: text + "flickr,4,CC-BY-4.0,s\n", "leads to CC-BY-4.0 and to CC-BY-2.0"),
        ("aliases.csv", lambda text: text + ",a name,MIT,\n", "has no source"),
        (
            "licenses.csv",
            lambda text: text.replace(",MIT,MIT License", ",MITT,MIT License"),
            "is not on the SPDX License List",
        ),
        (
            "licenses.csv",
            lambda text: text.replace("unsplash.com/license", "unsplash.com/license|pexels.com/license"),
            "pexels.com/license is read as",
        ),
        (
            "licenses.csv",
            lambda text: text.replace("A bare claim of public domain,,,unknown,unknown", "A bare claim,,,yes,yes"),
            "label",
        ),
    ],
)
def test_a_fault_is_found(tmp_path: Path, name: str, change: Callable[[str], str], finding: str) -> None:
    assert any(finding in found for found in check_book.findings(broken(tmp_path, name, change)))


def test_a_book_that_cannot_be_read_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_book.main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_json_has_the_fields_of_the_interface() -> None:
    text = "CC BY-SA 4.0"
    assert to_json(BOOK.read(text), text) == {
        "input": text,
        "license": "CC-BY-SA-4.0",
        "class": "share-alike",
        "version": "4.0",
        "place": None,
        "basis": "license",
        "commercial": "yes",
        "derivatives": "yes",
        "entry": "cc-by-sa-4.0",
        "source": BOOK.get("cc-by-sa-4.0").source,
    }


def test_json_of_an_unknown_text_has_nulls() -> None:
    found = to_json(BOOK.read("?"), "?")
    assert json.loads(json.dumps(found)) == {
        "input": "?",
        "license": None,
        "class": "unknown",
        "version": None,
        "place": None,
        "basis": None,
        "commercial": "unknown",
        "derivatives": "unknown",
        "entry": None,
        "source": None,
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CC BY-SA", "the version was not stated"),
        ("Public Domain Mark 1.0", "a label, not a grant"),
        ("US Government Work", "only in US"),
        ("ODbL-1.0", "says nothing of one picture"),
        ("CC SA 1.0", "retired on   2004-05-25"),
        ("MIT OR CC-BY-4.0", "choice of    2"),
        ("no such license", "nothing is permitted"),
        ("CC BY 4.0", "source       creativecommons/cc-legal-tools-data"),
    ],
)
def test_an_explanation_says_what_matters(text: str, said: str) -> None:
    assert said in explain(BOOK.read(text))


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("licenses.csv", "x,X,x,,,maybe,yes,yes,no,other,no,,,yes,,,,s\n", r"licenses\.csv, row \d+: 'maybe'"),
        ("creativecommons.csv", "x,no-unit,1.0,,X,x,s\n", r"creativecommons\.csv, row \d+: 'no-unit'"),
        ("spdx.csv", "X,thing,x,no,\n", r"spdx\.csv, row \d+: kind is 'thing'"),
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, name: str, line: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        broken(tmp_path, name, lambda text: text + line)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"creativecommons_units\.csv cannot be read"):
        LicenseBook.load(tmp_path)


def test_a_user_adds_an_alias_and_a_license_as_the_readme_says(tmp_path: Path) -> None:
    header, first = (PACKAGED / "licenses.csv").read_text(encoding="utf-8").splitlines()[:2]
    fields = dict(zip(next(csv.reader([header])), next(csv.reader([first])), strict=True))
    line = io.StringIO()
    csv.writer(line).writerow(
        (fields | {"id": "house-1.0", "spdx": "LicenseRef-House-1.0", "name": "House License 1.0", "urls": ""}).values()
    )
    broken(tmp_path, "licenses.csv", lambda text: text + line.getvalue().replace("\r", ""))
    aliases = tmp_path / "aliases.csv"
    aliases.write_text(aliases.read_text(encoding="utf-8") + ",Our House Style,CC-BY-4.0,us\n", encoding="utf-8")
    book = LicenseBook.load(tmp_path)
    assert book.read("our house  style").expression == "CC-BY-4.0"
    assert book.read("House License 1.0").expression == "LicenseRef-House-1.0"
