"""The overlay: a user's own corrections, by URL, domain, creator, image or sample, each with who, when and why.

A file of CSV or JSON lines with the fields ``match, equals, action, value, who, when, why``::

    match,equals,action,value,who,when,why
    domain,example.org,deny,,Jane,2026-03-01,letter of the owner
    url,https://example.com/a.jpg,license,CC-BY-4.0,Jane,2026-03-02,license page seen

Corrections become evidence of layer ``overlay`` and are judged with the rest: ``deny`` always wins, ``grant`` is a
permission in writing, ``license`` and ``creator`` correct what other sources say, and ``reads-as`` says what words mean
that could not be read, wherever they stand: a license, or ``nothing``. What cannot be read is refused when
the file is loaded. Of one author the latest entry supersedes (``Overlay.lookup``); what several authors say holds all.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from cleanset.errors import ConfigError
from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.granted import read_terms
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.hostnames import domains_of, normal_host, web_address


class Match(StrEnum):
    """What a correction recognises its works by."""

    URL = "url"
    DOMAIN = "domain"
    CREATOR = "creator"
    CONTENT_ID = "content_id"
    SAMPLE_ID = "sample_id"
    KEY = "key"
    TEXT = "text"


class Action(StrEnum):
    """What a correction says."""

    GRANT = "grant"
    DENY = "deny"
    LICENSE = "license"
    CREATOR = "creator"
    READS_AS = "reads-as"


_NEEDED = {"match", "equals", "action", "who", "when", "why"}
"""Columns without which no line of an overlay can be read."""
NOTHING = "nothing"
"""What words read as that limit no use and grant none."""
_DIGITS = {Match.CONTENT_ID: 64, Match.SAMPLE_ID: 32}
_BREADTH = {
    Match.TEXT: 2,
    Match.DOMAIN: 2,
    Match.CREATOR: 2,
    Match.URL: 1,
    Match.KEY: 1,
    Match.CONTENT_ID: 0,
    Match.SAMPLE_ID: 0,
}
"""How many works one correction may be about: an entry is superseded by a later one that is no broader."""
_NAMES = re.compile(r"\s*(?:[;|&/,\n]|\band\b|\bund\b|\bet\b|\by\b)\s*", re.IGNORECASE)
_REPEATED = re.compile(r"#\d+$")
"""What ``shards`` puts behind a key that a shard repeats."""


class Correction(BaseModel):
    """One line of an overlay.

    Attributes:
        match: what ``equals`` is compared with.
        equals: the URL, the domain (its subdomains too), the creator's name, or the id. A URL that ends in a slash
            stands for all below it, and only ``deny`` may be said of it.
        action: what is said of the works.
        value: the license or creator; for ``grant`` its limits, if any (``granted.read_terms``); empty for ``deny``.
        who: who says it.
        when: date, or date and time, ISO 8601.
        why: on what ground.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    match: Match
    equals: Annotated[str, Field(min_length=1)]
    action: Action
    value: str = ""
    who: Annotated[str, Field(min_length=1)]
    when: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}(T[0-9:.+Z-]+)?$")]
    why: Annotated[str, Field(min_length=1)]

    @field_validator("when")
    @classmethod
    def _is_a_date(cls, when: str) -> str:
        """There is such a day."""
        _span(when)
        return when

    @model_validator(mode="after")
    def _names_a_place(self) -> Correction:
        """What ``equals`` holds is of the kind that ``match`` says."""
        if not (normal := _normal(self.match, self.equals)):
            raise ValueError(f"equals is {self.equals[:80]!r}, expected {_EXPECTED[self.match]}")
        if self.match is Match.URL and normal.endswith("/") and self.action is not Action.DENY:
            raise ValueError(f"{self.equals[:80]!r} names more than one picture, which only deny may; use match domain")
        return self

    @model_validator(mode="after")
    def _value_where_needed(self) -> Correction:
        """A corrected license or creator has to be given, and everything that is given has to be read."""
        if self.action in {Action.LICENSE, Action.CREATOR} and not self.value:
            raise ValueError(f"action {self.action} needs a value")
        if self.action is Action.DENY and self.value:
            raise ValueError(f"deny takes no value, found {self.value[:80]!r}; reasons go into why")
        if self.action is Action.LICENSE and _book().read(self.value).expression is None:
            raise ValueError(f"{self.value[:80]!r} is no license of the license book; name one, or deny the work")
        if (self.action is Action.READS_AS) != (self.match is Match.TEXT):
            raise ValueError("match text goes with action reads-as, and only with it")
        if self.action is Action.READS_AS and self.value != NOTHING and _book().read(self.value).expression is None:
            raise ValueError(f"{self.value[:80]!r} is neither a license of the license book nor {NOTHING!r}")
        if self.action is Action.GRANT:
            read_terms(self.value, _book())
        return self

    @property
    def evidence(self) -> Evidence:
        """The correction as evidence: locator is the action, value the line as canonical JSON."""
        return Evidence(Layer.OVERLAY, self.action.value, _canonical(self), observed_at=self.when)

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The first and the last moment at which it may have been said, in UTC."""
        return _span(self.when)

    @property
    def topic(self) -> tuple[str, str]:
        """Whose word it is and about what: the creator, the rights, or some words."""
        if self.action is Action.READS_AS:
            return folded(self.who), f"text {folded(self.equals)}"
        return folded(self.who), "creator" if self.action is Action.CREATOR else "rights"


def _book() -> LicenseBook:
    return LicenseBook.load()


def _canonical(correction: Correction) -> str:
    return json.dumps(correction.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)


@lru_cache(maxsize=4096)
def _span(when: str) -> tuple[datetime, datetime]:
    """A date is any moment of that day; a time without a zone is taken for UTC."""
    if "T" not in when:
        first = datetime.fromisoformat(when).replace(tzinfo=UTC)
        return first, first + timedelta(days=1, microseconds=-1)
    moment = datetime.fromisoformat(when)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment, moment


@dataclass(frozen=True)
class Overlay:
    """Corrections, in canonical order. An empty overlay corrects nothing."""

    corrections: tuple[Correction, ...] = ()
    _index: Mapping[tuple[Match, str], tuple[Correction, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ordered = tuple(sorted(set(self.corrections), key=_canonical))
        index: dict[tuple[Match, str], list[Correction]] = {}
        for correction in ordered:
            index.setdefault((correction.match, _normal(correction.match, correction.equals)), []).append(correction)
        object.__setattr__(self, "corrections", ordered)
        object.__setattr__(self, "_index", {place: tuple(found) for place, found in index.items()})

    def digest(self) -> str:
        """SHA-256, in hex, of the corrections; their order in the file does not matter."""
        return hashlib.sha256("\n".join(map(_canonical, self.corrections)).encode()).hexdigest()

    def lookup(  # noqa: PLR0913  everything that a work may be known by
        self,
        *,
        url: str | None = None,
        pages: Iterable[str] = (),
        creators: Iterable[str] = (),
        owners: Iterable[str] = (),
        texts: Iterable[str] = (),
        content_id: str | None = None,
        sample_id: str | None = None,
        key: str | None = None,
    ) -> tuple[Evidence, ...]:
        """Evidence from every correction that matches and stands; ids in hex.

        A denial is also found by a page that shows the work, on any port, by each of several creators, also corrected
        ones, by an owner, and by a key without the number of its repetition. It stands whatever is said later. Of the
        rest, an entry is superseded by a later one of the same author about the same thing that is no broader.
        """
        if not self._index:
            return ()
        named = [(Match.URL, url), (Match.CONTENT_ID, content_id), (Match.SAMPLE_ID, sample_id), (Match.KEY, key)]
        places = [(match, _normal(match, text)) for match, text in named if text]
        places += [(Match.CREATOR, _normal(Match.CREATOR, name)) for name in creators]
        places += [(Match.TEXT, folded(text)) for text in texts]
        places += [(Match.DOMAIN, domain) for domain in domains_of(url or "")]
        wider = [place for address in (url or "", *pages) for place in _around(address)]
        wider += [(Match.KEY, _REPEATED.sub("", key or ""))]
        found = list(_standing([one for place in dict.fromkeys(places) for one in self._index.get(place, ())]))
        corrected = [one.value for one in found if one.action is Action.CREATOR]
        wider += [(Match.CREATOR, name) for text in (*creators, *owners, *corrected) for name in _names_in(text)]
        denials = [
            one for place in dict.fromkeys(wider) for one in self._index.get(place, ()) if one.action is Action.DENY
        ]
        return tuple(one.evidence for one in dict.fromkeys([*found, *denials]))


def _names_in(text: str) -> Iterator[str]:
    """Each name that a credit may hold: all of it, its parts, and ``Doe, Jane`` the other way round."""
    parts = [folded(part) for part in _NAMES.split(text)]
    yield from (folded(text), *parts)
    yield from (f"{last} {first}" for first, last in pairwise(parts))


def _standing(found: Sequence[Correction]) -> Iterator[Correction]:
    for one in found:
        if one.action is Action.DENY or not any(_supersedes(other, one) for other in found):
            yield one


def _supersedes(later: Correction, earlier: Correction) -> bool:
    is_word_on_it = later.topic == earlier.topic and later.action is not Action.DENY
    return is_word_on_it and later.span[0] > earlier.span[1] and _BREADTH[later.match] <= _BREADTH[earlier.match]


def _around(address: str) -> Iterator[tuple[Match, str]]:
    """The places that a denial may name to cover an address: it, each folder above it, its domains."""
    if found := web_address(address):
        for one in (found, found._replace(authority=found.host)):
            yield Match.URL, one.text
            yield from ((Match.URL, folder) for folder in one.folders)
        yield from ((Match.DOMAIN, domain) for domain in domains_of(address))


_EXPECTED = {
    Match.URL: "a web address",
    Match.DOMAIN: "a host name such as example.org",
    Match.CREATOR: "a name",
    Match.CONTENT_ID: "the 64 hex digits of the file's SHA-256",
    Match.SAMPLE_ID: "all 32 hex digits of a sample_id, as the manifest has them",
    Match.KEY: "a key",
    Match.TEXT: "the words that could not be read, as a claim of kind unread has them",
}


def _normal(match: Match, text: str) -> str:
    """The form in which two of a kind are equal; empty for what is none of that kind."""
    text = text.strip()
    if match is Match.DOMAIN:
        address = web_address(text)
        is_site = address is not None and address.path == "/" and " " not in text
        return address.host if address and is_site else normal_host(text) or ""
    if match in {Match.CREATOR, Match.TEXT}:
        return folded(text)
    if match is Match.URL:
        address = web_address(text)
        return address.text if address else text.partition("#")[0] if "://" in text else ""
    if match is Match.KEY:
        return text
    return text.lower() if re.fullmatch(rf"[0-9A-Fa-f]{{{_DIGITS[match]}}}", text) else ""


def folded(name: str) -> str:
    """A name without case, and without what only fonts tell apart."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def load_overlay(path: str | Path) -> Overlay:
    """The overlay in a CSV file with a header, or in JSON lines when the name ends in ``.jsonl`` or ``.ndjson``.

    Raises:
        ConfigError: it cannot be read, or a line does not validate; in one line, with the line's number.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"overlay {path}: cannot be read: {error}") from None
    lines = _json_lines(text) if path.suffix.lower() in {".jsonl", ".ndjson"} else _csv_lines(path, text)
    try:
        return Overlay(tuple(_correction(path, number, fields) for number, fields in lines))
    except csv.Error as error:
        raise ConfigError(f"overlay {path}: not CSV: {error}") from None


def _json_lines(text: str) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except json.JSONDecodeError as error:
                yield number, str(error)


def _csv_lines(path: Path, text: str) -> Iterator[tuple[int, object]]:
    rows = csv.DictReader(io.StringIO(text), strict=True)
    header = [name.strip() for name in rows.fieldnames or ()]
    if not _NEEDED <= set(header) <= set(Correction.model_fields) or len(set(header)) != len(header):
        expected = ",".join(Correction.model_fields)
        raise ConfigError(f"overlay {path}, line 1: the header is {','.join(header)[:120]!r}, expected {expected}")
    rows.fieldnames = header
    for number, row in enumerate(rows, start=2):
        yield number, {name: value or "" for name, value in row.items()}


def _correction(path: Path, number: int, fields: object) -> Correction:
    try:
        return Correction.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"overlay {path}, line {number}: {place or 'line'}: {message}") from None
