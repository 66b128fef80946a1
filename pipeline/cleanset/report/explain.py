"""Why one sample is in or out, on one screen: its decision, its rights with the evidence, and its copies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow.compute as pc

from cleanset.manifest.read import find_sample, open_record, select_rows
from cleanset.rundir import RunDirectory

SHOWN_COPIES = 8


def explain(run: RunDirectory, text: str) -> dict[str, Any]:
    """Everything that the run knows of the sample that ``text`` names, as one JSON document.

    Raises:
        RunError: the run has no manifest, or no sample or several fit the text.
    """
    record = open_record(run)
    row = find_sample(run, text)
    claims = select_rows(run, "claims", pc.field("sample_id") == row["sample_id"]).to_pylist()
    copies = []
    if row["cluster_id"]:
        members = select_rows(run, "manifest", pc.field("cluster_id") == row["cluster_id"])
        copies = [m for m in members.to_pylist() if (m["shard"], m["key"]) != (row["shard"], row["key"])]
    return {"sample": row, "claims": claims, "copies": copies, "policy": record["policy"]["name"]}


def as_text(explanation: Mapping[str, Any]) -> str:
    """The explanation for a person."""
    row = explanation["sample"]
    return "\n".join(
        [*_decision(row), *_rights(row, explanation), *_claims(explanation["claims"]), *_copies(explanation)]
    )


def _decision(row: Mapping[str, Any]) -> Iterator[str]:
    why = f": {', '.join(row['reasons'])}" if row["reasons"] else ""
    yield f"{row['sample_id']}  {row['decision'].upper()}{why}"
    yield f"  {row['shard']}/{row['key']}, read as {row['source']}"
    if row["url"]:
        yield f"  {row['url']}"
    if row["caption"]:
        yield f"  “{row['caption'][:200]}”"
    if row["width"]:
        yield f"  {row['format']}, {row['width']} x {row['height']}, {row['bytes']:,} bytes"
    else:
        yield f"  no picture: {row['status']}"


def _rights(row: Mapping[str, Any], explanation: Mapping[str, Any]) -> Iterator[str]:
    yield f"\nRights: {row['permission']} under the policy {explanation['policy']}"
    yield f"  declared {row['license_declared']}, concluded {row['license_concluded']}"
    if row["basis"]:
        yield f"  rests on: {row['basis']}"
    if row["license_evidence"]:
        yield f"  strongest evidence: {row['license_evidence']}"
    if row["attribution"]:
        yield f"  credit: {row['attribution']}"
    if row["conflicts_with"]:
        yield f"  contradicted by its copy {row['conflicts_with']}"
    yield from (f"  {number}. {step}" for number, step in enumerate(row["trace"], 1))


def _claims(claims: list[Mapping[str, Any]]) -> Iterator[str]:
    yield f"\nClaims: {len(claims) or 'none'}"
    for claim in claims:
        when = f", seen {claim['observed_at']}" if claim["observed_at"] else ""
        yield f"  {claim['kind']}: {claim['value']} (said by {claim['said_by']}, strength {claim['strength']})"
        yield f"    {claim['layer']} {claim['locator']}: {claim['text'][:160]!r}{when}"


def _copies(explanation: Mapping[str, Any]) -> Iterator[str]:
    row, copies = explanation["sample"], explanation["copies"]
    if not row["cluster_id"]:
        return
    yield f"\nCluster {row['cluster_id']}: {row['cluster_size']} samples"
    if row["matched_by"]:
        yield f"  {row['representative_id']} stands for it: {row['matched_by']}, distance {row['distance']:g}"
    for copy in copies[:SHOWN_COPIES]:
        found = f"{copy['matched_by']} {copy['distance']:g}" if copy["matched_by"] else "representative"
        where = f"{copy['shard']}/{copy['key']}"
        yield f"  {copy['sample_id']} {copy['decision']} ({found}), {copy['license_declared']}, {where}"
    if len(copies) > SHOWN_COPIES:
        yield f"  and {len(copies) - SHOWN_COPIES} more"
