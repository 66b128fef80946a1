"""Commands that hold pictures from outside against a run: does one come too close to what is in it?"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cleanset.commands import DONE, FINDINGS
from cleanset.commands_embed import choose_embedder
from cleanset.errors import RunError
from cleanset.rundir import RunDirectory
from cleanset.terminal import print_json, print_text


def check(options: argparse.Namespace) -> int:
    """Whether pictures come too close to those of a run or folder; exit code 1 where one does."""
    from cleanset.config import MatchConfig
    from cleanset.manifest.matched import RECORD
    from cleanset.report.nearness import as_text, check_nearness

    with tempfile.TemporaryDirectory(prefix="cleanset-check-") as folder:
        asked = _extracted(options.inputs, Path(folder) / "asked", options)
        known = RunDirectory(options.against)
        if not known.exists("features.json"):
            if known.exists("manifest"):
                raise RunError(f"{options.against}: a release holds no hashes of pictures; check against its run")
            known = _extracted([options.against], Path(folder) / "known", options)
        settings = known.find_json(RECORD).get("config")
        checked = check_nearness(asked, known, MatchConfig(**settings) if settings else MatchConfig())
    if options.json:
        print_json([{**asdict(picture), "too_close": picture.too_close} for picture in checked])
    else:
        print_text(as_text(checked))
    return FINDINGS if any(picture.too_close for picture in checked) else DONE


def _extracted(inputs: list[str], folder: Path, options: argparse.Namespace) -> RunDirectory:
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
