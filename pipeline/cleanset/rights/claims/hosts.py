"""Hosts that tell who publishes a picture: stock agencies, institutions, platforms of first publication.

The tables are ``licenses/stock_hosts.csv``, ``institution_hosts.csv`` and ``platform_hosts.csv``. A host matches itself
and everything below it, and nothing that only looks like it: ``gettyimages.com.example`` is not Getty's.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeVar

from cleanset.rights.hostnames import domains_of

_HOST = re.compile(r"\b(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,12}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Institution:
    """Who holds works and publishes them.

    Attributes:
        name: of the institution.
        fields: plain names of the fields of its own interface in which it says what it found of a work's rights.
        jurisdiction: where its findings are made for, and so hold.
    """

    name: str
    fields: frozenset[str]
    jurisdiction: str


@dataclass(frozen=True, slots=True)
class Hosts:
    """Reviewed hosts.

    Attributes:
        agencies: host to the agency or service whose terms are not open.
        institutions: host to the institution that holds the works it publishes, and its own word on their rights.
        platforms: host to the platform where owners publish their own works.
        agency_names: finds the name of an agency or a rights society in a credit line or a copyright notice, in lower
            case.
        generators: host to the service whose models make the pictures that it serves.
    """

    agencies: Mapping[str, str]
    institutions: Mapping[str, Institution]
    platforms: Mapping[str, str]
    agency_names: re.Pattern[str]
    generators: Mapping[str, str]

    def agency(self, url: str) -> str | None:
        """The agency that serves this URL."""
        return _first(self.agencies, url)

    def institution(self, url: str) -> Institution | None:
        """The institution that serves this URL."""
        return _first(self.institutions, url)

    def generator(self, url: str) -> str | None:
        """The service for generated pictures that serves this URL."""
        return _first(self.generators, url)

    def platform(self, url: str) -> str | None:
        """The platform that serves this URL."""
        return _first(self.platforms, url)

    def agency_named(self, text: str) -> str | None:
        """The name of an agency in a text, as the text spells it, in lower case; hyphens count as blanks."""
        match = self.agency_names.search(text.casefold())
        return match[0] if match else None

    def agency_in(self, text: str) -> str | None:
        """The agency that a text names, or whose site it names."""
        if named := self.agency_named(text):
            return named
        sites = (self.agency(f"//{match[0].lower()}") for match in _HOST.finditer(text))
        return next((site for site in sites if site), None)


def _institution(row: Mapping[str, str]) -> Institution:
    return Institution(row["institution"], frozenset(row["fields"].split()), row["jurisdiction"])


_T = TypeVar("_T")


def _first(table: Mapping[str, _T], url: str) -> _T | None:
    return next((table[domain] for domain in domains_of(url) if domain in table), None)


@cache
def load_hosts() -> Hosts:
    """The hosts that come with this version."""
    agencies = list(_rows("stock_hosts.csv"))
    societies = {row["name"] for row in _rows("rights_societies.csv")}
    names = sorted({row["name"] for row in agencies if row["name"]} | societies, key=lambda name: (-len(name), name))
    return Hosts(
        agencies={row["host"]: row["agency"] for row in agencies},
        institutions={row["host"]: _institution(row) for row in _rows("institution_hosts.csv")},
        platforms={row["host"]: row["platform"] for row in _rows("platform_hosts.csv")},
        agency_names=re.compile(
            r"(?<!\w)(?:" + "|".join(re.escape(name).replace(r"\ ", r"[\s-]") for name in names) + r")\b"
        ),
        generators={row["host"]: row["name"] for row in _rows("generator_hosts.csv")},
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = resources.files("cleanset").joinpath("licenses", name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())
