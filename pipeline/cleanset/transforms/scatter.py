"""Bring rows to one of many partitions, in hops, so that no batch falls into single rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.pvalue import PCollection

from cleanset.dedup.partition import partition_ids, split
from cleanset.transforms.batches import table_name
from cleanset.transforms.shuffle import Parted

PART = "part"
"""Column of numbers of partitions."""
PIECES = 64
"""Into which one batch is split at most."""
ROWS_AT_ONCE = 1 << 16
"""Rows that came in pieces and are split again together."""

Group = tuple[int, Iterable[pa.RecordBatch]]


@dataclass(eq=False)
class Scatter(beam.PTransform):
    """Group rows by partitions.

    Input:  RecordBatch.
    Output: (partition, batches).

    The column holds ids, of which each partition gets a range, or, if it is ``part``, the partition's number. One hop
    for up to 64 partitions, two for 4,096, three for 262,144: a hop is one shuffle of all rows.
    """

    parts: int
    column: str = PART

    def expand(self, rows: PCollection[pa.RecordBatch]) -> PCollection[Group]:
        """Reads like its name."""
        *first, last = hops(self.parts)
        for number, width in enumerate(first):
            rows = (
                rows
                | f"Split{number}" >> beam.FlatMap(self.pieces, width).with_output_types(Parted)
                | f"Group{number}" >> beam.GroupByKey()
                | f"Join{number}" >> beam.FlatMap(joined).with_output_types(pa.RecordBatch)
            )
        return (
            rows | "Split" >> beam.FlatMap(self.pieces, last).with_output_types(Parted) | "Group" >> beam.GroupByKey()
        )

    def pieces(self, batch: pa.RecordBatch, width: int) -> Iterator[Parted]:
        """The rows by the range of ``width`` partitions that theirs is in."""
        column = batch.column(self.column)
        numbers = column.to_numpy() if self.column == PART else partition_ids(column, self.parts)
        yield from split(batch, np.asarray(numbers // width, np.uint32)).items()


def hops(parts: int) -> list[int]:
    """Partitions that one range holds after each hop; 1 after the last."""
    widths = [1]
    while widths[0] * PIECES < parts:
        widths.insert(0, widths[0] * PIECES)
    return widths


def joined(group: Group) -> Iterator[pa.RecordBatch]:
    """The rows of a range, those of each table in batches of ``ROWS_AT_ONCE`` at least, but for the last."""
    waiting: dict[str, list[pa.RecordBatch]] = {}
    rows: Counter[str] = Counter()
    for batch in group[1]:
        name = table_name(batch)
        waiting.setdefault(name, []).append(batch)
        rows[name] += batch.num_rows
        if rows[name] >= ROWS_AT_ONCE:
            del rows[name]
            yield pa.concat_batches(waiting.pop(name))
    for batches in waiting.values():
        yield pa.concat_batches(batches)
