"""Commands that hold pictures from outside against a run: does one come too close to what is in it?"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import asdict
from pathlib import Path

from cleanset.commands import DONE, FINDINGS
from cleanset.commands_works import extracted, find_run
from cleanset.terminal import print_json, print_text


def check(options: argparse.Namespace) -> int:
    """Whether pictures come too close to those of a run or folder; exit code 1 where one does."""
    from cleanset.config import MatchConfig
    from cleanset.manifest.matched import RECORD
    from cleanset.report.nearness import as_text, check_nearness

    with tempfile.TemporaryDirectory(prefix="cleanset-check-") as folder:
        asked = extracted(options.inputs, Path(folder) / "asked", options)
        known = find_run(options.against) or extracted([options.against], Path(folder) / "known", options)
        settings = known.find_json(RECORD).get("config")
        checked = check_nearness(asked, known, MatchConfig(**settings) if settings else MatchConfig())
    if options.json:
        print_json([{**asdict(picture), "too_close": picture.too_close} for picture in checked])
    else:
        print_text(as_text(checked))
    return FINDINGS if any(picture.too_close for picture in checked) else DONE
