"""Tars: samples per CPU second, beside tarfile and webdataset, which give members and groups, and no more.

    python tests/benchmarks/tar_reading.py [DIR] [--samples N]

Packs images of DIR (without it, bytes of the corpus's median size) into one shard as img2dataset writes it, a tar with
a pax header for each member and a sidecar Parquet, and reads it from the page cache. ``read_shard`` also parses the
JSON, joins the sidecar and compares the recorded hash, which is most of its time.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import random
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from webdataset.tariterators import group_by_keys, tar_file_expander

from cleanset.shards.condition import Condition
from cleanset.shards.find import find_shards
from cleanset.shards.read import read_shard
from cleanset.shards.tar import Window
from cleanset.shards.webdataset import group_members

MEDIAN_BYTES = 21_600
LARGEST = 1_000_000
SUFFIXES = frozenset({".gif", ".jpeg", ".jpg", ".png", ".webp"})
REPEATS = 3


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path, nargs="?")
    parser.add_argument("--samples", type=int, default=3_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tar = Path(folder) / "00000.tar"
        count = write_shard(tar, images(options.directory, options.samples))
        print(f"{count} samples, {tar.stat().st_size / 1e6:.0f} MB")
        print(f"| {'reader':34} | samples/s | of tarfile |\n|---|---|---|")
        readers = {
            "tarfile, members": read_with_tarfile,
            "webdataset, groups": read_with_webdataset,
            "cleanset, groups": read_groups,
            "cleanset, read_shard with sidecar": read_samples,
        }
        speeds = {name: speed(reader, tar, count) for name, reader in readers.items()}
        for name, found in speeds.items():
            print(f"| {name:34} | {found:9,.0f} | {found / speeds['tarfile, members']:10.1f} |")


def images(directory: Path | None, limit: int) -> Iterator[bytes]:
    """Files of a directory of at most ``LARGEST`` bytes, or noise of the corpus's median size."""
    if directory is None:
        source = random.Random(0)  # noqa: S311 - noise for a benchmark
        yield from (source.randbytes(MEDIAN_BYTES) for _ in range(limit))
        return
    paths = (path for path in sorted(directory.rglob("*")) if path.suffix.lower() in SUFFIXES and path.is_file())
    small = (path for path in paths if path.stat().st_size <= LARGEST)
    yield from (path.read_bytes() for path, _ in zip(small, range(limit), strict=False))


def write_shard(tar: Path, contents: Iterable[bytes]) -> int:
    """An img2dataset shard of these images; gives their number."""
    rows = []
    with tarfile.open(tar, "w") as archive:
        for number, image in enumerate(contents):
            digest = hashlib.sha256(image).hexdigest()
            row = {"caption": f"picture {number}", "url": f"http://127.0.0.1/{number}", "key": f"{number:09d}"}
            row |= {"LICENSE": "?", "status": "success", "width": 3, "height": 4, "exif": "{}", "sha256": digest}
            rows.append(row)
            members = ("jpg", image), ("json", json.dumps(row, indent=4).encode()), ("txt", row["caption"].encode())
            for suffix, content in members:
                header = tarfile.TarInfo(f"{row['key']}.{suffix}")
                header.size, header.mtime = len(content), number + 0.5
                archive.addfile(header, io.BytesIO(content))
    pq.write_table(pa.Table.from_pylist(rows), tar.with_suffix(".parquet"))
    return len(rows)


def speed(reader: Callable[[Path], None], tar: Path, count: int) -> float:
    """Samples per CPU second, the best of ``REPEATS`` runs."""
    best = float("inf")
    for _ in range(REPEATS):
        begun = time.process_time()
        reader(tar)
        best = min(best, time.process_time() - begun)
    return count / best


def read_with_tarfile(tar: Path) -> None:
    """Every member's content."""
    with tarfile.open(tar) as archive:
        for member in archive:
            if stream := archive.extractfile(member):
                stream.read()


def read_with_webdataset(tar: Path) -> None:
    """Every group of members, with their contents."""
    with tar.open("rb") as stream:
        for _ in group_by_keys(tar_file_expander([{"url": str(tar), "stream": stream}])):
            pass


def read_groups(tar: Path) -> None:
    """The same with our header loop: what ``read_shard`` builds on."""
    with tar.open("rb") as stream:
        window = Window(stream)
        for group in group_members(window, Condition()):
            for member in group.members.values():
                window.read(member.offset, member.size)


def read_samples(tar: Path) -> None:
    """Whole samples, with URL, caption, columns and the comparison of hashes."""
    (shard,) = find_shards([str(tar)]).shards
    for _ in read_shard(shard, max_image_bytes=LARGEST):
        pass


if __name__ == "__main__":
    main()
