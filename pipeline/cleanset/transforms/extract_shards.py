"""Spread shards over workers; each leaves a features file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import apache_beam as beam
from apache_beam.pvalue import PCollection

from cleanset.config import ExtractConfig
from cleanset.features.store import ShardSummary
from cleanset.features.workers import extract_shards
from cleanset.rundir import RunDirectory
from cleanset.shards.sample import Shard


@dataclass(eq=False)
class ExtractShards(beam.PTransform):
    """Write the features file of every shard.

    Input:  work lists of ``Shard``.
    Output: one ``ShardSummary`` per shard.

    Image bytes are read, described and forgotten inside one call: they never cross a shuffle.
    """

    config: ExtractConfig
    run: RunDirectory
    processes: int

    def expand(self, work: PCollection[list[Shard]]) -> PCollection[ShardSummary]:
        """Reads like its name."""
        return work | "ExtractShards" >> beam.FlatMap(self._extract).with_output_types(ShardSummary)

    def _extract(self, shards: list[Shard]) -> Iterator[ShardSummary]:
        return extract_shards(shards, self.config, self.run, self.processes)
