"""Propose the pairs of pictures whose vectors are near."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.pvalue import PCollection

from cleanset.dedup.places import Places
from cleanset.dedup.propose.cells import Cells
from cleanset.dedup.propose.lane import (
    CHOSEN_FROM,
    ROWS_PER_BATCH,
    Lane,
    choosable,
    chosen_places,
    distinct,
    join_cells,
)
from cleanset.transforms.scatter import Scatter

Group = tuple[int, Iterable[pa.RecordBatch]]


@dataclass(eq=False)
class ChoosePictures(beam.PTransform):
    """Choose one picture of equal pixels, of those that are not too flat.

    Input:  numbers of the features files.
    Output: (number of a file, batches of places in it).
    """

    rows: Places
    parts: int

    def expand(self, files: PCollection[int]) -> PCollection[Group]:
        """Reads like its name."""
        return (
            files
            | "Read" >> beam.FlatMap(self._read).with_output_types(pa.RecordBatch)
            | "ByPixels" >> Scatter(self.parts, "pixel_id")
            | "Distinct" >> beam.Map(self._choose).with_output_types(pa.RecordBatch)
            | "ByFile" >> Scatter(len(self.rows.files))
        )

    def _read(self, number: int) -> Iterator[pa.RecordBatch]:
        for place, batch in self.rows.read_file(number, CHOSEN_FROM, ROWS_PER_BATCH):
            yield choosable(batch, place)

    def _choose(self, group: Group) -> pa.RecordBatch:
        return chosen_places(distinct(pa.Table.from_batches(group[1])), self.rows)


@dataclass(eq=False)
class ProposeByCells(beam.PTransform):
    """Propose the pairs of pictures of which two vectors share a cell and are near.

    Input:  (number of a file, batches of places in it).
    Output: RecordBatch of ``schemas.CANDIDATES``.

    Each vector crosses one shuffle, once for each of its cells.
    """

    lane: Lane
    cells: Cells

    def expand(self, chosen: PCollection[Group]) -> PCollection[pa.RecordBatch]:
        """Reads like its name."""
        return (
            chosen
            | "ToCells" >> beam.FlatMap(self._to_cells).with_output_types(pa.RecordBatch)
            | "ByCell" >> Scatter(self.lane.parts())
            | "JoinCells" >> beam.FlatMap(self._join).with_output_types(pa.RecordBatch)
        )

    def _to_cells(self, group: Group) -> Iterator[pa.RecordBatch]:
        places = np.sort(np.concatenate([batch.column("place").to_numpy() for batch in group[1]]))
        yield from self.lane.cell_rows(group[0], places, self.cells)

    def _join(self, group: Group) -> Iterator[pa.RecordBatch]:
        yield from join_cells(pa.Table.from_batches(group[1]), self.lane.limit, self.lane.most)
