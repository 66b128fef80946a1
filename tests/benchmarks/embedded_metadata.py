#!/usr/bin/env python3
"""Embedded metadata: recall of every field against ExifTool 13, and CPU time, beside Pillow and exiv2.

``python tests/benchmarks/embedded_metadata.py [FOLDER]``: by default all images of the corpus, which takes ExifTool
some minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import environments
import oracle
import sections
from embedded_fields import FIELDS

HERE = Path(__file__).resolve().parent
READERS = ("ExifTool", "cleanset", "Pillow", "exiv2")
BAR_MS = 0.1
"""CPU milliseconds per image that our reader may take, bytes in memory."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("corpus/images"))
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth image only")
    options = parser.parse_args()
    python, exiftool = environments.python_of("embedded"), oracle.install_exiftool()
    report(count(python, [options.folder, exiftool, "--every", str(options.every)]))
    return 0


def count(python: Path, arguments: list[str | Path]) -> dict[str, Any]:
    """What ``embedded_count.py`` prints, run in the peers' environment on our source."""
    command = [str(part) for part in (python, HERE / "embedded_count.py", *arguments)]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1] / "pipeline")}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    counted: dict[str, Any] = json.loads(done.stdout)
    return counted


def report(counted: dict[str, Any]) -> None:
    """Print both tables and keep them for the report."""
    hits, cost = counted["hits"], counted["milliseconds"]
    recall = [(f.name, *(hits[r].get(f.name, 0) for r in READERS)) for f in FIELDS if f.name in hits["ExifTool"]]
    speed = [(r, cost[r], cost[r] / cost["cleanset"]) for r in READERS if r in cost]
    sections.save(
        "embedded",
        "Embedded rights metadata",
        sections.table(["", "CPU ms per image", "times cleanset"], speed),
        sections.table(["files with the field's value", *READERS], recall),
        f"{counted['images']:,} image files, bytes in memory, C2PA apart; the bar is {BAR_MS} ms. ExifTool is the "
        "truth: a reader has found a field where it gives one of ExifTool's values. Placeholders are left out for all.",
    )


if __name__ == "__main__":
    sys.exit(main())
