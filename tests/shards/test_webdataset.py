import gzip
import io
import json
import random
import tarfile
import tracemalloc
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from webdataset.tariterators import base_plus_ext

from cleanset.schemas import Status
from cleanset.shards import storage
from cleanset.shards.find import find_shards
from cleanset.shards.read import read_shard
from cleanset.shards.sample import Sample
from cleanset.shards.webdataset import safe_key, split_name
from shards.writers import LIMIT, Members, jpeg, png, tar_bytes, write_tar


class Reader(Protocol):
    """Writes a tar of the members and reads it."""

    def __call__(self, members: Members, limit: int = LIMIT) -> list[Sample]: ...


def read(path: Path, limit: int = LIMIT) -> list[Sample]:
    (shard,) = find_shards([str(path)]).shards
    return list(read_shard(shard, max_image_bytes=limit))


@pytest.fixture
def tar(tmp_path: Path) -> Reader:
    def written(members: Members, limit: int = LIMIT) -> list[Sample]:
        return read(write_tar(tmp_path / "00000.tar", members), limit)

    return written


def by_key(samples: list[Sample]) -> dict[str, Sample]:
    keys = [sample.key for sample in samples]
    assert len(set(keys)) == len(keys)
    return {sample.key: sample for sample in samples}


@settings(deadline=None)
@given(st.text("ab/._-9", min_size=1, max_size=12))
def test_keys_and_fields_are_webdatasets_where_it_has_them(name: str) -> None:
    key, field = base_plus_ext(name)
    if key is not None and field and not name.startswith("./") and not name.rpartition("/")[2].startswith("."):
        assert split_name(name) == (key, field.lower())


def test_a_sample_has_its_image_its_caption_and_its_json(tar: Reader) -> None:
    described = {"url": "http://x/1", "caption": "old", "license": "cc0", "n": 1.5, "none": None, "deep": {"a": [1]}}
    (sample,) = tar([("1.jpg", jpeg()), ("1.txt", b"a cat\n"), ("1.json", json.dumps(described).encode())])
    assert (sample.key, sample.image, sample.status, sample.detail) == ("1", jpeg(), Status.OK, "")
    assert (sample.url, sample.caption) == ("http://x/1", "a cat")
    assert sample.columns == {"caption": "old", "license": "cc0", "n": "1.5", "deep.a": "[1]"}


def test_members_out_of_order_come_together(tar: Reader) -> None:
    samples = tar([("1.jpg", jpeg(1)), ("2.jpg", jpeg(2)), ("2.txt", b"two"), ("1.txt", b"one")])
    assert [(s.key, s.caption) for s in samples] == [("1", "one"), ("2", "two")]


def test_a_repeated_key_is_a_sample_of_its_own(tar: Reader) -> None:
    samples = tar([("1.jpg", jpeg(1)), ("1.txt", b"one"), ("1.jpg", jpeg(2)), ("1.txt", b"two"), ("1#2.jpg", jpeg(3))])
    assert [(s.key, s.image, s.caption) for s in samples] == [
        ("1", jpeg(1), "one"),
        ("1#2", jpeg(2), "two"),
        ("1#2#2", jpeg(3), None),
    ]


def test_a_repeated_field_loses_neither_value(tar: Reader) -> None:
    samples = by_key(tar([("1.jpg", jpeg()), ("1.json", b'{"license": "cc0"}'), ("1.json", b'{"license": "no"}')]))
    assert samples["1"].columns["license"] == "cc0"
    assert samples["1#2"].status is Status.MISSING
    assert samples["1#2"].columns["license"] == "no"


def test_an_image_without_a_suffix_is_a_sample_and_other_bytes_say_why_they_are_none(tar: Reader) -> None:
    samples = by_key(tar([("photo", jpeg()), ("README", b"read me")]))
    assert samples["photo"].image == jpeg()
    assert samples["README"].status is Status.MISSING
    assert "a name without a dot" in samples["README"].detail


def test_a_name_that_climbs_out_is_read_under_a_key_that_does_not(tar: Reader) -> None:
    samples = tar([("../x.jpg", jpeg(1)), ("/etc/x.jpg", jpeg(2)), ("a/../../x.jpg", jpeg(3)), ("x.jpg", jpeg(4))])
    assert [s.key for s in samples] == ["%2E%2E/x", "%2Fetc/x", "a/%2E%2E/%2E%2E/x", "x"]
    assert all(s.image and (s.key == "x" or "the archive says" in s.detail) for s in samples)


