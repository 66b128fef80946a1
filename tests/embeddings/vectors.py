"""Runs with vectors, for tests: files as an embedder would have left them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from cleanset.embeddings import store
from cleanset.embeddings.model import Identity, Vectors, unit
from cleanset.embeddings.pixels import Preprocessing
from cleanset.features.store import read_index
from cleanset.rundir import RunDirectory, TableWriter, open_whole, read_parquet
from cleanset.schemas import embeddings_table

IDENTITY = Identity("drawn", "onnx", "0" * 64, Preprocessing(8), dim=4)


def give_vectors(run: RunDirectory, identity: Identity = IDENTITY) -> dict[str, Vectors]:
    """Every readable shard of the run has random vectors, nulls where there is no picture; they are returned."""
    random = np.random.default_rng(0)
    given = {}
    for shard in read_index(run).read:
        rows = read_parquet(run.features_file(shard.name), ["sample_id", "key", "pixel_id"])
        vectors = unit(random.standard_normal((len(rows), identity.dim)).astype(np.float32))
        cells = [v.tobytes() if p else None for v, p in zip(vectors, rows["pixel_id"].to_pylist(), strict=True)]
        vectors[[cell is None for cell in cells]] = 0
        table = embeddings_table(identity.dim)
        column = pa.array(cells, table.arrow.field("vector").type)
        path = store.vectors_file(run, identity.name, shard.name)
        with open_whole(path) as stream, TableWriter(stream, table, store.vouch(identity, shard.digest)) as writer:
            writer.write(pa.table({"sample_id": rows["sample_id"], "key": rows["key"], "vector": column}))
        given[shard.name] = vectors
    store.choose(run, identity)
    return given
