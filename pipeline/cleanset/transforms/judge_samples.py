"""Judge every sample by its own evidence."""

from __future__ import annotations

from dataclasses import dataclass

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection

from cleanset.manifest.judge import Rules, judge_batch


@dataclass(eq=False)
class JudgeSamples(beam.PTransform):
    """Conclude the rights of every sample.

    Input:  RecordBatch of ``schemas.FEATURES``.
    Output: RecordBatch of ``schemas.JUDGED``, one per input batch.
    """

    rules: Rules

    def expand(self, features: PCollection[pa.RecordBatch]) -> PCollection[pa.RecordBatch]:
        """Reads like its name."""
        return features | "JudgeBatch" >> beam.Map(judge_batch, self.rules).with_output_types(pa.RecordBatch)
