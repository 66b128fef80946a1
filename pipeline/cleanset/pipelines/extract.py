"""The extract pipeline: shards in, one features file each."""

from __future__ import annotations

import apache_beam as beam

from cleanset.config import ExtractConfig
from cleanset.features import store
from cleanset.pipelines.engine import Engine
from cleanset.pipelines.progress import FinishedShards, show_progress
from cleanset.rundir import RunDirectory
from cleanset.shards.find import Found
from cleanset.shards.sample import Shard
from cleanset.transforms.extract_shards import ExtractShards


def run_extract(found: Found, config: ExtractConfig, run: RunDirectory, engine: Engine) -> list[store.ShardSummary]:
    """The run has a features file for every readable shard, and ``features.json`` lists them.

    Raises:
        PipelineError: a features file could not be written, or a disk or store fails.
    """
    run.remove_unfinished()
    run.remove_unfinished("features")
    shards = list(found.shards)
    store.begin_index(run, shards)
    work = [shards] if engine.is_local else [[shard] for shard in shards]

    def build(pipeline: beam.Pipeline) -> None:
        _ = (
            pipeline
            | "Shards" >> beam.Create(work).with_output_types(list[Shard])
            | "Extract" >> ExtractShards(config, run, engine.workers, found.notes, found.given)
        )

    with show_progress("extract", FinishedShards(shards, config, run)):
        engine.run(build)
    return store.read_index(run).shards
