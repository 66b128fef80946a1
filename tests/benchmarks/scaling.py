#!/usr/bin/env python3
"""How extraction scales to two workers, and how much memory each stage needs, also at four times the corpus.

The fourfold corpus is the same shards listed four times under other names.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from functools import partial
from pathlib import Path

import environments
import measure
import sections
from environments import BENCH
from measure import Cost

TIMES = 4
STAGES = ("extract", "match", "decide")
MILLION = 1_000_000


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"), help="what fetch.py and pack.py built")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    shards = options.corpus / "shards"
    _workers(shards, options.runs)
    _memory(shards)
    return 0


def _workers(shards: Path, runs: int) -> None:
    """One worker and two, in turns."""
    contestants = {
        f"workers_{n}": partial(run_stage, "extract", BENCH / "runs" / f"workers-{n}", shards, n) for n in (1, 2)
    }
    one, two = measure.in_turns(runs, **contestants).values()
    rows = [("one worker", one.wall, one.cpu, ""), ("two workers", two.wall, two.cpu, f"{one.wall / two.wall:.2f}")]
    sections.save(
        "workers",
        "Two workers beside one",
        sections.table(["`cleanset extract`", "seconds", "CPU s", "times as fast"], rows),
        f"Time that passes, medians of {runs} rounds, on {os.cpu_count()} cores: other work on them shows.",
    )


def _memory(shards: Path) -> None:
    """Every stage with one worker, at the corpus and at four times it."""
    fourfold = list_again(shards)
    costs = {
        (stage, folder): run_stage(stage, BENCH / "runs" / f"memory-{folder.name}", folder, 1)
        for folder in (shards, fourfold)
        for stage in STAGES
    }
    samples = count_samples(BENCH / "runs" / f"memory-{shards.name}")
    rows = [_memory_row(stage, costs[stage, shards], costs[stage, fourfold], samples) for stage in STAGES]
    sections.save(
        "memory",
        "Peak memory",
        sections.table(["stage", "peak MiB", f"at {TIMES} times", "growth", "MiB per million more"], rows),
        f"Resident memory of the whole process tree with one worker, at {samples:,} samples and at the same shards "
        f"listed {TIMES} times under other names. Pages that processes share count in each of them.",
    )


def _memory_row(stage: str, once: Cost, fourfold: Cost, samples: int) -> tuple[str, float, float, str, float]:
    more = fourfold.peak - once.peak
    return stage, once.peak, fourfold.peak, f"{more / once.peak:+.1%}", more / (samples * (TIMES - 1)) * MILLION


def run_stage(stage: str, run: Path, shards: Path, workers: int) -> Cost:
    """Run one stage; extraction starts from nothing."""
    arguments: list[str | Path] = [run]
    if stage == "extract":
        shutil.rmtree(run, ignore_errors=True)
        arguments = [shards, "--out", run, "--embedder", "none"]
    python = environments.python_of("cleanset")
    return measure.measure([python, "-m", "cleanset", stage, *arguments, "--workers", str(workers)])


def count_samples(run: Path) -> int:
    """Rows of a run's manifest."""
    import pyarrow.dataset as ds  # noqa: PLC0415 - after the measured runs, to keep this process small

    return int(ds.dataset(run / "manifest").count_rows())


def list_again(shards: Path) -> Path:
    """A folder in which every shard is linked four times, each under a number of its own."""
    folder = BENCH / f"shards-{TIMES}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    names = sorted(path.stem for path in shards.glob("*.tar"))
    for number, name in enumerate(names * TIMES):
        for ending in (".tar", ".parquet", "_stats.json"):
            os.link(shards / f"{name}{ending}", folder / f"{number:05d}{ending}")
    return folder


if __name__ == "__main__":
    sys.exit(main())
