"""Which members of a component show one picture, and which of them stands for it.

Members come in order of preference. Each joins the first leader with which it is itself the same picture; if there is
none, it becomes a leader. So a chain of resemblances drops nothing: every dropped member is within the threshold of
the very member that is kept for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanset.config import MatchConfig
from cleanset.dedup.same import SIGNATURE, Index, Signatures, same_picture, signatures
from cleanset.schemas import Detector

EXACT = {"content_id": Detector.CONTENT, "pixel_id": Detector.PIXELS}
"""Columns whose equality alone makes the same picture, the surest first."""
IDENTITY = (*EXACT, *SIGNATURE)
_NAME = "U16"


@dataclass(frozen=True, slots=True, eq=False)
class Leaders:
    """The leader of each of n members, in their order.

    Attributes:
        leader: int64[n], the place of the leader; a leader's own place is its own.
        detector: str[n], what found the member equal to its leader; empty for a leader.
        distance: float32[n], bits between them; 0 for equal files or pixels and for a leader.
    """

    leader: Index
    detector: NDArray[np.str_]
    distance: NDArray[np.float32]


def lead(members: pa.Table | pa.RecordBatch, thresholds: MatchConfig) -> Leaders:
    """Leaders of the members of one component, which come in order of preference.

    Needs the columns ``content_id``, ``pixel_id`` and ``same.SIGNATURE``; a null is equal to nothing. Equal members
    are judged once, and time is proportional to leaders times members that differ.
    """
    kind, first = _kinds(members)
    distinct = members.take(pa.array(first))
    keys = {detector: _numbers(distinct.column(name)) for name, detector in EXACT.items()}
    leaders = _lead_distinct(keys, signatures(distinct), thresholds)
    detector, distance = leaders.detector[kind], leaders.distance[kind]
    follows_its_like = (leaders.leader[kind] == kind) & (np.arange(len(kind)) != first[kind])
    has_content = keys[Detector.CONTENT][kind] >= 0
    equal = np.where(has_content, str(Detector.CONTENT), str(Detector.PIXELS))
    return Leaders(first[leaders.leader[kind]], np.where(follows_its_like, equal, detector), distance)


def _lead_distinct(keys: dict[Detector, Index], seen: Signatures, thresholds: MatchConfig) -> Leaders:
    """Leaders of members that all differ; ``keys`` hold numbers of equal files and pixels, -1 for none."""
    leaders = Leaders(np.arange(len(seen)), np.full(len(seen), "", _NAME), np.zeros(len(seen), np.float32))
    waiting = np.arange(len(seen))
    while len(waiting) > 1:
        head, rest = waiting[0], waiting[1:]
        by = np.full(len(rest), "", _NAME)
        for detector, key in keys.items():
            by[(by == "") & (key[rest] == key[head]) & (key[head] >= 0)] = str(detector)
        asked = np.flatnonzero(by == "")
        verdict = same_picture(seen, np.full(len(asked), head), seen, rest[asked], thresholds)
        near = asked[verdict.same]
        by[near] = verdict.detector[verdict.same]
        leaders.distance[rest[near]] = verdict.distance[verdict.same]
        joins = by != ""
        leaders.leader[rest[joins]], leaders.detector[rest[joins]] = head, by[joins]
        waiting = rest[~joins]
    return leaders


def _kinds(members: pa.Table | pa.RecordBatch) -> tuple[Index, Index]:
    """Each member's kind, equal for members equal in every column that counts; the first member of each kind.

    Kinds are numbered by their first members. A member with neither a file nor pixels is a kind of its own.
    """
    rows = members.num_rows
    numbers = [_numbers(members.column(name)) for name in IDENTITY]
    nameless = np.all([number < 0 for number in numbers[: len(EXACT)]], axis=0)
    kind = np.where(nameless, np.arange(rows) + 1, 0)
    for number in numbers:
        _, kind = np.unique(kind * (rows + 1) + number + 1, return_inverse=True)
    _, first, kind = np.unique(kind, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return place[kind], first[order]


def _numbers(column: pa.Array | pa.ChunkedArray) -> Index:
    """int64[n]: equal for equal values; -1 for null."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    indices = array.dictionary_encode().indices
    return np.asarray(indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
