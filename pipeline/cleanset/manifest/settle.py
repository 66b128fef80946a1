"""Each component's verdict: which members show one picture, which of them stands for it, and what the copies say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cleanset.config import MatchConfig
from cleanset.dedup.leaders import lead
from cleanset.dedup.same import MatchThresholds
from cleanset.manifest.judge import Rules
from cleanset.rights.copies import Copy, Outcome, contest
from cleanset.schemas import CLUSTERS, VERDICTS, Permission, Reason

ORDER = [
    ("rank", "ascending"),
    ("strength", "descending"),
    ("area", "descending"),
    ("sample_id", "ascending"),
    ("content_id", "ascending"),
    ("shard", "ascending"),
    ("key", "ascending"),
]
"""The total order of the members of a component: permission, strength of evidence, size, then names.

The first member leads the first cluster, so a picture is represented by its best licensed, largest copy. Names come
last and make the order total, so that it depends on no runner.
"""
_RANK = {Permission.ALLOWED.value: 0, Permission.UNKNOWN.value: 1, Permission.REFUSED.value: 2}
_RIGHTS = ["license_concluded", "license_evidence", "permission", "attribution", "reasons"]
_SIGNATURE = ["content_id", "pixel_id", "phash", "pdq", "pdq_quality", "pdq_forms", "low_information", "thumbnail"]
MEMBER = ["sample_id", "shard", "key", "url", "caption", "width", "height", "strength", *_RIGHTS, *_SIGNATURE]
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


def settle(members: pa.Table, rules: Rules, match: MatchConfig) -> tuple[pa.Table, pa.Table]:
    """The verdict on every row, and the clusters of two rows or more.

    Args:
        members: columns ``MEMBER`` of rows with a picture, and ``component_id``; whole components, in any order.
        rules: what the contest of copies is decided by.
        match: when two pictures are the same.

    Returns:
        ``schemas.VERDICTS`` and ``schemas.CLUSTERS``, in an order that depends on the rows alone.
    """
    area = pc.multiply(members["width"].cast(pa.int64()), members["height"].cast(pa.int64()))
    rank = pa.array([_RANK[p] for p in members["permission"].to_pylist()], pa.int8())
    members = members.append_column("area", area).append_column("rank", rank)
    members = members.sort_by([("component_id", "ascending"), *ORDER]).combine_chunks()
    verdicts: list[dict[str, Any]] = []
    clusters: list[dict[str, Any]] = []
    for start, stop in _runs(members["component_id"]):
        component = members.slice(start, stop - start)
        for cluster in _clusters_of(component, match):
            outcomes = contest([Copy.from_row(row) for row in cluster.rows], rules.book)
            verdicts.extend(_verdicts(cluster, outcomes))
            if len(cluster.rows) > 1:
                clusters.append(_cluster_row(cluster, outcomes))
    return pa.Table.from_pylist(verdicts, VERDICTS.arrow), pa.Table.from_pylist(clusters, CLUSTERS.arrow)


def _runs(column: pa.ChunkedArray) -> Iterator[tuple[int, int]]:
    """(Start, stop) of each run of equal values."""
    values = column.to_pylist()
    starts = [i for i, value in enumerate(values) if i == 0 or value != values[i - 1]]
    yield from zip(starts, [*starts[1:], len(values)], strict=True)


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


def _clusters_of(component: pa.Table, match: MatchConfig) -> Iterator[_Cluster]:
    """The clusters of one component, in the order of their leaders."""
    leaders = lead(component, MatchThresholds(**match.model_dump()))
    rows = component.select([name for name in component.column_names if name not in _SIGNATURE]).to_pylist()
    for leader in np.unique(leaders.leader):
        places = np.flatnonzero(leaders.leader == leader)
        yield _Cluster(
            [rows[p] for p in places],
            [None if p == leader else leaders.detector[p] for p in places],
            [None if p == leader else float(leaders.distance[p]) for p in places],
        )


def _verdicts(cluster: _Cluster, outcomes: Sequence[Outcome]) -> Iterator[dict[str, Any]]:
    """A row of ``schemas.VERDICTS`` for each row of the cluster."""
    for row, outcome, matched_by, distance in zip(
        cluster.rows, outcomes, cluster.matched_by, cluster.distance, strict=True
    ):
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
            "reason": outcome.reason.value if outcome.reason else None,
            "steps": list(outcome.trace),
        }


def _cluster_row(cluster: _Cluster, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The row of ``schemas.CLUSTERS``."""
    first = outcomes[0]
    is_kept = first.permission is Permission.ALLOWED and not cluster.rows[0]["reasons"]
    return {
        "cluster_id": cluster.id.hex(),
        "size": len(cluster.rows),
        "representative_id": cluster.rows[0]["sample_id"].hex(),
        "kept": int(is_kept),
        "urls": len({row["url"] for row in cluster.rows if row["url"]}),
        "captions": len({row["caption"] for row in cluster.rows if row["caption"]}),
        "contested": any(outcome.reason is Reason.RIGHTS_CONFLICT for outcome in outcomes),
    }
