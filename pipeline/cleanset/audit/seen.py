"""What an audit reads of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from cleanset.audit.findings import Finding
from cleanset.dedup.same import SIGNATURE
from cleanset.manifest.read import open_record
from cleanset.rundir import RunDirectory, read_parquet
from cleanset.schemas import CLAIMS, CLUSTERS, FEATURES, MANIFEST, Table, check

UNREADABLE = (OSError, pa.ArrowInvalid, ValueError)


@dataclass(frozen=True, slots=True)
class Seen:
    """A run's record and tables.

    Attributes:
        run: where they were read.
        record: ``run.json``.
        manifest: rows of ``schemas.MANIFEST`` in the order of the files; likewise the other tables.
        claims: of ``schemas.CLAIMS``.
        clusters: of ``schemas.CLUSTERS``.
        features: ids and signatures of every sample; of no rows where the features are gone.
        problems: files that could not be read or are not of their schema; then the tables are empty.
    """

    run: RunDirectory
    record: Mapping[str, Any]
    manifest: pa.Table
    claims: pa.Table
    clusters: pa.Table
    features: pa.Table
    problems: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, run: RunDirectory) -> Seen:
        """The run as it lies.

        Raises:
            RunError: it has no record of a finished manifest.
        """
        record = open_record(run)
        problems: list[Finding] = []
        manifest, claims, clusters = (_read(run, table, problems) for table in (MANIFEST, CLAIMS, CLUSTERS))
        features = run.read_table(FEATURES.name, ["sample_id", "shard", "key", *SIGNATURE])
        return cls(run, record, manifest, claims, clusters, features, tuple(problems))


def _read(run: RunDirectory, table: Table, problems: list[Finding]) -> pa.Table:
    """The whole table; each file that is not of its schema is a problem, and left out."""
    parts = []
    for file in run.files(table.name):
        try:
            part = read_parquet(file)
            check(part, table)
        except UNREADABLE as error:
            problems.append(Finding("schema", file, str(error)))
        else:
            parts.append(part)
    if not parts and not problems:
        problems.append(Finding("schema", run.path(table.name), "has no Parquet file"))
    return pa.concat_tables(parts) if parts else table.empty()
