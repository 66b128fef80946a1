from __future__ import annotations

import apache_beam as beam
import pytest
from apache_beam.portability.common_urns import resource_hints

from cleanset.config import ExtractConfig
from cleanset.embeddings.models.choice import CPU, CUDA, Choice
from cleanset.rundir import RunDirectory
from cleanset.shards.find import Found
from cleanset.shards.sample import Shard
from cleanset.transforms.extract_shards import ACCELERATOR, ExtractShards


@pytest.mark.parametrize("embedder", [None, Choice(device=CPU), Choice(device=CUDA)])
def test_a_gpu_is_asked_for_by_the_step_that_embeds_on_one_and_by_no_other(embedder: Choice | None) -> None:
    pipeline = beam.Pipeline()
    work = pipeline | beam.Create([]).with_output_types(list[Shard])
    _ = work | ExtractShards(ExtractConfig(), RunDirectory("run"), 1, Found((), ()), embedder=embedder)
    components = pipeline.to_runner_api().components
    hinted = {
        step.unique_name
        for step in components.transforms.values()
        if step.environment_id
        and resource_hints.ACCELERATOR.urn in components.environments[step.environment_id].resource_hints
    }
    on_gpu = embedder is not None and embedder.device == CUDA
    assert hinted == ({"ExtractShards/ExtractShards"} if on_gpu else set())
    for environment in components.environments.values():
        hint = environment.resource_hints.get(resource_hints.ACCELERATOR.urn)
        assert hint in {None, ACCELERATOR.encode()}
