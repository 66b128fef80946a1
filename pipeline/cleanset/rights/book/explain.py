"""What the book made of a text, for a person and for a machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cleanset.rights.book.license import License, Reading


def explain(reading: Reading) -> str:
    """A few lines: what the text means, what that permits, and which entry and source say so."""
    return "\n".join(_lines(reading))


def to_json(reading: Reading, text: str) -> dict[str, Any]:
    """The fields of ``cleanset license --json``; several values are divided by commas, sources by semicolons.

    ``place``: the only places where it grants anything, null for everywhere. ``basis``: ``license`` where the text
    itself grants, ``needed`` where it is a label that counts only with a ground that is established elsewhere.
    """
    return {
        "input": text,
        "license": reading.expression,
        "class": reading.license_class.value,
        "version": ", ".join(dict.fromkeys(entry.version for entry in reading.entries if entry.version)) or None,
        "place": ", ".join(reading.grants_in) or None,
        "basis": ("needed" if reading.needs_basis else "license") if reading.expression else None,
        "commercial": reading.commercial.value,
        "derivatives": reading.derivatives.value,
        "entry": ", ".join(entry.id for entry in reading.entries) or None,
        "source": "; ".join(dict.fromkeys(entry.source for entry in reading.entries if entry.source)) or None,
    }


def _lines(reading: Reading) -> Iterator[str]:
    yield reading.text
    if reading.expression is None:
        yield f"  means        nothing that the book knows ({reading.rule}); so nothing is permitted"
        return
    yield f"  means        {reading.expression} ({reading.license_class})"
    yield f"  permits      commercial use: {reading.commercial}; derivatives: {reading.derivatives}"
    yield from (f"  {label:<12} {value}" for label, value in _conditions(reading))
    for entry in reading.entries:
        yield f"  entry        {entry.id}: {entry.name}"
        yield from (f"  {label:<12} {value}" for label, value in _facts(entry) if value)
    yield f"  recognized   {reading.rule}"


def _conditions(reading: Reading) -> Iterator[tuple[str, str]]:
    duties = [("credit is due", reading.attribution), ("adaptations under the same license", reading.share_alike)]
    if any(due for _, due in duties):
        yield "requires", "; ".join(duty for duty, due in duties if due)
    if reading.needs_basis:
        yield "but", "this is a label, not a grant: it needs a ground that is established elsewhere"
    if reading.grants_in:
        yield "but", f"only in {', '.join(reading.grants_in)}"
    if not reading.image_license:
        yield "but", "it says nothing of one picture"
    if reading.version_missing:
        yield "but", "the version was not stated"
    if len(reading.choices) > 1:
        yield "choice of", str(len(reading.choices))


def _facts(entry: License) -> Iterator[tuple[str, str | None]]:
    yield "training", entry.training_clause
    yield "retired on", entry.retired_on
    yield "note", entry.notes
    yield "address", entry.url
    yield "source", entry.source
