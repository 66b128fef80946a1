"""Training-and-data-mining entries of C2PA 1.x and CAWG manifests, from the evidence that the C2PA reader leaves.

The locator ends in the entry (``cawg.training-mining/cawg.ai_generative_training``); the value begins with the use
(``allowed``, ``notAllowed``, ``constrained``), and the terms of ``constrained`` may follow. ``constrained`` counts as
not allowed, with terms or without: nobody here can resolve them. A reservation of an ingredient covers the whole.
"""

from __future__ import annotations

import re

from cleanset.rights.evidence import Evidence
from cleanset.rights.optout import fields
from cleanset.rights.optout.signal import Signal, State, silent, unreadable
from cleanset.rights.optout.vocabulary import Vocabulary

PROTOCOL = "c2pa"
ASSERTION = "training-mining"
INGREDIENT = "ingredient:"
"""How the locators begin of what is said of a picture that went into this one."""

_USE = re.compile(r"\s*([A-Za-z_]+)[\s:;,|=]*(.*)", re.DOTALL)


def is_entry(locator: str) -> bool:
    """Whether the locator names an entry of a training-and-data-mining assertion."""
    return ASSERTION in locator.lower()


def parse(evidence: Evidence, vocabulary: Vocabulary) -> list[Signal]:
    """The signal of one entry."""
    if why := fields.why_unreadable(evidence.value):
        return [unreadable(PROTOCOL, evidence, why)]
    match = _USE.match(evidence.value)
    entry = evidence.locator.rsplit("/", 1)[-1].strip()
    signal = vocabulary.signal(PROTOCOL, f"{entry}={match[1]}", evidence) if match else None
    if match is None or signal is None:
        why = f"unknown entry {fields.excerpt(entry)} = {fields.excerpt(evidence.value)}"
        return [unreadable(PROTOCOL, evidence, why)]
    if signal.state is State.ALLOWED and evidence.locator.lower().startswith(INGREDIENT):
        return [
            silent(
                PROTOCOL, evidence, "an ingredient allows it, which says nothing of the whole", version=signal.version
            )
        ]
    if signal.state is not State.RESERVED or not match[2]:
        return [signal]
    note = f"{signal.note}; terms: {fields.excerpt(match[2])}"
    return [Signal(PROTOCOL, signal.version, signal.state, signal.use, None, evidence, note)]
