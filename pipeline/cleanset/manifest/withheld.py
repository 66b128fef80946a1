"""Samples that are kept out whatever their rights, since they come near to a work that is protected.

Decide looks for them before it judges, and leaves what it found as the table ``withheld`` of the run: workers read it,
and so does the audit. A copy of a withheld sample follows it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa

from cleanset.config import MatchConfig
from cleanset.dedup.across import BLOCK, COMPARED, across, have_one_embedder, pictures_of
from cleanset.dedup.places import Places
from cleanset.embeddings.store import find
from cleanset.features.store import read_index
from cleanset.rights.conclusion.trace import Rule, step
from cleanset.rundir import RunDirectory, read_parquet, write_table
from cleanset.schemas import WITHHELD, Detector, Reason, hex_strings

FILE = "part-00000-of-00001.parquet"
_ORDER = {str(detector): place for place, detector in enumerate(Detector)}
"""Of several detectors the one that says most is told."""


@dataclass(frozen=True)
class Protected:
    """Works that nothing kept may come near.

    Attributes:
        described: of each set its digest and how many works it has, ordered by digest.
        sets: runs that have the features of the works.
        found: the samples that were found already, ``schemas.WITHHELD``; None where ``sets`` tell.
    """

    described: tuple[Mapping[str, Any], ...] = ()
    sets: tuple[RunDirectory, ...] = ()
    found: pa.Table | None = None

    @classmethod
    def of(cls, sets: Sequence[RunDirectory]) -> Self:
        """The works of some runs, each of which has a complete extract stage; in any order.

        Raises:
            RunError: one has none.
        """
        described = {json.dumps(_describe(works), sort_keys=True): works for works in sets}
        ordered = sorted(described)
        return cls(tuple(json.loads(text) for text in ordered), tuple(described[text] for text in ordered))

    @classmethod
    def as_decided(cls, run: RunDirectory) -> Self:
        """What the run's own decision was about, with what it found."""
        described = run.find_json("run.json").get("protected", [])
        return cls(tuple(described), (), run.read_table(WITHHELD.name) if described else None)

    def by_hashes_alone(self, run: RunDirectory) -> int:
        """How many sets have no vectors of the run's embedder, so that crops and overlays of them are not found."""
        return sum(find(run) is not None and not have_one_embedder(works, run) for works in self.sets)

    def near(self, run: RunDirectory, thresholds: MatchConfig) -> pa.Table:
        """Rows of ``schemas.WITHHELD``: the samples of the run that show a work, each with the nearest."""
        if self.found is not None:
            return self.found
        best: dict[int, tuple[int, float, str]] = {}
        for works in self.sets:
            for place, hit in _hits(works, run, thresholds):
                best[place] = min(hit, best.get(place, hit))
        places = np.array(sorted(best), np.int64)
        if not len(places):
            return WITHHELD.empty()
        named = pictures_of(run, vectors=False).take(places, ["sample_id", "shard", "key"])
        detectors = list(_ORDER)
        order, distance, work = zip(*(best[place] for place in places.tolist()), strict=True)
        columns = [
            hex_strings(named["sample_id"]),
            *(named[name].combine_chunks() for name in ("shard", "key")),
            pa.array([Reason.PROTECTED.value] * len(places)),
            pa.array(work),
            pa.array([detectors[place] for place in order]),
            pa.array(distance, pa.float32()),
        ]
        return pa.Table.from_arrays(columns, schema=WITHHELD.arrow)


NOTHING = Protected()


def _describe(works: RunDirectory) -> dict[str, Any]:
    """The digest of all that is compared of the works, wherever they lie, and their number."""
    index, vectors = read_index(works), find(works)
    made = [index.extractor, sorted(shard.features for shard in index.read), vectors.digest if vectors else None]
    return {
        "digest": hashlib.sha256(json.dumps(made).encode()).hexdigest(),
        "works": sum(shard.rows for shard in index.read),
    }


