"""One shard in, its features and its vectors out: each picture is decoded once for both."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pyarrow as pa

from cleanset.config import ExtractConfig
from cleanset.embeddings import store
from cleanset.embeddings.model import Embedder
from cleanset.embeddings.models.choice import Choice
from cleanset.embeddings.models.load import load
from cleanset.embeddings.pixels import model_input
from cleanset.errors import ShardError
from cleanset.features.extract import find_finished, limits_of, reading, sample_batches, write_features
from cleanset.features.store import ShardSummary, read_stamp
from cleanset.images.decode import Picture, decode
from cleanset.images.limits import NoPictureError
from cleanset.images.modes import Pixels
from cleanset.resources import settled
from cleanset.rundir import RunDirectory, TableWriter, open_whole, read_parquet
from cleanset.schemas import embeddings_table
from cleanset.shards.condition import Condition
from cleanset.shards.digest import stamp
from cleanset.shards.sample import Shard
from cleanset.trouble import patiently

REMEMBERED = 16_384
"""Vectors of a shard that are kept for pictures of equal pixels: more than the rows of a batch, and some 18 MB."""


def embed_shard(shard: Shard, config: ExtractConfig, run: RunDirectory, choice: Choice) -> ShardSummary:
    """The run has complete features and vectors of the shard; the result says what is in it.

    What was written before from the same bytes, with the same settings and by the same embedder, is left as it is. A
    shard that cannot be read at all gives a summary with an ``error``, and no files.

    Raises:
        OutputError: a file cannot be written, for instance because the disk is full.
        OutageError: a disk or a store fails, also after some waiting.
        ConfigError: the embedder cannot be loaded.
    """
    embedder = load(choice)
    try:
        with settled():
            return patiently(_embed_once, shard, config, run, embedder)
    except ShardError as error:
        return ShardSummary(shard.name, shard.profile, error=str(error), path=shard.path)


def _embed_once(shard: Shard, config: ExtractConfig, run: RunDirectory, embedder: Embedder) -> ShardSummary:
    done = find_finished(shard, config, run)
    if done is not None and store.is_finished(run, embedder.identity, shard.name, done.digest):
        return done
    with _open_vectors(shard, run, embedder) as vectors:
        summary = write_features(shard, config, run, vectors) if done is None else done
        if done is not None:
            _read_again(shard, config, run, vectors)
        vectors.vouch(summary.digest)
    return summary


class ShardVectors:
    """Writes the vectors of a shard while its pictures go by; of equal pixels only the first is embedded."""

    def __init__(self, writer: TableWriter, embedder: Embedder) -> None:
        self._writer = writer
        self._embedder = embedder
        self._known: OrderedDict[bytes, bytes] = OrderedDict()
        self._waiting: dict[bytes, Pixels] = {}

    def knows(self, pixel_id: bytes) -> bool:
        """Whether pictures with these pixels need not be seen again."""
        return pixel_id in self._known or pixel_id in self._waiting

    def see(self, picture: Picture, pixel_id: bytes) -> None:
        """The picture will be embedded, at the latest at the end of its batch."""
        if pixel_id in self._known:
            self._known.move_to_end(pixel_id)
        elif pixel_id not in self._waiting:
            self._waiting[pixel_id] = model_input(picture.pixels, self._embedder.identity.preprocessing)
            if len(self._waiting) == self._embedder.max_batch:
                self._embed()

    def end_batch(self, rows: pa.RecordBatch | pa.Table) -> None:
        """The vectors of these rows are written; null where there is no picture."""
        self._embed()
        vectors = [None if id_ is None else self._known[id_] for id_ in rows["pixel_id"].to_pylist()]
        table = embeddings_table(self._embedder.identity.dim)
        columns = [rows["sample_id"], rows["key"], pa.array(vectors, table.arrow.field("vector").type)]
        self._writer.write(pa.Table.from_arrays(columns, schema=table.arrow))
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def vouch(self, input_digest: str) -> None:
        """The file is of a shard with this digest."""
        self._writer.add_footer(store.vouch(self._embedder.identity, input_digest))

    def _embed(self) -> None:
        if self._waiting:
            vectors = self._embedder(np.stack(list(self._waiting.values())))
            self._known.update(zip(self._waiting, (vector.tobytes() for vector in vectors), strict=True))
            self._waiting.clear()


@contextmanager
def _open_vectors(shard: Shard, run: RunDirectory, embedder: Embedder) -> Iterator[ShardVectors]:
    identity = embedder.identity
    path = store.vectors_file(run, identity.name, shard.name)
    with open_whole(path) as stream, TableWriter(stream, embeddings_table(identity.dim)) as writer:
        yield ShardVectors(writer, embedder)


def _read_again(shard: Shard, config: ExtractConfig, run: RunDirectory, vectors: ShardVectors) -> None:
    """All rows of a shard whose features stand already go by; they tell which files show a picture, and equal ones."""
    changed = f"{shard.path}: changed while it was read; run the same command again"
    columns = ["sample_id", "key", "pixel_id"]
    rows = read_parquet(run.features_file(shard.name), columns).combine_chunks()
    first = 0
    try:
        for samples in sample_batches(shard, config, Condition()):
            here = rows.slice(first, len(samples))
            for sample, pixel_id in zip(samples, here["pixel_id"].to_pylist(), strict=True):
                if pixel_id is not None and not vectors.knows(pixel_id):
                    vectors.see(decode(sample.image or b"", limits_of(config)), pixel_id)
            vectors.end_batch(here)
            first += len(samples)
    except (ValueError, NoPictureError) as error:
        raise ShardError(changed) from error
    if first != len(rows) or reading(shard, stamp, shard) != read_stamp(shard, run).input:
        raise ShardError(changed)
