"""The places that rights are asked about: countries by their ISO 3166-1 codes, groups of them, and the whole world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from cleanset.rights.reviewed import read_rows

WORLD = "WORLD"
NAMED_GROUPS = ("EU", "EEA")
"""Groups of ``jurisdictions.csv`` that a policy or a grant may name; the others only share rules."""
_LIKELY_MEANT = {"UK": "GB", "USA": "US", "EUROPE": "EU", "GLOBAL": WORLD, "WORLDWIDE": WORLD, "WW": WORLD}


@cache
def countries() -> frozenset[str]:
    """The codes of all countries."""
    return frozenset(row["code"] for row in read_rows("countries.csv"))


@cache
def groups() -> Mapping[str, frozenset[str]]:
    """The members of each group."""
    members: dict[str, set[str]] = {}
    for row in read_rows("jurisdictions.csv"):
        members.setdefault(row["group"], set()).add(row["member"])
    return {group: frozenset(names) for group, names in members.items()}


def jurisdiction(text: str) -> str:
    """The place that a text names: a country's code, a group, or ``WORLD``, in any case.

    Raises:
        ValueError: it names none, in a sentence that says what to write.
    """
    code = text.strip().upper()
    if code == WORLD or code in NAMED_GROUPS or code in countries():
        return code
    hint = f"write {_LIKELY_MEANT[code]}" if code in _LIKELY_MEANT else "write WORLD, EU, EEA or a code of ISO 3166-1"
    raise ValueError(f"{text.strip()!r} is no jurisdiction: {hint}")


def is_within(wanted: Iterable[str], places: Iterable[str]) -> bool:
    """Whether what holds in ``places`` alone holds in all that is wanted; ``WORLD`` holds everywhere."""
    given = set(places)
    covered = given.union(*(groups().get(place, ()) for place in given))
    return WORLD in given or all(_is_covered(place, covered) for place in wanted)


def _is_covered(place: str, covered: set[str]) -> bool:
    return place in covered or (place in groups() and groups()[place] <= covered)
