"""Where a pipeline runs: in this process, or on any runner that Beam knows."""

from __future__ import annotations

import logging
import re
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import apache_beam as beam
import grpc
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner

from cleanset.errors import CleansetError, ConfigError
from cleanset.resources import settled
from cleanset.transforms.spill import spilled

LOCAL = "local"


class PipelineError(CleansetError):
    """A pipeline that stopped on an error; what it had finished stays, and the same command goes on from there."""

    stopped_midway = True


@dataclass(frozen=True, slots=True)
class Engine:
    """How pipelines run; the only part of a run that never changes its product.

    Attributes:
        runner: ``local``, ``prism``, ``flink``, ``dataflow``, or the name of any other Beam runner: PortableRunner, …
        workers: processes that extract at the same time, locally; other runners have options of their own for it.
        beam_args: what follows a bare ``--`` on the command line, handed to Beam as it is.
        invocation: who runs it, when, and by which command.
    """

    runner: str = LOCAL
    workers: int = 1
    beam_args: tuple[str, ...] = ()
    invocation: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        """Whether pipelines run in this process."""
        return self.runner == LOCAL

    def run(self, build: Callable[[beam.Pipeline], None], spill: str | None = None) -> None:
        """The pipeline that ``build`` wires has run to its end.

        ``spill``: a local folder in which a local run may keep what it shuffles; in memory where there is none.

        Raises:
            PipelineError: a step raised; the message is the step's own error.
            ConfigError: there is no such runner, or Beam refuses the options.
        """
        pipeline = self.new_pipeline()
        build(pipeline)
        if not self.is_local:
            threading.excepthook = _connection_may_break
        try:
            with ExitStack() as here:
                if self.is_local:
                    here.enter_context(settled())
                if self.is_local and spill:
                    here.enter_context(spilled(spill))
                pipeline.run().wait_until_finish()
        except grpc.RpcError as error:
            told = error.details() if isinstance(error, grpc.Call) else str(error)
            raise PipelineError(f"{_LOST} ({told})") from error
        except CleansetError as error:
            raise PipelineError(_without_label(str(error))) from error
        except RuntimeError as error:
            if lost := _LOST_WORKER.search(str(error)):
                raise PipelineError(f"{_LOST} ({lost[0]})") from error
            cause = root_cause(str(error))
            if not cause.startswith(_OURS):  # a fault of the program, not of the user's: the traceback is needed
                logging.getLogger(__name__).exception("pipeline failed")
            raise PipelineError(re.sub(rf"^{_OURS}\w+: ", "", cause)) from error

    def new_pipeline(self) -> beam.Pipeline:
        """An empty pipeline for this engine.

        Local runs use Beam's FnApiRunner by name: Beam's own default first tries to download another runner.

        Raises:
            ConfigError: there is no such runner, or Beam refuses the options.
        """
        name = _RUNNERS.get(self.runner, self.runner)
        arguments = [*self.beam_args, *(_prism_options(self.beam_args) if name == _PRISM else ())]
        try:
            pipeline = beam.Pipeline(
                runner=FnApiRunner() if self.is_local else name, options=PipelineOptions(arguments)
            )
        except (ValueError, ImportError, AttributeError) as error:
            raise ConfigError(f"runner {self.runner}: {error}") from error
        shutil.rmtree(pipeline.local_tempdir)  # for transforms in other languages; it would outlive an interrupted run
        return pipeline


_PRISM = "PrismRunner"
_RUNNERS = {"prism": _PRISM, "flink": "FlinkRunner", "dataflow": "DataflowRunner"}
_OURS = "cleanset.errors."
_LOST = "a worker was killed or never answered; see its log, start it, and run the same command again"
_LOST_WORKER = re.compile(r"SDK worker disconnected|didn't get control connection to \S+ after \S+")
"""What Prism says of a worker that is gone."""


def _connection_may_break(raised: threading.ExceptHookArgs) -> None:
    """A thread of Beam that follows a job ends in silence when its runner is gone; ``Engine.run`` tells it once."""
    if not issubclass(raised.exc_type, grpc.RpcError):
        threading.__excepthook__(raised)


def _prism_options(given: Sequence[str]) -> list[str]:
    """What Prism needs beyond what was given: where it lies, and workers in this process.

    Beam would fetch a Prism of its own from the network where none is named.

    Raises:
        ConfigError: no Prism is found.
    """
    options = []
    if not any(option.startswith("--environment_type") for option in given):
        options.append("--environment_type=LOOPBACK")
    if not any(option.startswith(("--prism_location", "--job_endpoint")) for option in given):
        found = shutil.which("prism") or shutil.which(str(Path(".tools") / "prism"))
        if not found:
            raise ConfigError(
                "runner prism: no program of that name is found; `make prism` builds it into .tools/ (needs Go), or "
                "name it behind --: --prism_location=FILE"
            )
        options.append(f"--prism_location={Path(found).resolve()}")
    return options


def root_cause(text: str) -> str:
    """The error of the step that failed: the last line of the worker's traceback, without Beam's frame around it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    error = next((line for line in reversed(lines) if re.match(r"[\w.]+(Error|Exception|Interrupt)\b", line)), "")
    return _without_label(error or (lines[-1] if lines else "no message"))


def _without_label(text: str) -> str:
    return re.sub(r" \[while running '[^']*'\]", "", text)
