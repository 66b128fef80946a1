"""What an audit reads of a run."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pyarrow as pa
from pydantic import ValidationError

from cleanset.audit.findings import Finding
from cleanset.dedup.same import SIGNATURE
from cleanset.manifest.contract import RunRecord
from cleanset.manifest.read import open_record
from cleanset.manifest.record import RECORD
from cleanset.rundir import RunDirectory, read_parquet
from cleanset.schemas import CLAIMS, CLUSTERS, FEATURES, MANIFEST, Table, check

UNREADABLE = (OSError, pa.ArrowInvalid, ValueError)
_COPIED = [name for name in MANIFEST.names if name in FEATURES.names]
PICTURES = FEATURES.select(FEATURES.name, FEATURES.doc, [*_COPIED, *(n for n in SIGNATURE if n not in _COPIED)])
"""The columns of ``schemas.FEATURES`` that are checked: what the manifest copied, and what a match looks at."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A run's record and tables.

    Attributes:
        run: where they were read.
        record: ``run.json``.
        manifest: rows of ``schemas.MANIFEST`` in the order of the files; likewise the other tables.
        claims: of ``schemas.CLAIMS``.
        clusters: of ``schemas.CLUSTERS``.
        features: columns ``PICTURES`` of every sample; None where the run's features are gone.
    """

    run: RunDirectory
    record: RunRecord
    manifest: pa.Table
    claims: pa.Table
    clusters: pa.Table
    features: pa.Table | None


def read_run(run: RunDirectory) -> Seen | list[Finding]:
    """The run as it lies; or, where parts of it cannot be read or are not of their schema, what is wrong with them.

    Raises:
        RunError: it has no record of a finished manifest.
    """
    problems: list[Finding] = []
    record = _read_record(run, problems)
    manifest, claims, clusters = (_read(run, table, problems) for table in (MANIFEST, CLAIMS, CLUSTERS))
    features = _read(run, PICTURES, problems) if run.files(FEATURES.name) else None
    if record is None or problems:
        return problems
    return Seen(run, record, manifest, claims, clusters, features)


def _read_record(run: RunDirectory, problems: list[Finding]) -> RunRecord | None:
    try:
        return RunRecord.model_validate_json(json.dumps(open_record(run)))
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_context=False):
            place = ".".join(str(part) for part in fault["loc"])
            problems.append(Finding("schema", RECORD, f"{place}: {fault['msg']}"))
        return None


def _read(run: RunDirectory, table: Table, problems: list[Finding]) -> pa.Table:
    """The whole table; each file that is not of its schema is a problem, and left out."""
    parts = []
    for file in run.files(table.name):
        try:
            part = read_parquet(file, table.names if table is PICTURES else None)
            check(part, table)
            part.validate(full=True)
        except UNREADABLE as error:
            problems.append(Finding("schema", file.removeprefix(run.path("")), str(error)))
        else:
            parts.append(part)
    if not parts and not problems:
        problems.append(Finding("schema", table.name, "has no Parquet file"))
    return pa.concat_tables(parts) if parts else table.empty()
