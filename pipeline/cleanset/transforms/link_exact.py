"""Link the samples whose files or pixels are equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection

from cleanset.dedup.exact import equal_links
from cleanset.manifest.write import part_name
from cleanset.rundir import RunDirectory
from cleanset.schemas import Detector
from cleanset.transforms.scatter import Scatter
from cleanset.transforms.write_pairs import write_pairs

Group = tuple[int, Iterable[pa.RecordBatch]]
KEYS = {"content_id": Detector.CONTENT, "pixel_id": Detector.PIXELS}
LINKED = ["sample_id", *KEYS]
"""Columns of ``schemas.FEATURES`` that are read here."""


@dataclass(eq=False)
class LinkExact(beam.PTransform):
    """Write the pairs of samples with equal files or equal pixels.

    Input:  RecordBatch of the columns ``LINKED``, of samples with a picture.
    Output: RecordBatch of ``schemas.PAIRS``.
    """

    run: RunDirectory
    parts: int

    def expand(self, samples: PCollection[pa.RecordBatch]) -> PCollection[pa.RecordBatch]:
        """Reads like its name."""
        exact = [
            samples
            | f"Only {column}" >> beam.Map(pick, column).with_output_types(pa.RecordBatch)
            | f"By {column}" >> Scatter(self.parts, column)
            | f"Link {column}" >> beam.FlatMap(self._link, column).with_output_types(pa.RecordBatch)
            for column in KEYS
        ]
        return exact | "Links" >> beam.Flatten()

    def _link(self, group: Group, column: str) -> Iterator[pa.RecordBatch]:
        rows = pa.Table.from_batches(group[1])
        pairs = equal_links(rows["sample_id"].combine_chunks(), rows[column].combine_chunks(), KEYS[column])
        yield from write_pairs(pairs, self.run, f"{KEYS[column]}-{part_name(group[0], self.parts)}")


def pick(batch: pa.RecordBatch, column: str) -> pa.RecordBatch:
    """Only the ids and that column."""
    return batch.select(["sample_id", column])
