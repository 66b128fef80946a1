"""Judge every sample by its own evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection

from cleanset.manifest.alike import Judge
from cleanset.manifest.judge import Rules
from cleanset.manifest.withheld import read_withheld, withhold


@dataclass(eq=False)
class JudgeSamples(beam.PTransform):
    """Conclude the rights of every sample.

    Input:  RecordBatch of ``schemas.FEATURES``.
    Output: RecordBatch of ``schemas.JUDGED``, one per input batch.
    """

    rules: Rules
    withheld: Sequence[str] = ()
    """Files of ``schemas.WITHHELD``: each worker reads them."""

    def expand(self, features: PCollection[pa.RecordBatch]) -> PCollection[pa.RecordBatch]:
        """Reads like its name."""
        judged = beam.ParDo(_JudgeBatch(self.rules, self.withheld)).with_output_types(pa.RecordBatch)
        return features | "JudgeBatch" >> judged


class _JudgeBatch(beam.DoFn):
    """Judges the batches of a worker, which remembers what it has judged."""

    def __init__(self, rules: Rules, withheld: Sequence[str]) -> None:
        self._rules, self._files = rules, withheld

    def setup(self) -> None:
        self._judge = Judge(self._rules)
        self._withheld = read_withheld(self._files)

    def process(self, features: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        yield withhold(self._judge.judge_batch(features), self._withheld)
