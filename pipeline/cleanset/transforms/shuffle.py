"""Bring the rows that belong together to one place, as batches: the only shuffle that we use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection

from cleanset.dedup.partition import partition_ids, split
from cleanset.transforms import batches  # noqa: F401 - registers the coder of RecordBatch

Parted = tuple[int, pa.RecordBatch]
"""A partition number and rows of that partition."""


@dataclass(eq=False)
class Partition(beam.PTransform):
    """Split every batch by a column of ids into (partition number, rows).

    Input:  RecordBatch.
    Output: (int, RecordBatch), at most ``parts`` per input batch.

    Grouping single rows costs sixteen times the CPU of grouping such pieces.
    """

    column: str
    parts: int

    def expand(self, rows: PCollection[pa.RecordBatch]) -> PCollection[Parted]:
        """Reads like its name."""
        return rows | f"By {self.column}" >> beam.FlatMap(self._split).with_output_types(Parted)

    def _split(self, batch: pa.RecordBatch) -> Iterator[Parted]:
        yield from split(batch, partition_ids(batch.column(self.column), self.parts)).items()
