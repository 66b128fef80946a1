"""The words of the protocols and what they mean, read once from ``licenses/``."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from cleanset.rights.evidence import Evidence
from cleanset.rights.optout.signal import Bearing, Signal, State, Use
from cleanset.rights.reviewed import read_rows


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word of a protocol says."""

    use: Use
    state: State
    version: str
    text: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Reviewed knowledge about reservations.

    Attributes:
        words: (protocol, word in lower case) to its meaning.
        agents: names of robots, in lower case, whose signals count as addressed to us; ``*`` is everybody.
        bearing: which uses bear on training a generative model.
    """

    words: Mapping[tuple[str, str], Meaning]
    agents: frozenset[str]
    bearing: Bearing

    def meaning(self, protocol: str, word: str) -> Meaning | None:
        """The meaning of a word, compared without case; None where the book does not know it."""
        return self.words.get((protocol, word.lower()))

    def concerns_us(self, agent: str | None) -> bool:
        """Whether a signal for this robot counts; None and ``*`` address everybody."""
        return agent is None or agent.lower() in self.agents

    def signal(self, protocol: str, word: str, evidence: Evidence, agent: str | None = None) -> Signal | None:
        """The signal that a known word gives; None for an unknown word."""
        meaning = self.meaning(protocol, word)
        if meaning is None:
            return None
        note = f"{word}: {meaning.text}"
        return Signal(protocol, meaning.version, meaning.state, meaning.use, agent, evidence, note)


@functools.cache
def load() -> Vocabulary:
    """The vocabulary that comes with this version."""
    words = {
        (row["protocol"], row["word"]): Meaning(Use(row["use"]), State(row["state"]), row["version"], row["meaning"])
        for row in read_rows("reservations.csv")
    }
    uses = list(read_rows("reservation_uses.csv"))
    bearing = Bearing(
        frozenset(Use(row["use"]) for row in uses if row["reserves"] == "yes"),
        frozenset(Use(row["use"]) for row in uses if row["permits"] == "yes"),
    )
    agents = frozenset(row["agent"].lower() for row in read_rows("reservation_agents.csv"))
    return Vocabulary(words, agents, bearing)
