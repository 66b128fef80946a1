#!/usr/bin/env python3
"""What match and decide cost per million generated features, at several sizes, in one process each.

A tenth of the rows are copies of others; the table has the share of them that was found. The line for 5.85 billion is
computed from the largest size: CPU grows with the rows and, since cells stop growing in number at 2^20, by their size.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import measure
import sections
from cleanset.dedup.propose import cells
from environments import BENCH

HERE = Path(__file__).resolve().parent
SIZES = (100_000, 1_000_000)
ALL = 5_850_000_000


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="*", default=SIZES)
    options = parser.parse_args()
    rows, last = [], 0.0
    for count in options.rows:
        run = BENCH / "runs" / f"scale-{count}"
        generate = [sys.executable, HERE / "generated_features.py", run]
        run.mkdir(parents=True, exist_ok=True)
        measure.measure([*generate, "--rows", str(count)], {})
        costs = {stage: _stage(stage, run) for stage in ("match", "decide")}
        found = json.loads(measure.measure([*generate, "--check"], {}).output)
        last = costs["match"].cpu / count
        told = [f"{count:,}", costs["match"].cpu, costs["decide"].cpu, f"{costs['match'].peak:.0f}"]
        rows.append([*told, f"{costs['decide'].peak:.0f}", f"{found['found'] / found['planted']:.4f}"])
    mean = ALL * cells.PROBES / cells.cells_for(ALL) / cells.ROWS_PER_CELL
    sections.save(
        "scale",
        "Match and decide by size",
        sections.table(["rows", "match, CPU s", "decide, CPU s", "match, MiB", "decide, MiB", "copies found"], rows),
        f"5.85 billion, computed from the last line: {last * ALL / 3600:,.0f} CPU hours of match if cells stayed as "
        f"they are; at 2^20 cells they hold {mean:.1f} times {cells.ROWS_PER_CELL:,} rows, so at most "
        f"{last * ALL * mean / 3600:,.0f}.",
    )
    return 0


def _stage(stage: str, run: Path) -> measure.Cost:
    return measure.measure(
        [sys.executable, "-m", "cleanset", stage, run], {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    )


if __name__ == "__main__":
    sys.exit(main())
