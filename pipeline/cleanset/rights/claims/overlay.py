"""The overlay: a user's own corrections, by URL, domain, creator, image or sample, each with who, when and why.

A file of CSV or JSON lines with the fields ``match, equals, action, value, who, when, why``::

    match,equals,action,value,who,when,why
    domain,example.org,deny,,Jane,2026-03-01,letter of the owner
    url,https://example.com/a.jpg,license,CC-BY-4.0,Jane,2026-03-02,license page seen

Corrections become evidence of layer ``overlay`` and are judged with the rest: ``deny`` always wins, ``grant`` is a
permission in writing, ``license`` and ``creator`` correct what other sources say.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cleanset.errors import ConfigError
from cleanset.rights.claims.hosts import domains_of
from cleanset.rights.evidence import Evidence, Layer


class Match(StrEnum):
    """What a correction recognises its works by."""

    URL = "url"
    DOMAIN = "domain"
    CREATOR = "creator"
    CONTENT_ID = "content_id"
    SAMPLE_ID = "sample_id"
    KEY = "key"


class Action(StrEnum):
    """What a correction says."""

    GRANT = "grant"
    DENY = "deny"
    LICENSE = "license"
    CREATOR = "creator"


class Correction(BaseModel):
    """One line of an overlay.

    Attributes:
        match: what ``equals`` is compared with.
        equals: the URL, the domain (its subdomains too), the creator's name, or the id.
        action: what is said of the works.
        value: the license or creator; for ``grant`` the terms, if any; empty for ``deny``.
        who: who says it.
        when: date, ISO 8601.
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

    @model_validator(mode="after")
    def _value_where_needed(self) -> Correction:
        """A corrected license or creator has to be given."""
        if self.action in {Action.LICENSE, Action.CREATOR} and not self.value:
            raise ValueError(f"action {self.action} needs a value")
        return self

    @property
    def evidence(self) -> Evidence:
        """The correction as evidence: locator is the action, value the line as canonical JSON."""
        return Evidence(Layer.OVERLAY, self.action.value, _canonical(self), observed_at=self.when)


def _canonical(correction: Correction) -> str:
    return json.dumps(correction.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True)
class Overlay:
    """Corrections, in canonical order. An empty overlay corrects nothing."""

    corrections: tuple[Correction, ...] = ()
    _index: Mapping[tuple[Match, str], tuple[Correction, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ordered = tuple(sorted(set(self.corrections), key=_canonical))
        index: dict[tuple[Match, str], tuple[Correction, ...]] = {}
        for correction in ordered:
            place = (correction.match, _normal(correction.match, correction.equals))
            index[place] = (*index.get(place, ()), correction)
        object.__setattr__(self, "corrections", ordered)
        object.__setattr__(self, "_index", index)

    def digest(self) -> str:
        """SHA-256, in hex, of the corrections; their order in the file does not matter."""
        return hashlib.sha256("\n".join(map(_canonical, self.corrections)).encode()).hexdigest()

    def lookup(
        self,
        *,
        url: str | None = None,
        creators: Iterable[str] = (),
        content_id: str | None = None,
        sample_id: str | None = None,
        key: str | None = None,
    ) -> tuple[Evidence, ...]:
        """Evidence from every correction that matches; ids in hex."""
        if not self._index:
            return ()
        named = [(Match.URL, url), (Match.CONTENT_ID, content_id), (Match.SAMPLE_ID, sample_id), (Match.KEY, key)]
        places = [(match, _normal(match, text)) for match, text in named if text]
        places += [(Match.CREATOR, _normal(Match.CREATOR, name)) for name in creators]
        places += [(Match.DOMAIN, domain) for domain in domains_of(url or "")]
        found = (correction for place in places for correction in self._index.get(place, ()))
        return tuple(correction.evidence for correction in dict.fromkeys(found))


def _normal(match: Match, text: str) -> str:
    """The form in which two of a kind are equal.

    Ids and domains in lower case, names without case, URLs without scheme and fragment.
    """
    text = text.strip()
    if match is Match.DOMAIN:
        return text.lower().strip(".").removeprefix("*.")
    if match is Match.CREATOR:
        return " ".join(text.casefold().split())
    if match is Match.URL:
        return text.partition("#")[0].removeprefix("https:").removeprefix("http:")
    return text if match is Match.KEY else text.lower()


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
    lines = _json_lines(text) if path.suffix.lower() in {".jsonl", ".ndjson"} else _csv_lines(text)
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


def _csv_lines(text: str) -> Iterator[tuple[int, object]]:
    for number, row in enumerate(csv.DictReader(io.StringIO(text), strict=True), start=2):
        yield number, {name: value or "" for name, value in row.items()}


def _correction(path: Path, number: int, fields: object) -> Correction:
    try:
        return Correction.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"overlay {path}, line {number}: {place or 'line'}: {first['msg']}") from None
