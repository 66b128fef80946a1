"""What the three pipelines ask of a runner: few kinds of steps, and batches that travel as Arrow."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.coders.typecoders import registry
from apache_beam.pipeline import AppliedPTransform, PipelineVisitor
from apache_beam.portability.api import beam_runner_api_pb2 as proto
from apache_beam.portability.common_urns import composites, primitives
from apache_beam.runners.portability.fn_api_runner import translations
from apache_beam.runners.worker.bundle_processor import DATA_INPUT_URN, DATA_OUTPUT_URN

from cleanset.config import ExtractConfig, MatchConfig
from cleanset.pipelines.decide import run_decide
from cleanset.pipelines.engine import Engine
from cleanset.pipelines.extract import run_extract
from cleanset.pipelines.match import run_match
from cleanset.rundir import RunDirectory
from cleanset.shards.find import find_shards
from factories import rules
from shards.writers import outcome, write_img2dataset

FLINK = frozenset(
    step.urn for step in (primitives.IMPULSE, primitives.FLATTEN, primitives.GROUP_BY_KEY, composites.RESHUFFLE)
)
"""What Flink's translator of portable batch pipelines knows, beside executable stages of ParDos.

Read in FlinkBatchPortablePipelineTranslator.java of Beam.
"""
STAGES = ("extract", "match", "decide")
PHASES = (
    translations.annotate_downstream_side_inputs,
    translations.fix_side_input_pcoll_coders,
    translations.lift_combiners,
    translations.expand_sdf,
    translations.fix_flatten_coders,
    translations.sink_flattens,
    translations.greedily_fuse,
)
"""How a portable runner fuses steps to executable stages."""


class Drawing(Engine):
    """Runs pipelines and keeps their graphs."""

    drawn: list[beam.Pipeline] = []  # noqa: RUF012 - the engine itself is frozen

    def run(self, build: Callable[[beam.Pipeline], None], spill: str | None = None) -> None:
        pipeline = self.new_pipeline()
        build(pipeline)
        self.drawn.append(pipeline)
        super().run(build, spill)


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, beam.Pipeline]:
    """The pipelines of one run, by stage."""
    folder = tmp_path_factory.mktemp("drawn")
    for number in range(2):
        write_img2dataset(folder / "shards", [outcome(10 * number + i) for i in range(3)], f"{number:05d}")
    Drawing.drawn.clear()
    _run_all(folder, Drawing())
    return dict(zip(STAGES, Drawing.drawn, strict=True))


def _run_all(folder: Path, engine: Engine) -> None:
    run = RunDirectory(str(folder / "run"))
    run_extract(find_shards([str(folder / "shards")]), ExtractConfig(), run, engine)
    run_match(run, MatchConfig(), engine)
    run_decide(run, rules(), engine)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_needs_only_steps_that_flink_can_translate(graphs: dict[str, beam.Pipeline], stage: str) -> None:
    drawn = graphs[stage].to_runner_api()
    _, fused = translations.create_and_optimize_stages(drawn, phases=PHASES, known_runner_urns=FLINK)
    pardo = primitives.PAR_DO.urn
    for step in (transform for part in fused for transform in part.transforms):
        if step.spec.urn not in {DATA_INPUT_URN, DATA_OUTPUT_URN}:
            assert step.spec.urn in {*FLINK, pardo}, step.unique_name
    for step in drawn.components.transforms.values():
        if step.spec.urn == pardo:
            payload = proto.ParDoPayload.FromString(step.spec.payload)
            assert not payload.restriction_coder_id, f"{step.unique_name} is splittable"
            assert not payload.side_inputs, f"{step.unique_name} has side inputs"
            assert not payload.state_specs, f"{step.unique_name} has state"
            assert not payload.timer_family_specs, f"{step.unique_name} has timers"


class _Types(PipelineVisitor):
    """Collects the element type of every collection, by the step that makes it."""

    def __init__(self) -> None:
        self.found: dict[str, object] = {}

    def visit_transform(self, transform_node: AppliedPTransform) -> None:
        for tag, collection in transform_node.outputs.items():
            self.found[f"{transform_node.full_label}.{tag}"] = collection.element_type


@pytest.mark.parametrize("stage", ["match", "decide"])
def test_no_collection_of_a_stage_is_pickled(graphs: dict[str, beam.Pipeline], stage: str) -> None:
    types = _Types()
    graphs[stage].visit(types)
    pickled = {
        step: str(registry.get_coder(element))
        for step, element in types.found.items()
        if "FastPrimitives" in str(registry.get_coder(element)) and "Reshuffle" not in step
    }
    assert not pickled
    assert any("RecordBatchCoder" in str(registry.get_coder(element)) for element in types.found.values())


def test_grouping_logs_no_warning_about_coders(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_img2dataset(tmp_path / "shards", [outcome(i) for i in range(3)], "00000")
    with caplog.at_level(logging.WARNING, logger="apache_beam"):
        _run_all(tmp_path, Engine())
    assert [record.getMessage() for record in caplog.records if "oder" in record.getMessage()] == []
