"""The license book as a whole: what it reads, what it refuses, and what holds for every text."""

from __future__ import annotations

import csv
import pickle
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.rights.book import Answer, LicenseBook, LicenseClass, Reading, combine
from cleanset.rights.book import licensebook as book_module
from cleanset.rights.book.license import NOWHERE, License, read_choices
from cleanset.rights.book.tables import read_tables

BOOK = LicenseBook.load()
LABELLED = Path(__file__).parent / "labelled" / "strings.csv"
SCHEMES = sorted({alias.scheme for alias in BOOK.tables.aliases if alias.scheme})


@dataclass(frozen=True)
class Labelled:
    text: str
    scheme: str | None
    expected: tuple[str, str, str, str]

    def found(self) -> tuple[str, str, str, str]:
        reading = BOOK.read(self.text, self.scheme)
        return (reading.expression or "", reading.license_class, reading.commercial, reading.derivatives)


def labelled() -> list[Labelled]:
    with LABELLED.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    keys = ("expression", "class", "commercial", "derivatives")
    return [Labelled(row["text"], row["scheme"] or None, tuple(row[key] for key in keys)) for row in rows]  # type: ignore[arg-type] # four keys


def grants(commercial: str, derivatives: str) -> set[str]:
    return {use for use, answer in (("commercial", commercial), ("derivatives", derivatives)) if answer == "yes"}


def grants_of(reading: Reading) -> set[str]:
    return grants(reading.commercial, reading.derivatives)


def test_no_labelled_string_is_granted_more_than_it_grants() -> None:
    wrong = [row for row in labelled() if grants(*row.found()[2:]) - grants(*row.expected[2:])]
    assert wrong == []


def test_no_labelled_string_is_refused_what_it_grants() -> None:
    wrong = [row for row in labelled() if grants(*row.expected[2:]) - grants(*row.found()[2:])]
    assert wrong == []


def test_every_labelled_string_is_read_as_labelled() -> None:
    rows = labelled()
    assert len(rows) >= 400
    assert [(row, row.found()) for row in rows if row.found() != row.expected] == []


def test_nothing_that_permits_everything_is_a_label_or_a_database_license() -> None:
    for entry in BOOK.tables.licenses:
        if entry.commercial is Answer.YES and entry.derivatives is Answer.YES:
            assert not entry.needs_basis, entry.id
            assert entry.image_license, entry.id
            assert entry.license_class in {"public-domain", "permissive", "attribution", "share-alike"}, entry.id


@pytest.mark.parametrize("scheme", [None, "dep5", "flickr.license_id", "no-such-vocabulary"])
def test_an_absent_or_blank_text_is_unknown(scheme: str | None) -> None:
    for text in (None, "", " \t\n"):
        reading = BOOK.read(text, scheme)
        assert (reading.license_class, reading.expression) == (LicenseClass.UNKNOWN, None)


def test_a_number_means_something_only_with_a_scheme() -> None:
    assert all(BOOK.read(str(number)).license_class is LicenseClass.UNKNOWN for number in range(20))
    assert BOOK.read("4", "flickr.license_id").expression == "CC-BY-2.0"
    assert BOOK.read("4", "inaturalist").expression == "CC-BY-4.0"


def test_a_missing_version_stays_missing_except_in_debian_files() -> None:
    assert BOOK.read("CC BY-SA").version_missing
    assert BOOK.read("CC BY-SA").expression == "LicenseRef-CC-BY-SA"
    lowest = BOOK.read("CC-BY-SA", "dep5")
    assert (lowest.expression, lowest.version_missing) == ("CC-BY-SA-1.0", False)


def test_a_choice_is_summed_up_by_its_most_permissive_side_and_lists_all() -> None:
    reading = BOOK.read("CC-BY-NC-4.0 OR (MIT AND CC-BY-SA-4.0)")
    assert reading.license_class is LicenseClass.SHARE_ALIKE
    assert [[entry.spdx for entry in choice] for choice in reading.choices] == [
        ["CC-BY-NC-4.0"],
        ["MIT", "CC-BY-SA-4.0"],
    ]


def test_a_label_is_never_preferred_to_a_license() -> None:
    reading = BOOK.read("public-domain or GPL-2+", "dep5")
    assert (reading.needs_basis, reading.license_class) == (False, LicenseClass.SHARE_ALIKE)


