"""The rows of the manifest: a judged sample and its cluster's verdict become one decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from cleanset.schemas import CLAIMS, MANIFEST, Decision, Reason, hex_strings

ORDER = [(name, "ascending") for name in ("sample_id", "content_id", "shard", "key")]
"""Rows of one sample_id (the same URL and caption, read twice) are told apart by what they hold and where they lay."""
_HEX = ("sample_id", "content_id", "pixel_id", "phash", "pdq")
_LEFT_OUT = ("phash", "pdq", "pdq_forms", "thumbnail", "claims")


def finish(judged: pa.Table, verdicts: pa.Table) -> pa.Table:
    """Rows of ``schemas.MANIFEST``, one per judged row, ordered by sample_id.

    Args:
        judged: rows of ``schemas.JUDGED``.
        verdicts: rows of ``schemas.VERDICTS`` for those of them that have copies.
    """
    judged = judged.sort_by(ORDER)
    of_row = {(v["shard"], v["key"]): v for v in verdicts.to_pylist()}
    light = judged.select([name for name in judged.column_names if name not in _LEFT_OUT])
    rows = [decide(row, of_row.get((row["shard"], row["key"]))) for row in light.to_pylist()]
    return pa.Table.from_arrays([_column(name, judged, rows) for name in MANIFEST.names], schema=MANIFEST.arrow)


def _column(name: str, judged: pa.Table, rows: list[dict[str, Any]]) -> pa.Array | pa.ChunkedArray:
    if name in _HEX:
        return hex_strings(judged[name])
    if rows and name in rows[0]:
        return pa.array([row[name] for row in rows], MANIFEST.arrow.field(name).type)
    return judged[name] if name in judged.column_names else pa.array([], MANIFEST.arrow.field(name).type)


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
    return {
        "license_concluded": verdict["license_concluded"],
        "permission": verdict["permission"],
        "basis": row["basis"] if verdict["permission"] == row["permission"] else None,
        "trace": [*row["trace"], *verdict["steps"]],
        "conflicts_with": _hex(verdict["conflicts_with"]),
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
    named = judged.select([*(name for name, _ in ORDER), "claims"]).sort_by(ORDER)
    rows = [
        {"sample_id": row["sample_id"].hex(), "shard": row["shard"], "key": row["key"], **claim}
        for row in named.to_pylist()
        for claim in row["claims"]
    ]
    return pa.Table.from_pylist(rows, CLAIMS.arrow)
