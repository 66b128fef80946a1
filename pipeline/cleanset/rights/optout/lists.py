"""The user's own opt-out lists: domains, URL prefixes and hashes, a line each or as CSV with who, when and why.

A list is read once into a frozen value whose look-ups cost the same for ten entries and for a million.
"""

from __future__ import annotations

import bisect
import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cleanset.errors import ConfigError
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.hostnames import domains_of, normal_host, web_address
from cleanset.rights.optout import paths
from cleanset.rights.optout.signal import Signal, State, Use

PROTOCOL = "list"


class Kind(StrEnum):
    """What an entry names."""

    DOMAIN = "domain"
    URL = "url"
    SHA256 = "sha256"
    MD5 = "md5"
    PHASH = "phash"
    PDQ = "pdq"


_HASH_DIGITS = {Kind.SHA256: 64, Kind.MD5: 32, Kind.PHASH: 16, Kind.PDQ: 64}
_HEX = re.compile(r"[0-9a-f]+")
_ANY_HOST = re.compile(r"((?:[A-Za-z][A-Za-z0-9+.-]*:)?//|^)\*\.(?=[^/])")
"""Before a host, every host below it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One opt-out, in normal form, and who asked for it, when and why (empty where the list does not say).

    ``file`` is the name of the list that it stands in.
    """

    kind: Kind
    value: str
    who: str = ""
    when: str = ""
    why: str = ""
    file: str = ""

    def __str__(self) -> str:
        told = "; ".join(text for text in (self.who, self.when, self.why) if text)
        return f"{self.kind} {self.value}" + (f" ({told})" if told else "")


@dataclass(frozen=True, slots=True)
class OptOutLists:
    """All entries of a run's lists.

    Attributes:
        named: (kind, value) to the entries, for domains and hashes.
        prefixes: URL prefixes in order, each once.
        prefix_entries: the entries of each prefix.
        shorter: place of the longest other prefix that each prefix begins with; -1 where there is none.
        patterns: host to the entries whose path is a pattern as in robots.txt, with that pattern; they cover the hosts
            below it too.
    """

    named: Mapping[tuple[Kind, str], tuple[Entry, ...]]
    prefixes: tuple[str, ...]
    prefix_entries: tuple[tuple[Entry, ...], ...]
    shorter: tuple[int, ...]
    patterns: Mapping[str, tuple[tuple[str, Entry], ...]]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> OptOutLists:
        """The lists of these entries, in any order."""
        named: dict[tuple[Kind, str], tuple[Entry, ...]] = {}
        patterns: dict[str, tuple[tuple[str, Entry], ...]] = {}
        below: dict[str, tuple[Entry, ...]] = {}
        for entry in sorted(set(entries), key=lambda e: (e.value, e.kind, e.who, e.when, e.why, e.file)):
            if entry.kind is not Kind.URL:
                named[entry.kind, entry.value] = (*named.get((entry.kind, entry.value), ()), entry)
            elif _is_pattern(entry.value):
                host, slash, path = entry.value.removeprefix("*.").partition("/")
                patterns[host] = (*patterns.get(host, ()), (slash + path, entry))
            else:
                below[entry.value] = (*below.get(entry.value, ()), entry)
        prefixes = tuple(below)
        return cls(named, prefixes, tuple(below.values()), _shorter(prefixes), patterns)

    def match_url(self, url: str) -> tuple[Entry, ...]:
        """Every entry that covers a URL: its host, the domains above it, prefixes of it, and patterns."""
        found = web_address(url)
        if found is None:
            return ()
        domains = domains_of(url)
        entries = [entry for domain in domains for entry in self.named.get((Kind.DOMAIN, domain), ())]
        index = bisect.bisect_right(self.prefixes, found.text) - 1
        while index >= 0:
            if found.text.startswith(self.prefixes[index]):
                entries += self.prefix_entries[index]
            index = self.shorter[index]
        on_hosts = (one for domain in domains for one in self.patterns.get(domain, ()))
        entries += (entry for pattern, entry in on_hosts if paths.matches(pattern, found.path))
        return tuple(entries)

    def match_hash(self, kind: Kind, digest: str) -> tuple[Entry, ...]:
        """Every entry for exactly this hash (hexadecimal, any case)."""
        return self.named.get((kind, digest.strip().lower()), ())

    def digest(self) -> str:
        """SHA-256 over all entries in order, hex: it names the lists in a run, whatever files they came in."""
        entries = sorted({f"{e.kind}\t{e.value}\t{e.who}\t{e.when}\t{e.why}" for e in self.entries()})
        return hashlib.sha256("\n".join(entries).encode("utf-8", "surrogatepass")).hexdigest()

    def entries(self) -> Iterator[Entry]:
        """Each entry of each list once."""
        yield from (entry for entries in (*self.named.values(), *self.prefix_entries) for entry in entries)
        yield from (entry for on_host in self.patterns.values() for _, entry in on_host)


