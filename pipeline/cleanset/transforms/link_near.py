"""Link the samples that show the same picture though their pixels differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection

from cleanset.config import MatchConfig
from cleanset.dedup.partition import split
from cleanset.dedup.places import Places
from cleanset.dedup.propose.candidates import Layouts, Share, candidate_batches, in_share
from cleanset.dedup.propose.coded import CODED, gather_codes, with_codes
from cleanset.dedup.propose.vectors import vector_batches
from cleanset.dedup.verify import PICTURES, block_ids, send_pictures, verify
from cleanset.manifest.write import part_name
from cleanset.rundir import RunDirectory
from cleanset.schemas import CANDIDATES
from cleanset.transforms.batches import of_table, table_name
from cleanset.transforms.shuffle import Parted, Partition
from cleanset.transforms.write_pairs import write_pairs

Group = tuple[int, Iterable[pa.RecordBatch]]
ROWS_PER_BATCH = 1 << 14


@dataclass(eq=False)
class LinkNear(beam.PTransform):
    """Write the pairs of samples that show the same picture.

    Input:  numbers of the shares; the number after the last stands for the vectors, if there are any.
    Output: RecordBatch of ``schemas.PAIRS``.

    A share scans the hash codes of all features files: some 300 bytes a row, where a shuffle would have to send each
    code once for every band. Then candidates meet the pictures of the one, and of the other.
    """

    rows: Places
    thresholds: MatchConfig
    shares: list[Share]
    run: RunDirectory
    parts: int

    def expand(self, shares: PCollection[int]) -> PCollection[pa.RecordBatch]:
        """Reads like its name."""
        return (
            shares
            | "Propose" >> beam.FlatMap(self._propose).with_output_types(pa.RecordBatch)
            | "PartByA" >> beam.FlatMap(self._part).with_output_types(Parted)
            | "GroupByA" >> beam.GroupByKey()
            | "SendPictures" >> beam.FlatMap(self._send).with_output_types(Parted)
            | "GroupByB" >> beam.GroupByKey()
            | "Verify" >> beam.FlatMap(self._verify).with_output_types(pa.RecordBatch)
            | "PartPairs" >> Partition("a", self.parts)
            | "GroupPairs" >> beam.GroupByKey()
            | "WritePairs" >> beam.FlatMap(self._write).with_output_types(pa.RecordBatch)
        )

    def _propose(self, number: int) -> Iterator[pa.RecordBatch]:
        if number == len(self.shares):
            yield from vector_batches(self.rows, self.thresholds.cosine)
            return
        share, layouts = self.shares[number], Layouts.of(self.thresholds, len(self.rows))
        batches = (with_codes(batch, place) for place, batch in self.rows.read(CODED, ROWS_PER_BATCH))
        held = (in_share(batch, layouts, share) for batch in batches)
        yield from candidate_batches(gather_codes(held, self.thresholds.pdq_quality), layouts, share)

    @staticmethod
    def _part(candidates: pa.RecordBatch) -> Iterator[Parted]:
        yield from split(candidates, block_ids(candidates.column("a"))).items()

    def _send(self, group: Group) -> Iterator[Parted]:
        yield from send_pictures(pa.Table.from_batches(group[1]), self.rows)

    def _verify(self, group: Group) -> Iterator[pa.RecordBatch]:
        candidates = of_table(batch for batch in group[1] if table_name(batch) == CANDIDATES.name)[CANDIDATES.name]
        pictures = (batch for batch in group[1] if table_name(batch) == PICTURES)
        yield from verify(candidates, pictures, self.rows, self.thresholds)

    def _write(self, group: Group) -> Iterator[pa.RecordBatch]:
        yield from write_pairs(pa.Table.from_batches(group[1]), self.run, f"near-{part_name(group[0], self.parts)}")
