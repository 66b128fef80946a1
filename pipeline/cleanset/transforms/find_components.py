"""Find the connected components of the pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection

from cleanset.dedup import components
from cleanset.manifest.write import part_name
from cleanset.rundir import RunDirectory, write_table
from cleanset.schemas import COMPONENTS
from cleanset.transforms.shuffle import Parted

Group = tuple[int, Iterable[pa.RecordBatch]]


@dataclass(eq=False)
class FindComponents(beam.PTransform):
    """Write the connected components of the pairs.

    Input:  RecordBatch of ``schemas.PAIRS``.
    Output: name of the file of ``schemas.COMPONENTS``.

    Each block of pairs is contracted to a star forest where it lies; only forests travel to the one place that merges
    them. That place holds 32 bytes an edge, several times over: enough for 10^8 contracted edges.
    """

    run: RunDirectory

    def expand(self, pairs: PCollection[pa.RecordBatch]) -> PCollection[str]:
        """Reads like its name."""
        return (
            pairs
            | "Contract" >> beam.FlatMap(self._contract).with_output_types(Parted)
            | "GroupForests" >> beam.GroupByKey()
            | "Merge" >> beam.Map(self._merge).with_output_types(str)
        )

    def _contract(self, pairs: pa.RecordBatch) -> Iterator[Parted]:
        for batch in components.contract(pairs).to_batches():
            yield 0, batch

    def _merge(self, group: Group) -> str:
        name = part_name(0, 1)
        write_table(self.run.path(COMPONENTS.name, name), components.merge(group[1]), COMPONENTS)
        return name
