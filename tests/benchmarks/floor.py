#!/usr/bin/env python3
"""Extraction beside its floor: a bare loop that only reads the same tars and decodes each image with Pillow.

CPU seconds with one worker, start-up included, medians of rounds in which both take turns.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import environments
import measure
import sections
from cleanset.config import ExtractConfig
from environments import BENCH

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"), help="what fetch.py and pack.py built")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    shards = options.corpus / "shards"
    run = BENCH / "runs" / "floor"
    max_pixels = str(ExtractConfig().max_pixels)
    python = environments.python_of("cleanset")

    def loop() -> measure.Cost:
        return measure.measure([python, HERE / "bare_loop.py", shards, max_pixels])

    def extract() -> measure.Cost:
        shutil.rmtree(run, ignore_errors=True)
        return measure.measure(
            [python, "-m", "cleanset", "extract", shards, "--out", run, "--workers", "1", "--embedder", "none"]
        )

    costs = measure.in_turns(options.runs, loop=loop, extract=extract)
    images = int(costs["loop"].output)
    rows = [
        ("bare loop: read tars, Pillow to RGB", *_columns(costs["loop"], images, costs["loop"])),
        ("`cleanset extract`, one worker", *_columns(costs["extract"], images, costs["loop"])),
    ]
    sections.save(
        "floor",
        "Extraction beside a bare decoding loop",
        sections.table(["", "CPU s", "images per CPU s", "times the loop's speed", "peak MiB"], rows),
        f"{images:,} images of the real corpus decoded; medians of {options.runs} rounds, start-up included. "
        "Extract also computes SHA-256, the pixel digest, pHash, PDQ with quality in eight orientations, the thumbnail "
        "and the embedded rights, and writes the features.",
    )
    return 0


def _columns(cost: measure.Cost, images: int, floor: measure.Cost) -> tuple[float, float, float, float]:
    return cost.cpu, images / cost.cpu, floor.cpu / cost.cpu, cost.peak


if __name__ == "__main__":
    sys.exit(main())
