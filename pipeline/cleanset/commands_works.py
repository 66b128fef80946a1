"""Pictures that a command is given beside its run: works that are protected, or that are held against it."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from cleanset.commands_embed import choose_embedder
from cleanset.errors import ConfigError, RunError
from cleanset.rundir import RunDirectory
from cleanset.terminal import say


def extracted(inputs: list[str], folder: Path, options: argparse.Namespace) -> RunDirectory:
    """The features and vectors of some pictures, in a folder that goes with the command."""
    from cleanset.config import ExtractConfig
    from cleanset.pipelines.engine import Engine
    from cleanset.pipelines.extract import run_extract
    from cleanset.shards.find import find_shards

    embedder: Any = choose_embedder(options)
    found = find_shards(inputs)
    run = RunDirectory(str(folder))
    run.create()
    run_extract(found, ExtractConfig(embedded_metadata=False), run, Engine(workers=options.workers), embedder)
    return run


def find_run(place: str) -> RunDirectory | None:
    """The run that lies there; None where it is a place of pictures.

    Raises:
        RunError: it is a release, which has no features.
    """
    run = RunDirectory(place)
    if run.exists("features.json"):
        return run
    if run.exists("manifest"):
        raise RunError(f"{place}: a release holds no hashes of pictures; name its run")
    return None


def protected_works(options: argparse.Namespace, run: str) -> Any:  # noqa: ANN401 - its type would load the field
    """The works that ``--protect`` names; pictures are extracted into a folder that goes with the command.

    Raises:
        ConfigError: a place holds no picture, or is the run itself.
        RunError: a run has no complete extract stage.
    """
    from cleanset.features.store import read_index
    from cleanset.manifest.withheld import NOTHING, Protected
    from cleanset.schemas import Status

    if not options.protect:
        return NOTHING
    sets = []
    folder = Path(options.until_end.enter_context(tempfile.TemporaryDirectory(prefix="cleanset-protect-")))
    for number, place in enumerate(options.protect):
        if place.rstrip("/") == run.rstrip("/"):
            raise ConfigError(f"--protect {place}: is the run itself, of which nothing would be left")
        works = find_run(place) or extracted([place], folder / str(number), options)
        index = read_index(works)
        rows, seen = sum(s.rows for s in index.read), sum(s.statuses.get(Status.OK, 0) for s in index.read)
        if not seen:
            raise ConfigError(f"--protect {place}: holds no picture that can be read; correct the path")
        for problem in filter(None, (shard.problem() for shard in index.shards)):
            say(f"cleanset: warning: --protect {place}: {problem}")
        if rows > seen:
            say(f"cleanset: warning: --protect {place}: {rows - seen:,} of {rows:,} works have no picture to compare")
        sets.append(works)
    return Protected.of(sets)


def tell_without_vectors(protected: Any, run: RunDirectory) -> None:  # noqa: ANN401 - its type would load the field
    """A line says how many protected sets cannot be compared with the run by vectors, though it has some."""
    if number := protected.by_hashes_alone(run):
        told = f"{number} of {len(protected.sets)} protected sets have no vectors of the run's embedder"
        say(f"cleanset: warning: {told}, so crops and overlays of their works are not found")