def _hits(
    works: RunDirectory, run: RunDirectory, thresholds: MatchConfig
) -> Iterator[tuple[int, tuple[int, float, str]]]:
    """The place of a sample of the run, and how near it is to which work; one block of works is in memory at a time."""
    with_vectors = have_one_embedder(works, run)
    pictures, samples = (pictures_of(one, vectors=with_vectors) for one in (works, run))
    names = Places(pictures.files, pictures.starts)
    for start in range(0, len(pictures), BLOCK):
        rows = np.arange(start, min(start + BLOCK, len(pictures)))
        named = names.take(rows, ["shard", "key"]).to_pylist()
        for pairs in across(pictures.take(rows, COMPARED), samples, thresholds):
            for at in np.flatnonzero(pairs.same).tolist():
                work = named[pairs.first[at]]
                hit = _ORDER[str(pairs.detector[at])], float(pairs.distance[at]), f"{work['shard']}/{work['key']}"
                yield int(pairs.second[at]), hit


def write_withheld(out: RunDirectory, protected: Protected, run: RunDirectory, thresholds: MatchConfig) -> None:
    """``out`` has the table of the run's samples that are near a work, if any works are protected."""
    if protected.described:
        write_table(out.path(WITHHELD.name, FILE), protected.near(run, thresholds), WITHHELD)


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why a sample is kept out: a word of ``schemas.Reason``, and the step of its trace."""

    reason: str
    step: str


def read_withheld(files: Sequence[str]) -> dict[tuple[str, str], Withheld]:
    """Shard and key of each sample that is kept out, and why."""
    rows = (row for file in files for row in read_parquet(file).to_pylist())
    return {(row["shard"], row["key"]): Withheld(row["reason"], _step(row)) for row in rows}


def _step(row: Mapping[str, Any]) -> str:
    """The words of the trace: which work, by what it was found, and how near."""
    return step(Rule.PROTECTED, f"shows the work {row['work']}: {row['detector']}, distance {row['distance']:.3g}")


def withhold(judged: pa.RecordBatch, withheld: Mapping[tuple[str, str], Withheld]) -> pa.RecordBatch:
    """The judged rows; those that are kept out have the reason and the step."""
    if not withheld:
        return judged
    names = zip(judged.column("shard").to_pylist(), judged.column("key").to_pylist(), strict=True)
    found = [withheld.get(name) for name in names]
    for column, word in (("reasons", "reason"), ("trace", "step")):
        field = judged.schema.field(column)
        values = [
            [*own, *([] if one is None else [getattr(one, word)])]
            for own, one in zip(judged.column(column).to_pylist(), found, strict=True)
        ]
        judged = judged.set_column(judged.schema.get_field_index(column), field, pa.array(values, field.type))
    return judged


def followed_by(rows: Sequence[Mapping[str, Any]]) -> list[str | None]:
    """For each row of one picture the step that drops it with a copy that is kept out; None where there is none.

    Args:
        rows: with ``sample_id``, as text or as bytes, ``reasons`` and ``trace``.
    """
    prefix = f"{Rule.PROTECTED}: "
    told = sorted(
        (row["sample_id"].hex() if isinstance(row["sample_id"], bytes) else row["sample_id"], text)
        for row in rows
        if Reason.PROTECTED in row["reasons"]
        for text in row["trace"]
        if text.startswith(prefix)
    )
    if not told:
        return [None] * len(rows)
    least = step(Rule.PROTECTED, f"the copy {told[0][0]} {told[0][1].removeprefix(prefix)}")
    return [None if Reason.PROTECTED in row["reasons"] else least for row in rows]


def added_reason(follows: str | None, placeholder: str | None) -> Reason | None:
    """What a cluster adds against a row of it, apart from rights, by the steps of ``followed_by`` and placeholders."""
    if follows:
        return Reason.PROTECTED
    return Reason.PLACEHOLDER if placeholder else None
