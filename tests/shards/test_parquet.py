from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleanset.schemas import Status
from cleanset.shards.find import find_shards
from cleanset.shards.read import read_shard
from cleanset.shards.sample import Sample
from shards.writers import LIMIT, jpeg, png, write_parquet


def read(path: Path, limit: int = LIMIT, profile: str = "auto") -> list[Sample]:
    (shard,) = find_shards([str(path)], profile).shards
    return list(read_shard(shard, max_image_bytes=limit))


def source_of(path: Path) -> str:
    return find_shards([str(path)]).shards[0].profile


def test_hugging_face_images_are_read_with_their_paths(tmp_path: Path) -> None:
    images = [
        {"bytes": jpeg(1), "path": "a.jpg"},
        {"bytes": None, "path": "b.jpg"},
        None,
        {"bytes": png(4), "path": None},
    ]
    path = write_parquet(
        tmp_path / "train.parquet", {"image": images, "text": ["a", None, "", "d"], "label": [1, 2, 3, 4]}
    )
    one, two, three, four = read(path)
    assert source_of(path) == "huggingface"
    assert (one.key, one.image, one.caption, one.columns) == (
        "000000000",
        jpeg(1),
        "a",
        {"label": "1", "path": "a.jpg"},
    )
    assert (two.status, two.detail) == (Status.MISSING, "the file holds only the path 'b.jpg'")
    assert (three.status, three.caption) == (Status.MISSING, None)
    assert four.image == png(4)


@pytest.mark.parametrize("name", ["jpg", "png", "image", "img", "webp", "image_bytes", "bytes", "JPG"])
@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()])
def test_a_plain_binary_column_is_the_image(tmp_path: Path, name: str, kind: pa.DataType) -> None:
    columns = {"url": ["http://x/1"], name: pa.array([jpeg(1)], kind)}
    (sample,) = read(write_parquet(tmp_path / "0.parquet", columns))
    assert (sample.image, sample.url, sample.status) == (jpeg(1), "http://x/1", Status.OK)


def test_a_second_image_column_is_noted(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "0.parquet", {"image": [jpeg(1)], "png": [png(1)]})
    assert read(path)[0].columns == {"extra:png": "not read"}


def test_commoncatalog_keeps_its_profile_with_images(tmp_path: Path) -> None:
    columns = {"jpg": [jpeg(1)], "photoid": [7], "licenseurl": ["http://creativecommons.org/licenses/by/2.0/"]}
    path = write_parquet(tmp_path / "0.parquet", columns)
    assert source_of(path) == "commoncatalog"
    assert read(path)[0].uid == "7"


def test_an_image_over_the_limit_is_a_row(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "0.parquet", {"jpg": [jpeg(1), b"x"]})
    assert [s.status for s in read(path, limit=10)] == [Status.TOO_LARGE, Status.OK]


def test_metadata_only_gives_rows_without_images(tmp_path: Path) -> None:
    columns = {
        "SAMPLE_ID": [1, 2],
        "URL": ["http://x/1", "http://x/2"],
        "TEXT": ["a", None],
        "LICENSE": ["?", ""],
        "similarity": [0.5, None],
    }
    one, two = read(write_parquet(tmp_path / "part-0.parquet", columns))
    assert (one.status, one.url, one.caption, one.uid) == (Status.NOT_DOWNLOADED, "http://x/1", "a", "1")
    assert one.columns == {"LICENSE": "?", "similarity": "0.5"}
    assert (two.caption, two.columns) == (None, {})


def test_status_columns_of_an_older_download_do_not_mean_ours(tmp_path: Path) -> None:
    columns = {"url": ["u"], "caption": ["c"], "punsafe": [0.1], "key": ["1"], "status": ["success"]}
    assert read(write_parquet(tmp_path / "0.parquet", columns))[0].status is Status.NOT_DOWNLOADED


