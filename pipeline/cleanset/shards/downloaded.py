"""Metadata that was downloaded: a URL table beside the img2dataset output made from it is not read a second time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import pyarrow as pa
import pyarrow.parquet as pq

from cleanset.shards import storage
from cleanset.shards.parquet import image_column, read_schema
from cleanset.shards.profiles import named
from cleanset.shards.read import read_shard
from cleanset.shards.sample import Kind, Shard
from cleanset.trouble import fault_of

LOOKED_AT = 1_000
"""Rows of a table whose URLs are sought in the output."""


def leave_out_downloaded(drafts: list[Shard]) -> tuple[list[Shard], list[str]]:
    """The shards without URL tables that an img2dataset output among them was made from, and notes on those.

    img2dataset writes a row for each URL, also for those that failed, so the output says all that the table does. A
    note says so where the output has fewer rows than the tables.
    """
    outputs = [shard for shard in drafts if _is_output(shard)]
    if not outputs:
        return drafts, []
    waiting = {shard: _first_urls(shard) for shard in drafts if not _is_output(shard) and _is_metadata_only(shard)}
    made: dict[Shard, Shard] = {}
    for output in outputs:
        if not waiting:
            break
        urls = _urls(output)
        for shard in [shard for shard, wanted in waiting.items() if wanted & urls]:
            made[shard] = output
            del waiting[shard]
    return [shard for shard in drafts if shard not in made], list(_notes(made, outputs))


def _notes(made: dict[Shard, Shard], outputs: list[Shard]) -> Iterator[str]:
    for shard, output in made.items():
        names = storage.base_name(shard.path), storage.base_name(output.path)
        yield f"left aside {names[0]}: {names[1]} and its like hold what img2dataset made of it"
    listed = sum(_rows(shard.path) for shard in made)
    fetched = sum(_rows(path) for output in outputs for path in output.files) if listed else 0
    if fetched < listed:
        yield (
            f"the tables left aside have {listed} rows and img2dataset's output has {fetched}: it has not finished, "
            "and what it did not reach is not in this run"
        )


def _rows(path: str) -> int:
    """Rows of a Parquet file; 0 of any other file."""
    if not path.endswith(".parquet"):
        return 0
    try:
        with storage.open_binary(path) as source:
            return int(pq.ParquetFile(source).metadata.num_rows)
    except (pa.ArrowException, OSError, ValueError) as error:
        fault_of(error)
        return 0


def _is_output(shard: Shard) -> bool:
    """A shard with a sidecar, or img2dataset's Parquet with the images in it."""
    return any(path.endswith(".parquet") for path in shard.files[1:]) or shard.profile == "img2dataset"


def _is_metadata_only(shard: Shard) -> bool:
    if shard.kind is not Kind.PARQUET:
        return shard.kind is Kind.TABLE
    try:
        return image_column(read_schema(shard.path)) is None
    except ValueError:
        return False


def _first_urls(shard: Shard) -> set[str]:
    first = islice(read_shard(shard, max_image_bytes=0), LOOKED_AT)
    return {sample.url for sample in first if sample.url}


def _urls(shard: Shard) -> set[str]:
    urls: set[str] = set()
    for path in shard.files:
        if path.endswith(".parquet"):
            urls.update(_column(path, named(shard.profile).url))
    return urls


def _column(path: str, names: Iterable[str]) -> list[str]:
    try:
        with storage.open_binary(path) as source:
            file = pq.ParquetFile(source)
            found = [name for name in names if name in file.schema_arrow.names]
            return (
                [url for url in file.read(found[:1], use_threads=False).column(0).to_pylist() if url] if found else []
            )
    except (pa.ArrowException, OSError, ValueError) as error:
        fault_of(error)
        return []
