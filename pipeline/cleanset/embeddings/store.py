"""The vectors of a run: a file for each shard, row by row as its features, and how the stages after find them.

``embeddings.json`` names the run's embedder. A vector lies in ``embeddings/NAME/SHARD.parquet`` at the place of its
sample among the features, so places of features are places of vectors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import pyarrow as pa

from cleanset.embeddings.model import Identity, Vectors
from cleanset.features.store import read_index
from cleanset.rundir import RunDirectory, footer, iter_parquet

FOLDER = "embeddings"
INDEX = "embeddings.json"
RUN_EMBED = "run `cleanset embed INPUT... --out RUN` first"


@dataclass(frozen=True, slots=True)
class Embeddings:
    """The vectors of all readable shards of a run, as one sequence in the order of the features.

    Attributes:
        identity: what made them.
        digest: SHA-256, hex, of what decides them all: the embedder, and the bytes of the shards.
        files: one for each readable shard, ordered as those of the features.
        rows: of each file.
    """

    identity: Identity
    digest: str
    files: tuple[str, ...]
    rows: tuple[int, ...]

    @property
    def name(self) -> str:
        """Name of the embedder."""
        return self.identity.name

    @property
    def dim(self) -> int:
        """Numbers of a vector."""
        return self.identity.dim

    def __len__(self) -> int:
        """Vectors in all, those of samples without a picture included."""
        return sum(self.rows)

    def read(self, rows: int = 4096) -> Iterator[tuple[int, Vectors]]:
        """All vectors ``float16[n, dim]``, at most ``rows`` at a time, each batch with the place of its first row.

        A sample without a picture has zeros, whose cosine with anything is 0.
        """
        for file, start in zip(self.files, accumulate(self.rows, initial=0), strict=False):
            place = start
            for batch in iter_parquet(file, ["vector"], rows):
                yield place, vectors_of(batch["vector"], self.dim)
                place += batch.num_rows


def vectors_of(column: pa.Array | pa.ChunkedArray, dim: int) -> Vectors:
    """The column ``vector`` of some rows as ``float16[n, dim]``; zeros where it is null."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if array.null_count:
        array = array.fill_null(pa.scalar(bytes(2 * dim), array.type))
    start = array.offset * dim
    return np.frombuffer(array.buffers()[1], "<f2")[start : start + len(array) * dim].reshape(len(array), dim)


def vectors_file(run: RunDirectory, name: str, shard: str) -> str:
    """The file of a shard's vectors by one embedder; it is named as its features file."""
    return run.path(FOLDER, name, run.features_file(shard).rpartition("/")[2])


def embedder_of(run: RunDirectory) -> Identity | None:
    """The embedder whose vectors the run uses; None where it uses none."""
    document = run.find_json(INDEX)
    return Identity.from_json(document["embedder"]) if document else None


def choose(run: RunDirectory, identity: Identity | None) -> None:
    """The run uses the vectors of this embedder from now on, which has finished every shard; or it uses none.

    Raises:
        RunError: the run has no complete extract stage.
    """
    if identity is None:
        run.remove(INDEX)
    else:
        shards = {shard.name: shard.digest for shard in read_index(run).read}
        document = {"embedder": identity.to_json(), "shards": shards}
        if run.find_json(INDEX) != json.loads(json.dumps(document)):
            run.write_json(INDEX, document)


def missing(run: RunDirectory) -> list[str]:
    """Readable shards whose vectors by the run's embedder are not there, or of other bytes than the features.

    Raises:
        RunError: the run has no complete extract stage.
    """
    identity = embedder_of(run)
    if identity is None:
        return []
    embedded, files = run.find_json(INDEX)["shards"], set(run.files(f"{FOLDER}/{identity.name}"))
    return [
        shard.name
        for shard in read_index(run).read
        if embedded.get(shard.name) != shard.digest or vectors_file(run, identity.name, shard.name) not in files
    ]


def find(run: RunDirectory) -> Embeddings | None:
    """The vectors by the run's embedder; None where it uses none, or where ``missing`` names a shard.

    No file of vectors is opened, however many shards there are.

    Raises:
        RunError: the run has no complete extract stage.
    """
    identity = embedder_of(run)
    if identity is None or missing(run):
        return None
    shards = read_index(run).read
    files = tuple(vectors_file(run, identity.name, s.name) for s in shards)
    described = json.dumps([identity.digest(), [(s.name, s.digest) for s in shards]])
    return Embeddings(identity, hashlib.sha256(described.encode()).hexdigest(), files, tuple(s.rows for s in shards))


def is_finished(run: RunDirectory, identity: Identity, shard: str, input_digest: str) -> bool:
    """Whether the vectors of a shard are whole, by this embedder, and of these bytes."""
    facts = footer_of(run, identity.name, shard)
    return facts.get("embedder_digest") == identity.digest() and facts.get("input_digest") == input_digest


def footer_of(run: RunDirectory, name: str, shard: str) -> dict[str, str]:
    """What the footer of a shard's vectors vouches for; nothing where there is no whole file."""
    try:
        return footer(vectors_file(run, name, shard))
    except (FileNotFoundError, pa.ArrowInvalid):
        return {}


def vouch(identity: Identity, input_digest: str) -> dict[str, str]:
    """The footer of a shard's vectors: what they were made from, and by what."""
    embedder = json.dumps(identity.to_json(), sort_keys=True)
    return {"input_digest": input_digest, "embedder_digest": identity.digest(), "embedder": embedder}
