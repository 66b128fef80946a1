"""The small fixed part of the real corpus, and the shards that are made of it."""

import csv
import hashlib
import json
import tarfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import recipe
from pack import SIDECAR, pack, read_images, words

pytestmark = pytest.mark.corpus


def test_every_image_of_the_small_part_is_there_byte_for_byte(corpus: Path) -> None:
    listed = {
        (package, path): digest for package, files in recipe.read_small().items() for path, digest in files.items()
    }
    found = {
        (row["package"], row["installed_path"]): hashlib.sha256((corpus / row["path"]).read_bytes()).hexdigest()
        for row in read_images(corpus / "images.csv")
    }
    assert found == listed


def test_the_small_part_has_the_awkward_kinds_and_real_licenses(corpus: Path) -> None:
    with recipe.SMALL.open(encoding="utf-8", newline="") as lines:
        kinds = {kind for row in csv.DictReader(lines) for kind in row["why"].split(" | ")}
    awkward = {
        "mode CMYK",
        "more than 8 bits",
        "transparent color",
        "rotated by EXIF",
        "animated",
        "damaged",
        "huge",
        "tiny",
    }
    assert awkward <= kinds
    licenses = {row["license"] for row in read_images(corpus / "images.csv")}
    assert {"", "CC0-1.0", "CC-BY-2.0", "GPL-2+", "GPL-3+ or CC-BY-SA-3.0", "noderivs"} <= licenses


def test_a_shard_holds_each_image_unchanged_beside_its_row(corpus_shards: Path) -> None:
    for tar_path in sorted(corpus_shards.glob("*.tar")):
        rows = {row["key"]: row for row in pq.read_table(tar_path.with_suffix(".parquet")).to_pylist()}
        with tarfile.open(tar_path) as tar:
            opened = {entry.name: tar.extractfile(entry) for entry in tar}
            content = {name: member.read() for name, member in opened.items() if member}
        images = {Path(name).stem: data for name, data in content.items() if Path(name).suffix not in {".json", ".txt"}}
        assert list(images) == list(rows)
        for key, row in rows.items():
            assert hashlib.sha256(images[key]).hexdigest() == row["sha256"]
            assert json.loads(content[f"{key}.json"]) == row
            assert content[f"{key}.txt"].decode() == (row["caption"] or "")


def test_shards_have_img2datasets_names_columns_and_statistics(corpus_shards: Path) -> None:
    names = sorted(path.name for path in corpus_shards.iterdir())
    assert names[:3] == ["00000.parquet", "00000.tar", "00000_stats.json"]
    assert pq.read_schema(corpus_shards / "00000.parquet").names == SIDECAR.names
    rows = pq.read_table(corpus_shards / "00001.parquet").to_pylist()
    assert [row["key"] for row in rows[:2]] == ["000010000", "000010001"]
    assert json.loads((corpus_shards / "00001_stats.json").read_text())["successes"] == len(rows)


def test_every_url_is_of_one_image_only(corpus_shards: Path) -> None:
    urls = pq.read_table(corpus_shards / "00000.parquet").column("url").drop_null().to_pylist()
    assert len(set(urls)) == len(urls)


def test_packing_again_changes_nothing(corpus: Path, corpus_shards: Path, tmp_path: Path) -> None:
    (tmp_path / "images").symlink_to(corpus / "images")
    (tmp_path / "images.csv").write_bytes((corpus / "images.csv").read_bytes())
    pack(tmp_path, 64)
    for path in corpus_shards.iterdir():
        assert (tmp_path / "shards" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("debian-logos/logo-128", "debian logos logo 128"),
        ("MistyMorning", "Misty Morning"),
        ("0001", None),
        ("", None),
    ],
)
def test_the_words_of_a_file_name_are_a_caption(name: str, expected: str | None) -> None:
    assert words(name) == expected
