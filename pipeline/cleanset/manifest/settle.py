"""Each component's verdict: which members show one picture, which of them stands for it, and what the copies say.

Rows with one sample_id are one sample, read more than once: the same URL and caption. The best of them takes part for
all. The others go where it goes, also where the URL gave another picture each time: one sample is kept once at most,
and it is in one cluster. What matches such a row to its representative is the picture, if that matches, else the
detector ``identity`` with no distance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cleanset.config import MatchConfig
from cleanset.dedup.leaders import Pictures, inside_margins, lead
from cleanset.dedup.places import VECTOR
from cleanset.dedup.same import SIGNATURE, Index, signatures
from cleanset.manifest.judge import Rules
from cleanset.manifest.placeholder import distinct, placeholder_step
from cleanset.manifest.withheld import added_reason, followed_by
from cleanset.rights.copies import Copy, Outcome, contest
from cleanset.schemas import CLUSTERS, VERDICTS, Detector, Permission, Reason, Table

ORDER = [
    ("rank", "ascending"),
    ("strength", "descending"),
    ("area", "descending"),
    ("sample_id", "ascending"),
    ("content_id", "ascending"),
    ("shard", "ascending"),
    ("key", "ascending"),
]
"""The total order of the members of a component: rank by permission, strength of evidence, size, then names.

Of the best by rank and strength that one leads first which most others match directly, of equally many the first by
the area inside its margins. So a picture is represented by its best licensed, most typical and largest copy, and by
none that is dropped for its size while another could stay. Names come last and make the order total, so that
it depends on no runner.
"""
_RANK = {Permission.ALLOWED.value: 0, Permission.UNKNOWN.value: 2, Permission.REFUSED.value: 3}
_RIGHTS = ["license_concluded", "license_evidence", "permission", "attribution", "reasons", "trace"]
_PICTURE = ("content_id", "pixel_id", *(name for name in (*SIGNATURE, VECTOR) if name not in {"width", "height"}))
MEMBER = [
    "sample_id",
    "content_id",
    "pixel_id",
    "shard",
    "key",
    "url",
    "caption",
    "width",
    "height",
    "strength",
    "creator",
    "owners",
    "objected_by",
    *_RIGHTS,
]
"""Columns of ``schemas.JUDGED`` that settling needs."""


def members_of(judged: pa.Table, components: pa.Table | None) -> pa.Table:
    """The rows with a picture that have company, with their ``component_id``.

    Args:
        judged: columns ``MEMBER`` of every row of some samples.
        components: ``schemas.COMPONENTS`` of those samples; None where none is linked.

    A sample that was read twice has company, whether or not it is linked to another.
    """
    pictured = judged.filter(pc.is_valid(judged["pixel_id"])).combine_chunks()
    own = pictured["sample_id"].combine_chunks()
    component = own
    if components is not None:
        place = pc.index_in(own, components["sample_id"].combine_chunks())
        component = pc.coalesce(components["component_id"].combine_chunks().take(place), own)
    counts = pc.value_counts(own)
    repeated = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    has_company = pc.or_(pc.is_in(own, repeated), pc.not_equal(component, own))
    if components is not None:
        has_company = pc.or_(has_company, pc.is_in(own, components["sample_id"].combine_chunks()))
    return pictured.append_column("component_id", component).filter(has_company)


ROWS_AT_ONCE = 2048


def attach_pictures(members: pa.Table, pictures: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The members with the columns ``SIGNATURE``, in the order of the pictures.

    Args:
        members: of one shard.
        pictures: columns ``key`` and ``SIGNATURE``, and ``VECTOR`` if there is one, of all rows of the shard; one batch
            is in memory at a time.
    """
    keys = members["key"].combine_chunks()
    for batch in pictures:
        place = pc.index_in(batch.column("key"), keys)
        here = members.take(place.drop_null())
        seen = batch.filter(pc.is_valid(place))
        for name in (name for name in (*SIGNATURE, VECTOR) if name in seen.schema.names and name not in MEMBER):
            here = here.append_column(name, seen.column(name))
        yield from here.combine_chunks().to_batches()


