"""The commands that deal with embedders."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from cleanset.embeddings.models.choice import OWN
from cleanset.errors import ConfigError
from cleanset.rundir import RunDirectory, open_whole
from cleanset.terminal import print_json, print_text, say

AUTO, NONE = "auto", "none"
THRESHOLDS, PAGE = "thresholds.json", "report/calibration.html"
NAMED = 5
"""Shards without vectors that are named."""
COSINE = "cosine_alone"
"""The setting of match that a calibration finds: the cosine that suffices."""


def calibrate(options: argparse.Namespace) -> int:
    """Thresholds by the run's own pictures: a table, a page, and a file that match takes."""
    from cleanset.report.calibration import STEPS
    from cleanset.report.calibration import calibrate as measure
    from cleanset.report.pages.calibration import calibration_page

    run = RunDirectory(options.run)
    found = measure(run, options.pictures)
    threshold = found.threshold()
    with open_whole(run.path(PAGE)) as stream:
        stream.write(calibration_page(run, found).encode())
    run.write_json(THRESHOLDS, {} if threshold is None else {COSINE: threshold})
    shares = [count / found.linked if found.linked else None for count in found.found.tolist()]
    rows = zip(STEPS.tolist(), found.rates().tolist(), found.bounds().tolist(), shares, strict=True)
    if options.json:
        lines = [{"cosine": c, "rate": r, "at_most": b, "of_linked": f} for c, r, b, f in rows]
        counts = {"embedder": found.embedder, "pictures": found.pictures, "pairs": found.pairs}
        print_json({**counts, "threshold": threshold, "steps": lines, "page": run.path(PAGE)})
        return 0
    print_text(f"{found.pairs:,} pairs of {found.pictures:,} pictures that nothing links, by {found.embedder}")
    print_text("cosine  false pairs  at most  of linked pairs")
    for c, r, b, f in rows:
        if round(c * 100) % 5 == 0:
            print_text(f"{c:6.2f}  {r:11.1e}  {b:7.1e}  {'unknown' if f is None else f'{f:.3f}'}")
    print_text(found.verdict())
    print_text(f"{run.path(PAGE)}  pairs around the threshold\n{run.path(THRESHOLDS)}  for match --thresholds")
    return 0


def match_config(options: argparse.Namespace, run: RunDirectory) -> Any:  # noqa: ANN401 - its type is the field's
    """The thresholds of match: what the user's file says, else the run's embedder, else the defaults.

    Raises:
        ConfigError: the file cannot be read, or names something else.
    """
    from pydantic import ValidationError

    from cleanset.config import MatchConfig
    from cleanset.embeddings.store import embedder_of

    embedder = embedder_of(run)
    own: dict[str, Any] = {"cosine": embedder.proposes, COSINE: min(embedder.alone, 1.0)} if embedder else {}
    if not options.thresholds:
        return MatchConfig(**own)
    try:
        document = json.loads(Path(options.thresholds).read_text(encoding="utf-8"))
        return MatchConfig(**{**own, **document})
    except (OSError, ValueError, TypeError) as error:
        told = str(error).partition("\n")[0]
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            told = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise ConfigError(f"--thresholds {options.thresholds}: {told}; correct it") from None


def tell_missing(run: RunDirectory) -> None:
    """A line says which shards have no vectors, where the run has an embedder and match goes on without it."""
    from cleanset.embeddings.store import RUN_EMBED, missing

    if lacking := missing(run):
        named = ", ".join(lacking[:NAMED]) + (f" and {len(lacking) - NAMED:,} more" if lacking[NAMED:] else "")
        say(f"cleanset: no vectors of shards {named}, so copies are found by hashes alone; {RUN_EMBED}")


def choose_embedder(options: argparse.Namespace) -> Any:  # noqa: ANN401 - its type is the field's
    """The embedder that the user names, or cleanset's own where its runtime is found; None for none.

    Raises:
        ConfigError: it cannot be loaded.
    """
    from cleanset.embeddings.models.choice import Choice
    from cleanset.embeddings.models.load import INSTALL, is_installed, load

    name = options.embedder
    if name == AUTO and not is_installed("onnxruntime"):
        say(f"cleanset: copies are found by hashes alone, since onnxruntime is not installed: {INSTALL['onnxruntime']}")
    if name == NONE or (name == AUTO and not is_installed("onnxruntime")):
        return None
    choice = Choice(OWN if name == AUTO else _absolute(name), options.device)
    load(choice)
    return choice


def _absolute(name: str) -> str:
    """The name with its path as every process finds it, whatever its folder."""
    if name == OWN or name.endswith(".onnx"):
        return name if name == OWN else str(Path(name).resolve())
    head, separator, path = name.rpartition("=" if "=" in name else ":")
    return f"{head}{separator}{Path(path).resolve()}" if separator and Path(path).exists() else name