@settings(deadline=None)
@given(st.text("a./", max_size=10))
def test_no_key_climbs_out(key: str) -> None:
    safe = safe_key(key)
    assert not safe.startswith("/")
    assert ".." not in safe.split("/")


def test_dot_slash_before_a_name_is_no_part_of_the_key(tar: Reader) -> None:
    assert [s.key for s in tar([("./1.jpg", jpeg()), ("./1.txt", b"x")])] == ["1"]


def test_the_first_image_in_the_fixed_order_is_the_image_and_others_are_noted(tar: Reader) -> None:
    (sample,) = tar([("1.png", png()), ("1.thumb.jpg", b"t"), ("1.jpg", jpeg()), ("1.npy", b"\0\xff")])
    assert sample.image == jpeg()
    assert sample.columns == {
        "extra:png": f"{len(png())} bytes",
        "extra:thumb.jpg": "1 bytes",
        "extra:npy": "2 bytes",
    }


def test_hidden_files_are_left_out_unless_they_are_images(tar: Reader) -> None:
    samples = tar([("._1.jpg", b"\0\5\x16\7"), ("d/.DS_Store", b"x"), (".hidden.jpg", jpeg()), ("1.jpg", jpeg())])
    assert [s.key for s in samples] == [".hidden", "1"]


def test_a_sample_without_an_image_is_missing(tar: Reader) -> None:
    (sample,) = tar([("1.txt", b"words"), ("1.mp4", b"\0\1\xff")])
    assert (sample.status, sample.caption) == (Status.MISSING, "words")
    assert sample.detail == "no image among its members: txt, mp4"


@pytest.mark.parametrize("caption", [b"", b"\n"])
def test_an_empty_caption_is_no_caption(tar: Reader, caption: bytes) -> None:
    assert tar([("1.jpg", jpeg()), ("1.txt", caption)])[0].caption is None


def test_a_caption_that_is_not_utf_8_keeps_its_bytes_as_escapes(tar: Reader) -> None:
    (sample,) = tar([("1.jpg", jpeg()), ("1.txt", b"caf\xe9")])
    assert (sample.caption, sample.detail, sample.status) == ("caf\\xe9", "txt is not UTF-8", Status.OK)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b'{"license": "cc0"', "not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"n": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"", "not JSON"),
    ],
)
def test_json_that_cannot_be_read_counts_against_the_image(tar: Reader, raw: bytes, says: str) -> None:
    (sample,) = tar([("1.jpg", jpeg()), ("1.json", raw)])
    assert says in sample.detail
    assert "unreadable:json" in sample.columns
    assert sample.image == jpeg()


def test_json_keeps_both_values_of_a_repeated_name_and_lone_surrogates_as_escapes(tar: Reader) -> None:
    (sample,) = tar([("1.jpg", jpeg()), ("1.json", rb'{"license": "cc0", "license": "no", "t": "\ud800"}')])
    assert sample.columns == {"license": "cc0", "#2.license": "no", "t": "\\ud800"}


def test_a_huge_json_is_not_read(tar: Reader) -> None:
    (sample,) = tar([("1.jpg", jpeg()), ("1.json", b" " * (4 * 1024**2 + 1))])
    assert sample.columns == {"unreadable:json": "4194305 bytes"}


