"""The rows of the manifest: a judged sample and its cluster's verdict become one decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleanset.rights.obligations import Grounds, obligations_of
from cleanset.schemas import CLAIMS, MANIFEST, Decision, Reason, hex_strings

ORDER = [(name, "ascending") for name in ("sample_id", "content_id", "shard", "key")]
"""Rows of one sample_id (the same URL and caption, read twice) are told apart by what they hold and where they lay."""
_HEX = ("sample_id", "content_id", "pixel_id", "phash", "pdq")
_LEFT_OUT = ("phash", "pdq", "claims")
ROWS_AT_ONCE = 4096
"""Rows that are Python objects at the same time, at a few KB each."""


def finish(judged: pa.Table, verdicts: pa.Table) -> pa.Table:
    """Rows of ``schemas.MANIFEST``, one per judged row, ordered by sample_id.

    Args:
        judged: rows of ``schemas.JUDGED``.
        verdicts: rows of ``schemas.VERDICTS`` for those of them that have copies.
    """
    judged = judged.sort_by(ORDER)
    at = {name: place for place, name in enumerate(_names(verdicts))}
    pieces = [
        _finish(piece, verdicts.take(pa.array([at.get(name) for name in _names(piece)], pa.int64())))
        for piece in judged.to_batches(max_chunksize=ROWS_AT_ONCE)
    ]
    return pa.Table.from_batches(pieces, MANIFEST.arrow)


def _names(rows: pa.Table | pa.RecordBatch) -> Iterator[tuple[str, str]]:
    """The names of the rows: shard and key."""
    return zip(rows.column("shard").to_pylist(), rows.column("key").to_pylist(), strict=True)


def _finish(judged: pa.RecordBatch, verdicts: pa.Table) -> pa.RecordBatch:
    """The same of some rows in order, with their verdicts aligned; nulls where there is none."""
    light = judged.select([name for name in judged.schema.names if name not in _LEFT_OUT])
    told = [verdict if verdict["shard"] is not None else None for verdict in verdicts.to_pylist()]
    rows = [decide(row, verdict) for row, verdict in zip(light.to_pylist(), told, strict=True)]
    return pa.RecordBatch.from_arrays([_column(name, judged, rows) for name in MANIFEST.names], schema=MANIFEST.arrow)


def _column(name: str, judged: pa.RecordBatch, rows: list[dict[str, Any]]) -> pa.Array:
    if name in _HEX:
        return hex_strings(judged.column(name))
    if rows and name in rows[0]:
        return pa.array([row[name] for row in rows], MANIFEST.arrow.field(name).type)
    return judged.column(name)


def decide(row: Mapping[str, Any], verdict: Mapping[str, Any] | None) -> dict[str, Any]:
    """The columns of the manifest that are neither copied nor ids.

    Args:
        row: of ``schemas.JUDGED``.
        verdict: of ``schemas.VERDICTS``; None for a sample without copies, or without a picture.
    """
    verdict = verdict or _alone(row)
    reasons = list(row["reasons"])
    if verdict["reason"] and verdict["reason"] not in reasons:
        reasons.append(verdict["reason"])
    if not verdict["representative"] and verdict["representative_id"] is not None:
        reasons.append(Reason.DUPLICATE.value)
    stands = verdict["representative"]
    grounds = Grounds(
        verdict["license_concluded"], row["creator"], verdict["attribution"], row["notices"], row["limits"]
    )
    return {
        "obligations": [] if reasons else obligations_of(grounds),
        "license_concluded": verdict["license_concluded"],
        "permission": verdict["permission"],
        "basis": row["basis"] if verdict["permission"] == row["permission"] else None,
        "trace": [*row["trace"], *verdict["steps"]],
        "conflicts_with": _hex(verdict["conflicts_with"] or row["objected_by"]),
        "attribution": verdict["attribution"],
        "decision": (Decision.DROPPED if reasons else Decision.KEPT).value,
        "reasons": reasons,
        "cluster_id": _hex(verdict["cluster_id"]),
        "cluster_size": verdict["cluster_size"],
        "representative_id": _hex(verdict["representative_id"]),
        "matched_by": verdict["matched_by"],
        "distance": verdict["distance"],
        "copies": verdict["cluster_size"] if stands else 0,
    }


def _alone(row: Mapping[str, Any]) -> dict[str, Any]:
    """The verdict on a sample that no other sample resembles; on one without a picture, no cluster at all."""
    has_picture = row["pixel_id"] is not None
    return {
        "cluster_id": row["sample_id"] if has_picture else None,
        "cluster_size": 1 if has_picture else None,
        "representative_id": row["sample_id"] if has_picture else None,
        "representative": has_picture,
        "matched_by": None,
        "distance": None,
        "conflicts_with": None,
        "permission": row["permission"],
        "license_concluded": row["license_concluded"],
        "attribution": row["attribution"],
        "reason": None,
        "steps": [],
    }


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


def claim_rows(judged: pa.Table) -> pa.Table:
    """Rows of ``schemas.CLAIMS`` of the judged rows, in the order of the manifest."""
    ordered = judged.select([*(name for name, _ in ORDER), "claims"]).sort_by(ORDER).combine_chunks()
    claims = ordered["claims"].combine_chunks()
    of_row = pc.list_parent_indices(claims)
    fields = {
        field.name: values for field, values in zip(claims.type.value_type, claims.flatten().flatten(), strict=True)
    }
    sample = {"sample_id": hex_strings(ordered["sample_id"]), "shard": ordered["shard"], "key": ordered["key"]}
    columns = fields | {name: values.take(of_row) for name, values in sample.items()}
    return pa.Table.from_arrays([columns[name] for name in CLAIMS.names], schema=CLAIMS.arrow)
