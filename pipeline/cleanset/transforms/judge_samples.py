"""Judge every sample by its own evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection

from cleanset.manifest.alike import Judge
from cleanset.manifest.judge import Rules


@dataclass(eq=False)
class JudgeSamples(beam.PTransform):
    """Conclude the rights of every sample.

    Input:  RecordBatch of ``schemas.FEATURES``.
    Output: RecordBatch of ``schemas.JUDGED``, one per input batch.
    """

    rules: Rules

    def expand(self, features: PCollection[pa.RecordBatch]) -> PCollection[pa.RecordBatch]:
        """Reads like its name."""
        return features | "JudgeBatch" >> beam.ParDo(_JudgeBatch(self.rules)).with_output_types(pa.RecordBatch)


class _JudgeBatch(beam.DoFn):
    """Judges the batches of a worker, which remembers what it has judged."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def setup(self) -> None:
        self._judge = Judge(self._rules)

    def process(self, features: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        yield self._judge.judge_batch(features)
