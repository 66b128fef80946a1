"""Check that the manifest says of each sample what extract saw of it."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from cleanset.audit.findings import Finding
from cleanset.audit.seen import COPIED, Seen, iter_rows, places
from cleanset.features.identity import sample_id
from cleanset.schemas import hex_strings
from cleanset.shards.sample import Sample

_NAMES = ["source", "shard", "key", "url", "uid", "caption"]
_COMPARED = [name for name in COPIED if name not in {"shard", "key"}]


def rows_agree_with_features(seen: Seen) -> Iterator[Finding]:
    """Each sample_id is that of its URL and caption; each row, where the run has its features, says what they say."""
    for row in iter_rows(seen.manifest.select(["sample_id", *_NAMES])):
        sample = Sample(row["key"], url=row["url"], uid=row["uid"], caption=row["caption"])
        expected = sample_id(row["source"], row["shard"], sample).hex()
        if row["sample_id"] != expected:
            yield Finding("rows-agree-with-features", row["sample_id"], f"URL and caption give {expected}")
    if seen.features is not None:
        yield from _differences(seen.manifest, seen.features)


def _differences(manifest: pa.Table, features: pa.Table) -> Iterator[Finding]:
    """The findings about columns that were copied from the features."""
    place = {name: row for row, name in enumerate(places(features))}
    of_row = [place.pop(name, None) for name in places(manifest)]
    for sample_id_, at in zip(manifest["sample_id"].to_pylist(), of_row, strict=True):
        if at is None:
            yield Finding("rows-agree-with-features", sample_id_, "has no features")
    for shard, key in sorted(place):
        yield Finding("rows-agree-with-features", f"{shard}/{key}", "has features, and no row")
    known = pa.array([at is not None for at in of_row], pa.bool_())
    rows = pa.array([at for at in of_row if at is not None], pa.int64())
    ids = manifest["sample_id"].filter(known)
    for column in _COMPARED:
        is_bytes = pa.types.is_fixed_size_binary(features.schema.field(column).type)
        said, was = manifest[column].filter(known).combine_chunks(), features[column].take(rows).combine_chunks()
        was = hex_strings(was) if is_bytes else was
        both_null = pc.and_(pc.is_null(said), pc.is_null(was))
        same = pc.or_(both_null, pc.fill_null(pc.equal(said, was), fill_value=False))
        for at in pc.indices_nonzero(pc.invert(same)).to_pylist():
            message = f"{column} is {said[at].as_py()!r}, its features say {was[at].as_py()!r}"
            yield Finding("rows-agree-with-features", ids[at].as_py(), message)