def test_a_choice_ignores_its_order() -> None:
    for left, right in (("MIT", "CC-BY-NC-4.0"), ("CC-PDM-1.0", "CC-BY-4.0"), ("CC0-1.0", "GPL-3.0-only")):
        one, other = BOOK.read(f"{left} OR {right}"), BOOK.read(f"{right} OR {left}")
        assert (one.license_class, one.commercial, one.needs_basis) == (
            other.license_class,
            other.commercial,
            other.needs_basis,
        )


def test_places_add_up_under_and() -> None:
    assert BOOK.read("CC0-1.0 AND LicenseRef-RightsStatements-NoC-US-1.0").grants_in == ("US",)


def test_terms_that_share_no_place_grant_nowhere() -> None:
    us = BOOK.get("rs-noc-us")
    reading = read_choices("", ((us, replace(us, grants_in=("KR",))),))
    assert reading.grants_in == NOWHERE
    assert read_choices("", ((us, replace(us, grants_in=("KR", "US"))),)).grants_in == ("US",)


@given(st.sampled_from([*BOOK.tables.licenses]), st.sampled_from([*BOOK.tables.licenses]))
def test_adding_a_license_under_and_never_grants_more(one: book_module.License, other: book_module.License) -> None:
    both = BOOK.read(f"{one.spdx} AND {other.spdx}")
    assert grants_of(both) <= grants(one.commercial, one.derivatives) & grants(other.commercial, other.derivatives)


@given(st.sampled_from([row.text for row in labelled()]), st.sampled_from([None, *SCHEMES]))
def test_reading_is_idempotent_on_its_own_expression(text: str, scheme: str | None) -> None:
    first = BOOK.read(text, scheme)
    if first.expression is not None:
        again = BOOK.read(first.expression)
        assert (again.expression, again.choices) == (first.expression, first.choices)


@given(st.sampled_from(labelled()), st.sampled_from([str.upper, str.lower, str.swapcase]))
def test_case_and_blanks_around_change_nothing(row: Labelled, change: object) -> None:
    if row.text.startswith(("<", "LicenseRef-", "MIT OR LicenseRef", "MIT AND LicenseRef")) or "LicenseRef" in row.text:
        return  # attribute values, and ids that nobody else defines, keep their case
    changed = BOOK.read(f"  {change(row.text)}\n", row.scheme)  # type: ignore[operator] # a method of str
    assert grants_of(changed) == grants_of(BOOK.read(row.text, row.scheme))


def bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


NAMES = {bare(alias.text) for alias in BOOK.tables.aliases} | {bare(entry.spdx) for entry in BOOK.tables.licenses}


@given(st.text(max_size=60), st.sampled_from([None, *SCHEMES]))
@settings(max_examples=300)
def test_random_text_neither_raises_nor_grants(text: str, scheme: str | None) -> None:
    reading = BOOK.read(text, scheme)
    assert bare(text) in NAMES or grants_of(reading) == set()


TRAPS = [
    "not ",
    "no ",
    "non-",
    "formerly ",
    "was ",
    "except ",
    "unless ",
    "fake ",
    "?",
    " style",
    " like",
    " (not)",
    " no",
]


@given(
    st.sampled_from(
        ["CC BY 4.0", "CC0", "Creative Commons Attribution-ShareAlike 3.0 Unported", "MIT License", "GPL-2+"]
    ),
    st.sampled_from(TRAPS),
    st.sampled_from([None, "commons", "flickr", "huggingface"]),
)
def test_one_word_too_many_never_grants(name: str, trap: str, scheme: str | None) -> None:
    text = f"{name}{trap}" if trap.startswith((" ", "?")) else f"{trap}{name}"
    assert grants_of(BOOK.read(text, scheme)) == set()


WORDS = "not never except unless without formerly until if but style like almost maybe ? ! restricted (not) expired *"


@given(st.sampled_from([row for row in labelled() if len(grants(*row.expected[2:])) == 2]), st.data())
@settings(max_examples=200)
def test_a_word_that_nobody_accounts_for_takes_every_grant_away(row: Labelled, data: st.DataObject) -> None:
    gaps = [0, len(row.text), *(found.start() for found in re.finditer(r"\s", row.text))]
    at = data.draw(st.sampled_from([gap for gap in gaps if row.text[:gap].count("<") == row.text[:gap].count(">")]))
    word = data.draw(st.sampled_from(WORDS.split()))
    assert grants_of(BOOK.read(f"{row.text[:at]} {word} {row.text[at:]}", row.scheme)) == set()


