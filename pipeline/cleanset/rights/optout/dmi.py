"""PLUS Data Mining (``plus:DataMining``): one of nine closed values, as a URI or as a bare key.

An unknown value counts as a prohibition. ``plus:OtherConstraints`` is text for a person; it reserves nothing by itself.
"""

from __future__ import annotations

from cleanset.rights.evidence import Evidence
from cleanset.rights.optout import fields
from cleanset.rights.optout.signal import Signal, silent, unreadable
from cleanset.rights.optout.vocabulary import Vocabulary

PROTOCOL = "plus-dmi"


def parse(evidence: Evidence, vocabulary: Vocabulary) -> list[Signal]:
    """The signal of one ``plus:DataMining`` value; empty text gives none."""
    value = evidence.value.strip()
    if not value:
        return []
    if why := fields.why_unreadable(value):
        return [unreadable(PROTOCOL, evidence, why)]
    key = value.rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1]
    if not key.lower().startswith("dmi-"):
        key = "DMI-" + key
    signal = vocabulary.signal(PROTOCOL, key, evidence)
    return [signal or unreadable(PROTOCOL, evidence, f"unknown value {fields.excerpt(value)}")]


def constraints(evidence: Evidence) -> list[Signal]:
    """The note that ``plus:OtherConstraints`` leaves; empty text gives none."""
    if not evidence.value.strip():
        return []
    return [silent(PROTOCOL, evidence, f"constraints in words: {fields.excerpt(evidence.value)}")]