def test_an_image_over_the_limit_is_not_read_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "00000.tar"
    with path.open("wb") as file:
        header = tarfile.TarInfo("1.jpg")
        header.size = 2**30
        file.write(header.tobuf())
        file.seek(2**30, io.SEEK_CUR)
        file.write(tar_bytes([("2.jpg", jpeg())]))
    tracemalloc.start()
    samples = read(path, limit=1000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [(s.key, s.status) for s in samples] == [("1", Status.TOO_LARGE), ("2", Status.OK)]
    assert peak < 4 * 1024**2


def test_a_tar_cut_in_an_image_keeps_what_was_before(tmp_path: Path) -> None:
    raw = tar_bytes([("1.jpg", jpeg(1)), ("1.txt", b"one"), ("2.jpg", jpeg(2)), ("2.txt", b"two")])
    place = raw.index(jpeg(2)) + 100
    path = tmp_path / "00000.tar"
    path.write_bytes(raw[:place])
    one, two = read(path)
    assert (one.status, one.caption) == (Status.OK, "one")
    assert (two.key, two.status, two.image) == ("2", Status.TRUNCATED, None)
    assert two.detail == f"the archive ends after 100 of {len(jpeg(2))} bytes"


def test_an_image_whose_json_is_cut_says_so(tmp_path: Path) -> None:
    raw = tar_bytes([("1.jpg", jpeg(1)), ("1.json", b'{"license": "cc0"}')])
    path = tmp_path / "00000.tar"
    path.write_bytes(raw[: raw.index(b'{"license') + 4])
    (sample,) = read(path)
    assert sample.image == jpeg(1)
    assert sample.columns["unreadable:json"] == "the archive ends after 4 of 18 bytes"


def test_compressed_tars_read_as_plain_ones_do(tmp_path: Path, tar: Reader) -> None:
    members = [("1.jpg", jpeg()), ("2.jpg", jpeg(2)), ("1.txt", b"one")]
    plain = tar(members)
    for name in ("a.tar.gz", "a.tgz", "a.tar"):
        (tmp_path / name).write_bytes(gzip.compress(tar_bytes(members)))
        assert read(tmp_path / name) == plain


def test_a_compressed_tar_that_breaks_off_keeps_what_was_before(tmp_path: Path) -> None:
    noise = bytes(range(256)) * 4
    packed = gzip.compress(tar_bytes([("1.jpg", jpeg()), ("2.jpg", noise * 500), ("3.jpg", jpeg())]), compresslevel=0)
    (tmp_path / "a.tar.gz").write_bytes(packed[: len(packed) // 2])
    assert [(s.key, s.status) for s in read(tmp_path / "a.tar.gz")] == [("1", Status.OK), ("2", Status.TRUNCATED)]


def test_a_compressed_tar_that_expands_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "EXPANSION_FLOOR", 10_000)
    bomb = gzip.compress(tar_bytes([("1.jpg", jpeg()), ("2.jpg", bytes(30_000_000))]))
    (tmp_path / "a.tar.gz").write_bytes(bomb)
    assert [s.status for s in read(tmp_path / "a.tar.gz", limit=2**30)] == [Status.OK, Status.TRUNCATED]


def test_an_empty_tar_has_no_samples(tmp_path: Path) -> None:
    (tmp_path / "0.tar").write_bytes(b"")
    assert read(tmp_path / "0.tar") == []


def test_a_tar_that_is_none_is_one_row(tmp_path: Path) -> None:
    (tmp_path / "0.tar").write_bytes(b"<html>not found</html>" * 100)
    (sample,) = read(tmp_path / "0.tar")
    assert (sample.status, sample.key) == (Status.UNSUPPORTED, "bytes-at-0")
    assert "this is not a tar file" in sample.detail


def test_xmp_and_text_members_are_columns(tar: Reader) -> None:
    (sample,) = tar([("1.jpg", jpeg()), ("1.xmp", b"<x:xmpmeta/>"), ("1.cls", b"3"), ("1.license.txt", b"CC0")])
    assert sample.columns == {"sidecar:xmp": "<x:xmpmeta/>", "cls": "3", "license.txt": "CC0"}


images = st.integers(0, 9).map(jpeg)
member_names = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "./", "../", "/", "d/", "d.e/", "."]),
    st.sampled_from(["a", "b", "a#2", "é"]),
    st.sampled_from(["", ".jpg", ".JPG", ".png", ".x.jpg", ".jpg.jpg", ".webp"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(member_names, images), max_size=8), st.randoms())
def test_every_image_member_is_in_exactly_one_sample(
    tmp_path_factory: pytest.TempPathFactory, members: list[tuple[str, bytes]], order: random.Random
) -> None:
    others = [(f"{key}{field}", b"{}") for key in ("a", "b", "d/a") for field in (".txt", ".json", ".npy")]
    everything = members + others
    order.shuffle(everything)
    samples = by_key(read(write_tar(tmp_path_factory.mktemp("tar") / "0.tar", everything)))
    kept = [sample.image for sample in samples.values() if sample.image is not None]
    extras = [name for sample in samples.values() for name in sample.columns if name.startswith("extra:")]
    extra_images = [name for name in extras if not name.endswith("npy")]
    assert len(kept) + len(extra_images) == len(members)
