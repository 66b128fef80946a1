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


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """What leading needs of n rows, made once for all components that they are in.

    Attributes:
        keys: int64[n] for each detector of ``EXACT``: numbers of equal files and pixels, -1 for none.
        kind: int64[n], equal for rows equal in every column of ``IDENTITY``; a row with neither a file nor pixels is a
            kind of its own.
        seen: the signatures.
    """

    keys: dict[Detector, Index]
    kind: Index
    seen: Signatures

    @classmethod
    def of(cls, rows: pa.Table | pa.RecordBatch) -> Pictures:
        """Needs the columns ``content_id``, ``pixel_id`` and ``same.SIGNATURE``; a null is equal to nothing."""
        numbers = {name: _numbers(rows.column(name)) for name in IDENTITY}
        keys = {detector: numbers[name] for name, detector in EXACT.items()}
        nameless = np.all([number < 0 for number in keys.values()], axis=0)
        kind = np.where(nameless, np.arange(rows.num_rows) + 1, 0)
        for number in numbers.values():
            _, kind = np.unique(kind * (rows.num_rows + 1) + number + 1, return_inverse=True)
        return cls(keys, kind, signatures(rows))


def lead(pictures: Pictures, members: Index, component: Index, thresholds: MatchConfig) -> Leaders:
    """Leaders of the members of some components, given as rows of ``pictures``.

    ``component``: the number of each member's component; they ascend, and the members of each come in order of
    preference. Equal members are judged once, and time is proportional to leaders times members that differ.
    """
    _, first, kind = np.unique(
        component * (len(pictures.kind) + 1) + pictures.kind[members], return_index=True, return_inverse=True
    )
    order = np.argsort(first)
    first, kind = first[order], np.argsort(order)[kind]
    leaders = _lead_distinct(pictures, members[first], component[first], thresholds)
    detector, distance = leaders.detector[kind], leaders.distance[kind]
    follows_its_like = (leaders.leader[kind] == kind) & (np.arange(len(kind)) != first[kind])
    has_content = pictures.keys[Detector.CONTENT][members] >= 0
    equal = np.where(has_content, str(Detector.CONTENT), str(Detector.PIXELS))
    return Leaders(first[leaders.leader[kind]], np.where(follows_its_like, equal, detector), distance)


def _lead_distinct(pictures: Pictures, rows: Index, component: Index, thresholds: MatchConfig) -> Leaders:
    """Leaders of members that all differ: in each round, of every component the first that waits leads."""
    leaders = Leaders(np.arange(len(rows)), np.full(len(rows), "", _NAME), np.zeros(len(rows), np.float32))
    waiting = np.arange(len(rows))
    while len(waiting):
        leads = np.diff(component[waiting], prepend=-1) != 0
        head, rest = waiting[leads][np.cumsum(leads) - 1][~leads], waiting[~leads]
        by = np.full(len(rest), "", _NAME)
        for detector, keys in pictures.keys.items():
            by[(by == "") & (keys[rows[rest]] == keys[rows[head]]) & (keys[rows[head]] >= 0)] = str(detector)
        asked = np.flatnonzero(by == "")
        verdict = same_picture(pictures.seen, rows[head[asked]], pictures.seen, rows[rest[asked]], thresholds)
        near = asked[verdict.same]
        by[near] = verdict.detector[verdict.same]
        leaders.distance[rest[near]] = verdict.distance[verdict.same]
        joins = by != ""
        leaders.leader[rest[joins]], leaders.detector[rest[joins]] = head[joins], by[joins]
        waiting = rest[~joins]
    return leaders


def _numbers(column: pa.Array | pa.ChunkedArray) -> Index:
    """int64[n]: equal for equal values; -1 for null."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    indices = array.dictionary_encode().indices
    return np.asarray(indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
