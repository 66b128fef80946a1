"""Shards that are not whole say so, whatever their kind; those that are whole say nothing."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleanset.shards.condition import MOST, Condition
from cleanset.shards.find import find_shards
from cleanset.shards.read import read_shard
from shards.writers import jpeg, outcome, tar_bytes, write_img2dataset

MEMBERS = [(f"{number}.jpg", jpeg(number, 64)) for number in range(5)]
TAR = tar_bytes(MEMBERS)
LINES = b"".join(b'{"url": "http://x/%d", "caption": "c"}\n' % number for number in range(5))
CSV = b"url,caption\n" + b"".join(b"http://x/%d,c\n" % number for number in range(5))


def _condition(path: Path) -> tuple[Condition, int]:
    """The condition of the one shard there, and how many samples were read."""
    (shard,) = find_shards([str(path)]).shards
    condition = Condition()
    return condition, sum(1 for _ in read_shard(shard, max_image_bytes=1 << 20, condition=condition))


def _end_of_member(number: int) -> int:
    """Where a member of the archive ends, padding included."""
    with tarfile.open(fileobj=io.BytesIO(TAR)) as tar:
        member = tar.getmembers()[number]
    return member.offset_data + member.size + -member.size % 512


def _flip(raw: bytes, start: int, end: int) -> bytes:
    return raw[:start] + bytes(255 - byte for byte in raw[start:end]) + raw[end:]


def _parquet() -> bytes:
    sink = io.BytesIO()
    rows = {"image": pa.array([content for _, content in MEMBERS], pa.binary()), "text": list("abcde")}
    pq.write_table(pa.table(rows), sink, row_group_size=2, compression="none", use_dictionary=False)
    return sink.getvalue()


PARQUET = _parquet()
DAMAGED: dict[str, tuple[str, bytes, str]] = {
    "cut inside a picture": ("a.tar", TAR[: _end_of_member(2) - 600], r"2\.jpg: the archive ends after \d+ of \d+"),
    "cut inside a header": ("a.tar", TAR[: _end_of_member(2) + 100], "the archive ends inside a header"),
    "random bytes": ("a.tar", hashlib.shake_128(b"").digest(9_000), "this is not a tar file"),
    "a header overwritten": (
        "a.tar",
        _flip(TAR, _end_of_member(1), _end_of_member(1) + 512),
        r"bytes at \d+ are no tar header; the search went on",
    ),
    "gzip cut": ("a.tar.gz", gzip.compress(TAR)[:-400], "the gzip stream breaks off"),
    "gzip of a bomb": (
        "a.tar.gz",
        gzip.compress(tar_bytes([("a.jpg", bytes(80 << 20))])),
        "over 100 times the size of its file",
    ),
    "no Parquet": ("a.parquet", PARQUET[:-50], "the Parquet file cannot be read"),
    "a damaged row group": ("a.parquet", _flip(PARQUET, 4, 60), "rows 0 to 1 are damaged"),
    "JSON Lines cut": ("a.jsonl", LINES[:-9], "the last line breaks off: line 5 is not JSON"),
    "CSV cut": ("a.csv", CSV[:-4], "the last line breaks off: 1 fields, the header has 2"),
    "CSV in gzip cut": ("a.csv.gz", gzip.compress(CSV)[:-9], "the file breaks off"),
}


@pytest.mark.parametrize(("name", "content", "told"), DAMAGED.values(), ids=DAMAGED.keys())
def test_a_shard_of_which_a_part_cannot_be_read_is_not_whole(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(content)
    condition, _ = _condition(tmp_path / name)
    assert re.search(told, "; ".join(condition.damage))


WHOLE: dict[str, tuple[str, bytes]] = {
    "tar": ("a.tar", TAR),
    "tar with one block of zeros": ("a.tar", TAR[: _end_of_member(4)] + bytes(512)),
    "two archives in one file": ("a.tar", TAR + TAR),
    "an archive without members": ("a.tar", tar_bytes([])),
    "gzip": ("a.tar.gz", gzip.compress(TAR)),
    "Parquet": ("a.parquet", PARQUET),
    "JSON Lines": ("a.jsonl", LINES),
    "JSON Lines without its last newline": ("a.jsonl", LINES[:-1]),
    "a bad line": ("a.jsonl", LINES + b"{\n"),
    "CSV": ("a.csv", CSV),
    "CSV without its last newline": ("a.csv", CSV[:-1]),
    "a short row": ("a.csv", CSV + b"http://x\n"),
}


@pytest.mark.parametrize(("name", "content"), WHOLE.values(), ids=WHOLE.keys())
def test_a_shard_that_is_whole_has_neither_damage_nor_doubts(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    condition, _ = _condition(tmp_path / name)
    assert (condition.damage, condition.doubts) == ([], [])


@pytest.mark.parametrize("members", [0, 1, 3, 5])
def test_an_archive_that_ends_with_a_file_is_doubted(tmp_path: Path, members: int) -> None:
    (tmp_path / "a.tar").write_bytes(TAR[: _end_of_member(members - 1)] if members else b"")
    condition, read = _condition(tmp_path / "a.tar")
    assert (condition.damage, read) == ([], members)
    assert condition.doubts == ["no end-of-archive mark, so the archive may have been cut between two files"]


def test_a_sidecar_that_cannot_be_read_is_damage_of_its_shard(tmp_path: Path) -> None:
    write_img2dataset(tmp_path, [outcome(0)])
    (tmp_path / "00000.parquet").write_bytes(b"PAR1 and then nothing")
    condition, _ = _condition(tmp_path)
    assert len(condition.damage) == 1
    assert "00000.parquet cannot be read" in condition.damage[0]


def test_a_metadata_table_that_breaks_off_is_damage_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    table = json.dumps({"file_name": "a.jpg", "license": "CC0-1.0"}).encode()
    (tmp_path / "metadata.jsonl.gz").write_bytes(gzip.compress(table * 1_000)[:-9])
    condition, _ = _condition(tmp_path)
    assert any("metadata.jsonl.gz: the file breaks off" in damage for damage in condition.damage)


def test_many_damages_are_counted() -> None:
    condition = Condition()
    for number in range(MOST + 2_000):
        condition.damaged(f"at {number}")
    assert condition.damage == ["at 0", "at 1", "at 2", "2,000 more places like these"]
