#!/usr/bin/env python3
"""Files in, clusters out: cleanset beside czkawka, imagehash, imagededup and difPy on the same folder of images.

CPU seconds of the whole process tree, start-up included, medians of rounds in which all take turns. The folder has
every image of the corpus of at most 4 megapixels: the giants would measure the peers' memory, not their speed.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

import environments
import measure
import sections
from environments import BENCH
from measure import Cost

HERE = Path(__file__).resolve().parent
MAX_PIXELS = 4_000_000
CZKAWKA_DISTANCE = 10
PEERS = ("czkawka", "imagehash", "imagededup")
SLOW_PEERS = ("difpy",)
"""Left out unless asked for: difPy compares every pair of images, which takes more than ten minutes for all of them."""
WHAT = {
    "cleanset": "`cleanset curate`, one worker: two hashes, rights, manifest",
    "czkawka": f"czkawka_cli {environments.CZKAWKA} (Rust): one hash, difference {CZKAWKA_DISTANCE}",
    "imagehash": "script: imagehash.phash, equal hashes",
    "imagededup": "imagededup 0.3.3.post2: PHash, distance 10",
    "difpy": "difPy 4.2.1: duplicates",
}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"), help="what fetch.py built")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth image only")
    parser.add_argument("--peers", nargs="+", choices=[*PEERS, *SLOW_PEERS], default=list(PEERS))
    options = parser.parse_args()
    folder = link_images(options.corpus, options.every)
    contestants: dict[str, Callable[[], Cost]] = {"cleanset": partial(run_cleanset, folder)}
    for peer in options.peers:
        try:
            contestants[peer] = contestant(peer, folder)
        except environments.MissingToolError as reason:
            print(f"{peer} is left out: {reason}", file=sys.stderr)
    costs = measure.in_turns(options.runs, **contestants)
    images = len(list(folder.iterdir()))
    sections.save(
        "peers",
        "Files in, clusters out",
        sections.table(
            ["", "CPU s", "images per CPU s", "cleanset is faster by", "peak MiB", "images with a duplicate"],
            rows(costs, images),
        ),
        f"{images:,} image files of the real corpus, of at most {MAX_PIXELS // 1_000_000} megapixels; medians of "
        f"{options.runs} rounds, whole process trees, start-up included. The last column says that each did its work, "
        "not how well: what counts as a duplicate differs.",
    )
    return 0


def rows(costs: Mapping[str, Cost], images: int) -> list[Sequence[str | float]]:
    """A row for each contestant."""
    ours = costs["cleanset"].cpu
    return [
        (WHAT[name], c.cpu, images / c.cpu, f"{c.cpu / ours:.2f}", c.peak, c.output.strip().splitlines()[-1])
        for name, c in costs.items()
    ]


def link_images(corpus: Path, every: int) -> Path:
    """A flat folder of links to every Nth image, less the large ones; those whose size is unknown are in it."""
    folder = BENCH / "files"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with (corpus / "images.csv").open(encoding="utf-8", newline="") as lines:
        images = list(csv.DictReader(lines))[::every]
    for number, row in enumerate(images):
        if int(row["width"] or 0) * int(row["height"] or 0) <= MAX_PIXELS:
            os.link(corpus / row["path"], folder / f"{number:05d}{Path(row['path']).suffix.lower()}")
    return folder


def contestant(peer: str, folder: Path) -> Callable[[], Cost]:
    """What runs a peer on the folder, its environment made beforehand."""
    if peer == "czkawka":
        return partial(run_czkawka, environments.czkawka(), folder)
    return partial(measure.measure, [environments.python_of(peer), HERE / f"peer_{peer}.py", folder])


def run_cleanset(folder: Path) -> Cost:
    """A whole run from nothing; its output is the number of samples in clusters of two or more."""
    run = BENCH / "runs" / "peers"
    shutil.rmtree(run, ignore_errors=True)
    python = environments.python_of("cleanset")
    cost = measure.measure(
        [python, "-m", "cleanset", "curate", folder, "--out", run, "--workers", "1", "--embedder", "none"]
    )
    sizes = pq.read_table(run / "manifest", columns=["cluster_size"]).column("cluster_size").to_pylist()
    return Cost(cost.cpu, cost.wall, cost.peak, str(sum(1 for size in sizes if size and size > 1)))


def run_czkawka(program: Path, folder: Path) -> Cost:
    """A search without czkawka's cache of hashes, and without its limit that leaves out small files."""
    found = BENCH / "runs" / "czkawka.json"
    found.parent.mkdir(parents=True, exist_ok=True)
    everything = ["--disable-cache", "--minimal-file-size", "1", "--allow-hard-links"]
    quiet = ["--do-not-print-results", "--do-not-print-messages", "--ignore-error-code-on-found"]
    command: list[str | Path] = [
        program,
        "image",
        "--directories",
        folder.resolve(),
        *everything,
        *quiet,
        "--compact-file-to-save",
        found,
    ]
    cost = measure.measure([*command, "--max-difference", str(CZKAWKA_DISTANCE), "--thread-number", "1"])
    groups = json.loads(found.read_text("utf-8"))
    return Cost(cost.cpu, cost.wall, cost.peak, str(sum(len(group) for group in groups)))


if __name__ == "__main__":
    sys.exit(main())