def test_embeddings_are_left_out_and_lists_are_json(tmp_path: Path) -> None:
    columns = {
        "url": ["u"],
        "emb": pa.array([[0.5] * 512], pa.list_(pa.float32(), 512)),
        "long": [[0.5] * 100],
        "face_bboxes": [[[0.0, 0.5, 1.0, 1.0]]],
        "meta": [{"license": "cc0", "deep": {"a": 1}}],
    }
    (sample,) = read(write_parquet(tmp_path / "0.parquet", columns))
    assert sample.columns == {
        "face_bboxes": "[[0.0,0.5,1.0,1.0]]",
        "meta.license": "cc0",
        "meta.deep": '{"a":1}',
    }


def test_an_empty_file_has_no_samples(tmp_path: Path) -> None:
    assert read(write_parquet(tmp_path / "0.parquet", {"url": pa.array([], pa.string())})) == []


@pytest.mark.parametrize("raw", [b"", b"PAR1" * 10, b"not parquet at all"])
def test_a_file_that_is_no_parquet_is_one_row(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "0.parquet").write_bytes(raw)
    found = find_shards([str(tmp_path)])
    (sample,) = read_shard(found.shards[0], max_image_bytes=LIMIT)
    assert (sample.key, sample.status) == ("0.parquet", Status.UNSUPPORTED)
    assert any("0.parquet cannot be read as Parquet" in note for note in found.notes)


def test_a_damaged_row_group_loses_only_its_rows(tmp_path: Path) -> None:
    images = [jpeg(n, side=64) for n in range(40)]
    path = write_parquet(tmp_path / "0.parquet", {"jpg": images}, row_group_size=10, use_dictionary=False)
    column = pq.ParquetFile(path).metadata.row_group(1).column(0)
    raw = bytearray(path.read_bytes())
    raw[column.data_page_offset : column.data_page_offset + 40] = bytes(40)
    path.write_bytes(raw)
    samples = read(path)
    assert [s.key for s in samples] == [f"{n:09d}" for n in range(40)]
    assert [s.status for s in samples] == [Status.OK] * 10 + [Status.TRUNCATED] * 10 + [Status.OK] * 20
    assert samples[39].image == images[39]


def test_memory_is_bounded_by_a_page_and_not_by_a_row_group(tmp_path: Path) -> None:
    images = [bytes([n]) * 400_000 for n in range(200)]
    path = write_parquet(tmp_path / "0.parquet", {"jpg": images}, use_dictionary=False, write_batch_size=8)
    del images
    before = pa.total_allocated_bytes()
    (shard,) = find_shards([str(path)]).shards
    peak = 0
    for sample in read_shard(shard, max_image_bytes=LIMIT):
        assert sample.status is Status.OK
        peak = max(peak, pa.total_allocated_bytes() - before)
    assert peak < 40_000_000


def test_text_that_is_not_utf_8_keeps_its_bytes_as_escapes(tmp_path: Path) -> None:
    def invalid(*values: bytes) -> pa.Array:
        return pa.array(values).view(pa.string())

    tags = pa.ListArray.from_arrays(pa.array([0, 1, 2], pa.int32()), invalid(b"x", b"caf\xe9"))
    columns = {"url": ["u", "v"], "caption": invalid(b"caf\xe9", "é".encode()), "tags": tags}
    one, two = read(write_parquet(tmp_path / "0.parquet", columns))
    assert (one.caption, one.columns) == ("caf\\xe9", {"tags": '["x"]'})
    assert (two.caption, two.columns) == ("é", {"tags": '["caf\\\\xe9"]'})


def test_times_are_text_also_where_python_has_none(tmp_path: Path) -> None:
    columns = {
        "url": ["u", "v"],
        "day": pa.array([1, 10**8], pa.date32()),
        "taken": pa.array([1, 2], pa.timestamp("ns")),
    }
    one, two = read(write_parquet(tmp_path / "0.parquet", columns))
    assert one.columns == {"day": "1970-01-02", "taken": "1970-01-01 00:00:00.000000001"}
    assert two.status is Status.NOT_DOWNLOADED


def test_two_columns_of_one_name_are_refused_by_name(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["u"]), pa.array(["v"])], names=["url", "url"])
    pq.write_table(table, tmp_path / "0.parquet")
    (sample,) = read(tmp_path / "0.parquet")
    assert sample.status is Status.UNSUPPORTED
    assert "columns of one name: url" in sample.detail
