import os
from pathlib import Path

import pytest

from cleanset.schemas import Status
from cleanset.shards import find
from cleanset.shards.digest import digest_files, stamp
from cleanset.shards.find import find_shards
from cleanset.shards.read import read_shard
from cleanset.shards.sample import Kind, Sample
from shards.writers import LIMIT, jpeg, png, write_files, write_parquet


def read(folder: Path, limit: int = LIMIT) -> dict[str, Sample]:
    (shard,) = find_shards([str(folder)]).shards
    assert (shard.kind, shard.profile) == (Kind.FOLDER, "folder")
    samples = list(read_shard(shard, max_image_bytes=limit))
    assert len({sample.key for sample in samples}) == len(samples)
    return {sample.key: sample for sample in samples}


def test_images_are_found_at_any_depth_in_the_order_of_their_paths(tmp_path: Path) -> None:
    write_files(tmp_path / "photos", {"b/c/2.PNG": png(), "a/1.jpg": jpeg(), ".x/3.jpg": jpeg(), "notes.md": "x"})
    samples = read(tmp_path / "photos")
    assert list(samples) == [".x/3.jpg", "a/1.jpg", "b/c/2.PNG"]
    assert samples["a/1.jpg"].image == jpeg()
    assert samples["a/1.jpg"].uid == "photos/a/1.jpg"


def test_caches_of_tools_and_apple_doubles_are_left_aside(tmp_path: Path) -> None:
    files = {"1.jpg": jpeg(), "._1.jpg": b"x", ".git/2.jpg": jpeg(), "__MACOSX/3.jpg": jpeg()}
    assert list(read(write_files(tmp_path, files))) == ["1.jpg"]


def test_files_beside_an_image_belong_to_it(tmp_path: Path) -> None:
    files = {
        "1.jpg": jpeg(),
        "1.txt": "a cat\n",
        "1.json": '{"license": "cc0", "url": "http://x/1"}',
        "1.jpg.xmp": "<x:xmpmeta/>",
        "2.png": png(),
        "2.png.json": "{broken",
        "README.txt": "not a caption",
    }
    samples = read(write_files(tmp_path, files))
    assert (samples["1.jpg"].caption, samples["1.jpg"].url) == ("a cat", "http://x/1")
    assert samples["1.jpg"].columns == {"license": "cc0", "sidecar:xmp": "<x:xmpmeta/>"}
    assert samples["2.png"].columns == {"unreadable:json": "{broken"}


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet"])
def test_a_metadata_table_is_joined_by_file_name(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "train"
    write_files(folder, {"a/1.jpg": jpeg(1), "a/2.jpg": jpeg(2)})
    rows = {"file_name": ["1.jpg", "./gone.jpg"], "text": ["one", "gone"], "license": ["cc0", "by"]}
    path = folder / "a" / f"metadata.{kind}"
    match kind:
        case "parquet":
            write_parquet(path, rows)
        case "jsonl":
            path.write_text(
                '{"file_name":"1.jpg","text":"one","license":"cc0"}\n{"file_name":"gone.jpg","text":"gone"}\n'
            )
        case _:
            mark = "," if kind == "csv" else "\t"
            lines = [list(rows), *zip(*rows.values(), strict=True)]
            path.write_text("".join(mark.join(line) + "\n" for line in lines))
    samples = read(folder)
    assert (samples["a/1.jpg"].caption, samples["a/1.jpg"].columns) == ("one", {"license": "cc0"})
    assert samples["a/2.jpg"].caption is None
    assert (samples["a/gone.jpg"].status, samples["a/gone.jpg"].caption) == (Status.MISSING, "gone")


def test_two_rows_for_one_file_are_both_kept(tmp_path: Path) -> None:
    write_files(tmp_path, {"1.jpg": jpeg(), "metadata.csv": "file_name,license\n1.jpg,cc0\n1.jpg,no\n"})
    assert read(tmp_path)["1.jpg"].columns == {"license": "cc0", "#2.license": "no"}


def test_a_damaged_metadata_row_counts_against_every_image_that_has_no_other(tmp_path: Path) -> None:
    lines = '{"file_name": "1.jpg", "license": "CC0"}\n{broken\n'
    samples = read(write_files(tmp_path, {"1.jpg": jpeg(), "2.jpg": jpeg(), "metadata.jsonl": lines}))
    damage = "metadata.jsonl: line 2 is not JSON: Expecting property name"
    assert samples["2.jpg"].columns["unreadable:metadata"].startswith(damage)
    assert "unreadable:metadata" not in samples["1.jpg"].columns
    assert f"metadata: {damage}" in samples["1.jpg"].detail


def test_rows_that_name_no_file_are_told_once(tmp_path: Path) -> None:
    rows = "file_name,color\n2.jpg,blue\n" + ",red\n" * 500
    samples = read(write_files(tmp_path, {"1.jpg": jpeg(), "2.jpg": jpeg(), "metadata.csv": rows}))
    assert samples["1.jpg"].columns == {
        "unreadable:metadata": "metadata.csv: a row names no file, and 499 more such rows"
    }


def test_a_huge_folder_is_read_in_parts_and_nothing_is_lost_or_read_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "FILES_PER_SHARD", 3)
    folder = tmp_path / "photos"
    write_files(
        folder, {f"{n:02d}.jpg": jpeg(n) for n in range(0, 20, 2)} | {f"{n:02d}.txt": str(n) for n in range(20)}
    )
    names = [f"{n:02d}.jpg" for n in range(-1, 25)]
    (folder / "metadata.csv").write_text("file_name,n\n" + "".join(f"{name},{name}\n" for name in names))
    shards = find_shards([str(folder)]).shards
    assert [shard.name for shard in shards] == [f"photos@{n:05d}" for n in range(4)]
    samples = [sample for shard in shards for sample in read_shard(shard, max_image_bytes=LIMIT)]
    assert sorted(sample.key for sample in samples) == sorted(names)
    assert [sample.caption for sample in samples if sample.image] == [str(n) for n in range(0, 20, 2)]
    assert all(sample.columns["n"] == sample.key for sample in samples)
    assert samples[0].uid == "photos/00.jpg"


