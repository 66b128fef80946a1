"""Bad input through the whole path: a row with a status or a clear message, nothing else lost, counts that balance."""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cleanset.rundir import RunDirectory
from invoke import cleanset
from pictures import SIGNATURE, chunk, encoded, photo, png_header
from shards.writers import jpeg, outcome, tar_bytes, write_img2dataset, write_parquet, write_tar

BILLION = 31_623
"""Pixels of a side of a picture of 10^9."""


def _picture(seed: int) -> bytes:
    return encoded(photo(seed=seed), "PNG")


def _bomb(side: int = 20_000) -> bytes:
    """A PNG of 1.2 GB of zeros in about 1 MB."""
    squeeze = zlib.compressobj(9)
    lines = b"".join(squeeze.compress(bytes(1 + 3 * side)) for _ in range(side)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def _write_all(folder: Path) -> None:
    """Every hostile shard, and a good one among them."""
    folder.mkdir(parents=True)
    write_img2dataset(folder, [outcome(i, caption=None if i else "said") for i in range(3)], "good")
    write_tar(folder / "empty.tar", [])
    (folder / "zero.tar").write_bytes(b"")
    whole = tar_bytes([("a.png", _picture(1)), ("a.txt", b"whole"), ("b.png", _picture(2))])
    (folder / "cut.tar").write_bytes(whole[: -len(_picture(2)) // 2 - 1536])
    write_tar(
        folder / "shuffled.tar", [("a.txt", b"A"), ("b.png", _picture(4)), ("a.png", _picture(3)), ("b.txt", b"B")]
    )
    write_tar(
        folder / "repeated.tar", [("a.png", _picture(5)), ("a.txt", b"1"), ("a.png", _picture(6)), ("a.txt", b"2")]
    )
    names = ["nodot", "../../../etc/climbs.png", "/absolute.png", "sub/../../up.png", ".hidden.png", "x" * 300 + ".png"]
    write_tar(folder / "names.tar", [(name, _picture(10 + i)) for i, name in enumerate(names)])
    write_tar(
        folder / "captions.tar",
        [
            ("a.png", _picture(20)),
            ("a.txt", b"\xff\xfe\x00\xc3("),
            ("b.png", _picture(21)),
            ("b.json", b"{not json"),
            ("c.png", _picture(22)),
            ("c.json", b"[" * 100_000),
        ],
    )
    write_tar(
        folder / "bombs.tar",
        [
            ("claims.png", png_header(BILLION, BILLION)),
            ("bomb.png", _bomb()),
            ("text.png", b"not a picture"),
            ("none.png", b""),
            ("ok.png", _picture(30)),
            ("half.jpg", jpeg(1, 64)[:-40]),
        ],
    )
    (folder / "gzip.tar.gz").write_bytes(gzip.compress(tar_bytes([("a.png", _picture(40))]))[:-9])
    write_img2dataset(folder, [outcome(50), outcome(51)], "sidecar")
    (folder / "sidecar.parquet").write_bytes(b"PAR1 and then nothing")
    (folder / "broken.parquet").write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    write_parquet(
        folder / "images.parquet", {"image": pa.array([_picture(60), b"", None], pa.binary()), "text": ["a", None, "c"]}
    )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunDirectory, list[dict[str, Any]], dict[str, Any]]:
    """The run of them, the rows of its manifest, and its record."""
    folder = tmp_path_factory.mktemp("hostile")
    _write_all(folder / "shards")
    done = cleanset("curate", folder / "shards", "--out", folder / "run", "--workers", "1")
    assert done.code in {0, 1}, done.err
    assert "Traceback" not in done.err
    run = RunDirectory(str(folder / "run"))
    return run, run.read_table("manifest").to_pylist(), json.loads((folder / "run" / "run.json").read_text())


Hostile = tuple[RunDirectory, list[dict[str, Any]], dict[str, Any]]


def _statuses(hostile: Hostile, shard: str) -> dict[str, str]:
    return {row["key"]: row["status"] for row in hostile[1] if row["shard"] == shard}


def test_counts_balance_and_every_row_is_counted_once(hostile: Hostile) -> None:
    _, rows, record = hostile
    counts = record["counts"]
    assert counts["read"] == len(rows) == counts["kept"] + sum(counts["dropped"].values())
    assert len({(row["shard"], row["key"]) for row in rows}) == len(rows)
    assert Counter(row["shard"] for row in rows) == {
        shard["shard"]: shard["rows"] for shard in record["inputs"] if shard["rows"]
    }


def test_the_audit_of_hostile_input_has_no_findings(hostile: Hostile) -> None:
    done = cleanset("audit", hostile[0].root)
    assert (done.code, done.out.splitlines()[:-1]) == (0, [])


@pytest.mark.parametrize(
    ("shard", "expected"),
    [
        ("good.tar", {"0000000": "ok", "0000001": "ok", "0000002": "ok"}),
        ("empty.tar", {}),
        ("cut.tar", {"a": "ok", "b": "truncated"}),
        ("shuffled.tar", {"a": "ok", "b": "ok"}),
        ("repeated.tar", {"a": "ok", "a#2": "ok"}),
        ("captions.tar", {"a": "ok", "b": "ok", "c": "ok"}),
        (
            "bombs.tar",
            {
                "claims": "too-large",
                "bomb": "too-large",
                "text": "unsupported",
                "none": "missing",
                "ok": "ok",
                "half": "truncated",
            },
        ),
        ("gzip.tar.gz", {"a": "ok"}),
        ("sidecar.tar", {"0000050": "ok", "0000051": "ok"}),
    ],
)
def test_each_sample_has_its_status(hostile: Hostile, shard: str, expected: dict[str, str]) -> None:
    assert _statuses(hostile, shard) == expected


def test_every_shard_that_is_not_whole_is_named_in_the_record_on_standard_error_and_in_the_summary(
    hostile: Hostile,
) -> None:
    _, _, record = hostile
    damaged = {shard["shard"] for shard in record["inputs"] if shard["damage"]}
    assert damaged == {"cut.tar", "gzip.tar.gz", "sidecar.tar", "broken.parquet"}
    shards = Path(hostile[0].root).parent / "shards"
    done = cleanset("curate", shards, "--out", hostile[0].root, "--workers", "1")
    assert done.code == 1
    for shard in damaged:
        statuses = Counter(_statuses(hostile, shard).values())
        count = statuses.total()
        read = f"{'1 sample of it was' if count == 1 else f'{count} samples of it were'} read"
        read += f", {statuses['ok']} with a picture"
        told = f"shard {shard} is not whole, {read}: "
        assert any(warning.startswith(told) for warning in record["warnings"])
        assert f"cleanset: {told}" in done.err
        assert f"Warning: {told}" in done.out
    doubted = "no end-of-archive mark, so the archive may have been cut between two files: "
    assert any(warning.startswith(doubted) and "zero.tar" in warning for warning in record["warnings"])
    assert cleanset("extract", shards, "--out", hostile[0].root, "--workers", "1").code == 1


def test_odd_names_keep_their_pictures_and_nothing_is_written_outside_the_run(hostile: Hostile) -> None:
    statuses = _statuses(hostile, "names.tar")
    assert len(statuses) == 6
    assert Counter(statuses.values())["ok"] >= 5
    root = Path(hostile[0].root)
    assert sorted(path.name for path in root.parent.iterdir()) == ["run", "shards"]


def test_captions_of_other_encodings_are_text(hostile: Hostile) -> None:
    captions = {row["key"]: row["caption"] for row in hostile[1] if row["shard"] == "captions.tar"}
    assert captions["a"].encode()
    assert captions["b"] is None


def test_a_caption_that_is_null_stays_null(hostile: Hostile) -> None:
    captions = [row["caption"] for row in hostile[1] if row["shard"] == "good.tar"]
    assert sorted(captions, key=str) == [None, None, "said"]


def test_a_hostile_run_completes_on_a_rerun_with_two_workers(hostile: Hostile, tmp_path: Path) -> None:
    shards = Path(hostile[0].root).parent / "shards"
    done = cleanset("curate", shards, "--out", tmp_path / "run", "--workers", "2")
    assert done.code in {0, 1}
    again = RunDirectory(str(tmp_path / "run"))
    assert again.read_table("manifest").equals(hostile[0].read_table("manifest"))