def _shorter(prefixes: Sequence[str]) -> tuple[int, ...]:
    """For each of the ordered prefixes the place of the longest other one that it begins with, or -1.

    Whatever begins with a prefix stands behind it, before all that does not: so the prefixes of an address are the
    greatest entry that is not after it, or those that this one begins with.
    """
    shorter: list[int] = []
    for place, prefix in enumerate(prefixes):
        before = place - 1
        while before >= 0 and not prefix.startswith(prefixes[before]):
            before = shorter[before]
        shorter.append(before)
    return tuple(shorter)


def parse(text: str, name: str) -> Iterator[Entry]:
    """The entries of one list: CSV if its first line has a column ``value``, else an entry a line, ``#`` for comments.

    CSV columns: ``value``, and if the list has them ``kind``, ``who``, ``when`` and ``why``.

    Raises:
        ConfigError: naming the list and the line that is no entry.
    """
    rows = text.removeprefix("\ufeff").splitlines()
    header = [cell.strip().lower() for cell in next(csv.reader(rows[:1]), [])]
    if "value" not in header:
        for number, line in enumerate(rows, 1):
            value = line.partition(" #")[0].strip()
            if value and not value.startswith("#"):
                yield _entry({"value": value}, name, number)
        return
    for number, cells in enumerate(csv.reader(rows[1:]), 2):
        if any(cell.strip() for cell in cells):
            yield _entry(dict(zip(header, (c.strip() for c in cells), strict=False)), name, number)


def _entry(row: Mapping[str, str], file: str, line: int) -> Entry:
    where = f"{file}, line {line}"
    text = row.get("value", "")
    try:
        kind = Kind(row["kind"].lower()) if row.get("kind") else _kind(text)
    except ValueError:
        raise ConfigError(f"{where}: kind is {row['kind']!r}, expected one of {', '.join(Kind)}") from None
    value = _normal(kind, text)
    if value is None:
        raise ConfigError(f"{where}: {text[:80]!r} is no {kind}; expected a domain, a URL or a hash")
    return Entry(kind, value, row.get("who", ""), row.get("when", ""), row.get("why", ""), file)


def _kind(text: str) -> Kind:
    """What an entry without a kind is, by its form."""
    if _HEX.fullmatch(text.lower()):
        by_length = {digits: kind for kind, digits in reversed(_HASH_DIGITS.items())}
        return by_length.get(len(text), Kind.DOMAIN)
    return Kind.URL if "/" in text else Kind.DOMAIN


def _normal(kind: Kind, text: str) -> str | None:
    if kind is Kind.DOMAIN:
        site = web_address(text)
        return normal_host(text) or (site.host if site and site.path == "/" and " " not in text else None)
    if kind is Kind.URL:
        found = web_address(_ANY_HOST.sub(r"\1", text))
        any_host = "*." if _ANY_HOST.search(text) else ""
        return any_host + found.text if found else None
    digest = text.lower()
    return digest if _HEX.fullmatch(digest) and len(digest) == _HASH_DIGITS[kind] else None


def _is_pattern(place: str) -> bool:
    return "*" in place or place.endswith("$")


def load(files: Iterable[Path]) -> OptOutLists:
    """The lists in these files.

    Raises:
        ConfigError: for a file that cannot be read or holds a line that is no entry.
    """
    entries: list[Entry] = []
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"opt-out list {path}: {error}") from error
        entries.extend(parse(text, path.name))
    return OptOutLists.of(entries)


def signals(lists: OptOutLists, urls: Iterable[str], hashes: Mapping[Kind, str]) -> list[Signal]:
    """A reservation for each entry that covers one of the URLs or of the hashes."""
    found = [entry for url in urls for entry in lists.match_url(url)]
    found += (entry for kind, digest in sorted(hashes.items()) for entry in lists.match_hash(kind, digest))
    return list(dict.fromkeys(map(_signal, found)))


def _signal(entry: Entry) -> Signal:
    evidence = Evidence(Layer.LIST, entry.kind.value, entry.value, observed_at=entry.when or None)
    return Signal(PROTOCOL, "", State.RESERVED, Use.ALL, None, evidence, f"on an opt-out list: {entry}")
