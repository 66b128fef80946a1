"""Metadata that was downloaded: a URL table beside the img2dataset output made from it is not read a second time."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import pyarrow as pa
import pyarrow.parquet as pq

from cleanset.shards import storage
from cleanset.shards.profiles import named
from cleanset.shards.read import read_shard
from cleanset.shards.sample import Kind, Shard

LOOKED_AT = 1_000
"""Rows of a table whose URLs are sought in the output."""


def leave_out_downloaded(drafts: list[Shard]) -> tuple[list[Shard], list[str]]:
    """The shards without URL tables that an img2dataset output among them was made from, and notes on those.

    img2dataset writes a row for each URL, also for those that failed, so the output says all that the table does.
    """
    outputs = [shard for shard in drafts if shard.profile == "img2dataset"]
    tables = [shard for shard in drafts if shard not in outputs and _is_metadata_only(shard)]
    if not outputs or not tables:
        return drafts, []
    waiting = {shard: _first_urls(shard) for shard in tables}
    notes = []
    for output in outputs:
        urls = _urls(output)
        for shard in [shard for shard, wanted in waiting.items() if wanted & urls]:
            del waiting[shard]
            notes.append(
                f"left aside {storage.base_name(shard.path)}: {storage.base_name(output.path)} and its like "
                "hold what img2dataset made of it"
            )
        if not waiting:
            break
    return [shard for shard in drafts if shard not in tables or shard in waiting], notes


def _is_metadata_only(shard: Shard) -> bool:
    return shard.kind is Kind.TABLE or (shard.kind is Kind.PARQUET and shard.profile != "huggingface")


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
    except (pa.ArrowException, OSError):
        return []
