#!/usr/bin/env python3
"""Write a run of generated features with planted neighbors, and say how many of them match linked.

A tenth of the rows are near copies of other rows: some bits of both hashes and some levels of the thumbnail changed,
or the picture turned. The others resemble nothing. The run has no pictures and no shards: it is for ``cleanset match``
and, with ``--decide``, for ``cleanset decide``.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cleanset.config import ExtractConfig
from cleanset.features import store
from cleanset.rundir import RunDirectory, write_table
from cleanset.schemas import FEATURES, FORMS, LUMA_SIDE, THUMBNAIL_SIDE, Status
from cleanset.shards.find import Found

PLANTED_SHARE = 10
ROWS_PER_SHARD = 10_000
PHASH_BITS, PDQ_BITS = 6, 31
"""Greatest numbers of bits that a planted copy differs in."""
CELLS = THUMBNAIL_SIDE**2 * 3


def main() -> int:
    """Write the run, or check what match made of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--check", action="store_true", help="count the planted pairs that are in one component")
    options = parser.parse_args()
    run = RunDirectory(str(options.run))
    if options.check:
        print(json.dumps(check(run)))
        return 0
    shards = range(-(-options.rows // ROWS_PER_SHARD))
    summaries = [write_shard(run, n, min(ROWS_PER_SHARD, options.rows - n * ROWS_PER_SHARD)) for n in shards]
    store.write_index(run, summaries, ExtractConfig(), Found((), ()))
    return 0


def write_shard(run: RunDirectory, number: int, rows: int) -> store.ShardSummary:
    """The features file of one generated shard: the last tenth of its rows are copies of the first."""
    name = f"{number:05d}"
    digest = write_table(run.features_file(name), features(number, rows, name), FEATURES)
    return store.ShardSummary(name, "generated", f"{number:064d}", rows, {Status.OK.value: rows}, features=digest)


def features(seed: int, rows: int, shard: str) -> pa.Table:
    """``schemas.FEATURES``."""
    rng = np.random.default_rng(seed)
    copies = rows // PLANTED_SHARE
    phash, forms, thumbnail = (rng.integers(0, 256, (rows, n), np.uint8) for n in (8, FORMS * 32, CELLS))
    if copies:
        phash[-copies:] = phash[:copies] ^ flips(rng, copies, 64, PHASH_BITS)
        forms[-copies:] = forms[:copies] ^ np.tile(flips(rng, copies, 256, PDQ_BITS), FORMS)
        thumbnail[-copies:] = thumbnail[:copies] ^ rng.integers(0, 4, (copies, CELLS), np.uint8)
    values = {
        "sample_id": rng.integers(0, 256, (rows, 16), np.uint8),
        "content_id": rng.integers(0, 256, (rows, 32), np.uint8),
        "pixel_id": rng.integers(0, 256, (rows, 16), np.uint8),
        "phash": phash,
        "pdq": forms[:, :32],
        "pdq_forms": forms,
        "thumbnail": thumbnail,
        "luma": np.zeros((rows, LUMA_SIDE**2), np.uint8),
    }
    columns = {name: fixed(octets) for name, octets in values.items()}
    columns |= {
        "source": pa.repeat("generated", rows),
        "shard": pa.repeat(shard, rows),
        "key": pa.array([f"{i:09d}" for i in range(rows)]),
        "status": pa.repeat(Status.OK.value, rows),
        "pdq_quality": pa.repeat(pa.scalar(100, pa.uint8()), rows),
        "low_information": pa.repeat(pa.scalar(value=False), rows),
        "views": pa.array([b""] * rows, pa.binary()),
        "width": pa.repeat(pa.scalar(640, pa.uint32()), rows),
        "height": pa.repeat(pa.scalar(480, pa.uint32()), rows),
        "evidence": pa.array([EVIDENCE] * rows, FEATURES.arrow.field("evidence").type),
        "packets": pa.array([[]] * rows, FEATURES.arrow.field("packets").type),
    }
    arrays = [columns.get(f.name, pa.nulls(rows, f.type)) for f in FEATURES.arrow]
    return pa.Table.from_arrays(arrays, schema=FEATURES.arrow)


EVIDENCE = [
    {
        "layer": "column",
        "locator": "license",
        "value": "https://creativecommons.org/licenses/by/4.0/",
        "packet": None,
        "observed_at": None,
    }
]


def fixed(octets: NDArray[np.uint8]) -> pa.Array:
    """The rows of uint8[n, width] as fixed-size binary values."""
    kind = pa.binary(octets.shape[1])
    return pa.FixedSizeBinaryArray.from_buffers(kind, len(octets), [None, pa.py_buffer(np.ascontiguousarray(octets))])


def flips(rng: np.random.Generator, rows: int, bits: int, most: int) -> NDArray[np.uint8]:
    """uint8[rows, bits / 8] with 1 to ``most`` bits set in each row."""
    order = np.argsort(rng.random((rows, bits), dtype=np.float32), axis=1)
    set_bits = np.zeros((rows, bits), np.uint8)
    chosen = (np.arange(bits) < rng.integers(1, most + 1, rows)[:, None]).astype(np.uint8)
    np.put_along_axis(set_bits, order, chosen, axis=1)
    return np.packbits(set_bits, axis=1)


def check(run: RunDirectory) -> dict[str, int]:
    """How many planted pairs there are, how many are linked, and how many other pairs are."""
    planted: set[tuple[bytes, bytes]] = set()
    for file in run.files("features"):
        ids = pq.read_table(file, columns=["sample_id"])["sample_id"].to_pylist()
        copies = len(ids) // PLANTED_SHARE
        if copies:
            planted |= {(min(pair), max(pair)) for pair in zip(ids[:copies], ids[-copies:], strict=True)}
    pairs = run.read_table("pairs", ["a", "b"])
    found = set(zip(pairs["a"].to_pylist(), pairs["b"].to_pylist(), strict=True))
    return {"planted": len(planted), "found": len(planted & found), "others": len(found - planted)}


if __name__ == "__main__":
    sys.exit(main())
