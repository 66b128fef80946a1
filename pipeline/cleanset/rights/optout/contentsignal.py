"""Cloudflare ``Content-Signal``: ``search=yes, ai-train=no``, a line of robots.txt or a header.

A key that is absent neither grants nor restricts.
"""

from __future__ import annotations

from collections.abc import Iterator

from cleanset.rights.evidence import Evidence
from cleanset.rights.optout import fields, structured
from cleanset.rights.optout.signal import Signal, State, silent, unreadable
from cleanset.rights.optout.vocabulary import Vocabulary

PROTOCOL = "content-signal"


def parse(evidence: Evidence, vocabulary: Vocabulary, *, agent: str | None = None) -> list[Signal]:
    """The signals in the lines of ``evidence.value``."""
    if why := fields.why_unreadable(evidence.value):
        return [unreadable(PROTOCOL, evidence, why)]
    signals: list[Signal] = []
    for line in fields.lines(evidence.value):
        signals.extend(_line(line, evidence, vocabulary, agent))
    return signals


def _line(line: str, evidence: Evidence, vocabulary: Vocabulary, agent: str | None) -> Iterator[Signal]:
    try:
        members = list(structured.members(line))
    except structured.StructureError as error:
        yield unreadable(PROTOCOL, evidence, str(error))
        return
    for key, value in members:
        yield _key(key.lower(), value.lower(), evidence, vocabulary, agent)


def _key(key: str, value: str, evidence: Evidence, vocabulary: Vocabulary, agent: str | None) -> Signal:
    """One key. A known key with a value that is neither yes nor no counts against the picture."""
    signal = vocabulary.signal(PROTOCOL, f"{key}={value}", evidence, agent)
    if signal is not None:
        return signal
    known = vocabulary.meaning(PROTOCOL, key + "=no")
    if known is None:
        return silent(
            PROTOCOL, evidence, f"{fields.excerpt(key)}={fields.excerpt(value, 20)}: unknown key", agent=agent
        )
    note = f"{key}={fields.excerpt(value, 20)}: could not be parsed: neither yes nor no, taken for no"
    return Signal(PROTOCOL, known.version, State.RESERVED, known.use, agent, evidence, note)