def test_what_cannot_be_read_is_a_row(tmp_path: Path) -> None:
    write_files(tmp_path, {"1.jpg": jpeg(), "big.jpg": b"x" * 2000, "empty.jpg": b""})
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "nowhere")
    statuses = {key: sample.status for key, sample in read(tmp_path, limit=1000).items()}
    assert statuses == {
        "1.jpg": Status.OK,
        "big.jpg": Status.TOO_LARGE,
        "dangling.jpg": Status.MISSING,
        "empty.jpg": Status.OK,
        "pipe.jpg": Status.MISSING,
    }


def test_links_to_folders_cannot_trap_the_walk(tmp_path: Path) -> None:
    write_files(tmp_path, {"a/1.jpg": jpeg()})
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    assert list(read(tmp_path)) == ["a/1.jpg"]


def test_suffixes_of_files_beside_an_image_may_be_upper_case(tmp_path: Path) -> None:
    files = {
        "1.JPG": jpeg(),
        "1.JSON": '{"license": "by-nc"}',
        "1.TXT": "one",
        "2.jpg": jpeg(),
        "2.jpg.Json": "{broken",
    }
    samples = read(write_files(tmp_path, files))
    assert (samples["1.JPG"].caption, samples["1.JPG"].columns) == ("one", {"license": "by-nc"})
    assert samples["2.jpg"].columns == {"unreadable:json": "{broken"}


def test_metadata_may_name_files_by_their_absolute_paths(tmp_path: Path) -> None:
    rows = f"path,license\n{tmp_path}/a/1.jpg,cc0\n/elsewhere/2.jpg,by\n"
    samples = read(write_files(tmp_path, {"a/1.jpg": jpeg(), "metadata.csv": rows}))
    assert samples["a/1.jpg"].columns == {"license": "cc0"}
    assert samples["/elsewhere/2.jpg"].status is Status.MISSING


def test_a_file_that_cannot_be_opened_is_one_missing_sample(tmp_path: Path) -> None:
    write_files(tmp_path, {"1.jpg": jpeg()})
    (tmp_path / "2.jpg").symlink_to(tmp_path / "gone.jpg")
    (shard,) = find_shards([str(tmp_path)]).shards
    assert stamp(shard)
    seen = digest_files(shard)
    samples = read(tmp_path)
    assert [sample.status for sample in samples.values()] == [Status.OK, Status.MISSING]
    (tmp_path / "gone.jpg").write_bytes(jpeg(2))
    assert digest_files(shard) != seen


def test_metadata_that_cannot_be_opened_counts_against_the_images(tmp_path: Path) -> None:
    write_files(tmp_path, {"1.jpg": jpeg()})
    (tmp_path / "metadata.csv").symlink_to(tmp_path / "gone.csv")
    assert "No such file" in read(tmp_path)["1.jpg"].columns["unreadable:metadata"]
