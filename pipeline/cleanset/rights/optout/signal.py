"""A signal: what one protocol says about one use of a picture, and how signals combine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cleanset.rights.evidence import Evidence


class State(StrEnum):
    """What a signal says; unknown is never allowed."""

    ALLOWED = "allowed"
    RESERVED = "reserved"
    UNKNOWN = "unknown"


class Use(StrEnum):
    """What a signal speaks about. ``licenses/reservation_uses.csv`` says which of these bear on training."""

    ALL = "all"
    TDM = "tdm"
    AI_TRAINING = "ai-training"
    GENERATIVE_TRAINING = "generative-training"
    NONGENERATIVE_TRAINING = "nongenerative-training"
    AI_INFERENCE = "ai-inference"
    INDEXING = "indexing"
    ARCHIVING = "archiving"
    CRAWLING = "crawling"
    SEARCH = "search"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Signal:
    """What one piece of evidence says about one use.

    Attributes:
        protocol: the protocol's name in ``licenses/reservations.csv``, or ``list``.
        version: the protocol's version or draft; empty where it has none.
        state: what it says.
        use: what it speaks about.
        agent: the robot that it addresses; None for everybody.
        evidence: what was seen.
        note: a sentence for the person who asks why.
    """

    protocol: str
    version: str
    state: State
    use: Use
    agent: str | None
    evidence: Evidence
    note: str


@dataclass(frozen=True, slots=True)
class Bearing:
    """Which uses bear on a purpose: a no to a ``reserving`` one forbids it, a yes to a ``permitting`` one allows it."""

    reserving: frozenset[Use]
    permitting: frozenset[Use]


def unreadable(protocol: str, evidence: Evidence, why: str, version: str = "") -> Signal:
    """The signal for evidence that a parser cannot make sense of: it counts against the picture."""
    return Signal(protocol, version, State.RESERVED, Use.ALL, None, evidence, f"could not be parsed: {why}")


def silent(protocol: str, evidence: Evidence, note: str, *, version: str = "", agent: str | None = None) -> Signal:
    """The signal for evidence that was understood and says nothing about training."""
    return Signal(protocol, version, State.UNKNOWN, Use.OTHER, agent, evidence, note)


def bears(signal: Signal, bearing: Bearing) -> State:
    """What one signal says about the purpose of ``bearing``."""
    if signal.state is State.RESERVED and signal.use in bearing.reserving:
        return State.RESERVED
    if signal.state is State.ALLOWED and signal.use in bearing.permitting:
        return State.ALLOWED
    return State.UNKNOWN


def combine_states(states: Iterable[State]) -> State:
    """Any reservation wins; else a permission; else unknown. Order does not matter, and none at all is unknown."""
    seen = set(states)
    for state in (State.RESERVED, State.ALLOWED):
        if state in seen:
            return state
    return State.UNKNOWN
