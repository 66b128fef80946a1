"""The self-join of generated vectors by cells, one thread, as match does it. Prints, as JSON, seconds and recall.

    python tests/benchmarks/join_vectors.py VECTORS.npy PLANTED.npy LIMIT

``VECTORS.npy`` is int8[n, d], ``PLANTED.npy`` int64[m, 2].
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from cleanset.dedup.propose.cells import Cells, cells_for, near_pairs, sample_for


def main() -> None:
    """Train, assign, join, and count the planted pairs that were found."""
    small, planted, limit = np.load(sys.argv[1]), np.load(sys.argv[2]), float(sys.argv[3])
    count, begun = len(small), time.process_time()
    cells = Cells.train(small[np.linspace(0, count - 1, sample_for(count)).astype(int)], cells_for(count))
    trained = time.process_time()
    homes = np.concatenate([cells.assign(small[start : start + (1 << 14)]) for start in range(0, count, 1 << 14)])
    assigned = time.process_time()
    owner = np.repeat(np.arange(count), homes.shape[1])
    order = np.argsort(homes.reshape(-1), kind="stable")
    cuts = np.flatnonzero(np.diff(homes.reshape(-1)[order])) + 1
    found = [np.zeros(0, np.int64)]
    for some in np.split(owner[order], cuts):
        found.extend(some[pairs] @ np.array([count, 1]) for pairs in near_pairs(small[some], limit))
    pairs = np.unique(np.concatenate(found))
    seconds = time.process_time() - begun
    hits = np.isin(planted.min(axis=1) * count + planted.max(axis=1), pairs)
    steps = {"train": trained - begun, "assign": assigned - trained}
    print(json.dumps({"seconds": seconds, **steps, "recall": float(hits.mean()), "pairs": len(pairs)}))


if __name__ == "__main__":
    main()
