"""Spread shards over workers; each leaves a features file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
from apache_beam.pvalue import PCollection

from cleanset.config import ExtractConfig
from cleanset.embeddings.extract import embed_shard
from cleanset.embeddings.models.choice import CUDA, Choice
from cleanset.embeddings.models.load import load
from cleanset.embeddings.serving import serving
from cleanset.features.extract import extract_shard
from cleanset.features.store import INDEX, ShardSummary, write_index
from cleanset.features.workers import extract_shards
from cleanset.rundir import RunDirectory
from cleanset.shards.find import Found
from cleanset.shards.sample import Shard

ACCELERATOR = "type:nvidia-l4;count:1;install-nvidia-driver"
"""What a runner that lends machines is asked for where the embedder runs on a GPU; others pass it by."""


@dataclass(eq=False)
class ExtractShards(beam.PTransform):
    """Write the features file of every shard, its vectors where an embedder is chosen, and the list of all shards.

    Input:  work lists of ``Shard``.
    Output: the name of the list.

    Image bytes are read, described and forgotten inside one call: they never cross a shuffle. Summaries do, some 500
    bytes for each shard, to the one place that lists them.
    """

    config: ExtractConfig
    run: RunDirectory
    processes: int
    found: Found
    embedder: Choice | None = None

    def expand(self, work: PCollection[list[Shard]]) -> PCollection[str]:
        """Reads like its name."""
        extract: beam.PTransform = beam.ParDo(self._extract)
        if self.embedder is not None and self.embedder.device == CUDA:
            extract = extract.with_resource_hints(accelerator=ACCELERATOR)
        return (
            work
            | "ExtractShards" >> extract.with_output_types(tuple[int, ShardSummary])
            | "GatherSummaries" >> beam.GroupByKey()
            | "WriteIndex" >> beam.Map(self._write_index).with_output_types(str)
        )

    def _extract(self, shards: list[Shard]) -> Iterator[tuple[int, ShardSummary]]:
        with ExitStack() as here:
            extract = partial(extract_shard, config=self.config, run=self.run)
            if self.embedder is not None:
                choice = self.embedder
                if choice.device == CUDA:
                    choice = here.enter_context(serving(load(choice), choice))
                extract = partial(embed_shard, config=self.config, run=self.run, choice=choice)
            for summary in extract_shards(shards, extract, self.processes):
                yield 0, summary

    def _write_index(self, gathered: tuple[int, Iterable[ShardSummary]]) -> str:
        write_index(self.run, gathered[1], self.config, self.found)
        return INDEX
