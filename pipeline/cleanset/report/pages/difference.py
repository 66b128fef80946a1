"""The page that shows what differs between two sets."""

from __future__ import annotations

from cleanset.manifest.difference import Change
from cleanset.report.difference import Tally, describe
from cleanset.report.pages.html import element, page, section, table, text

_TITLES = {Change.ENTERS: "What entered", Change.LEAVES: "What left", Change.CHANGES: "What changed"}


def difference_page(counted: Tally, before: str, after: str) -> str:
    """One page: totals, then a table of groups for each kind of change, the largest group first."""
    totals = table(
        "Samples by what became of them",
        ["samples", "change"],
        [[text(f"{counted.total(change):,}"), text(change)] for change in Change],
    )
    parts = [
        section(
            change,
            _TITLES[change],
            table(
                f"Samples that {change.removesuffix('s')}, by license, reason and source",
                ["samples", "what", "for example"],
                [
                    [
                        text(f"{number:,}"),
                        text(describe(group)),
                        element("span", text(", ".join(counted.examples[group])), class_="mono"),
                    ]
                    for group, number in counted.ordered()
                    if group.change == change
                ],
            ),
        )
        for change in Change
    ]
    title = f"From {before} to {after}"
    return page(title, element("h1", text(title)), totals, *parts)
