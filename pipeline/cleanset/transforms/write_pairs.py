"""Write pairs and pass them on."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from cleanset.dedup.verify import first_of_each
from cleanset.rundir import RunDirectory, write_table
from cleanset.schemas import PAIRS


def write_pairs(pairs: pa.Table, run: RunDirectory, name: str) -> Iterator[pa.RecordBatch]:
    """The run has a file of these ``schemas.PAIRS``, in order, each once; they are the result too."""
    ordered = first_of_each(pairs)
    write_table(run.path(PAIRS.name, name), ordered, PAIRS)
    yield from ordered.to_batches(max_chunksize=1 << 20)
