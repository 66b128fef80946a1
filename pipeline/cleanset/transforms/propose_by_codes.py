"""Propose the pairs of pictures with near hash codes, by bands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection

from cleanset.config import MatchConfig
from cleanset.dedup.places import Places
from cleanset.dedup.propose.candidates import Layouts, Share, candidate_batches, in_share
from cleanset.dedup.propose.coded import CODED, gather_codes, with_codes

ROWS_PER_BATCH = 1 << 14


@dataclass(eq=False)
class ProposeByCodes(beam.PTransform):
    """Propose the pairs of pictures with a near hash in some orientation.

    Input:  numbers of the shares.
    Output: RecordBatch of ``schemas.CANDIDATES``.

    Each share scans the hash codes of all features files, where a shuffle would have to send each code once for every
    band: for as many rows as one share holds.
    """

    rows: Places
    thresholds: MatchConfig
    shares: Sequence[Share]

    def expand(self, shares: PCollection[int]) -> PCollection[pa.RecordBatch]:
        """Reads like its name."""
        return shares | "Propose" >> beam.FlatMap(self._propose).with_output_types(pa.RecordBatch)

    def _propose(self, number: int) -> Iterator[pa.RecordBatch]:
        share, layouts = self.shares[number], Layouts.of(self.thresholds, len(self.rows))
        batches = (with_codes(batch, place) for place, batch in self.rows.read(CODED, ROWS_PER_BATCH))
        held = (in_share(batch, layouts, share) for batch in batches)
        yield from candidate_batches(gather_codes(held, self.thresholds.pdq_quality), layouts, share)
