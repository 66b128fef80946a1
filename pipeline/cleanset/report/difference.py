"""What differs between two sets, for a person and for a machine: counts by change, source, license and reason."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pyarrow as pa

from cleanset.manifest.difference import Change
from cleanset.report.lines import fit

NAMED = 2
"""Samples named of each group; the table has all."""
_VERBS = {Change.ENTERS: "enter", Change.LEAVES: "leave", Change.CHANGES: "change"}


class Group(NamedTuple):
    """Samples to which the same happened for the same reason."""

    change: str
    license_before: str | None
    license_after: str | None
    why: str
    source: str


@dataclass(slots=True)
class Tally:
    """Counts of differences, and a few samples of each group; the order of the tables does not matter."""

    groups: Counter[Group] = field(default_factory=Counter)
    examples: dict[Group, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, table: pa.Table) -> None:
        """Count rows of ``manifest.difference.DIFFERENCE``."""
        for row in table.to_pylist():
            group = Group(*(row[name] for name in Group._fields))
            self.groups[group] += 1
            self.examples[group] = sorted([*self.examples[group], row["sample_id"]])[:NAMED]

    def total(self, change: Change) -> int:
        """Samples that entered, left or changed."""
        return sum(number for group, number in self.groups.items() if group.change == change)

    def ordered(self) -> list[tuple[Group, int]]:
        """Groups by change, the largest first."""
        order = list(Change)
        return sorted(
            self.groups.items(),
            key=lambda item: (order.index(Change(item[0].change)), -item[1], tuple(map(str, item[0]))),
        )


def tally(tables: Iterable[pa.Table]) -> Tally:
    """The tally of all tables."""
    counted = Tally()
    for table in tables:
        counted.add(table)
    return counted


def as_text(counted: Tally, before: str, after: str) -> str:
    """A line for each group, and a few of its samples."""
    numbers = ", ".join(f"{counted.total(change):,} {_VERBS[change]}" for change in Change)
    lines = [f"From {before} to {after}: {numbers}"]
    for group, number in counted.ordered():
        some = counted.examples[group]
        more = ", …" if number > len(some) else ""
        lines += [fit(f"{number:>9,}  {describe(group)}"), f"           {', '.join(some)}{more}"]
    return "\n".join(lines)


def describe(group: Group) -> str:
    """What happened to the samples of a group, in words."""
    if group.change == Change.ENTERS:
        return f"enter under {group.license_after}; before: {group.why} [{group.source}]"
    if group.change == Change.LEAVES:
        return f"leave, were under {group.license_before}; now: {group.why} [{group.source}]"
    license_ = (
        f"{group.license_before} becomes {group.license_after}"
        if group.license_before != group.license_after
        else f"under {group.license_after}"
    )
    return f"change, {license_}; differs: {group.why} [{group.source}]"


def to_json(counted: Tally, before: str, after: str) -> dict[str, Any]:
    """Totals and groups."""
    return {
        "before": before,
        "after": after,
        "totals": {str(change): counted.total(change) for change in Change},
        "groups": [
            {**group._asdict(), "samples": number, "examples": counted.examples[group]}
            for group, number in counted.ordered()
        ],
    }