@given(st.text(alphabet="()ANDORWITHMCBY-40. ,+", max_size=120))
@settings(max_examples=200)
def test_hostile_expressions_never_raise(text: str) -> None:
    BOOK.read(text)
    BOOK.read(text, "dep5")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1000 + "MIT" + ")" * 1000,
        " AND ".join(["(MIT OR ISC OR Zlib)"] * 40),
        "MIT AND (" * 300 + "MIT" + ")" * 300,
        "CC BY " * 600,
        "<a>" * 1200,
        "a" * 1_000_000,
        "%ff" * 100,
        "https://creativecommons.org/" + "licenses/" * 40,
        "\x00\ud800",
    ],
)
@pytest.mark.parametrize("scheme", [None, "dep5", "commons"])
def test_long_and_nested_texts_are_unknown(text: str, scheme: str | None) -> None:
    assert grants_of(BOOK.read(text, scheme)) == set()


def test_every_entry_is_found_by_its_id_and_its_spdx_id() -> None:
    for entry in BOOK.tables.licenses:
        assert BOOK.get(entry.id) == entry
        assert BOOK.get(entry.spdx.upper()) == entry
        assert BOOK.read(entry.spdx).entries == (entry,)


def test_an_id_that_the_book_does_not_hold_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="no-such-license"):
        BOOK.get("no-such-license")


def test_an_spdx_license_that_nobody_reviewed_grants_nothing() -> None:
    reviewed = {entry.spdx for entry in BOOK.tables.licenses}
    for spdx in BOOK.tables.spdx:
        reading = BOOK.read(spdx.id)
        if spdx.kind == "license" and not spdx.replaced_by and spdx.id not in reviewed:
            assert (reading.license_class, grants_of(reading)) == (LicenseClass.OTHER, set()), spdx.id


def test_two_columns_become_one_text() -> None:
    assert BOOK.read(combine("by-sa", "4.0")).expression == "CC-BY-SA-4.0"
    assert BOOK.read(combine("BY", "2.0")).expression == "CC-BY-2.0"
    assert BOOK.read(combine("by", None)).expression == "LicenseRef-CC-BY"
    assert BOOK.read(combine("cc0", "1.0")).expression == "CC0-1.0"
    assert BOOK.read(combine("pdm", "")).expression == "CC-PDM-1.0"
    assert BOOK.read(combine("publicdomain", "")).expression == "CC-PDDC"
    assert BOOK.read(combine("by", "9.0")).license_class is LicenseClass.UNKNOWN


def test_a_book_travels_and_equals_itself() -> None:
    first, again = (pickle.loads(pickle.dumps(BOOK)) for _ in range(2))  # noqa: S301  # our own bytes
    assert first == BOOK
    assert again is first, "a second copy would build its indexes and read its texts anew"


def test_books_are_compared_by_their_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    def compare(_one: object, _other: object) -> bool:
        raise AssertionError("licenses were compared by value")

    one, other = (LicenseBook(read_tables(book_module.PACKAGED)) for _ in range(2))
    monkeypatch.setattr(License, "__eq__", compare)
    assert one == other
    assert hash(one) == hash(other)
    assert one != LicenseBook(replace(other.tables, digest="another"))


def test_the_digest_follows_the_files(tmp_path: Path) -> None:
    for source in book_module.PACKAGED.glob("*.csv"):
        shutil.copy(source, tmp_path)
    assert LicenseBook.load(tmp_path).digest() == BOOK.digest()
    with (tmp_path / "aliases.csv").open("a", encoding="utf-8") as lines:
        lines.write(",one more spelling,MIT,a test\n")
    changed = LicenseBook.load(tmp_path)
    assert changed.digest() != BOOK.digest()
    assert changed.read("One more spelling").expression == "MIT"


def test_marks_of_the_lexer_in_a_text_mean_nothing() -> None:
    for mark in ("", "#", "\x01", "\x00", "@"):
        assert grants_of(BOOK.read(f"{mark}zero{mark}")) == set()
        assert grants_of(BOOK.read(f"{mark}mark{mark}")) == set()
        assert grants_of(BOOK.read(f"cc {mark}by{mark} 4.0 {mark}de")) == set()
