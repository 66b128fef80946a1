"""Why one sample is in or out, on one screen: its decision, its rights with the evidence, and its copies."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pyarrow.compute as pc

from cleanset.manifest.hits import entries_in
from cleanset.manifest.read import find_sample, open_record, select_rows, why_no_picture
from cleanset.report.distances import distances
from cleanset.report.lines import WIDTH, fit
from cleanset.report.summary import named
from cleanset.rights.claims.claim import Kind
from cleanset.rundir import RunDirectory
from cleanset.schemas import Detector

SHOWN_STEPS = 7
SHOWN_CLAIMS = 8
SHOWN_COPIES = 6
"""Lines of each part, so that all of them fit on one screen of 45 lines; --json leaves nothing out."""
SHOWN_ENTRIES = 3
LONGEST = 3
"""Lines that the step that decided, and the credit, may take."""
_MATCHES = {
    Detector.IDENTITY: "the same sample, read again",
    Detector.CONTENT: "the same file",
    Detector.PIXELS: "the same pixels",
    Detector.PHASH: "looks alike",
    Detector.PDQ: "looks alike",
    Detector.EMBEDDING: "looks alike, or shows a part of it",
}
_TELLING = [
    Kind.RESTRICTION,
    Kind.RESERVATION,
    Kind.UNREAD,
    Kind.LICENSE,
    Kind.PUBLIC_DOMAIN,
    Kind.AI_ORIGIN,
    Kind.OWNER,
    Kind.CREATOR,
    Kind.TITLE,
]
"""Kinds of claims in the order in which they are shown."""


def explain(run: RunDirectory, text: str) -> dict[str, Any]:
    """Everything that the run knows of the sample that ``text`` names, as one JSON document.

    Raises:
        RunError: the run has no manifest, or no sample or several fit the text.
    """
    record = open_record(run)
    row = find_sample(run, text)
    own = (pc.field("shard") == row["shard"]) & (pc.field("key") == row["key"])
    claims = select_rows(run, "claims", (pc.field("sample_id") == row["sample_id"]) & own).to_pylist()
    copies = []
    if row["cluster_id"]:
        members = select_rows(run, "manifest", pc.field("cluster_id") == row["cluster_id"])
        copies = [m for m in members.to_pylist() if (m["shard"], m["key"]) != (row["shard"], row["key"])]
    leader = next((copy for copy in copies if copy["sample_id"] == row["representative_id"]), None)
    return {
        "sample": row,
        "detail": why_no_picture(run, row["shard"], row["key"]),
        "claims": claims,
        "entries": _entries(claims, record["hits"]),
        "copies": copies,
        "distances": [asdict(distance) for distance in distances(run, row, leader)] if leader else [],
        "policy": record["policy"]["name"],
        "purpose": record["policy"]["fields"]["purpose"],
        "jurisdictions": record["policy"]["fields"]["jurisdictions"],
    }


def _entries(claims: Sequence[Mapping[str, Any]], hits: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The user's own entries that are about the sample, each with the samples of the run that it is about."""
    known = entries_in(hits)
    said = dict.fromkeys((claim["layer"], claim["locator"], claim["text"]) for claim in claims)
    return [known[one] for one in said if one in known]


def as_text(explanation: Mapping[str, Any]) -> str:
    """The explanation for a person: at most 45 lines of 120 columns."""
    row, claims, copies = (explanation[part] for part in ("sample", "claims", "copies"))
    parts = [
        *_decision(row, explanation["detail"]),
        "",
        *_rights(row, explanation),
        *_steps(row["trace"]),
        "",
        f"Claims: {len(claims)}, [by whom, how strong of 4], and where it was seen" if claims else "Claims: none",
        *_first([_claim(claim) for claim in sorted(claims, key=_weight)], SHOWN_CLAIMS, "claims"),
        *_yours(explanation["entries"]),
        *_cluster(row, copies, explanation["distances"]),
    ]
    return "\n".join(fit(line) for line in parts)


def _first(lines: Sequence[str], shown: int, what: str) -> Iterator[str]:
    """The lines, or as many as fit and how many are left; one that is left over is shown instead of counted."""
    if len(lines) <= shown + 1:
        yield from lines
        return
    yield from lines[:shown]
    yield f"  and {len(lines) - shown} more {what}: --json"