def settle(members: pa.Table, rules: Rules, match: MatchConfig) -> tuple[pa.Table, pa.Table]:
    """The verdict on every row, and the clusters of two rows or more.

    Args:
        members: rows with ``component_id`` and ``attach_pictures``; whole components, in any order.
        rules: what the contest of copies is decided by.
        match: when two pictures are the same.

    Returns:
        ``schemas.VERDICTS`` and ``schemas.CLUSTERS``, in an order that depends on the rows alone.
    """
    size = pc.multiply(members["width"].cast(pa.int64()), members["height"].cast(pa.int64())).to_numpy()
    area = np.round(size * inside_margins(signatures(members))).astype(np.int64)
    members = members.append_column("area", pa.array(area)).append_column("rank", _ranks(members))
    members = members.sort_by([("component_id", "ascending"), *ORDER]).combine_chunks()
    verdicts, clusters = _Rows(VERDICTS), _Rows(CLUSTERS)
    for cluster in _clusters_of(members, match):
        outcomes = contest([Copy.from_row(row) for row in cluster.rows], rules.book)
        placeholder = placeholder_step(cluster.rows, rules.policy.placeholder_captions)
        followed = followed_by(cluster.rows)
        verdicts.extend(_verdicts(cluster, outcomes, followed, placeholder))
        if len(cluster.rows) > 1:
            clusters.extend([_cluster_row(cluster, outcomes, is_out=bool(placeholder or followed[0]))])
    return verdicts.table(), clusters.table()


class _Rows:
    """Rows that become columns as they come: few are Python objects at the same time."""

    def __init__(self, table: Table) -> None:
        self._schema = table.arrow
        self._waiting: list[dict[str, Any]] = []
        self._batches: list[pa.RecordBatch] = []

    def extend(self, rows: Iterable[dict[str, Any]]) -> None:
        """Add rows."""
        self._waiting.extend(rows)
        if len(self._waiting) >= ROWS_AT_ONCE:
            self._batches.append(pa.RecordBatch.from_pylist(self._waiting, self._schema))
            self._waiting.clear()

    def table(self) -> pa.Table:
        """All rows."""
        rest = pa.RecordBatch.from_pylist(self._waiting, self._schema)
        return pa.Table.from_batches([*self._batches, rest], self._schema)


