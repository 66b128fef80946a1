from __future__ import annotations

from collections.abc import Callable

import apache_beam as beam
import pytest

from cleanset.errors import ConfigError, OutputError
from cleanset.pipelines.engine import Engine, PipelineError, root_cause

LOCAL = Engine()
PORTABLE = Engine("PortableRunner", 1, ("--job_endpoint=embed", "--environment_type=LOOPBACK"))


def _run(engine: Engine, step: Callable[[int], int]) -> None:
    def build(pipeline: beam.Pipeline) -> None:
        _ = pipeline | beam.Create([1]) | "Step" >> beam.Map(step)  # type: ignore[no-untyped-call] # Beam's

    engine.run(build)


def _fail(_element: int) -> int:
    raise OutputError("a.parquet: cannot be written (No space left on device)")


def _break(_element: int) -> int:
    raise ValueError("broken invariant")


@pytest.mark.parametrize("engine", [LOCAL, PORTABLE], ids=["local", "portable"])
def test_the_error_of_a_step_is_the_message_on_every_runner(engine: Engine) -> None:
    with pytest.raises(PipelineError) as caught:
        _run(engine, _fail)
    assert str(caught.value) == "a.parquet: cannot be written (No space left on device)"
    assert caught.value.stopped_midway


@pytest.mark.parametrize(("engine", "error"), [(LOCAL, ValueError), (PORTABLE, PipelineError)])
def test_a_fault_of_the_program_is_never_hidden(engine: Engine, error: type[Exception]) -> None:
    with pytest.raises(error, match="broken invariant"):
        _run(engine, _break)


def test_an_unknown_runner_is_a_mistake_of_the_user() -> None:
    with pytest.raises(ConfigError, match=r"runner Abacus: .* Valid values are .*FlinkRunner"):
        Engine("Abacus").new_pipeline()


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "no message"),
        ("something", "something"),
        (
            "Traceback:\n  File x\nOSError: a\n\nDuring handling:\nKeyError: 'b' [while running 'Step/Map']\n",
            "KeyError: 'b'",
        ),
        (
            "Traceback:\ncleanset.errors.OutputError: full [while running 'A']\nbundle failed",
            "cleanset.errors.OutputError: full",
        ),
    ],
)
def test_the_cause_is_the_last_error_of_the_traceback(text: str, cause: str) -> None:
    assert root_cause(text) == cause
