"""What the user's own entries did: how many samples each line of an opt-out list or overlay is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleanset.manifest.judge import Rules
from cleanset.rights.claims.overlay import Correction, Overlay
from cleanset.rights.evidence import Layer
from cleanset.rights.optout.lists import Entry, Kind, OptOutLists
from cleanset.rundir import RunDirectory, iter_parquet
from cleanset.schemas import CLAIMS

BY_USER = (Layer.LIST.value, Layer.OVERLAY.value)
"""Layers of claims that come from the user's own files."""
UNUSED = 1_000
"""Entries of each file that are about no sample and are named; the rest are counted."""
CLAIMED = ["sample_id", "shard", "key", "layer", "locator", "text"]
"""Columns of ``schemas.CLAIMS`` that are counted."""
_ENTRY = ("kind", "value", "who", "when", "why")

Said = tuple[str, str, str]
"""Layer, locator and text of a claim: the same for every sample that one entry is about."""


def count_hits(run: RunDirectory, rules: Rules) -> dict[str, Any]:
    """How many samples each opt-out list, each of its entries, and each correction of the overlay is about.

    Counted from the claims that the run holds, one batch of them in memory. Every entry that is about a sample is
    listed; of the others the first ``UNUSED``.
    """
    lists = _by_file(rules.opt_outs)
    files_of: dict[Said, set[str]] = {}
    for file, entries in lists.items():
        for entry in entries:
            files_of.setdefault(_said_by(entry), set()).add(file)
    hits, samples = Counter[Said](), Counter[str]()
    if lists or rules.overlay.corrections:
        for said in claims_by_user(
            batch for file in run.files(CLAIMS.name) for batch in iter_parquet(file, CLAIMED, 65_536)
        ):
            hits.update(said)
            samples.update({name for one in said for name in files_of.get(one, ())})
    return {
        "overlay": _count((c.model_dump(mode="json"), hits[said_of(c)]) for c in rules.overlay.corrections),
        "opt_outs": [
            {"list": file, "samples": samples[file], **_count((_fields(e), hits[_said_by(e)]) for e in entries)}
            for file, entries in lists.items()
        ],
    }


def claims_by_user(batches: Iterable[pa.RecordBatch]) -> Iterator[set[Said]]:
    """What entries say of each sample that any is about, from batches of claims in the order of the table."""
    rows = (
        row for batch in batches for row in batch.filter(pc.is_in(batch.column("layer"), pa.array(BY_USER))).to_pylist()
    )
    for _, claims in groupby(rows, key=lambda row: (row["sample_id"], row["shard"], row["key"])):
        yield {(row["layer"], row["locator"], row["text"]) for row in claims}


def entries_in(hits: Mapping[str, Any]) -> dict[Said, dict[str, Any]]:
    """The entries that the record lists, by what they say of a sample; those of one list that say the same are one."""
    listed = {said_of(correction): row for row in _rows(hits["overlay"]) for correction in [_correction(row)]}
    return listed | {_said_by(_entry(row)): row for one in hits["opt_outs"] for row in _rows(one)}


def rules_of(hits: Mapping[str, Any]) -> tuple[Overlay, OptOutLists | None]:
    """The overlay and the opt-out lists that the record lists: all that any sample's claims can come from.

    Raises:
        ValueError: an entry is none.
    """
    lists = [_entry(row) for one in hits["opt_outs"] for row in _rows(one)]
    overlay = Overlay(tuple(_correction(row) for row in _rows(hits["overlay"])))
    return overlay, OptOutLists.of(lists) if hits["opt_outs"] else None


def is_complete(part: Mapping[str, Any]) -> bool:
    """Whether the record lists every entry of an overlay or a list."""
    return len(part["used"]) + len(part["unused"]) == int(part["entries"])


def said_of(correction: Correction) -> Said:
    """What the correction says of a sample that it is about."""
    return Layer.OVERLAY.value, correction.evidence.locator, correction.evidence.value


def _said_by(entry: Entry) -> Said:
    return Layer.LIST.value, entry.kind.value, entry.value


def _by_file(lists: OptOutLists | None) -> dict[str, list[Entry]]:
    by_file: dict[str, list[Entry]] = {}
    for entry in (
        sorted(lists.entries(), key=lambda e: (e.file, e.kind, e.value, e.who, e.when, e.why)) if lists else ()
    ):
        by_file.setdefault(entry.file, []).append(entry)
    return by_file


def _fields(entry: Entry) -> dict[str, str]:
    return {name: str(getattr(entry, name)) for name in _ENTRY}


def _count(counted: Iterable[tuple[dict[str, Any], int]]) -> dict[str, Any]:
    """Entries with their samples, those with most first; then those without, in their order."""
    rows = list(counted)
    used = sorted(({**row, "samples": hits} for row, hits in rows if hits), key=lambda row: -int(row["samples"]))
    unused = [row for row, hits in rows if not hits]
    return {"entries": len(rows), "used": used, "unused": unused[:UNUSED]}


def _rows(part: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    return [*part["used"], *part["unused"]]


def _correction(row: Mapping[str, Any]) -> Correction:
    return Correction.model_validate({name: value for name, value in row.items() if name != "samples"})


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(Kind(row["kind"]), *(row[name] for name in _ENTRY[1:]))