def _ranks(members: pa.Table) -> pa.Array:
    """int8[n]: 0 permitted and nothing else against it, 1 permitted, 2 unknown, 3 refused."""
    judged = zip(members["permission"].to_pylist(), members["reasons"].to_pylist(), strict=True)
    return pa.array([_RANK[p] + (p == Permission.ALLOWED and bool(reasons)) for p, reasons in judged], pa.int8())


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Rows that show one picture: the leader first, then the others in their order, with what links each to it."""

    rows: list[dict[str, Any]]
    matched_by: list[str | None]
    distance: list[float | None]

    @property
    def id(self) -> bytes:
        """The least sample_id of the rows: it does not change with the policy that picks the leader."""
        least: bytes = min(row["sample_id"] for row in self.rows)
        return least


def _clusters_of(members: pa.Table, thresholds: MatchConfig) -> Iterator[_Cluster]:
    """The clusters of ordered members, component after component, each in the order of their leaders."""
    pictures, light = (
        Pictures.of(members),
        members.drop_columns([name for name in _PICTURE if name in members.column_names]),
    )
    component, sample = (_first_of_each(members[name].to_pylist()) for name in ("component_id", "sample_id"))
    firsts = np.unique(sample)
    rank = _numbered(members, ["rank", "strength"])
    led = lead(pictures, firsts, component[firsts], thresholds, rank[firsts])
    leader = firsts[led.leader[np.searchsorted(firsts, sample)]]
    detector, distance = np.full(len(sample), None, object), np.full(len(sample), None, object)
    detector[firsts], distance[firsts] = led.detector, led.distance.tolist()
    by_leader = np.lexsort((np.arange(len(leader)) != leader, leader))
    for at_once in _pieces(leader[by_leader]):
        places = by_leader[at_once]
        rows = light.take(pa.array(places)).to_pylist()
        for cluster in np.split(np.arange(len(places)), np.flatnonzero(np.diff(leader[places])) + 1):
            head, others = places[cluster[0]], places[cluster[1:]]
            again = others[sample[others] != others]
            for place, how in zip(again, _follow(pictures, np.append(head, again), thresholds), strict=True):
                detector[place], distance[place] = how
            detector[head] = distance[head] = None
            own = places[cluster]
            yield _Cluster(rows[cluster[0] : cluster[-1] + 1], detector[own].tolist(), distance[own].tolist())


def _numbered(members: pa.Table, columns: Sequence[str]) -> Index:
    """int64[n]: numbers that ascend as the columns change from row to row, and stay where they do not."""
    changes = np.zeros(members.num_rows, np.bool_)
    for name in columns:
        changes[1:] |= np.diff(members[name].to_numpy().astype(np.int64)) != 0
    return np.asarray(np.cumsum(changes), np.int64)


def _first_of_each(values: Sequence[bytes]) -> Index:
    """int64[n]: the first place that has the value of each place."""
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(value, place) for place, value in enumerate(values)], np.int64)


def _pieces(ascending: Index) -> Iterator[slice]:
    """Pieces of about ``ROWS_AT_ONCE`` values that cut no run of equal ones."""
    start = 0
    while start < len(ascending):
        last = ascending[min(start + ROWS_AT_ONCE, len(ascending)) - 1]
        end = int(np.searchsorted(ascending, last, side="right"))
        yield slice(start, end)
        start = end


def _follow(pictures: Pictures, rows: Index, thresholds: MatchConfig) -> Iterator[tuple[str, float | None]]:
    """What matches the rows but the first to that, their representative: detector and distance."""
    if len(rows) == 1:
        return
    content = pictures.keys[Detector.CONTENT][rows]
    if content[0] >= 0 and (content == content[0]).all():
        yield from [(Detector.CONTENT.value, 0.0)] * (len(rows) - 1)
        return
    place = np.arange(len(rows))
    among = lead(pictures, rows, np.zeros(len(rows), np.int64), thresholds, np.minimum(place, 1))
    for leader, detector, distance in zip(among.leader[1:], among.detector[1:], among.distance[1:], strict=True):
        yield (str(detector), float(distance)) if leader == 0 else (Detector.IDENTITY.value, None)


def _verdicts(
    cluster: _Cluster, outcomes: Sequence[Outcome], followed: Sequence[str | None], placeholder: str | None
) -> Iterator[dict[str, Any]]:
    """A row of ``schemas.VERDICTS`` for each row of the cluster.

    ``followed``: for each row the step that drops it with a copy; ``placeholder``: the step that drops them all.
    """
    for row, outcome, follows, matched_by, distance in zip(
        cluster.rows, outcomes, followed, cluster.matched_by, cluster.distance, strict=True
    ):
        reason = outcome.reason or added_reason(follows, placeholder)
        yield {
            "sample_id": row["sample_id"],
            "shard": row["shard"],
            "key": row["key"],
            "cluster_id": cluster.id,
            "cluster_size": len(cluster.rows),
            "representative_id": cluster.rows[0]["sample_id"],
            "representative": matched_by is None,
            "matched_by": matched_by,
            "distance": distance,
            "conflicts_with": bytes.fromhex(outcome.conflicts_with) if outcome.conflicts_with else None,
            "permission": outcome.permission.value,
            "license_concluded": outcome.concluded,
            "attribution": outcome.attribution,
            "reason": reason.value if reason else None,
            "steps": [*outcome.trace, *(step for step in (follows, placeholder) if step)],
        }


def _cluster_row(cluster: _Cluster, outcomes: Sequence[Outcome], *, is_out: bool) -> dict[str, Any]:
    """The row of ``schemas.CLUSTERS``."""
    allowed = outcomes[0].permission is Permission.ALLOWED and not cluster.rows[0]["reasons"]
    return {
        "cluster_id": cluster.id.hex(),
        "size": len(cluster.rows),
        "representative_id": cluster.rows[0]["sample_id"].hex(),
        "kept": int(allowed and not is_out),
        "urls": distinct(cluster.rows, "url"),
        "captions": distinct(cluster.rows, "caption"),
        "contested": any(outcome.reason is Reason.RIGHTS_CONFLICT for outcome in outcomes),
    }
