"""Find the samples that show the same picture, and the components that they form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection

from cleanset.config import MatchConfig
from cleanset.dedup import components
from cleanset.dedup.exact import equal_links
from cleanset.dedup.near import near_links
from cleanset.dedup.same import SIGNATURE, MatchThresholds
from cleanset.manifest.write import part_name
from cleanset.rundir import RunDirectory, write_table
from cleanset.schemas import COMPONENTS, PAIRS, Detector
from cleanset.transforms.shuffle import Partition

Group = tuple[int, Iterable[pa.RecordBatch]]
LINKED = ["sample_id", "content_id", "pixel_id", *SIGNATURE]
"""Columns of ``schemas.FEATURES`` that matching reads."""


@dataclass(eq=False)
class LinkSamples(beam.PTransform):
    """Write the pairs of samples that show the same picture.

    Input:  RecordBatch of the columns ``LINKED``, of samples with a picture.
    Output: RecordBatch of ``schemas.PAIRS``.
    """

    match: MatchConfig
    run: RunDirectory
    parts: int

    def expand(self, samples: PCollection[pa.RecordBatch]) -> PCollection[pa.RecordBatch]:
        """Reads like its name."""
        exact = [
            samples
            | f"Only {column}" >> beam.Map(pick, column).with_output_types(pa.RecordBatch)
            | f"Part {column}" >> Partition(column, self.parts)
            | f"Group {column}" >> beam.GroupByKey()
            | f"Link {column}" >> beam.FlatMap(self._equal, column, detector).with_output_types(pa.RecordBatch)
            for column, detector in (("content_id", Detector.CONTENT), ("pixel_id", Detector.PIXELS))
        ]
        near = (
            samples
            | "Together" >> beam.Map(lambda batch: (0, batch)).with_output_types(tuple[int, pa.RecordBatch])
            | "GroupAll" >> beam.GroupByKey()
            | "Link near" >> beam.FlatMap(self._near).with_output_types(pa.RecordBatch)
        )
        return (*exact, near) | "AllLinks" >> beam.Flatten()

    def _equal(self, group: Group, column: str, detector: Detector) -> Iterator[pa.RecordBatch]:
        rows = pa.Table.from_batches(group[1])
        pairs = equal_links(rows["sample_id"].combine_chunks(), rows[column].combine_chunks(), detector)
        yield from self._write(pairs, f"{detector}-{part_name(group[0], self.parts)}")

    def _near(self, group: Group) -> Iterator[pa.RecordBatch]:
        rows = pa.Table.from_batches(group[1]).sort_by("sample_id")
        pairs = near_links(rows, MatchThresholds(**self.match.model_dump()))
        yield from self._write(pairs, f"near-{part_name(group[0], 1)}")

    def _write(self, pairs: pa.Table, name: str) -> Iterator[pa.RecordBatch]:
        write_table(self.run.path(PAIRS.name, name), pairs.sort_by([("a", "ascending"), ("b", "ascending")]), PAIRS)
        yield from pairs.to_batches()


def pick(batch: pa.RecordBatch, column: str) -> pa.RecordBatch:
    """Only the ids and that column."""
    return batch.select(["sample_id", column])


@dataclass(eq=False)
class FindComponents(beam.PTransform):
    """Write the connected components of the pairs.

    Input:  RecordBatch of ``schemas.PAIRS``.
    Output: RecordBatch of ``schemas.COMPONENTS``.

    Each block of pairs is contracted to a star forest where it lies; only forests travel to the one place that merges
    them.
    """

    run: RunDirectory

    def expand(self, pairs: PCollection[pa.RecordBatch]) -> PCollection[str]:
        """Reads like its name."""
        return (
            pairs
            | "Contract" >> beam.FlatMap(self._contract).with_output_types(tuple[int, pa.RecordBatch])
            | "GroupForests" >> beam.GroupByKey()
            | "Merge" >> beam.Map(self._merge).with_output_types(str)
        )

    def _contract(self, pairs: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
        for batch in components.contract(pairs).to_batches():
            yield 0, batch

    def _merge(self, group: Group) -> str:
        name = part_name(0, 1)
        write_table(self.run.path(COMPONENTS.name, name), components.merge(group[1]), COMPONENTS)
        return name
