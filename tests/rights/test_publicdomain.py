from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.rights.publicdomain import terms as publicdomain
from cleanset.rights.publicdomain.terms import Reproduction, Term, WorkFacts, WorkKind
from cleanset.rights.publicdomain.workfacts import work_facts_from
from cleanset.rights.publicdomain.years import Years, parse_death, parse_years

RULES = publicdomain.load()
YEAR = 2026


def work(
    died: int | None = None, published: int | None = None, kind: WorkKind = WorkKind.PAINTING, **over: object
) -> WorkFacts:
    facts = WorkFacts(
        death=None if died is None else Years(died, died),
        publication=None if published is None else Years(published, published),
        kind=kind,
        reproduction=Reproduction.ITSELF,
    )
    return dataclasses.replace(facts, **over)  # type: ignore[arg-type]


def term(facts: WorkFacts, jurisdiction: str, year: int = YEAR) -> Term:
    return publicdomain.compute(facts, jurisdiction, year, RULES).term


@pytest.mark.parametrize(
    ("jurisdiction", "facts", "expected"),
    [
        ("US", work(published=1930), Term.PD),
        ("US", work(published=1931), Term.UNKNOWN),
        ("US", work(died=1901), Term.UNKNOWN),
        ("US", work(died=1900), Term.PD),
        ("US", work(died=1800, kind=WorkKind.PHOTOGRAPH), Term.UNKNOWN),
        ("US", work(died=1955, unpublished=True), Term.PD),
        ("US", work(died=1956, unpublished=True), Term.UNKNOWN),
        ("US", work(died=1900, published=1990), Term.UNKNOWN),
        ("US", work(died=1900, published=2003), Term.UNKNOWN),
        ("US", work(created=Years(1905, 1905), unpublished=True), Term.PD),
        ("US", work(created=Years(1905, 1905)), Term.UNKNOWN),
        ("US", work(us_federal=True), Term.PD),
        ("DE", work(us_federal=True), Term.UNKNOWN),
        ("DE", work(died=1955), Term.PD),
        ("DE", work(died=1956), Term.PROTECTED),
        ("DE", work(), Term.UNKNOWN),
        ("DE", work(published=1700), Term.UNKNOWN),
        ("DE", work(died=1900, published=2010), Term.UNKNOWN),
        ("DE", work(died=1900, anonymous=True), Term.UNKNOWN),
        ("ES", work(died=1945), Term.PD),
        ("ES", work(died=1946), Term.PROTECTED),
        ("FR", work(died=1930), Term.PD),
        ("FR", work(died=1916), Term.UNKNOWN),
        ("FR", work(died=1944), Term.UNKNOWN),
        ("FR", work(died=1944, died_for_france=False), Term.PD),
        ("FR", work(died=1930, died_for_france=True), Term.UNKNOWN),
        ("FR", work(died=1910, died_for_france=True), Term.PD),
        ("EU", work(died=1926), Term.PD),
        ("EU", work(died=1916), Term.UNKNOWN),
        ("EU", work(died=1950), Term.PROTECTED),
        ("EEA", work(died=1926), Term.PD),
        ("GB", work(died=1955), Term.PD),
        ("GB", work(died=1955, kind=WorkKind.PHOTOGRAPH), Term.UNKNOWN),
        ("GB", work(died=1955, published=1950, kind=WorkKind.PHOTOGRAPH), Term.PD),
        ("CA", work(died=1971), Term.PD),
        ("CA", work(died=1972), Term.PROTECTED),
        ("JP", work(died=1956), Term.PD),
        ("JP", work(died=1957), Term.UNKNOWN),
        ("JP", work(died=1967, allied=False), Term.PD),
        ("JP", work(died=1968, allied=False), Term.UNKNOWN),
        ("JP", work(died=1900, kind=WorkKind.PHOTOGRAPH), Term.UNKNOWN),
        ("JP", work(published=1956, kind=WorkKind.PHOTOGRAPH), Term.PD),
        ("AU", work(died=1954), Term.PD),
        ("AU", work(died=1956), Term.UNKNOWN),
        ("KR", work(died=1962), Term.PD),
        ("KR", work(died=1963), Term.UNKNOWN),
        ("MX", work(died=1925), Term.PD),
        ("MX", work(died=1926), Term.UNKNOWN),
        ("CO", work(died=1945), Term.PD),
        ("JM", work(died=1930), Term.PD),
        ("CN", work(died=1974), Term.UNKNOWN),
        ("CN", work(died=1955), Term.PD),
        ("RU", work(died=1940), Term.UNKNOWN),
        ("RU", work(died=1910, published=1905), Term.PD),
        ("WORLD", work(died=1913, published=1930), Term.PD),
        ("WORLD", work(died=1925, published=1930), Term.UNKNOWN),
        ("WORLD", work(died=1913), Term.UNKNOWN),
        ("WORLD", work(died=1890), Term.PD),
        ("WORLD", work(died=1890, published=1985), Term.UNKNOWN),
        ("WORLD", work(published=1800), Term.UNKNOWN),
        ("nowhere", work(died=1955, published=1930), Term.UNKNOWN),
    ],
)
def test_rules_decide_at_their_bounds(jurisdiction: str, facts: WorkFacts, expected: Term) -> None:
    assert term(facts, jurisdiction) is expected


