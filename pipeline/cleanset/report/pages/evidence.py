"""Everything that pages show of the samples that they list: rows, claims and copies, each read once for all of them."""

from __future__ import annotations

import io
from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from cleanset.manifest.read import select_from, select_rows
from cleanset.rundir import RunDirectory
from cleanset.schemas import THUMBNAIL_SIDE

Row = Mapping[str, Any]
COPIES = 12
"""Copies that are shown of a cluster."""
CLUSTERS = 24
"""Clusters in each gallery."""


@dataclass(frozen=True, slots=True)
class Gallery:
    """Some clusters, each with the members that tell most of it.

    Attributes:
        clusters: rows of ``schemas.CLUSTERS``.
        members: by cluster_id, rows of the manifest.
    """

    clusters: Sequence[Row]
    members: Mapping[str, Sequence[Row]]


def rows_of(run: RunDirectory, sample_ids: Sequence[str]) -> dict[str, list[Row]]:
    """The manifest rows of some samples; one that was read twice has two."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in select_rows(run, "manifest", pc.field("sample_id").isin(pa.array(sample_ids, pa.string()))).to_pylist():
        rows[row["sample_id"]].append(row)
    return rows


def claims_of(run: RunDirectory, sample_ids: Sequence[str]) -> dict[str, list[Row]]:
    """The claims about some samples."""
    claims: dict[str, list[Row]] = defaultdict(list)
    for row in select_rows(run, "claims", pc.field("sample_id").isin(pa.array(sample_ids, pa.string()))).to_pylist():
        claims[row["sample_id"]].append(row)
    return claims


def largest(run: RunDirectory) -> Gallery:
    """The largest clusters."""
    return _gallery(run, pc.field("size") > 1)


def contested(run: RunDirectory) -> Gallery:
    """The largest clusters whose copies contradict each other about rights."""
    return _gallery(run, pc.field("contested"))


def members_of(run: RunDirectory, cluster_ids: Iterable[str]) -> dict[str, list[Row]]:
    """By cluster_id ``COPIES`` members: of each declared license some, those that are kept and the farthest first."""
    members: dict[str, list[Row]] = defaultdict(list)
    asked = pc.field("cluster_id").isin(pa.array(sorted(cluster_ids), pa.string()))
    for row in select_rows(run, "manifest", asked).to_pylist():
        members[row["cluster_id"]].append(row)
    return {name: _telling(rows) for name, rows in members.items()}


def _telling(rows: Sequence[Row]) -> list[Row]:
    """The members that tell most of a cluster: a round of one for each declared license, then another round."""
    rounds: Counter[str] = Counter()
    placed: list[tuple[int, int, Row]] = []
    for row in sorted(rows, key=_order):
        placed.append((rounds[row["license_declared"]], len(placed), row))
        rounds[row["license_declared"]] += 1
    return [row for _, _, row in sorted(placed, key=lambda place: place[:2])[:COPIES]]


def _order(row: Row) -> tuple[bool, bool, float, str]:
    return row["decision"] != "kept", row["matched_by"] is not None, -(row["distance"] or 0), row["sample_id"]


def _gallery(run: RunDirectory, which: pc.Expression) -> Gallery:
    table = select_rows(run, "clusters", which)
    if not table.num_rows:
        return Gallery([], {})
    first = table.sort_by([("size", "descending"), ("cluster_id", "ascending")]).slice(0, CLUSTERS).to_pylist()
    return Gallery(first, members_of(run, [row["cluster_id"] for row in first]))


def thumbnails(run: RunDirectory, rows: Iterable[Row]) -> dict[tuple[str, str], str]:
    """By shard and key of each row a ``data:`` URL of its 16 x 16 thumbnail, where the run's features are there."""
    keys: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["pixel_id"]:
            keys[row["shard"]].append(row["key"])
    pictures: dict[tuple[str, str], str] = {}
    for shard, names in sorted(keys.items()):
        file = run.features_file(shard)
        if not run.exists(file.removeprefix(run.path(""))):
            continue
        table = select_from(file, pc.field("key").isin(pa.array(names, pa.string())), ["key", "thumbnail"])
        for key, pixels in zip(table["key"].to_pylist(), table["thumbnail"].to_pylist(), strict=True):
            if pixels is not None:
                pictures[shard, key] = data_url(pixels)
    return pictures


def data_url(pixels: bytes) -> str:
    """A thumbnail of the features as the address of an image that stands in the page itself."""
    cells = np.frombuffer(pixels, np.uint8).reshape(THUMBNAIL_SIDE, THUMBNAIL_SIDE, 3)
    stream = io.BytesIO()
    Image.fromarray(cells).save(stream, "PNG")
    return "data:image/png;base64," + b64encode(stream.getvalue()).decode()
