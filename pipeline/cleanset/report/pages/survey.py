"""Counts of everything that a report tells of a run, and some samples of each, in two passes over the manifest.

The manifest is read batch by batch and only in the columns that are counted; memory is that of one batch, of the
distinct values, and of the samples that are listed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cleanset.rundir import RunDirectory, iter_parquet
from cleanset.schemas import Decision, Reason

LISTED = 100
"""Samples that the page behind a number lists; the query that it shows lists all."""
SHOWN = 25
"""Values of a facet that are shown; the others are counted together."""
ROWS_AT_ONCE = 65_536
UNCLEAR = (Reason.LICENSE_UNKNOWN, Reason.UNREAD_RIGHTS)
"""Reasons for which it matters what was not understood."""
_COLUMNS = [
    "sample_id",
    "source",
    "url",
    "license_declared",
    "license_concluded",
    "license_evidence",
    "decision",
    "reasons",
    "trace",
    "matched_by",
    "distance",
    "width",
    "height",
    "reencoded",
]


class Facet(NamedTuple):
    """One way to divide samples.

    Attributes:
        title: of its table.
        query: the SQL expression whose value it is.
        of: the value of each row of a batch, null for rows that are not counted.
    """

    title: str
    query: str
    of: Callable[[pa.RecordBatch], pa.Array]


def _kept(batch: pa.RecordBatch) -> pa.Array:
    return pc.equal(batch["decision"], Decision.KEPT.value)


def _only(mask: pa.Array, values: pa.Array) -> pa.Array:
    return pc.if_else(mask, values, pa.scalar(None, values.type))


def _first_reason(batch: pa.RecordBatch) -> pa.Array:
    filled = pc.greater(pc.list_value_length(batch["reasons"]), 0)
    first = np.full(batch.num_rows, None, object)
    first[filled.to_numpy(zero_copy_only=False)] = pc.list_element(batch["reasons"].filter(filled), 0).to_pylist()
    return pa.array(first, pa.string())


def _host(batch: pa.RecordBatch) -> pa.Array:
    found = pc.extract_regex(batch["url"], r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/@?#]*@)?(?P<host>[^/:?#]+)")
    return pc.utf8_lower(pc.struct_field(found, "host"))


def _unclear(batch: pa.RecordBatch) -> pa.Array:
    """The rule that decided and the strongest evidence, of rows whose rights stay unknown."""
    asked = pc.is_in(_first_reason(batch), pa.array([str(reason) for reason in UNCLEAR]))
    asked = pc.and_(asked, pc.greater(pc.list_value_length(batch["trace"]), 0))
    rows = np.flatnonzero(asked.to_numpy(zero_copy_only=False))
    values = np.full(batch.num_rows, None, object)
    for row in rows.tolist():
        rule = str(batch["trace"][row][-1]).partition(":")[0]
        values[row] = f"{rule}: {batch['license_evidence'][row].as_py() or 'no evidence'}"[:200]
    return pa.array(values, pa.string())


FACETS: Mapping[str, Facet] = {
    "decision": Facet("Kept and dropped", "decision", lambda batch: batch["decision"]),
    "reason": Facet("Why samples were dropped", "reasons[1]", _first_reason),
    "concluded": Facet(
        "Licenses of what is kept",
        "CASE WHEN decision = 'kept' THEN license_concluded END",
        lambda batch: _only(_kept(batch), batch["license_concluded"]),
    ),
    "declared": Facet(
        "Licenses as the sources declare them", "license_declared", lambda batch: batch["license_declared"]
    ),
    "unclear": Facet(
        "What was not understood, by rule and evidence",
        "split_part(trace[-1], ':', 1) || ': ' || coalesce(license_evidence, 'no evidence')",
        _unclear,
    ),
    "source": Facet("Sources, by how they were read", "source", lambda batch: batch["source"]),
    "host": Facet("Hosts of the pictures' addresses", "lower(regexp_extract(url, '://([^/:?#]+)', 1))", _host),
    "reencoded": Facet(
        "Re-encoded by the shard's writer, so that rights in the file are lost",
        "CASE WHEN reencoded THEN 're-encoded' END",
        lambda batch: _only(batch["reencoded"], pa.array(["re-encoded"] * batch.num_rows)),
    ),
}


@dataclass(slots=True)
class Count:
    """Samples with one value, and how many of them are kept."""

    samples: int = 0
    kept: int = 0


@dataclass(slots=True)
class Survey:
    """What was counted.

    Attributes:
        facets: by facet and value, the most frequent ``SHOWN`` values first; the rest under an empty value.
        values: how many distinct values each facet has.
        listed: by facet and value, the least ``LISTED`` sample_ids.
        licenses: samples by declared and concluded license.
        distances: by detector, samples by distance to their representative.
        sides: kept samples by the power of two below their shorter side.
    """

    facets: dict[str, dict[str, Count]] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
    listed: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    licenses: Counter[tuple[str, str]] = field(default_factory=Counter)
    distances: dict[str, Counter[float]] = field(default_factory=lambda: defaultdict(Counter))
    sides: Counter[int] = field(default_factory=Counter)

    def samples(self) -> list[str]:
        """Every sample that some list names, ordered."""
        return sorted({name for values in self.listed.values() for names in values.values() for name in names})


def survey(run: RunDirectory) -> Survey:
    """Counts and lists of a finished run. They depend on the rows alone, not on their cut into files."""
    found = Survey()
    counts: dict[str, dict[str, Count]] = {name: defaultdict(Count) for name in FACETS}
    for batch in _batches(run):
        for name, facet in FACETS.items():
            _add(counts[name], facet.of(batch), _kept(batch))
        _add_licenses(found.licenses, batch)
        _add_distances(found.distances, batch)
        _add_sides(found.sides, batch)
    for name, values in counts.items():
        found.values[name] = len(values)
        found.facets[name] = _most_frequent(values)
        found.listed[name] = {value: [] for value in found.facets[name] if value}
    for batch in _batches(run):
        for name, facet in FACETS.items():
            _list(found.listed[name], facet.of(batch), batch["sample_id"])
    return found


def _batches(run: RunDirectory) -> Iterator[pa.RecordBatch]:
    for file in run.files("manifest"):
        yield from iter_parquet(file, _COLUMNS, ROWS_AT_ONCE)


def _add(counts: dict[str, Count], values: pa.Array, kept: pa.Array) -> None:
    rows = pa.table({"value": values, "kept": kept.cast(pa.uint32())}).drop_null()
    for row in rows.group_by("value").aggregate([("kept", "count"), ("kept", "sum")]).to_pylist():
        count = counts[row["value"]]
        count.samples += row["kept_count"]
        count.kept += row["kept_sum"]


def _most_frequent(values: Mapping[str, Count]) -> dict[str, Count]:
    """The most frequent values, and what is left of the others under an empty name."""
    ordered = sorted(values.items(), key=lambda item: (-item[1].samples, item[0]))
    shown = dict(ordered[:SHOWN])
    if rest := ordered[SHOWN:]:
        shown[""] = Count(sum(count.samples for _, count in rest), sum(count.kept for _, count in rest))
    return shown


def _list(listed: dict[str, list[str]], values: pa.Array, names: pa.Array) -> None:
    """Add the first rows of each value that is listed; rows come in the order of their sample_id."""
    for value, chosen in listed.items():
        if len(chosen) < LISTED:
            rows = pc.indices_nonzero(pc.fill_null(pc.equal(values, value), False))  # noqa: FBT003 - Arrow's fill value
            some = names.take(rows.slice(0, 2 * LISTED)).to_pylist()
            new = [name for name in dict.fromkeys(some) if name not in chosen]
            chosen.extend(new[: LISTED - len(chosen)])


def _add_licenses(licenses: Counter[tuple[str, str]], batch: pa.RecordBatch) -> None:
    rows = pa.table({"declared": batch["license_declared"], "concluded": batch["license_concluded"]})
    for row in rows.group_by(["declared", "concluded"]).aggregate([([], "count_all")]).to_pylist():
        licenses[row["declared"], row["concluded"]] += row["count_all"]


def _add_distances(distances: dict[str, Counter[float]], batch: pa.RecordBatch) -> None:
    rows = pa.table({"by": batch["matched_by"], "distance": batch["distance"]}).drop_null()
    for row in rows.group_by(["by", "distance"]).aggregate([([], "count_all")]).to_pylist():
        distances[row["by"]][row["distance"]] += row["count_all"]


def _add_sides(sides: Counter[int], batch: pa.RecordBatch) -> None:
    shorter = pc.min_element_wise(batch["width"], batch["height"], skip_nulls=False)
    known = shorter.filter(_kept(batch)).drop_null().to_numpy(zero_copy_only=False)
    powers, numbers = np.unique(np.floor(np.log2(np.maximum(known, 1))).astype(int), return_counts=True)
    for power, number in zip(powers.tolist(), numbers.tolist(), strict=True):
        sides[power] += number
