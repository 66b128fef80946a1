"""cleanset's Hamming join on all codes, one thread. Prints, as JSON, seconds, recall of the planted pairs, gaps.

    python tests/benchmarks/join_codes.py CODES.npy PLANTED.npy THRESHOLD RECALL CHECKED

CHECKED rows are also compared with all others by brute force, outside of the time that is reported.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from numpy.typing import NDArray

from cleanset.dedup.propose import hamming


def main() -> None:
    """Join, then check."""
    octets, planted = np.load(sys.argv[1]), np.load(sys.argv[2])
    threshold, recall, checked = int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
    codes = octets.view(np.uint64)
    begun = time.process_time()
    found = hamming.neighbors(codes, threshold, recall)
    seconds = time.process_time() - begun
    pairs = _numbers(found.left, found.right, len(codes))
    wanted = brute_force(codes, threshold, checked)
    answer = {
        "seconds": seconds,
        "pairs": len(found),
        "recall": float(np.isin(_numbers(planted[:, 0], planted[:, 1], len(codes)), pairs).mean()),
        "brute force": len(wanted),
        "missed": int((~np.isin(wanted, pairs)).sum()),
    }
    print(json.dumps(answer))


def brute_force(codes: NDArray[np.uint64], threshold: int, rows: int) -> NDArray[np.int64]:
    """Numbers of the pairs of the last ``rows`` rows with all others, by comparing them all."""
    found = []
    for row in range(len(codes) - rows, len(codes)):
        near = np.flatnonzero(np.bitwise_count(codes ^ codes[row]).sum(axis=1, dtype=np.int64) <= threshold)
        other = near[near != row]
        found.append(_numbers(other, np.full_like(other, row), len(codes)))
    return np.unique(np.concatenate(found))


def _numbers(left: NDArray[np.int64], right: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """One number for each unordered pair of rows."""
    return np.minimum(left, right) * np.int64(n) + np.maximum(left, right)


if __name__ == "__main__":
    main()
