"""Who proposes pairs for so many rows, and into how many pieces the work falls."""

from __future__ import annotations

from dataclasses import dataclass

from cleanset.config import MatchConfig
from cleanset.dedup.partition import partitions_for
from cleanset.dedup.places import Places
from cleanset.dedup.propose.candidates import Layouts, Share, shares_for
from cleanset.dedup.propose.descriptors import NEAR
from cleanset.dedup.propose.lane import Lane

JOINED_AT_MOST = 1 << 22
"""Rows whose hash codes are joined by bands, which finds all; beyond, views share cells."""
ROWS_PER_PART = 1_000_000
"""Mean rows of a partition of links: 48 bytes each."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How candidates are found. It follows from rows, thresholds and vectors; workers only share the joins.

    Attributes:
        shares: of the join of hash codes; none where cells take its place.
        lanes: vectors that go to cells.
        parts: partitions of pictures and of pairs by their ids.
    """

    shares: tuple[Share, ...]
    lanes: tuple[Lane, ...]
    parts: int


def plan_match(rows: Places, config: MatchConfig, dim: int, *, workers: int) -> Plan:
    """The plan for these rows, whose vectors have ``dim`` numbers, 0 for none."""
    lanes: list[Lane] = []
    shares: list[Share] = []
    if len(rows) <= JOINED_AT_MOST:
        shares = shares_for(len(rows), Layouts.of(config, len(rows)), workers=workers)
    else:
        lanes.append(Lane.of_views(rows, NEAR))
    if dim:
        lanes.append(Lane.of_vectors(rows.beside(), dim, config.cosine))
    return Plan(tuple(shares), tuple(lanes), partitions_for(len(rows), ROWS_PER_PART))
