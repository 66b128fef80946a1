"""What an audit reads of a run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from cleanset.audit.findings import Finding
from cleanset.dedup.places import VECTOR
from cleanset.dedup.same import SIGNATURE
from cleanset.embeddings.store import find
from cleanset.errors import RunError
from cleanset.manifest.contract import RunRecord
from cleanset.manifest.read import open_record
from cleanset.manifest.record import RECORD
from cleanset.rundir import RunDirectory, read_parquet
from cleanset.schemas import CLAIMS, CLUSTERS, FEATURES, MANIFEST, Decision, Table, check

UNREADABLE = (OSError, pa.ArrowInvalid, ValueError)
COPIED = [name for name in MANIFEST.names if name in FEATURES.names]
"""The columns of ``schemas.FEATURES`` that the manifest copied."""
PICTURES = ["shard", "key", "sample_id", "pixel_id", *SIGNATURE]
"""Those that a match looks at: ten times the bytes of the others, so they are read for some rows at a time."""
_CHECKED = FEATURES.select(FEATURES.name, FEATURES.doc, [*COPIED, *(n for n in PICTURES if n not in COPIED)])
ROWS_AT_ONCE = 4096
"""Rows that are Python objects at once."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A run's record and tables.

    Attributes:
        run: where they were read.
        record: ``run.json``.
        manifest: rows of ``schemas.MANIFEST`` in the order of the files; likewise the other tables.
        claims: of ``schemas.CLAIMS``.
        clusters: of ``schemas.CLUSTERS``.
        features: columns ``COPIED`` of every sample; None where the run's features are gone.
        feature_files: those of the inputs that the record names, as far as they are there.
    """

    run: RunDirectory
    record: RunRecord
    manifest: pa.Table
    claims: pa.Table
    clusters: pa.Table
    features: pa.Table | None
    feature_files: Sequence[str]

    def kept(self, columns: Sequence[str]) -> pa.Table:
        """Columns of the kept rows of the manifest."""
        return self.manifest.select(columns).filter(pc.equal(self.manifest["decision"], Decision.KEPT.value))

    def pictures_of(self, rows: pa.Table) -> pa.Table | None:
        """Columns ``PICTURES`` of rows of the manifest, aligned with them, and their vectors if a match looks at some.

        None where the run's features are gone.
        """
        if self.features is None:
            return None
        wanted = list(places(rows))
        among = frozenset(wanted)
        vectors = find(self.run)
        beside = {file.rpartition("/")[2]: file for file in vectors.files} if vectors else {}
        tables = (_pictures(file, beside.get(file.rpartition("/")[2])) for file in self.feature_files)
        found = pa.concat_tables([rows_at(table, among) for table in tables])
        position = {place: row for row, place in enumerate(places(found))}
        return found.take(pa.array([position.get(place) for place in wanted], pa.int64()))


def _pictures(file: str, vectors: str | None) -> pa.Table:
    """Columns ``PICTURES`` of a features file, with those of its vectors, if there are any.

    They are null where the file was changed, so that its rows are not those of the vectors: another check says so.
    """
    table = read_parquet(file, PICTURES)
    if not vectors:
        return table
    column = read_parquet(vectors, [VECTOR])[VECTOR]
    is_aligned = len(column) == table.num_rows
    return table.append_column(VECTOR, column if is_aligned else pa.nulls(table.num_rows, column.type))


def places(table: pa.Table) -> Iterator[tuple[str, str]]:
    """Shard and key of each row."""
    return zip(*(table[name].to_pylist() for name in ("shard", "key")), strict=True)


def rows_at(table: pa.Table, wanted: AbstractSet[tuple[str, str]]) -> pa.Table:
    """The rows whose place is wanted."""
    return table.filter(pa.array([place in wanted for place in places(table)], pa.bool_()))


def iter_rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    """The rows of a table, ``ROWS_AT_ONCE`` of them in memory."""
    for batch in table.to_batches(max_chunksize=ROWS_AT_ONCE):
        yield from batch.to_pylist()


def read_run(run: RunDirectory) -> Seen | list[Finding]:
    """The run as it lies; or, where parts of it cannot be read or are not of their schema, what is wrong with them.

    Raises:
        RunError: it has no record of a finished manifest, or was decided again while it was read.
    """
    before = run.find_json(RECORD)
    problems: list[Finding] = []
    record = read_record(run, problems)
    tables = (_read(run.files(table.name), run, table, problems) for table in (MANIFEST, CLAIMS, CLUSTERS))
    manifest, claims, clusters = tables
    files = _feature_files(run, record) if record else []
    features = _read(files, run, _CHECKED, problems, COPIED) if files else None
    if run.find_json(RECORD) != before:
        raise RunError(f"{run.root}: was decided again while it was audited; audit it again")
    if record is None or problems:
        return problems
    return Seen(run, record, manifest, claims, clusters, features, files)


def _feature_files(run: RunDirectory, record: RunRecord) -> list[str]:
    """Those of the inputs that the record names; others in the folder are of shards that are no input any more."""
    there = set(run.files(FEATURES.name))
    files = (run.features_file(shard.shard) for shard in record.inputs if shard.features)
    return [file for file in files if file in there]


def read_record(run: RunDirectory, problems: list[Finding]) -> RunRecord | None:
    """``run.json``; None where it is not of its shape, and the problems say what is wrong.

    Raises:
        RunError: there is none.
    """
    try:
        return RunRecord.model_validate_json(json.dumps(open_record(run)))
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_context=False):
            place = ".".join(str(part) for part in fault["loc"])
            problems.append(Finding("schema", RECORD, f"{place}: {fault['msg']}"))
        return None


def _read(
    files: Sequence[str], run: RunDirectory, table: Table, problems: list[Finding], kept: Sequence[str] | None = None
) -> pa.Table:
    """The whole table, or the columns ``kept`` of it; a file that is not of its schema is a problem, and left out."""
    parts = []
    for file in files:
        part = read_file(run, file, table, problems)
        if part is not None:
            parts.append(part.select(kept) if kept else part)
    if not parts and not problems:
        problems.append(Finding("schema", table.name, "has no Parquet file"))
    return pa.concat_tables(parts) if parts else table.empty()


def read_file(run: RunDirectory, file: str, table: Table, problems: list[Finding]) -> pa.Table | None:
    """The rows of one file; None where it cannot be read or is not of the schema, and the problems say why."""
    try:
        part = read_parquet(file, table.names if table is _CHECKED else None)
        check(part, table)
        part.validate(full=True)
    except UNREADABLE as error:
        problems.append(Finding("schema", file.removeprefix(run.path("")), str(error)))
        return None
    return part
