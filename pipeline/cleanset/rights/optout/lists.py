"""The user's own opt-out lists: domains, URL prefixes and hashes, a line each or as CSV with who, when and why.

A list is read once into a frozen value whose look-ups cost the same for ten entries and for a million.
"""

from __future__ import annotations

import bisect
import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cleanset.errors import ConfigError
from cleanset.rights.evidence import Evidence, Layer
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
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+|\[[0-9a-f:.]+\]|localhost")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Entry:
    """One opt-out, in normal form, and who asked for it, when and why (empty where the list does not say)."""

    kind: Kind
    value: str
    who: str = ""
    when: str = ""
    why: str = ""

    def __str__(self) -> str:
        told = "; ".join(text for text in (self.who, self.when, self.why) if text)
        return f"{self.kind} {self.value}" + (f" ({told})" if told else "")


def domain(text: str) -> str | None:
    """A host name in normal form (lower case, ASCII, no trailing dot, no ``*.``); None if it is none."""
    host = unquote(text.strip()).lower().removeprefix("*.").rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return host if _HOST.fullmatch(host) else None


def address(url: str) -> tuple[str, str] | None:
    """The host of a URL, and ``host[:port]/path?query`` without scheme and fragment; None if it is no web address."""
    text = url.strip().replace("\\", "/")
    if "://" not in text:
        text = "//" + text.removeprefix("//")
    try:
        parts = urlsplit(text)
        port = parts.port
        host = domain(parts.hostname or "") if ":" not in (parts.hostname or "") else f"[{parts.hostname}]"
    except ValueError:
        return None
    if host is None:
        return None
    place = host if port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f"{host}:{port}"
    query = f"?{parts.query}" if parts.query else ""
    return host, place + paths.resolved(f"{parts.path or '/'}{query}")


@dataclass(frozen=True, slots=True)
class OptOutLists:
    """All entries of a run's lists.

    Attributes:
        named: (kind, value) to the entry, for domains and hashes.
        prefixes: URL prefixes in order, none a prefix of another, so that the greatest one that is not after a URL is
            the only one that it can begin with.
        prefix_entries: the entry of each prefix.
    """

    named: Mapping[tuple[Kind, str], Entry]
    prefixes: tuple[str, ...]
    prefix_entries: tuple[Entry, ...]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> OptOutLists:
        """The lists of these entries. Order does not matter; of equal ones the least stands."""
        named: dict[tuple[Kind, str], Entry] = {}
        kept: list[Entry] = []
        for entry in sorted(entries, key=lambda e: (e.value, e.kind, e.who, e.when, e.why)):
            if entry.kind is not Kind.URL:
                named.setdefault((entry.kind, entry.value), entry)
            elif not kept or not entry.value.startswith(kept[-1].value):
                kept.append(entry)
        return cls(named, tuple(e.value for e in kept), tuple(kept))

    def match_url(self, url: str) -> Entry | None:
        """The entry that covers a URL: its host, a domain above it, or a prefix; None if none does."""
        found = address(url)
        if found is None:
            return None
        host, place = found
        labels = host.split(".")
        for start in range(len(labels)):
            entry = self.named.get((Kind.DOMAIN, ".".join(labels[start:])))
            if entry is not None:
                return entry
        index = bisect.bisect_right(self.prefixes, place) - 1
        if index >= 0 and place.startswith(self.prefixes[index]):
            return self.prefix_entries[index]
        return None

    def match_hash(self, kind: Kind, digest: str) -> Entry | None:
        """The entry for exactly this hash (hexadecimal, any case); None if there is none."""
        return self.named.get((kind, digest.strip().lower()))

    def digest(self) -> str:
        """SHA-256 over all entries in order, hex: it names the lists in a run, whatever files they came in."""
        entries = sorted(f"{e.kind}\t{e.value}\t{e.who}\t{e.when}\t{e.why}" for e in self._entries())
        return hashlib.sha256("\n".join(entries).encode("utf-8", "surrogatepass")).hexdigest()

    def _entries(self) -> Iterator[Entry]:
        yield from self.named.values()
        yield from self.prefix_entries


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
                yield _entry({"value": value}, f"{name}, line {number}")
        return
    for number, cells in enumerate(csv.reader(rows[1:]), 2):
        if any(cell.strip() for cell in cells):
            yield _entry(dict(zip(header, (c.strip() for c in cells), strict=False)), f"{name}, line {number}")


def _entry(row: Mapping[str, str], where: str) -> Entry:
    text = row.get("value", "")
    try:
        kind = Kind(row["kind"].lower()) if row.get("kind") else _kind(text)
    except ValueError:
        raise ConfigError(f"{where}: kind is {row['kind']!r}, expected one of {', '.join(Kind)}") from None
    value = _normal(kind, text)
    if value is None:
        raise ConfigError(f"{where}: {text[:80]!r} is no {kind}; expected a domain, a URL or a hash")
    return Entry(kind, value, row.get("who", ""), row.get("when", ""), row.get("why", ""))


def _kind(text: str) -> Kind:
    """What an entry without a kind is, by its form."""
    if _HEX.fullmatch(text.lower()):
        by_length = {digits: kind for kind, digits in reversed(_HASH_DIGITS.items())}
        return by_length.get(len(text), Kind.DOMAIN)
    return Kind.URL if "/" in text else Kind.DOMAIN


def _normal(kind: Kind, text: str) -> str | None:
    if kind is Kind.DOMAIN:
        return domain(text)
    if kind is Kind.URL:
        found = address(text)
        return found[1] if found else None
    digest = text.lower()
    return digest if _HEX.fullmatch(digest) and len(digest) == _HASH_DIGITS[kind] else None


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


def signals(lists: OptOutLists, url: str | None, hashes: Mapping[Kind, str]) -> list[Signal]:
    """A reservation for each entry that covers the URL or one of the hashes."""
    found = [lists.match_url(url)] if url else []
    found.extend(lists.match_hash(kind, digest) for kind, digest in sorted(hashes.items()))
    return [_signal(entry) for entry in found if entry is not None]


def _signal(entry: Entry) -> Signal:
    evidence = Evidence(Layer.LIST, entry.kind.value, entry.value, observed_at=entry.when or None)
    return Signal(PROTOCOL, "", State.RESERVED, Use.ALL, None, evidence, f"on an opt-out list: {entry}")
