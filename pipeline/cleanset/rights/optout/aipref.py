"""AIPREF ``Content-Usage`` (draft-ietf-aipref-vocab-08, attach-05): ``train-ai=n, search=y``.

Labels of earlier drafts are honored, though the drafts say to ignore what one does not know. Every occurrence of a
label counts, where the drafts let the last one win: then the order of lines does not matter, and a no is never lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from cleanset.rights.evidence import Evidence
from cleanset.rights.optout import fields, structured
from cleanset.rights.optout.signal import Signal, State, silent, unreadable
from cleanset.rights.optout.vocabulary import Vocabulary

PROTOCOL = "aipref"
_CURRENT = "vocab-08"


def parse(evidence: Evidence, vocabulary: Vocabulary, *, agent: str | None = None) -> list[Signal]:
    """The preferences in the header lines of ``evidence.value``, one dictionary a line."""
    if why := fields.why_unreadable(evidence.value):
        return [unreadable(PROTOCOL, evidence, why)]
    signals: list[Signal] = []
    for line in fields.lines(evidence.value):
        signals.extend(_dictionary(line, evidence, vocabulary, agent))
    return signals


def _dictionary(line: str, evidence: Evidence, vocabulary: Vocabulary, agent: str | None) -> Iterator[Signal]:
    try:
        members = list(structured.members(line))
    except structured.StructureError as error:
        yield unreadable(PROTOCOL, evidence, str(error), _CURRENT)
        return
    for label, value in members:
        yield _preference(label, value, evidence, vocabulary, agent)


def _preference(label: str, value: str, evidence: Evidence, vocabulary: Vocabulary, agent: str | None) -> Signal:
    """One preference. A known label with a value that is neither y nor n counts against the picture."""
    known = vocabulary.meaning(PROTOCOL, label + "=n")
    if known is None:
        return silent(PROTOCOL, evidence, f"{fields.excerpt(label)}: unknown label", version=_CURRENT, agent=agent)
    if value in {"y", "n"} and label == label.lower():
        signal = vocabulary.signal(PROTOCOL, f"{label}={value}", evidence, agent)
        if signal is not None:
            return signal
    note = f"{fields.excerpt(label)}={fields.excerpt(value, 20)}: could not be parsed: neither y nor n, taken for n"
    return Signal(PROTOCOL, known.version, State.RESERVED, known.use, agent, evidence, note)
