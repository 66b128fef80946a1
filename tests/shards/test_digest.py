import os
import shutil
from pathlib import Path

from cleanset.shards.digest import digest_files, stamp
from cleanset.shards.find import find_shards
from cleanset.shards.sample import Shard
from shards.writers import jpeg, outcome, write_files, write_img2dataset


def shard_in(folder: Path) -> Shard:
    (shard,) = find_shards([str(folder)]).shards
    return shard


def test_the_digest_does_not_depend_on_place_or_time(tmp_path: Path) -> None:
    write_img2dataset(tmp_path / "a", [outcome(0)])
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    os.utime(tmp_path / "b" / "00000.tar", (1, 1))
    assert digest_files(shard_in(tmp_path / "a")) == digest_files(shard_in(tmp_path / "b"))
    assert stamp(shard_in(tmp_path / "a")) != stamp(shard_in(tmp_path / "b"))


def test_the_digest_depends_on_every_file_and_on_names(tmp_path: Path) -> None:
    write_files(tmp_path, {"1.jpg": jpeg(1), "2.jpg": jpeg(2), "1.txt": "one"})
    seen = {digest_files(shard_in(tmp_path))}
    (tmp_path / "1.txt").write_text("two")
    seen.add(digest_files(shard_in(tmp_path)))
    (tmp_path / "1.txt").unlink()
    seen.add(digest_files(shard_in(tmp_path)))
    (tmp_path / "2.jpg").rename(tmp_path / "3.jpg")
    seen.add(digest_files(shard_in(tmp_path)))
    assert len(seen) == 4


def test_a_pipe_among_the_files_keeps_nobody_waiting(tmp_path: Path) -> None:
    write_files(tmp_path, {"1.jpg": jpeg()})
    for name in ("2.jpg", "2.txt", "metadata.csv"):
        os.mkfifo(tmp_path / name)
    shard = shard_in(tmp_path)
    assert len(shard.files) == 4
    assert stamp(shard)
    assert digest_files(shard)


def test_the_stamp_changes_with_size_time_and_profile(tmp_path: Path) -> None:
    write_img2dataset(tmp_path, [outcome(0)])
    shard = shard_in(tmp_path)
    seen = {stamp(shard), stamp(find_shards([str(tmp_path)], "laion400m").shards[0])}
    os.utime(tmp_path / "00000.parquet", (1, 1))
    seen.add(stamp(shard))
    assert len(seen) == 3
    assert stamp(shard) == stamp(shard)
