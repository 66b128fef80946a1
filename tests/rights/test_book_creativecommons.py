"""Creative Commons addresses and names: every tool in every spelling, and nothing that only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanset.rights.book import LicenseBook
from cleanset.rights.book.creativecommons import Tool, address_of

BOOK = LicenseBook.load()
TOOLS = {tool: entry for tool, entry in BOOK.tables.tools.items() if tool.version is not None}
PATHS = {tool: address_of(*tool).removeprefix("https://creativecommons.org/") for tool in TOOLS}

# Vectors of the facts that the book started from: address, SPDX id (null: no SPDX id of its own), in the table or not.
VECTORS = [
    ("https://creativecommons.org/licenses/mark/1.0/", "CC-PDM-1.0", True),
    ("https://creativecommons.org.evil.example/licenses/by/4.0/", None, False),
    ("https://creativecommons.org/licenses/by-nc-nd/1.0/", "CC-BY-NC-ND-1.0", True),
    ("https://creativecommons.org/licenses/sampling+/1.0/", None, True),
    ("https://creativecommons.org/licenses/by/2.5/scotland/", None, True),
    ("https://creativecommons.org/share-your-work/public-domain/cc0/", None, False),
    ("https://creativecommons.org/licenses/by-nc-nd/3.0/igo/", "CC-BY-NC-ND-3.0-IGO", True),
    ("https://creativecommons.org/licenses/nc-sampling%2B/1.0/", None, True),
    (" https://creativecommons.org/licenses/by/4.0/ ", "CC-BY-4.0", True),
    ("https://licensebuttons.net/l/by-sa/3.0/80x15.png", "CC-BY-SA-3.0", True),
    ("https://creativecommons.org/licenses/by/9.0/", None, False),
    ("https://creativecommons.org/licenses/by/4.0/#", "CC-BY-4.0", True),
    ("https://i.creativecommons.org/p/zero/1.0/88x31.png", "CC0-1.0", True),
    ("https://creativecommons.org/licenses/by-sa/2.5/ca/deed.fr", None, True),
    ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0", True),
    ("https://creativecommons.org/licenses/", None, False),
    ("https://creativecommons.org/licenses/publicdomain/", "CC-PDDC", True),
    ("https://creativecommons.org/licenses/by-nd-nc/1.0/", "CC-BY-NC-ND-1.0", True),
    ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0", True),
    ("https://creativecommons.org/licenses/GPL/2.0/", None, False),
    ("https://creativecommons.org/licenses/by/4.0/xx/", None, False),
    ("https://creativecommons.org/publicdomain/zero/1.0/deed.en_US", "CC0-1.0", True),
    ("https://creativecommons.org/choose/mark/", None, False),
    ("https://creativecommons.org/licenses/by/4.0/?ref=chooser-v1", "CC-BY-4.0", True),
]

SPELLINGS = [
    "https://creativecommons.org/{}",
    "http://creativecommons.org/{}",
    "http://www.creativecommons.org/{}",
    "creativecommons.org/{}",
    "//creativecommons.org/{}",
    "https://creativecommons.org/{}deed",
    "https://creativecommons.org/{}deed.de",
    "https://creativecommons.org/{}deed.zh-hans",
    "https://creativecommons.org/{}deed.pt_BR",
    "https://creativecommons.org/{}legalcode",
    "https://creativecommons.org/{}legalcode.txt",
    "https://creativecommons.org/{}rdf",
    "https://creativecommons.org/{}?ref=chooser-v1",
    "https://creativecommons.org/{}#top",
    "https://creativecommons.org/{}.",
    '"https://creativecommons.org/{}",',
    "<https://creativecommons.org/{}>",
    "  https://creativecommons.org/{}\n",
    '<a href="https://creativecommons.org/{}">license</a>',
    "Licensed under https://creativecommons.org/{}",
]


@pytest.mark.parametrize(("address", "spdx", "in_table"), VECTORS)
def test_the_vectors_hold(address: str, spdx: str | None, in_table: bool) -> None:  # noqa: FBT001  # a table of vectors
    found = BOOK.read(address).expression
    assert (found is not None) == in_table
    assert spdx is None or found == spdx


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_tool_round_trips_through_every_spelling(spelling: str) -> None:
    for tool, entry in TOOLS.items():
        for path in {PATHS[tool], PATHS[tool].upper(), PATHS[tool].replace("+", "%2B")}:
            assert BOOK.read(spelling.format(path)).expression == entry.spdx, (spelling, path)


def test_every_badge_leads_to_its_tool() -> None:
    for tool, entry in TOOLS.items():
        path = PATHS[tool].replace("licenses/", "l/").replace("publicdomain/", "p/")
        for host in ("i.creativecommons.org", "licensebuttons.net"):
            assert BOOK.read(f"https://{host}/{path}88x31.png").expression == entry.spdx


def short_names(tool: Tool) -> list[str]:
    place = f" {tool.jurisdiction}" if tool.jurisdiction else ""
    spaced = f"CC {tool.unit} {tool.version}{place}"
    names = [spaced, spaced.upper(), spaced.lower(), spaced.replace(" ", "-"), f"Creative Commons {spaced[3:]}"]
    return [name for name in names if not name.endswith(" no")]  # that may be a word


def test_every_current_license_round_trips_through_its_short_names() -> None:
    for tool, entry in TOOLS.items():
        if tool.unit.startswith("by"):
            for name in short_names(tool):
                assert BOOK.read(name).expression == entry.spdx, name


def test_every_english_title_leads_to_its_tool() -> None:
    for tool, entry in TOOLS.items():
        if tool.unit.startswith("by"):
            assert BOOK.read(entry.name).expression == entry.spdx, entry.name


def test_a_port_is_never_the_unported_license() -> None:
    for tool, entry in TOOLS.items():
        unported = TOOLS.get(tool._replace(jurisdiction=None))
        assert tool.jurisdiction is None or unported is None or entry.spdx != unported.spdx


@given(
    st.sampled_from(["by", "by-sa", "by-nc", "zero", "sampling+"]),
    st.sampled_from(["1.0", "2.1", "3.5", "4.0", "5.0"]),
    st.sampled_from([None, "de", "xx", "igo", "scotland"]),
)
def test_a_combination_that_was_never_published_is_unknown(unit: str, version: str, place: str | None) -> None:
    tool = Tool(unit, version, place)
    assert (BOOK.read(address_of(*tool)).expression is not None) == (tool in TOOLS)


@given(
    st.sampled_from(sorted(PATHS.values())),
    st.sampled_from(
        [
            "https://creativecommons.org.evil.example/{}",
            "https://evil.example/creativecommons.org/{}",
            "https://creativecommons.org@evil.example/{}",
            "https://evil.example@creativecommons.org/{}",
            "https://x.creativecommons.org/{}",
            "https://creativecommons.org:8443/{}",
            "https://creativecomm\u043ens.org/{}",
            "https://creativecommons\u3002org/{}",
            "https://evil.example/?next=https://creativecommons.org/{}",
            "https://evil.example#https://creativecommons.org/{}",
            "ftp://creativecommons.org/{}",
            "javascript://creativecommons.org/{}",
            "https:\\\\creativecommons.org\\{}",
            "https://creativecommons.org/x/{}",
            "https://creativecommons.org/{}../../by/4.0/",
        ]
    ),
)
def test_foreign_hosts_and_paths_are_refused(path: str, spoof: str) -> None:
    reading = BOOK.read(spoof.format(path))
    assert (reading.expression, reading.commercial) == (None, "unknown")


@given(st.sampled_from(sorted(PATHS.values())), st.text(alphabet="abcdefghij./?#@:-_ %0123", min_size=1, max_size=12))
def test_text_in_front_of_an_address_never_turns_it_into_another_license(path: str, before: str) -> None:
    plain = BOOK.read(f"https://creativecommons.org/{path}").expression
    assert BOOK.read(f"{before}https://creativecommons.org/{path}").expression in {None, plain}


def test_a_local_title_without_its_place_leaves_the_version_open() -> None:
    assert BOOK.read("Namensnennung 2.0").version_missing or BOOK.read("Namensnennung 2.0").expression is None
    assert BOOK.read("Naamsvermelding-GelijkDelen 3.0").version_missing
    assert BOOK.read("Namensnennung 3.0 Deutschland").expression == "CC-BY-3.0-DE"
