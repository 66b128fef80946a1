"""A run directory: where each table lies, and how a file comes into being whole or not at all."""

from __future__ import annotations

from cleanset.rundir.directory import RunDirectory
from cleanset.rundir.tables import (
    TableWriter,
    footer,
    footer_rows,
    iter_parquet,
    open_for_arrow,
    read_parquet,
    write_table,
)
from cleanset.rundir.whole import UNFINISHED, open_whole

__all__ = [
    "UNFINISHED",
    "RunDirectory",
    "TableWriter",
    "footer",
    "footer_rows",
    "iter_parquet",
    "open_for_arrow",
    "open_whole",
    "read_parquet",
    "write_table",
]
