#!/usr/bin/env python3
"""Hamming joins: all neighbors among a million generated hashes, cleanset beside faiss's best binary index.

A tenth of the codes are planted at a random distance of 1 to the threshold from another code. faiss answers a sample of
the queries and its time is scaled up; cleanset does the whole join. One process and one thread each.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import environments
import measure
import sections
from environments import BENCH

HERE = Path(__file__).resolve().parent
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
PLANTED_SHARE = 10
CHECKED = 500


@dataclass(frozen=True, slots=True)
class Task:
    """One join: the length of the codes, the distance, the recall asked for, and how many queries faiss answers."""

    bits: int
    threshold: int
    recall: float
    queries: int


TASKS = (Task(64, 6, 1.0, 10_000), Task(256, 31, 0.9995, 10_000))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--codes", type=int, default=1_000_000)
    options = parser.parse_args()
    faiss = environments.python_of("faiss")
    rows = [row for task in TASKS for row in compare(task, options.codes, faiss)]
    sections.save(
        "joins",
        "Hamming joins beside faiss",
        sections.table(["", "CPU s", "recall", "cleanset is faster by", "peak MiB"], rows),
        f"{options.codes:,} generated codes, a tenth of them planted; one thread. faiss's time is for a sample of "
        f"queries, scaled up. {CHECKED} rows were also compared with all others by brute force: the table has what was "
        "missed.",
    )
    return 0


Row = tuple[str, float, str, str, str]


def compare(task: Task, count: int, faiss: Path) -> list[Row]:
    """Rows of the table: cleanset, then every index of faiss."""
    codes_path, planted_path = (BENCH / "runs" / f"{name}-{task.bits}.npy" for name in ("codes", "planted"))
    codes_path.parent.mkdir(parents=True, exist_ok=True)
    codes, planted = generate(task, count)
    np.save(codes_path, codes)
    np.save(planted_path, planted)
    given: list[str | Path] = [codes_path, planted_path, str(task.threshold)]
    ours = measure.measure([sys.executable, HERE / "join_codes.py", *given, str(task.recall), str(CHECKED)], ONE_THREAD)
    theirs = measure.measure([faiss, HERE / "peer_faiss.py", *given, str(task.queries)], ONE_THREAD)
    seconds = json.loads(ours.output)["seconds"]
    return [_our_row(task, ours), *(_faiss_row(task, found, seconds) for found in json.loads(theirs.output))]


def _our_row(task: Task, cost: measure.Cost) -> Row:
    found = json.loads(cost.output)
    missed = f"missed {found['missed']} of {found['brute force']} by brute force"
    name = f"cleanset, {task.bits} bits within {task.threshold}; {missed}"
    return name, found["seconds"], f"{found['recall']:.5f}", "", f"{cost.peak:.0f}"


def _faiss_row(task: Task, found: Mapping[str, Any], ours: float) -> Row:
    name = f"faiss {found['index']}, {task.bits} bits"
    return name, found["seconds"], f"{found['recall']:.5f}", f"{found['seconds'] / ours:.1f}", ""


def generate(task: Task, count: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """uint8[n, bits / 8] codes, and int64[m, 2] the rows of each planted pair."""
    rng = np.random.default_rng(task.bits)
    codes = rng.integers(0, 256, (count, task.bits // 8), dtype=np.uint8)
    planted = count // PLANTED_SHARE
    distances = rng.integers(1, task.threshold + 1, planted)
    order = np.argsort(rng.random((planted, task.bits), dtype=np.float32), axis=1)
    flips = np.zeros((planted, task.bits), np.uint8)
    np.put_along_axis(flips, order, (np.arange(task.bits) < distances[:, None]).astype(np.uint8), axis=1)
    originals, copies = np.arange(planted), np.arange(count - planted, count)
    codes[copies] = codes[originals] ^ np.packbits(flips, axis=1)
    return codes, np.stack([originals, copies], axis=1)


if __name__ == "__main__":
    os.environ.update(ONE_THREAD)
    sys.exit(main())
