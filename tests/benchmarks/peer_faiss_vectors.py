"""faiss's IVF index on a sample of the queries, one thread. Prints, as JSON, seconds for all queries and recall.

    python tests/benchmarks/peer_faiss_vectors.py VECTORS.npy PLANTED.npy LIMIT QUERIES

Of each planted pair (a, b) among the first QUERIES, a is asked for, and b should be in the answer. The time for all
is that for training and adding plus that for searching, scaled up.
"""

from __future__ import annotations

import json
import sys
import time

import faiss
import numpy as np

CELLS = 1024
PROBES = (2, 4, 8)


def main() -> None:
    """Build once, search with each number of probes."""
    vectors = np.load(sys.argv[1]).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    planted, limit, queries = np.load(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    faiss.omp_set_num_threads(1)
    begun = time.process_time()
    quantizer = faiss.IndexFlatIP(vectors.shape[1])
    index = faiss.IndexIVFFlat(quantizer, vectors.shape[1], CELLS, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors[:: max(1, len(vectors) // (64 * CELLS))])
    index.add(vectors)
    built = time.process_time() - begun
    told = []
    for probes in PROBES:
        index.nprobe = probes
        asked, begun = planted[:queries], time.process_time()
        bounds, _, found = index.range_search(vectors[asked[:, 0]], limit)
        seconds = (time.process_time() - begun) * len(vectors) / len(asked)
        hits = [b in found[bounds[i] : bounds[i + 1]] for i, b in enumerate(asked[:, 1])]
        told.append({"probes": probes, "seconds": built + seconds, "recall": float(np.mean(hits))})
    print(json.dumps(told))


if __name__ == "__main__":
    main()
