"""Link the samples that show the same picture though their pixels differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection

from cleanset.config import MatchConfig
from cleanset.dedup.places import Places
from cleanset.dedup.verify import PICTURES, blocks_of, send_pictures, verify, with_block
from cleanset.manifest.write import part_name
from cleanset.rundir import RunDirectory
from cleanset.schemas import CANDIDATES
from cleanset.transforms.batches import of_table, table_name
from cleanset.transforms.scatter import Scatter
from cleanset.transforms.write_pairs import write_pairs

Group = tuple[int, Iterable[pa.RecordBatch]]


@dataclass(eq=False)
class LinkNear(beam.PTransform):
    """Write the pairs of samples that show the same picture.

    Input:  RecordBatch of ``schemas.CANDIDATES``, of any proposers; a pair may be proposed repeatedly.
    Output: RecordBatch of ``schemas.PAIRS``.

    Candidates meet the pictures of the one, and then of the other.
    """

    rows: Places
    thresholds: MatchConfig
    run: RunDirectory
    parts: int

    def expand(self, candidates: PCollection[pa.RecordBatch]) -> PCollection[pa.RecordBatch]:
        """Reads like its name."""
        blocks = blocks_of(self.rows)
        return (
            candidates
            | "BlockOfA" >> beam.Map(with_block, "a").with_output_types(pa.RecordBatch)
            | "ByA" >> Scatter(blocks)
            | "SendPictures" >> beam.FlatMap(self._send).with_output_types(pa.RecordBatch)
            | "ByB" >> Scatter(blocks)
            | "Verify" >> beam.FlatMap(self._verify).with_output_types(pa.RecordBatch)
            | "PairsOfA" >> Scatter(self.parts, "a")
            | "WritePairs" >> beam.FlatMap(self._write).with_output_types(pa.RecordBatch)
        )

    def _send(self, group: Group) -> Iterator[pa.RecordBatch]:
        yield from send_pictures(pa.Table.from_batches(group[1]), self.rows)

    def _verify(self, group: Group) -> Iterator[pa.RecordBatch]:
        candidates = of_table(batch for batch in group[1] if table_name(batch) == CANDIDATES.name)[CANDIDATES.name]
        pictures = (batch for batch in group[1] if table_name(batch) == PICTURES)
        yield from verify(candidates, pictures, self.rows, self.thresholds)

    def _write(self, group: Group) -> Iterator[pa.RecordBatch]:
        yield from write_pairs(pa.Table.from_batches(group[1]), self.run, f"near-{part_name(group[0], self.parts)}")
