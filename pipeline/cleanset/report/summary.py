"""The few lines after a run: what was read, what is kept, what was dropped and why, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleanset.manifest.read import select_rows
from cleanset.manifest.record import RECORD, RUN_DECIDE
from cleanset.report.lines import fit
from cleanset.rights.claims.claim import Kind
from cleanset.rundir import RunDirectory, iter_parquet
from cleanset.schemas import Decision, Reason, count_values

LARGEST = 5
"""Clusters and unknown licenses shown; of known ones twice as many."""
EVIDENCE = 60
"""Characters that are shown of a piece of evidence."""
COUNTED = 65_536
"""Different words that are counted at most; the rarer half is forgotten beyond."""
SMALLEST = 0.001
"""The least share that is told as a number."""


def summarize(run: RunDirectory) -> str:
    """The summary of a run, for a person.

    Raises:
        RunError: the run has no manifest.
    """
    record = run.read_json(RECORD, needs=RUN_DECIDE)
    kept = run.read_table("manifest", ["decision", "license_concluded"]).filter(pc.field("decision") == Decision.KEPT)
    parts = [
        _counts(record["counts"]),
        _licenses(kept),
        _unknown(run),
        _unread(run),
        _clusters(run, run.read_table("clusters")),
        _entries(record["hits"]),
        *(f"Warning: {warning}" for warning in record["warnings"]),
        _next_steps(run, record),
    ]
    return "\n".join(part for part in parts if part)


def _counts(counts: Mapping[str, Any]) -> str:
    read = counts["read"]
    lines = [f"{read:>9,}  samples read", f"{counts['kept']:>9,}  kept{_share(counts['kept'], read)}"]
    dropped = sorted(counts["dropped"].items(), key=lambda item: (-item[1], item[0]))
    lines += [f"{number:>9,}  dropped: {reason}{_share(number, read)}" for reason, number in dropped]
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    if not part or not whole:
        return ""
    return f"  ({part / whole:.1%})" if part / whole >= SMALLEST else f"  (under {SMALLEST:.1%})"


def _licenses(kept: pa.Table) -> str:
    counts = sorted(count_values(kept["license_concluded"]).items(), key=lambda item: (-item[1], item[0]))
    if not counts:
        return ""
    rows = [f"{number:>9,}  {name}" for name, number in counts[: 2 * LARGEST]]
    if rest := counts[2 * LARGEST :]:
        rows.append(f"{sum(number for _, number in rest):>9,}  under {len(rest)} other licenses")
    return "\n".join(["\nLicenses of what is kept", *rows])


def _unknown(run: RunDirectory) -> str:
    """What the commonest evidence is that decided nothing, and the rule that says why: what to correct first."""
    counts: Counter[str] = Counter()
    for file in run.files("manifest"):
        for batch in iter_parquet(file, ["reasons", "trace", "license_evidence"], rows=65_536):
            for reasons, trace, evidence in zip(*(c.to_pylist() for c in batch.columns), strict=True):
                if reasons[:1] == [Reason.LICENSE_UNKNOWN]:
                    counts[f"{''.join(trace[-1:]).partition(':')[0]}: {fit(evidence or 'nothing', EVIDENCE)}"] += 1
    if not counts:
        return ""
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:LARGEST]
    rows = [f"{number:>9,}  {text}" for text, number in most]
    return "\n".join(["\nWhy license-unknown, and on what evidence; most frequent first", *rows])


def _unread(run: RunDirectory) -> str:
    """The words about rights that nobody could read, by the samples that have them: what to rule on first."""
    counts: Counter[str] = Counter()
    for file in run.files("claims"):
        for batch in iter_parquet(file, ["kind", "value"], rows=65_536):
            counts.update(batch["value"].filter(pc.equal(batch["kind"], Kind.UNREAD.value)).to_pylist())
            if len(counts) > COUNTED:
                counts = Counter(dict(counts.most_common(COUNTED // 2)))
    if not counts:
        return ""
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:LARGEST]
    rows = [f"{number:>9,}  {fit(words, EVIDENCE)}" for words, number in most]
    head = "\nWords about rights that could not be read; an overlay may say what they mean (text, …, reads-as)"
    return "\n".join([head, *rows])


def _clusters(run: RunDirectory, clusters: pa.Table) -> str:
    if not clusters.num_rows:
        return ""
    largest = clusters.sort_by([("size", "descending"), ("cluster_id", "ascending")]).slice(0, LARGEST).to_pylist()
    ids = pa.array([row["representative_id"] for row in largest])
    stands = select_rows(run, "manifest", pc.field("sample_id").isin(ids), ["sample_id", "caption", "url"]).to_pylist()
    named = {row["sample_id"]: row["caption"] or row["url"] for row in stands}
    rows = [_copies(row, named.get(row["representative_id"])) for row in largest]
    repeated = pc.sum(clusters["size"]).as_py() - clusters.num_rows
    pictures = f"Pictures that occur more than once: {clusters.num_rows:,}"
    head = f"\n{pictures}; copies too many: {repeated:,}; the largest clusters"
    return "\n".join([head, *rows])


def _copies(cluster: Mapping[str, Any], name: str | None) -> str:
    """The line of one cluster; ``name`` is the caption or URL of the sample that stands for it."""
    fate = "" if cluster["kept"] else " (not kept)"
    called = f" “{name}”" if name else ""
    return fit(f"{cluster['size']:>9,}  copies of {cluster['representative_id']}{fate}{called}")


def _entries(hits: Mapping[str, Any]) -> str:
    """What the user's own lists and overlay were about, and which of their entries were about nothing."""
    parts = [(f"opt-out list {one['list']}: {one['samples']:,} samples", one) for one in hits["opt_outs"]]
    if hits["overlay"]["entries"]:
        parts.append(("overlay", hits["overlay"]))
    lines = []
    for name, part in parts:
        lines.append(f"  {name}; {part['entries']:,} entries, {part['entries'] - len(part['used']):,} about no sample")
        lines += [f"{row['samples']:>9,}  {named(row)}" for row in part["used"][:LARGEST]]
        lines += [f"{0:>9}  {named(row)}" for row in part["unused"][:LARGEST]]
    return "\n".join(["\nYour own entries, and the samples that each is about", *map(fit, lines)]) if lines else ""


def named(entry: Mapping[str, Any]) -> str:
    """An entry of a list or an overlay, and who asked for it, when and why."""
    what = f"{entry['kind']} {entry['value']}" if "kind" in entry else f"{entry['match']} {entry['equals']}"
    done = f" {entry['action']} {entry['value']}".rstrip() if "action" in entry else ""
    told = "; ".join(entry[name] for name in ("who", "when", "why") if entry[name])
    return f"{what}{done}" + (f" ({told})" if told else "")


def _next_steps(run: RunDirectory, record: Mapping[str, Any]) -> str:
    return "\n".join(
        [
            f"\nPolicy {record['policy']['name']}; manifest: {run.path('manifest')}",
            f"  cleanset report {run.root}             all of this as pages, with the evidence behind each number",
            f"  cleanset audit {run.root}              check it from its own evidence",
            f"  cleanset explain {run.root} SAMPLE     why one sample is in or out",
            f"  cleanset laundering {run.root}         pictures that one source frees and another does not",
            f"  cleanset decide {run.root} --policy P  another policy, in seconds",
            f"  cleanset attribution {run.root}        the credits to print",
        ]
    )