def _steps(trace: Sequence[str]) -> Iterator[str]:
    """The rules that fired, in order; the last one decided, and is shown in full."""
    steps = [f"  {number}. {step}" for number, step in enumerate(trace, 1)]
    yield from _first(steps[:-1], SHOWN_STEPS, "steps")
    yield from _wrapped("".join(steps[-1:]))


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=" " * 5, max_lines=LONGEST, placeholder=" …")


def _decision(row: Mapping[str, Any], detail: str | None) -> Iterator[str]:
    why = f": {', '.join(row['reasons'])}" if row["reasons"] else ""
    yield f"{row['sample_id']}  {row['decision'].upper()}{why}"
    yield f"  {row['shard']}/{row['key']}, read as {row['source']}"
    if row["url"]:
        yield f"  {row['url']}"
    if row["caption"]:
        yield f"  “{row['caption']}”"
    if row["width"]:
        yield f"  {row['format']}, {row['width']} x {row['height']}, {row['bytes']:,} bytes"
    else:
        yield f"  no picture: {row['status']}" + (f", {detail}" if detail else "")


def _rights(row: Mapping[str, Any], explanation: Mapping[str, Any]) -> Iterator[str]:
    basis = f", resting on: {row['basis']}" if row["basis"] else ""
    use = f"{explanation['purpose']} use in {', '.join(explanation['jurisdictions'])}"
    yield f"Rights: {row['permission']} for {use} under the policy {explanation['policy']}{basis}"
    yield f"  declared {row['license_declared']}, concluded {row['license_concluded']}"
    if row["license_evidence"]:
        yield f"  strongest evidence: {row['license_evidence']}"
    if row["attribution"]:
        yield from _wrapped(f"  credit: {row['attribution']}")
    if row["conflicts_with"]:
        yield f"  decided by its copy {row['conflicts_with']}"


def _weight(claim: Mapping[str, Any]) -> tuple[int, int, str, str]:
    """Orders claims from the one that tells most."""
    return _TELLING.index(Kind(claim["kind"])), -claim["strength"], claim["layer"], claim["locator"]


def _claim(claim: Mapping[str, Any]) -> str:
    """One line: what is claimed, how strong, by whom, and the words it was read from."""
    when = f" ({claim['observed_at']})" if claim["observed_at"] else ""
    told = claim["value"] if len(claim["value"]) <= 48 else claim["value"][:47] + "…"  # noqa: PLR2004 - leaves room for the words
    source = f"{claim['layer']} {claim['locator']}{when}: {claim['text']!r}"
    return f"  {claim['kind']}: {told} [{claim['said_by']}, {claim['strength']}] {source}"


def _yours(entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if entries:
        yield ""
        yield "Your own entries about it, and the samples of the run that each is about"
        yield from _first([f"{entry['samples']:>9,}  {named(entry)}" for entry in entries], SHOWN_ENTRIES, "entries")


def _cluster(
    row: Mapping[str, Any], copies: Sequence[Mapping[str, Any]], distances: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    if not row["cluster_id"]:
        return
    yield ""
    if not copies:
        yield "Cluster: no other sample shows this picture"
        return
    yield f"Cluster {row['cluster_id']}: {row['cluster_size']} samples"
    if row["matched_by"]:
        yield f"  {row['representative_id']} stands for this one: {_match(row)}"
        yield from (f"    {each['detector']}: {each['meaning']}" for each in distances)
    ordered = sorted(copies, key=lambda copy: (copy["matched_by"] is not None, copy["distance"] or 0))
    yield from _first([_copy(copy) for copy in ordered], SHOWN_COPIES, "copies")


def _match(row: Mapping[str, Any]) -> str:
    """How a row is like the sample that stands for it, in words."""
    if row["matched_by"] is None:
        return "representative"
    near = f" ({row['matched_by']} {row['distance']:g})" if row["distance"] else ""
    return _MATCHES[Detector(row["matched_by"])] + near


def _copy(copy: Mapping[str, Any]) -> str:
    why = f" ({', '.join(copy['reasons'])})" if copy["reasons"] else ""
    told = f"{copy['sample_id']} {_match(copy)}; {copy['decision']}{why}; {copy['license_declared']}"
    return f"  {told}; {copy['shard']}/{copy['key']}"
