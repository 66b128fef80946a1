"""Creative Commons addresses: the grammar of legal tools and of their badges.

The grammar is that of the steward's own router (creativecommons/cc-legal-tools-app@ad03b3e, ``legal_tools/urls.py``):
category, unit, version, jurisdiction, layer, language. Which combinations exist is the book's business, not ours.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple
from urllib.parse import unquote

from cleanset.rights.book.addresses import Address

_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")
"""Characters without a width, which copying and pasting leaves behind."""
_QUOTED = re.compile(r"\s*https?%3a%2f%2f", re.IGNORECASE)
"""How an address begins that was quoted as a whole."""


class Tool(NamedTuple):
    """A legal tool as a text names it; ``version`` is null where it was left out, ``jurisdiction`` where unported."""

    unit: str
    version: str | None
    jurisdiction: str | None


_LICENSES = frozenset(
    {
        *("by", "by-nc", "by-nc-nd", "by-nc-sa", "by-nd", "by-nd-nc", "by-sa"),
        *("nc", "nc-sa", "nd", "nd-nc", "sa"),
        *("sampling", "sampling+", "nc-sampling+", "devnations"),
    }
)
_PUBLIC_DOMAIN = frozenset({"zero", "mark", "certification"})
# Common mistakes: a public domain tool under /licenses/, a plus sign that a form turned into a blank.
_UNIT_SPELLINGS = {"cc0": "zero", "sampling ": "sampling+", "nc-sampling ": "nc-sampling+"}
_ONLY_VERSION = {"zero": ("1.0", None), "mark": ("1.0", None), "certification": ("1.0", "us")}

_VERSION = re.compile(r"\d\.\d")
_JURISDICTION = re.compile(r"[a-z]{2}|igo|scotland")
_LANGUAGE = r"(?:\.[a-z]{2,3}(?:[-_][a-z]{2,4})?)?"
_LAYER = re.compile(rf"(?:deed|legalcode|rdf|index)(?:\.(?:txt|php|html))?{_LANGUAGE}")
_BADGE = re.compile(r"\d{2,3}x\d{2,3}\.(?:png|svg|gif)")


def read_tool(address: Address) -> Tool | None:
    """The legal tool that an address names, or null where the host or the path is not Creative Commons'.

    Whether such a tool was ever published is not checked here.
    """
    segments = tuple(segment.lower() for segment in address.segments)
    match address.host:
        case "creativecommons.org":
            return _read_path(segments, {"licenses": "licenses", "publicdomain": "publicdomain"}, _LAYER)
        case "i.creativecommons.org" | "licensebuttons.net":
            return _read_path(segments, {"l": "licenses", "p": "publicdomain"}, _BADGE)
        case _:
            return None


def _read_path(segments: tuple[str, ...], categories: dict[str, str], last: re.Pattern[str]) -> Tool | None:
    match segments:
        case [category, named, *rest] if category in categories:
            if rest and last.fullmatch(rest[-1]):
                rest.pop()
        case _:
            return None
    unit = _UNIT_SPELLINGS.get(named, named)
    if categories[category] == "licenses" and unit == "publicdomain" and not rest:
        return Tool("certification", "1.0", "us")
    allowed = _LICENSES | _PUBLIC_DOMAIN if categories[category] == "licenses" else _PUBLIC_DOMAIN
    return _read_version(unit, rest) if unit in allowed else None


def _read_version(unit: str, rest: list[str]) -> Tool | None:
    match rest:
        case []:
            version, jurisdiction = _ONLY_VERSION.get(unit, (None, None))
            return Tool(unit, version, jurisdiction)
        case [version] if _VERSION.fullmatch(version):
            return Tool(unit, version, None)
        case [version, place] if _VERSION.fullmatch(version) and _JURISDICTION.fullmatch(place):
            return Tool(unit, version, place)
        case _:
            return None


def mend(text: str) -> str:
    """The text without characters that nobody sees, and without what a form or a page did to it.

    ``sampling /`` is ``sampling+/``, ``https%3A%2F%2F`` is ``https://``, ``&lt;`` is ``<``.
    """
    text = unquote(text) if _QUOTED.match(text) else text
    text = html.unescape(text) if "&" in text else text
    return _UNSEEN.sub("", text).replace("sampling /", "sampling+/")


def address_of(unit: str, version: str | None, jurisdiction: str | None = None) -> str:
    """The canonical address of a tool; without a version the address of its family."""
    category = "publicdomain" if unit in _PUBLIC_DOMAIN else "licenses"
    path = "/".join(filter(None, (category, unit, version, jurisdiction)))
    return f"https://creativecommons.org/{path}/"


def combine(license_code: str, version: str | None) -> str:
    """One text from two columns, as Openverse has them: ``("by-sa", "4.0")`` becomes the canonical address.

    A code that is no unit is returned as it is, with its version behind it.
    """
    code = license_code.strip().lower()
    unit = {"cc0": "zero", "pdm": "mark", "publicdomain": "certification"}.get(code, code)
    number = (version or "").strip() or None
    if unit == "certification":
        return address_of(unit, "1.0", "us")
    if unit in _LICENSES or unit in _PUBLIC_DOMAIN:
        return address_of(unit, number)
    return f"{license_code} {number}" if number else license_code
