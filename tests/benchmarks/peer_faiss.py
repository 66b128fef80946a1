"""faiss's binary indexes on a sample of the queries, one thread. Prints, as JSON, seconds for all queries and recall.

    python tests/benchmarks/peer_faiss.py CODES.npy PLANTED.npy THRESHOLD QUERIES

Of each planted pair (a, b) among the first QUERIES, a is asked for, and b should be in the answer. The time for all
codes is that for building plus that for searching, scaled up.
"""

from __future__ import annotations

import json
import sys
import time

import faiss
import numpy as np


def main() -> None:
    """Try every index and print what it took."""
    codes, planted = np.load(sys.argv[1]), np.load(sys.argv[2])
    threshold, queries = int(sys.argv[3]), int(sys.argv[4])
    faiss.omp_set_num_threads(1)
    print(json.dumps([try_index(name, codes, planted[:queries], threshold) for name in indexes(codes.shape[1] * 8)]))


def indexes(bits: int) -> list[str]:
    """Names of the indexes that are worth trying for codes of this length."""
    multi = ["MultiHash 4 16 1", "MultiHash 3 21 2"] if bits == 64 else ["MultiHash 12 21 1", "MultiHash 13 19 1"]
    return ["Flat", *multi]


def make(name: str, bits: int) -> faiss.IndexBinary:
    """An empty index by name: Flat, or MultiHash with tables, bits per table and bits flipped in a search."""
    if name == "Flat":
        return faiss.IndexBinaryFlat(bits)
    _, tables, width, flips = name.split()
    index = faiss.IndexBinaryMultiHash(bits, int(tables), int(width))
    index.nflip = int(flips)
    return index


def try_index(name: str, codes: np.ndarray, planted: np.ndarray, threshold: int) -> dict[str, object]:
    """Build, search with the sample, scale up."""
    index = make(name, codes.shape[1] * 8)
    begun = time.process_time()
    index.add(codes)
    built = time.process_time()
    limits, _, found = index.range_search(codes[planted[:, 0]], threshold + 1)
    searched = time.process_time()
    hits = [b in found[limits[i] : limits[i + 1]] for i, b in enumerate(planted[:, 1])]
    seconds = built - begun + (searched - built) * len(codes) / len(planted)
    return {"index": name, "seconds": seconds, "recall": float(np.mean(hits))}


if __name__ == "__main__":
    main()
