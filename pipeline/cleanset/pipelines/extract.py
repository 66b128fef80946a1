"""The extract pipeline: shards in, one features file each."""

from __future__ import annotations

from dataclasses import replace

import apache_beam as beam

from cleanset.config import ExtractConfig
from cleanset.embeddings import store as vectors
from cleanset.embeddings.models.choice import Choice
from cleanset.embeddings.models.load import load
from cleanset.features import store
from cleanset.pipelines.engine import Engine
from cleanset.pipelines.progress import FinishedShards, show_progress
from cleanset.rundir import RunDirectory
from cleanset.shards.find import Found
from cleanset.shards.sample import Shard
from cleanset.transforms.extract_shards import ExtractShards


def run_extract(
    found: Found, config: ExtractConfig, run: RunDirectory, engine: Engine, embedder: Choice | None = None
) -> list[store.ShardSummary]:
    """The run has a features file for every readable shard, and ``features.json`` lists them.

    With an embedder it has their vectors, too, which match uses from now on; without one match uses none.

    Raises:
        PipelineError: a file could not be written, or a disk or store fails.
        ConfigError: the embedder cannot be loaded.
    """
    identity = load(embedder).identity if embedder is not None else None
    run.remove_unfinished()
    run.remove_unfinished("features")
    if identity is not None:
        run.remove_unfinished(f"{vectors.FOLDER}/{identity.name}")
    shards = list(found.shards)
    store.begin_index(run, shards)
    how = replace(found, shards=())
    work = [shards] if engine.is_local else [[shard] for shard in shards]

    def build(pipeline: beam.Pipeline) -> None:
        _ = (
            pipeline
            | "Shards" >> beam.Create(work).with_output_types(list[Shard])
            | "Extract" >> ExtractShards(config, run, engine.workers, how, embedder)
        )

    with show_progress("extract", FinishedShards(shards, config, run, identity)):
        engine.run(build)
    vectors.choose(run, identity)
    return store.read_index(run).shards
