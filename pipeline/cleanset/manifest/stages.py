"""The two stages whose tables take the place of older ones all at once: match and decide."""

from __future__ import annotations

from cleanset.manifest import matched, record
from cleanset.rundir import RunDirectory
from cleanset.rundir.replacing import finish_replacing, is_replacing

STAGES = ((matched.RECORD, matched.TABLES), (record.RECORD, record.PRODUCTS))
"""The record of each, and its tables."""


def are_replacing(run: RunDirectory) -> bool:
    """Whether a command that was stopped, or that is at it now, has not put all of its tables in their place yet."""
    return any(is_replacing(run, name) for name, _ in STAGES)


def finish_stages(run: RunDirectory) -> None:
    """What a command that was stopped had built is in its place if it was complete, and gone if not."""
    for name, tables in STAGES:
        finish_replacing(run, name, tables)
