"""The Parquet file that img2dataset writes beside a tar: one row per sample, also of those that failed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cleanset.schemas import Status
from cleanset.shards import storage
from cleanset.shards.arrow_rows import plain_column
from cleanset.shards.columns import MAX_NUMBERS
from cleanset.trouble import fault_of

KEY = "key"
STATUS = "status"
ERROR = "error_message"
SUCCESS = "success"
STATS_SUFFIX = "_stats.json"


class SidecarError(ValueError):
    """A sidecar that cannot be read or joined; the message says why."""


class Sidecar:
    """Rows found by key. Held as Arrow columns, with one dictionary from key to row number.

    Raises:
        SidecarError: there is no column ``key``, or two columns have one name.
    """

    def __init__(self, table: pa.Table) -> None:
        if KEY not in table.column_names:
            raise SidecarError(f"no column {KEY!r} to join by; columns are {', '.join(table.column_names)}")
        repeated = [name for name, times in Counter(table.column_names).items() if times > 1]
        if repeated:
            raise SidecarError(f"columns of one name: {', '.join(repeated)}")
        kept = [name for name in table.column_names if _is_evidence(table, name)]
        self._columns = {name: plain_column(table.column(name).combine_chunks()) for name in kept}
        self._keys = [str(key) for key in plain_column(table.column(KEY).combine_chunks()).to_pylist()]
        self._row_of: dict[str, int] = {}
        for row, key in enumerate(self._keys):
            self._row_of.setdefault(key, row)
        self._used: set[int] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._row_of

    def __len__(self) -> int:
        return len(self._keys)

    def take(self, key: str) -> dict[str, Any] | None:
        """The row of that key, without its key and nulls; None if there is none. It will not come in ``rest``."""
        row = self._row_of.get(key)
        if row is None:
            return None
        self._used.add(row)
        return self._row(row)

    def rest(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Key and row of everything not taken, in the order of the file."""
        for row, key in enumerate(self._keys):
            if row not in self._used:
                yield key, self._row(row)

    def lost(self, stem: str, count: int) -> list[str]:
        """Keys that img2dataset counted and wrote nowhere: it does so when a worker raises.

        Its keys are the shard's number followed by the sample's, so the gaps have names.

        Args:
            stem: the shard's file name without suffix, such as ``00042``.
            count: samples, by the shard's stats file.
        """
        missing = count - len(self._keys)
        if missing <= 0 or not self._keys or not self._keys[0].startswith(stem):
            return []
        width = len(self._keys[0])
        keys = (f"{stem}{number:0{width - len(stem)}d}" for number in range(count))
        return [key for key in keys if key not in self._row_of][:missing]

    def _row(self, row: int) -> dict[str, Any]:
        return {name: column[row].as_py() for name, column in self._columns.items()}


def _is_evidence(table: pa.Table, name: str) -> bool:
    kind = table.schema.field(name).type
    if name == KEY or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return False
    return not (pa.types.is_fixed_size_list(kind) and kind.list_size > MAX_NUMBERS)


def read(path: str) -> Sidecar:
    """The sidecar at a path or URL.

    Raises:
        SidecarError: it is not Parquet, is damaged, or has no column ``key``.
        OSError: its disk or store fails.
    """
    try:
        with storage.open_binary(path) as file:
            return Sidecar(pq.ParquetFile(file).read(use_threads=False))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SidecarError(fault_of(error)) from error


def outcome(row: dict[str, Any]) -> tuple[Status, str]:
    """Status and detail of a row whose image is not in the shard."""
    status = row.get(STATUS)
    if status == SUCCESS:
        return Status.MISSING, "the sidecar says success, but the image is not in the shard"
    return Status.NOT_DOWNLOADED, str(row.get(ERROR) or status or "")


def count(stats: str) -> int:
    """Samples counted by an img2dataset stats file; 0 when it cannot be read."""
    try:
        found = json.loads(storage.read_bytes(stats)).get("count", 0)
    except (OSError, ValueError, AttributeError) as error:
        fault_of(error)
        return 0
    return found if isinstance(found, int) else 0
