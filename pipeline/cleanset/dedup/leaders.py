"""Which members of a component show one picture, and which of them stands for it.

Greedy clustering: of the members that wait, that one leads which most of the others match directly, and all that are
the same picture as it join it; then of those that still wait, and so on. So few leaders cover a component, and a chain
of resemblances drops nothing: every dropped member is within the threshold of the very member that is kept for it.

A better rank leads before any count, and of equal counts the member that comes first. Who matches whom is counted among
the first ``VOTERS`` of a component, so time stays linear.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanset.config import MatchConfig
from cleanset.dedup.same import SIGNATURE, Index, Signatures, same_picture, signatures
from cleanset.schemas import Detector, View

EXACT = {"content_id": Detector.CONTENT, "pixel_id": Detector.PIXELS}
"""Columns whose equality alone makes the same picture, the surest first."""
IDENTITY = (*EXACT, *SIGNATURE)
_NAME = "U16"
MARGIN, MOST_OF_A_ROW = 12, 0.95
"""Levels of luma that a margin's pixels may differ by, and the share of a row that has to be even."""
VOTERS = 24
"""Members of a component, the most preferred, among which direct matches are counted."""


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


def lead(
    pictures: Pictures, members: Index, component: Index, thresholds: MatchConfig, rank: Index | None = None
) -> Leaders:
    """Leaders of the members of some components, given as rows of ``pictures``.

    ``component``: the number of each member's component; they ascend, and the members of each come in order of
    preference. ``rank``: of each member, ascending within a component; without it all are equal. Equal members are
    judged once, and time is proportional to leaders times members that differ.
    """
    _, first, kind = np.unique(
        component * (len(pictures.kind) + 1) + pictures.kind[members], return_index=True, return_inverse=True
    )
    order = np.argsort(first)
    first, kind = first[order], np.argsort(order)[kind]
    ranks = np.zeros(len(first), np.int64) if rank is None else rank[first]
    leaders = _lead_distinct(pictures, members[first], component[first], ranks, thresholds)
    detector, distance = leaders.detector[kind], leaders.distance[kind]
    follows_its_like = (leaders.leader[kind] == kind) & (np.arange(len(kind)) != first[kind])
    has_content = pictures.keys[Detector.CONTENT][members] >= 0
    equal = np.where(has_content, str(Detector.CONTENT), str(Detector.PIXELS))
    return Leaders(first[leaders.leader[kind]], np.where(follows_its_like, equal, detector), distance)


def _lead_distinct(pictures: Pictures, rows: Index, component: Index, rank: Index, thresholds: MatchConfig) -> Leaders:
    """Leaders of members that all differ: in each round one for every component with members that wait."""
    leaders = Leaders(np.arange(len(rows)), np.full(len(rows), "", _NAME), np.zeros(len(rows), np.float32))
    waiting = np.arange(len(rows))
    pairs = _matches(pictures, rows, component, thresholds)
    while len(waiting):
        pairs = pairs[np.isin(pairs, waiting).all(axis=1)]
        votes = np.bincount(pairs.ravel(), minlength=len(rows))
        best = waiting[np.lexsort((waiting, -votes[waiting], rank[waiting], component[waiting]))]
        heads = best[np.diff(component[best], prepend=-1) != 0]
        head = heads[np.searchsorted(component[heads], component[waiting])]
        rest, head = waiting[head != waiting], head[head != waiting]
        by, distance = _joined(pictures, rows[head], rows[rest], thresholds)
        joins = by != ""
        leaders.leader[rest[joins]], leaders.detector[rest[joins]] = head[joins], by[joins]
        leaders.distance[rest[joins]] = distance[joins]
        waiting = rest[~joins]
    return leaders


def _matches(pictures: Pictures, rows: Index, component: Index, thresholds: MatchConfig) -> Index:
    """int64[m, 2]: which of the first ``VOTERS`` members of each component of three or more match each other."""
    _, start, size = np.unique(component, return_index=True, return_counts=True)
    pairs = [np.zeros((0, 2), np.int64)]
    for voters in np.unique(np.minimum(size[size > 2], VOTERS)):  # noqa: PLR2004 - two match each other or none
        left, right = np.triu_indices(voters, 1)
        of = start[np.minimum(size, VOTERS) == voters]
        pairs.append(np.stack([(of[:, None] + side).ravel() for side in (left, right)], axis=1))
    asked = np.concatenate(pairs)
    by, _ = _joined(pictures, rows[asked[:, 0]], rows[asked[:, 1]], thresholds)
    return np.asarray(asked[by != ""])


def _joined(
    pictures: Pictures, head: Index, rest: Index, thresholds: MatchConfig
) -> tuple[NDArray[np.str_], NDArray[np.float32]]:
    """str[n], by what rows are the same picture as aligned others, empty where they are not; float32[n], how far."""
    by, distance = np.full(len(rest), "", _NAME), np.zeros(len(rest), np.float32)
    for detector, keys in pictures.keys.items():
        by[(by == "") & (keys[rest] == keys[head]) & (keys[head] >= 0)] = str(detector)
    asked = np.flatnonzero(by == "")
    verdict = same_picture(pictures.seen, head[asked], pictures.seen, rest[asked], thresholds)
    near = asked[verdict.same]
    by[near], distance[near] = verdict.detector[verdict.same], verdict.distance[verdict.same]
    return by, distance


def inside_margins(seen: Signatures) -> NDArray[np.float64]:
    """float64[n]: the share of each picture within margins of one color; 1 where it has none worth a view."""
    share = np.ones(len(seen))
    framed = np.flatnonzero(seen.view[:, View.TRIMMED] >= 0)
    luma = seen.luma[framed].astype(np.int16)
    even = [np.abs(luma - np.median(luma, axis=axis, keepdims=True).astype(np.int16)) <= MARGIN for axis in (2, 1)]
    for cells, axis in zip(even, (2, 1), strict=True):
        plain = cells.mean(axis=axis) >= MOST_OF_A_ROW
        side = plain.shape[1]
        start = np.where(plain.all(axis=1), side, plain.argmin(axis=1))
        end = np.where(plain.all(axis=1), 0, plain[:, ::-1].argmin(axis=1))
        share[framed] *= np.clip((side - start - end) / side, 1 / side, 1)
    return share


def _numbers(column: pa.Array | pa.ChunkedArray) -> Index:
    """int64[n]: equal for equal values; -1 for null."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    indices = array.dictionary_encode().indices
    return np.asarray(indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
