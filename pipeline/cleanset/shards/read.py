"""Every sample of a shard, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cleanset.shards.condition import Condition
from cleanset.shards.folder import read_folder
from cleanset.shards.parquet import read_parquet
from cleanset.shards.profiles import Profile, named
from cleanset.shards.sample import Kind, Sample, Shard
from cleanset.shards.table import read_table
from cleanset.shards.webdataset import read_webdataset

Reader = Callable[[Shard, Profile, int, Condition], Iterator[Sample]]

_READERS: dict[Kind, Reader] = {
    Kind.WEBDATASET: read_webdataset,
    Kind.PARQUET: read_parquet,
    Kind.FOLDER: read_folder,
    Kind.TABLE: read_table,
}


def read_shard(shard: Shard, *, max_image_bytes: int, condition: Condition | None = None) -> Iterator[Sample]:
    """Every sample of the shard, one at a time, in an order that its content alone decides.

    Keys are unique in the shard. What cannot be read is a sample with a status; an image of more than
    ``max_image_bytes`` is not loaded. ``condition`` says in the end whether the shard is whole.

    Raises:
        OSError: a file of the shard is gone, or its disk or store fails.
    """
    yield from _READERS[shard.kind](shard, named(shard.profile), max_image_bytes, condition or Condition())