def test_an_answer_names_rule_inputs_and_authority() -> None:
    answer = publicdomain.compute(work(published=1903), "US", YEAR, RULES)
    assert answer.rule == "us-95"
    assert answer.inputs == ("publication: 1903", "reproduction: itself")
    assert answer.authority.startswith("17 USC 304(b)")
    assert answer.confidence == "read in the source"


def test_the_answer_for_a_group_names_the_member_that_decides() -> None:
    answer = publicdomain.compute(work(died=1950), "EU", YEAR, RULES)
    assert (answer.term, answer.rule) == (Term.PROTECTED, "es-80-protected")
    assert answer.note.startswith("ES: ")


@pytest.mark.parametrize(
    ("reproduction", "jurisdiction", "expected"),
    [
        (Reproduction.FAITHFUL, "US", Term.PD),
        (Reproduction.FAITHFUL, "DE", Term.PD),
        (Reproduction.FAITHFUL, "GB", Term.PD),
        (Reproduction.FAITHFUL, "CH", Term.UNKNOWN),
        (Reproduction.FAITHFUL, "WORLD", Term.UNKNOWN),
        (Reproduction.FAITHFUL_WAIVED, "WORLD", Term.PD),
        (Reproduction.OTHER, "US", Term.UNKNOWN),
        (Reproduction.UNKNOWN, "US", Term.UNKNOWN),
    ],
)
def test_a_picture_of_a_free_work_is_free_only_as_a_faithful_copy(
    reproduction: Reproduction, jurisdiction: str, expected: Term
) -> None:
    assert term(work(died=1900, published=1890, reproduction=reproduction), jurisdiction) is expected


YEARS = st.builds(lambda a, n: Years(a, a + n), st.integers(1700, 2020), st.integers(0, 60))
FACTS = st.builds(
    WorkFacts,
    death=st.none() | YEARS,
    publication=st.none() | YEARS,
    created=st.none() | YEARS,
    unpublished=st.booleans(),
    kind=st.sampled_from(WorkKind),
    reproduction=st.sampled_from(Reproduction),
    anonymous=st.booleans(),
)
JURISDICTIONS = st.sampled_from(sorted({*RULES.by_jurisdiction, *RULES.members, "DE", "FR", "CN", "nowhere"}))


@settings(max_examples=300)
@given(FACTS, JURISDICTIONS, st.sampled_from(["death", "publication", "created"]))
def test_forgetting_a_year_never_makes_a_work_free(facts: WorkFacts, jurisdiction: str, name: str) -> None:
    forgotten = dataclasses.replace(facts, **{name: None})  # type: ignore[arg-type]
    if name == "publication" and (facts.unpublished or facts.publication is not None):
        forgotten = dataclasses.replace(forgotten, unpublished=False)
        facts = dataclasses.replace(facts, unpublished=False)
    late_publication = name == "publication" and facts.publication and facts.publication.latest
    if term(forgotten, jurisdiction) is Term.PD and not late_publication:
        assert term(facts, jurisdiction) is Term.PD


@settings(max_examples=300)
@given(FACTS, JURISDICTIONS, st.integers(0, 40))
def test_a_later_possible_death_never_makes_a_work_free(facts: WorkFacts, jurisdiction: str, more: int) -> None:
    if facts.death is not None and facts.death.latest is not None:
        wider = dataclasses.replace(facts, death=Years(facts.death.earliest, facts.death.latest + more))
        if term(wider, jurisdiction) is Term.PD:
            assert term(facts, jurisdiction) is Term.PD


