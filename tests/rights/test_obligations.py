"""What is owed for a kept picture, by license and version."""

from __future__ import annotations

import pytest

from cleanset.rights.book import LicenseBook
from cleanset.rights.obligations import Grounds, obligations_of
from cleanset.rights.reviewed import read_rows

BOOK = LicenseBook.load()


def owed(expression: str, **over: object) -> dict[str, str | None]:
    grounds = {"creator": "Jane Roe", "attribution": "by Jane Roe", "notices": ("(c) 2020 Jane Roe",), "limits": ()}
    rows = obligations_of(Grounds(expression, **{**grounds, **over}))  # type: ignore[arg-type]
    return {row["obligation"]: row["owed_to"] for row in rows}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("CC0-1.0", set()),
        ("CC-BY-4.0", {"credit", "notice", "link", "state-changes"}),
        ("CC-BY-2.0", {"credit", "title", "notice", "link", "state-changes"}),
        ("CC-BY-3.0-US", {"credit", "title", "notice", "link", "state-changes"}),
        ("CC-BY-SA-4.0", {"credit", "notice", "link", "state-changes", "share-alike"}),
        ("CC-BY-NC-4.0", {"credit", "notice", "link", "state-changes", "non-commercial"}),
        ("MIT", {"notice", "license-text"}),
        ("Apache-2.0", {"notice", "license-text", "state-changes"}),
        ("GPL-2.0-or-later", {"notice", "license-text", "state-changes", "share-alike"}),
        ("OGL-UK-3.0", {"credit", "link"}),
        ("NOASSERTION", set()),
    ],
)
def test_what_is_owed_follows_from_license_and_version(expression: str, expected: set[str]) -> None:
    assert set(owed(expression)) == expected


def test_credit_and_notice_are_owed_to_whoever_is_named_in_the_words_that_were_found() -> None:
    rows = {row["obligation"]: row for row in obligations_of(Grounds("CC-BY-4.0", "Jane", "by Jane", ("(c) Jane",)))}
    assert (rows["credit"]["owed_to"], rows["credit"]["text"]) == ("Jane", "by Jane")
    assert (rows["notice"]["text"], rows["notice"]["version"]) == ("(c) Jane", "4.0")
    assert rows["link"]["link"] == "https://creativecommons.org/licenses/by/4.0/"


def test_all_licenses_that_apply_together_are_owed_to() -> None:
    licenses = {row["license"] for row in obligations_of(Grounds("BSD-3-Clause AND CC-BY-2.0", None, None))}
    assert licenses == {"BSD-3-Clause", "CC-BY-2.0"}


def test_limits_of_places_and_of_a_permission_in_writing_are_told() -> None:
    assert "jurisdiction" in owed("LicenseRef-RightsStatements-NoC-US-1.0")
    assert set(owed("LicenseRef-cleanset-permission", limits=("research", "US"))) == {"non-commercial", "jurisdiction"}


def test_every_row_of_the_table_is_for_licenses_of_the_book_and_every_license_with_a_duty_has_one() -> None:
    ids = {entry.id.lower() for entry in BOOK.tables.licenses}
    for row in read_rows("obligations.csv"):
        assert any(one.startswith(pattern.split("*")[0]) for one in ids for pattern in row["licenses"].split())
    for entry in BOOK.tables.licenses:
        if entry.attribution and BOOK.read(entry.spdx).choices:
            assert {"credit", "notice"} & set(owed(entry.spdx)), entry.id
