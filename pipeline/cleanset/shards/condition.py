"""The condition in which a shard was found: whether all of it could be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cleanset.shards.columns import clean

MOST = 3
"""Damages of a shard that are told one by one; the rest are counted."""


@dataclass(slots=True)
class Condition:
    """What is wrong with a shard as a whole; a reader fills it in while it reads.

    What is wrong with one sample is the sample's, and not here.
    """

    _damage: list[str] = field(default_factory=list)
    _doubts: list[str] = field(default_factory=list)
    _more: int = 0

    def damaged(self, what: str) -> None:
        """A part of the shard could not be read."""
        if len(self._damage) < MOST:
            self._damage.append(clean(what))
        else:
            self._more += 1

    def doubted(self, what: str) -> None:
        """All that is there was read, and there may have been more."""
        self._doubts.append(clean(what))

    @property
    def damage(self) -> list[str]:
        """What could not be read, in the order of the shard; empty where the shard is whole."""
        return [*self._damage, *self._rest()]

    @property
    def doubts(self) -> list[str]:
        """Why there may have been more."""
        return list(self._doubts)

    def _rest(self) -> Iterator[str]:
        if self._more:
            yield f"{self._more:,} more places like these"