@settings(max_examples=300)
@given(FACTS, JURISDICTIONS, st.integers(0, 50))
def test_what_is_free_stays_free(facts: WorkFacts, jurisdiction: str, later: int) -> None:
    if term(facts, jurisdiction) is Term.PD:
        assert term(facts, jurisdiction, YEAR + later) is Term.PD


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1903", (1903, 1903)),
        (" 1903. ", (1903, 1903)),
        ("c. 1890\u20131895", (1880, 1905)),
        ("ca. 1890", (1880, 1900)),
        ("circa 1890", (1880, 1900)),
        ("1903?", (1893, 1913)),
        ("1890-95", (1890, 1895)),
        ("1890/95", (1890, 1895)),
        ("1890-1895", (1890, 1895)),
        ("between 1890 and 1895", (1890, 1895)),
        ("1903-04", (1903, 1904)),
        ("1912-11", (1912, 1912)),
        ("1903-05-12", (1903, 1903)),
        ("12 May 1903", (1903, 1903)),
        ("May 12th, 1903", (1903, 1903)),
        ("late 19th century", (1851, 1900)),
        ("early 20th century", (1901, 1950)),
        ("mid-19th century", (1801, 1900)),
        ("19th century", (1801, 1900)),
        ("18th\u201319th century", (1701, 1900)),
        ("early 18th\u201319th century", (1701, 1900)),
        ("1890s", (1890, 1899)),
        ("1800s", (1800, 1899)),
        ("192-", (1920, 1929)),
        ("19--", (1900, 1999)),
        ("18??", (1800, 1899)),
        ("before 1900", (None, 1900)),
        ("after 1900", (1900, None)),
        ("1920-", (1920, None)),
        ("1920\u2013present", (1920, None)),
        ("500 BC", (-500, -500)),
        ("\u00a9 1950", (1950, 1950)),
        ("+1903-05-12T00:00:00Z", (1903, 1903)),
        ("+1903-00-00T00:00:00Z/9", (1903, 1903)),
        ("+1900-01-01T00:00:00Z/8", (1900, 1909)),
        ("+1900-01-01T00:00:00Z/7", (1800, 2000)),
        ("1903-05-12T10:11:12Z", (1903, 1903)),
    ],
)
def test_dates_of_catalogs_are_read_to_their_bounds(text: str, expected: tuple[int | None, int | None]) -> None:
    assert parse_years(text) == Years(*expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "n.d.",
        "undated",
        "unknown",
        "Edo period",
        "1936, printed 1990",
        "1936 (reprinted)",
        "No. 1876",
        "9999",
        "12345",
        "03",
        "0000",
        "0001-01-01",
        "1900-01-01",
        "1899-12-30T00:00:00Z",
        "+1900-01-01T00:00:00Z",
        "living",
        "1890 edition",
        "+1900-01-01T00:00:00Z/6",
        "x" * 500,
    ],
)
def test_dates_that_are_not_understood_to_the_last_word_are_unknown(text: str) -> None:
    assert parse_years(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Claude Monet (1840\u20131926)", 1926),
        ("Monet, Claude (1840-1926)", 1926),
        ("French, Paris 1840\u20131926 Giverny", 1926),
        ("(1840-1910)", 1910),
        ("d. 1921", 1921),
        ("Jane Doe, died 1921", 1921),
        ("\u2020 1921", 1921),
        ("A B (1840\u20131926); C D (1850\u20131930)", 1930),
    ],
)
def test_the_death_of_the_last_creator_is_read(text: str, expected: int) -> None:
    assert parse_death(text) == Years(expected, expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Claude Monet",
        "b. 1840",
        "born 1840",
        "1840-",
        "active 1840\u20131870",
        "fl. 1840-1870",
        "founded 1840",
        "after Raphael (1483\u20131520)",
        "Workshop of Rubens (1577\u20131640)",
        "attributed to A B (1577\u20131640)",
        "A B (1840\u20131926); C D",
        "A B and C D (1840\u20131926)",
        "John Doe, Jane Roe (1840\u20131910)",
        "(1840-1999-2001)",
        "(1840-1830)",
        "(1700-1900)",
        "(1840-9999)",
    ],
)
def test_a_death_is_unknown_unless_it_is_said_of_every_creator(text: str) -> None:
    assert parse_death(text) is None


@settings(max_examples=200)
@given(st.text("0189-?/.csd bcentury BC\u2013", max_size=24) | st.text(max_size=40))
def test_any_date_is_read_without_an_error_and_in_order(text: str) -> None:
    years = parse_years(text)
    parse_death(text)
    if years is not None and years.earliest is not None and years.latest is not None:
        assert years.earliest <= years.latest


def test_facts_come_from_columns_that_name_them() -> None:
    facts = work_facts_from(
        {"artistEndDate": "1926", "artist": "Claude Monet", "medium": "Oil on canvas", "publication_year": "1900"},
        from_collection=True,
    )
    assert (facts.death, facts.publication) == (Years(1926, 1926), Years(1900, 1900))
    assert (facts.kind, facts.reproduction) == (WorkKind.PAINTING, Reproduction.FAITHFUL)
    assert term(facts, "DE") is term(facts, "US") is Term.PD


@pytest.mark.parametrize(
    "columns",
    [
        {"date": "1903", "year": "1903", "date_taken": "1903", "upload_date": "1903", "date_created": "1903"},
        {"artist_death_year": "1926|", "artist": "A B|C D"},
        {"artist_death_year": "1926", "artist": "A B|C D"},
        {"artist_death_year": "9999"},
        {"artist_death_year": "1926", "artist_dates": "unknown"},
        {"artist_display_bio": "active 1840-1870"},
    ],
)
def test_dates_of_other_things_are_no_publication_and_no_death(columns: dict[str, str]) -> None:
    facts = work_facts_from(columns, from_collection=True)
    assert (facts.death, facts.publication) == (None, None)


def test_a_thing_with_depth_is_no_faithful_copy_even_if_it_is_painted() -> None:
    facts = work_facts_from({"medium": "Glass, with oil on canvas"}, from_collection=True)
    assert (facts.kind, facts.reproduction) == (WorkKind.OBJECT, Reproduction.UNKNOWN)


def test_an_unknown_artist_has_no_year_of_death() -> None:
    facts = work_facts_from({"artist": "Unidentified artist", "artist_death_year": "1900"})
    assert facts.anonymous
    assert term(dataclasses.replace(facts, reproduction=Reproduction.ITSELF), "DE") is Term.UNKNOWN
