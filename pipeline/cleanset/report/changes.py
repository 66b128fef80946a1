"""What another policy changes, for a person: how many samples enter and leave, by license and reason."""

from __future__ import annotations

from collections import defaultdict

import pyarrow as pa

from cleanset.report.lines import fit

NAMED = 2
"""Samples named of each kind of change; --json names all."""


def as_text(changes: pa.Table, before: str, after: str) -> str:
    """Rows of ``rights.policy.CHANGES`` by change, license and reason, the commonest first."""
    samples: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in changes.to_pylist():
        samples[row["change"], row["license"], row["why"]].append(row["sample_id"])
    groups = sorted(samples.items(), key=lambda group: (group[0][0], -len(group[1]), group[0]))
    head = f"From {before} to {after}: {_count(changes, 'enters')} enter, {_count(changes, 'leaves')} leave"
    return "\n".join([head, *(_line(*kind, names) for kind, names in groups)])


def _count(changes: pa.Table, change: str) -> str:
    return f"{changes['change'].to_pylist().count(change):,}"


def _line(change: str, license_: str, why: str, names: list[str]) -> str:
    verb, when = ("enter", "were dropped") if change == "enters" else ("leave", "are dropped")
    some = ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
    return fit(f"{len(names):>9,}  {verb}: {license_}; {when}: {why}") + f"\n           {some}"
