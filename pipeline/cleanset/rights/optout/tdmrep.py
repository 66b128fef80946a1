"""TDM Reservation Protocol (W3C CG final report, 2024-05-10): header, meta, XMP and ``/.well-known/tdmrep.json``.

``1`` reserves, ``0`` does not. What is nearer to the picture overrides what is farther: file, then header, then page,
then the picture itself; a place that says nothing resets nothing. A page speaks of itself, so its ``0`` lifts no
reservation of a picture, while its ``1`` is taken to cover the pictures on it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout import fields, paths
from cleanset.rights.optout.signal import Signal, State, silent, unreadable
from cleanset.rights.optout.vocabulary import Vocabulary

PROTOCOL = "tdmrep"
MAX_FILE = 1024 * 1024
MAX_RULES = 10_000

_NOT_FOUND = re.compile(
    r"\s*(?:<!doctype\s+html|<html|<\?xml[^>]{0,100}>\s*<(?:!doctype\s+html|html|error)|<head|<title|404\b|not\s+found\b"
    r"|(?:error\s+)?(?:404|403|410)\b|\{.{0,400}?\b(?:404|not\s+found)\b)",
    re.IGNORECASE | re.DOTALL,
)
"""How the answer begins of a server that has no such file."""
_NAMES_A_RULE = re.compile(r"tdm-?reservation|\"location\"", re.IGNORECASE)
_FARTHER = 0
_HEADER = 1
_PAGE = 2
_PICTURE = 3
_NEARNESS = {Layer.XMP: _PICTURE, Layer.HTML: _PAGE, Layer.HTTP_HEADER: _HEADER, Layer.COLUMN: _HEADER}


def parse(evidence: Evidence, vocabulary: Vocabulary) -> list[Signal]:
    """The signals of a ``tdm-reservation`` value: a header (any number of lines), a meta element, an XMP property."""
    if why := fields.why_unreadable(evidence.value):
        return [unreadable(PROTOCOL, evidence, why)]
    values = [value.strip() for line in fields.lines(evidence.value) for value in line.split(",")]
    if len(values) > fields.MAX_MEMBERS:
        return [unreadable(PROTOCOL, evidence, f"{len(values)} values")]
    return [_reservation(value, evidence, vocabulary) for value in values if value]


def _reservation(value: str, evidence: Evidence, vocabulary: Vocabulary, note: str = "") -> Signal:
    signal = vocabulary.signal(PROTOCOL, value.strip().strip("\"'"), evidence)
    if signal is None:
        return unreadable(PROTOCOL, evidence, f"tdm-reservation is {fields.excerpt(value, 20)}, expected 0 or 1")
    return replace(signal, note=f"{signal.note}{note}")


def policy(evidence: Evidence) -> list[Signal]:
    """The note that a ``tdm-policy`` leaves: terms that are not stored."""
    if not evidence.value.strip():
        return []
    return [silent(PROTOCOL, evidence, f"terms at {fields.excerpt(evidence.value)}: not stored", version="CG-FINAL")]


def parse_file(evidence: Evidence, vocabulary: Vocabulary, url: str | None) -> list[Signal]:
    """The signal of the first rule of a stored tdmrep.json that matches the picture's URL; none if no rule does.

    Without a URL, every rule that reserves anything counts.
    """
    if _NOT_FOUND.match(evidence.value) and not _NAMES_A_RULE.search(evidence.value):
        return [silent(PROTOCOL, evidence, "a page that says there is no such file")]
    try:
        rules = list(_rules(evidence.value))
    except ValueError as error:
        return [unreadable(PROTOCOL, evidence, str(error))]
    path = paths.path_of(url) if url else None
    for location, value in rules:
        if path is None and value == "0":
            continue
        if path is None or paths.matches(location, path):
            note = f" for {fields.excerpt(location)}" + ("" if path else "; no URL to match it with")
            return [_reservation(value, evidence, vocabulary, note)]
    return []


def _rules(text: str) -> Iterator[tuple[str, str]]:
    """Locations, normalized, and reservations of a tdmrep.json, in order.

    Raises:
        ValueError: saying what is wrong with the file.
    """
    if len(text) > MAX_FILE:
        raise ValueError(f"{len(text)} characters, at most {MAX_FILE} are read")
    try:
        document: Any = json.loads(text.removeprefix("\ufeff"))
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if isinstance(document, dict):
        document = [document]
    if not isinstance(document, list) or len(document) > MAX_RULES:
        raise ValueError("not a list of rules")
    for rule in document:
        if not isinstance(rule, dict) or not isinstance(rule.get("location"), str):
            raise ValueError("a rule without a location")  # noqa: TRY004 - the file is wrong, no caller
        if "tdm-reservation" in rule:
            yield _pattern(rule["location"]), _value(rule["tdm-reservation"])


def _pattern(location: str) -> str:
    """A location as a path pattern; one that is a whole URL keeps its path."""
    path = paths.path_of(location) if "://" in location else paths.normalized(location[: paths.MAX_PATH])
    return path or "/"


def _value(reservation: object) -> str:
    """The value as text; JSON's true is 1, as a writer's slip cannot mean another thing."""
    if isinstance(reservation, bool):
        return str(int(reservation))
    return str(reservation) if isinstance(reservation, int | str) else "?"


def resolved(signals: Sequence[Signal]) -> list[Signal]:
    """The signals, with each reservation that a nearer permission overrides turned into unknown; order is kept.

    A nearer ``0`` overrides a farther ``1`` unless something as near or nearer says ``1`` too, or either of them could
    not be parsed.
    """
    permitted = max((_nearness(s) for s in signals if _lifts(s)), default=_FARTHER)
    reserved = max((_nearness(s) for s in signals if _is_readable_reservation(s)), default=-1)
    if reserved >= permitted:
        return list(signals)
    return [_overridden(s) if _is_readable_reservation(s) else s for s in signals]


def _nearness(signal: Signal) -> int:
    return _NEARNESS.get(signal.evidence.layer, _FARTHER)


def _lifts(signal: Signal) -> bool:
    is_about_the_picture = _nearness(signal) in {_HEADER, _PICTURE}
    return signal.protocol == PROTOCOL and signal.state is State.ALLOWED and is_about_the_picture


def _is_readable_reservation(signal: Signal) -> bool:
    return signal.protocol == PROTOCOL and signal.state is State.RESERVED and bool(signal.version)


def _overridden(signal: Signal) -> Signal:
    return replace(signal, state=State.UNKNOWN, note=f"{signal.note}; overridden nearer to the picture")
