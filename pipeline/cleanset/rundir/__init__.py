"""A run directory: where each table lies, and how a file comes into being whole or not at all."""

from __future__ import annotations

from cleanset.rundir.directory import RunDirectory
from cleanset.rundir.tables import (
    TableWriter,
    file_digest,
    footer,
    footer_rows,
    iter_parquet,
    open_for_arrow,
    read_parquet,
    require_digest,
    write_table,
)
from cleanset.rundir.whole import UNFINISHED, open_whole

__all__ = [
    "UNFINISHED",
    "RunDirectory",
    "TableWriter",
    "file_digest",
    "footer",
    "footer_rows",
    "iter_parquet",
    "open_for_arrow",
    "open_whole",
    "read_parquet",
    "require_digest",
    "write_table",
]
