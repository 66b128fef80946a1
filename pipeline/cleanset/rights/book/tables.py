"""The files of ``licenses/``, read once into plain values. Every broken row is an error with its place."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from cleanset.errors import ConfigError
from cleanset.rights.book.creativecommons import Tool, address_of
from cleanset.rights.book.license import Answer, License, LicenseClass

FILES = (
    "aliases.csv",
    "creativecommons.csv",
    "creativecommons_places.csv",
    "creativecommons_titles.csv",
    "creativecommons_units.csv",
    "creativecommons_words.csv",
    "licenses.csv",
    "spdx.csv",
    "wordings.csv",
)
"""What makes up the book; other files beside them belong to other parts."""

Row = dict[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SpdxId:
    """One id of the SPDX License List: a license or an exception."""

    id: str
    kind: str
    name: str
    deprecated: bool
    replaced_by: str


@dataclass(frozen=True, slots=True)
class Alias:
    """A spelling of one vocabulary (``scheme``, empty for any) and the expression that it stands for."""

    scheme: str
    text: str
    expression: str
    source: str


@dataclass(frozen=True, slots=True)
class Tables:
    """All rows, in file order; ``digest`` is the SHA-256 of the files, hex, and stands for them in comparisons."""

    licenses: tuple[License, ...] = field(compare=False)
    tools: dict[Tool, License] = field(compare=False)
    urls: tuple[tuple[str, str], ...] = field(compare=False)
    aliases: tuple[Alias, ...] = field(compare=False)
    spdx: tuple[SpdxId, ...] = field(compare=False)
    words: tuple[tuple[str, str, str], ...] = field(compare=False)
    places: tuple[tuple[str, str], ...] = field(compare=False)
    titles: tuple[tuple[str, Tool], ...] = field(compare=False)
    wordings: tuple[tuple[str, str], ...] = field(compare=False)
    digest: str


def read_tables(folder: Path) -> Tables:
    """The book's files below ``folder``.

    Raises:
        ConfigError: a file is missing, or a row has a value that its column does not allow.
    """
    units = {row["unit"]: row for row in _rows(folder, "creativecommons_units.csv")}
    tools = dict(_parsed(folder, "creativecommons.csv", lambda row: _tool(row, units)))
    other = tuple(_parsed(folder, "licenses.csv", _license))
    return Tables(
        licenses=(*tools.values(), *(license_ for license_, _ in other)),
        tools=tools,
        urls=tuple((url, license_.id) for license_, urls in other for url in urls),
        aliases=tuple(_parsed(folder, "aliases.csv", lambda row: Alias(**row))),
        spdx=tuple(_parsed(folder, "spdx.csv", _spdx)),
        words=tuple(
            _parsed(folder, "creativecommons_words.csv", lambda row: (row["language"], row["phrase"], row["element"]))
        ),
        places=tuple(_parsed(folder, "creativecommons_places.csv", lambda row: (row["phrase"], row["jurisdiction"]))),
        titles=tuple(
            _parsed(
                folder,
                "creativecommons_titles.csv",
                lambda row: (row["title"], Tool(row["unit"], row["version"], None)),
            )
        ),
        wordings=tuple(_parsed(folder, "wordings.csv", lambda row: (row["kind"], row["text"]))),
        digest=_digest(folder),
    )


def _rows(folder: Path, name: str) -> Iterator[Row]:
    try:
        with (folder / name).open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines, strict=True)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"license book: {folder / name} cannot be read: {error}") from error


def _parsed(folder: Path, name: str, parse: Callable[[Row], T]) -> Iterator[T]:
    for number, row in enumerate(_rows(folder, name), start=2):
        try:
            yield parse(row)
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"license book: {name}, row {number}: {error}") from error


def _tool(row: Row, units: dict[str, Row]) -> tuple[Tool, License]:
    unit = units[row["unit"]]
    version = None if row["version"] == "?" else row["version"]
    tool = Tool(row["unit"], version, row["jurisdiction"] or None)
    entry = License(
        id=row["id"],
        spdx=row["spdx"],
        name=f"Creative Commons {row['name']}" if tool.unit not in {"zero", "mark"} else row["name"],
        version=version,
        jurisdiction=tool.jurisdiction,
        commercial=Answer(unit["commercial"]),
        derivatives=Answer(unit["derivatives"]),
        attribution=_yes(unit["attribution"]),
        share_alike=_yes(unit["share_alike"]),
        license_class=LicenseClass(unit["class"]),
        needs_basis=_yes(unit["needs_basis"]),
        grants_in=(),
        training_clause="",
        image_license=True,
        retired_on=unit["retired_on"] or None,
        url=address_of(*tool),
        source="; ".join((row["source"], unit["source"])),
        notes=unit["notes"],
        version_missing=version is None,
    )
    return tool, entry


def _license(row: Row) -> tuple[License, tuple[str, ...]]:
    urls = tuple(filter(None, row["urls"].split("|")))
    version_missing = row["version"] == "?"
    entry = License(
        id=row["id"],
        spdx=row["spdx"],
        name=row["name"],
        version=None if version_missing else row["version"] or None,
        jurisdiction=row["jurisdiction"] or None,
        commercial=Answer(row["commercial"]),
        derivatives=Answer(row["derivatives"]),
        attribution=_yes(row["attribution"]),
        share_alike=_yes(row["share_alike"]),
        license_class=LicenseClass(row["class"]),
        needs_basis=_yes(row["needs_basis"]),
        grants_in=tuple(row["grants_in"].split()),
        training_clause=row["training_clause"],
        image_license=_yes(row["image_license"]),
        retired_on=row["retired_on"] or None,
        url=f"https://{urls[0]}" if urls else None,
        source=row["source"],
        notes=row["notes"],
        version_missing=version_missing,
    )
    return entry, urls


def _spdx(row: Row) -> SpdxId:
    if row["kind"] not in {"license", "exception"}:
        raise ValueError(f"kind is {row['kind']!r}, expected license or exception")
    return SpdxId(row["id"], row["kind"], row["name"], _yes(row["deprecated"]), row["replaced_by"])


def _yes(text: str) -> bool:
    if text not in {"yes", "no"}:
        raise ValueError(f"found {text!r}, expected yes or no")
    return text == "yes"


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in FILES:
        content = (folder / name).read_bytes()
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
