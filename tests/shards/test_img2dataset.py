import hashlib
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.schemas import Status
from cleanset.shards.find import find_shards
from cleanset.shards.read import read_shard
from cleanset.shards.sample import Kind, Sample, Shard
from shards.writers import LIMIT, SCHEMA, failure, jpeg, outcome, sample_members, webdataset_tar, write_img2dataset


def shard_in(folder: Path) -> Shard:
    (shard,) = find_shards([str(folder)]).shards
    return shard


def read(folder: Path) -> dict[str, Sample]:
    samples = list(read_shard(shard_in(folder), max_image_bytes=LIMIT))
    assert len({sample.key for sample in samples}) == len(samples)
    return {sample.key: sample for sample in samples}


def test_successes_come_from_the_tar_and_failures_from_the_sidecar(tmp_path: Path) -> None:
    failed = failure(1, "failed_to_resize", "Image decoding error")
    write_img2dataset(tmp_path, [outcome(2), failed, outcome(0, caption=None), failure(3)])
    samples = read(tmp_path)
    assert list(samples) == ["0000002", "0000000", "0000001", "0000003"]
    assert samples["0000002"].image == jpeg(2)
    assert samples["0000000"].caption is None
    assert (samples["0000001"].status, samples["0000001"].detail) == (Status.NOT_DOWNLOADED, "Image decoding error")
    assert samples["0000003"].url == "http://127.0.0.1/3.jpg"
    assert shard_in(tmp_path).profile == "img2dataset"
    assert [Path(path).name for path in shard_in(tmp_path).files] == ["00000.tar", "00000.parquet", "00000_stats.json"]


def test_json_and_sidecar_say_the_same_once(tmp_path: Path) -> None:
    write_img2dataset(tmp_path, [outcome(1)])
    sample = read(tmp_path)["0000001"]
    assert not [name for name in sample.columns if ":" in name or "." in name]
    assert set(sample.columns) == set(SCHEMA.names) - {"key", "url", "caption", "error_message"}
    assert sample.detail == ""


def test_a_sidecar_that_differs_from_the_json_is_kept_beside_it(tmp_path: Path) -> None:
    write_img2dataset(tmp_path, [outcome(1)])
    pq.write_table(pa.Table.from_pylist([outcome(1, LICENSE="all rights reserved")]), tmp_path / "00000.parquet")
    sample = read(tmp_path)["0000001"]
    assert sample.columns["LICENSE"] == "?"
    assert sample.columns["sidecar.LICENSE"] == "all rights reserved"


def test_a_success_that_is_not_in_the_tar_is_missing(tmp_path: Path) -> None:
    tar = write_img2dataset(tmp_path, [outcome(1), outcome(2)])
    tar.write_bytes(webdataset_tar(sample_members(outcome(1), jpeg(1))))
    assert read(tmp_path)["0000002"].status is Status.MISSING


def test_a_tar_cut_in_the_middle_keeps_every_row(tmp_path: Path) -> None:
    tar = write_img2dataset(tmp_path, [outcome(1), outcome(2), outcome(3), failure(4)])
    raw = tar.read_bytes()
    tar.write_bytes(raw[: raw.index(jpeg(2)) + 50])
    statuses = {key: sample.status for key, sample in read(tmp_path).items()}
    assert statuses == {
        "0000001": Status.OK,
        "0000002": Status.TRUNCATED,
        "0000003": Status.MISSING,
        "0000004": Status.NOT_DOWNLOADED,
    }
    assert read(tmp_path)["0000002"].url == "http://127.0.0.1/2.jpg"


@pytest.mark.parametrize("broken", [b"", b"PAR1 not really", None])
def test_a_corrupt_sidecar_loses_no_image(tmp_path: Path, broken: bytes | None) -> None:
    write_img2dataset(tmp_path, [outcome(1), outcome(2)])
    path = tmp_path / "00000.parquet"
    path.write_bytes(path.read_bytes()[:-20] if broken is None else broken)
    samples = read(tmp_path)
    assert [sample.image for sample in samples.values()] == [jpeg(1), jpeg(2)]
    assert all("sidecar: 00000.parquet cannot be read" in sample.detail for sample in samples.values())
    assert samples["0000001"].url == "http://127.0.0.1/1.jpg"
    assert "unreadable:sidecar" not in samples["0000001"].columns


def test_a_corrupt_sidecar_counts_against_images_that_nothing_else_describes(tmp_path: Path) -> None:
    tar = write_img2dataset(tmp_path, [outcome(1)])
    tar.write_bytes(webdataset_tar([("0000001.jpg", jpeg(1))]))
    (tmp_path / "00000.parquet").write_bytes(b"broken")
    assert "unreadable:sidecar" in read(tmp_path)["0000001"].columns


def test_a_sidecar_without_keys_says_which_columns_it_has(tmp_path: Path) -> None:
    write_img2dataset(tmp_path, [outcome(1)])
    pq.write_table(pa.table({"uid": ["1"], "url": ["x"]}), tmp_path / "00000.parquet")
    assert "no column 'key' to join by; columns are uid, url" in read(tmp_path)["0000001"].detail


def test_a_sidecar_with_two_columns_of_one_name_loses_no_image(tmp_path: Path) -> None:
    write_img2dataset(tmp_path, [outcome(1)])
    table = pa.Table.from_arrays([pa.array(["0000001"]), pa.array(["a"]), pa.array(["b"])], names=["key", "x", "x"])
    pq.write_table(table, tmp_path / "00000.parquet")
    sample = read(tmp_path)["0000001"]
    assert sample.image == jpeg(1)
    assert "columns of one name: x" in sample.detail


def test_samples_that_img2dataset_counted_and_wrote_nowhere_are_rows(tmp_path: Path) -> None:
    write_img2dataset(tmp_path, [outcome(0), outcome(2)])
    (tmp_path / "00000_stats.json").write_text(json.dumps({"count": 3}))
    assert read(tmp_path)["0000001"].status is Status.MISSING


def test_a_shard_without_stats_is_read_and_noted(tmp_path: Path) -> None:
    write_img2dataset(tmp_path, [outcome(0)])
    (tmp_path / "00000_stats.json").unlink()
    found = find_shards([str(tmp_path)])
    assert any("img2dataset did not finish" in note for note in found.notes)
    assert len(list(read_shard(found.shards[0], max_image_bytes=LIMIT))) == 1


@pytest.mark.parametrize("algorithm", ["sha256", "sha512", "md5"])
@pytest.mark.parametrize("reencoded", [True, False])
def test_the_recorded_hash_tells_whether_the_image_was_reencoded(
    tmp_path: Path, algorithm: str, *, reencoded: bool
) -> None:
    original = b"the download" if reencoded else jpeg(1)
    row = outcome(1)
    del row["sha256"]
    row[algorithm] = hashlib.new(algorithm, original).hexdigest()
    (tmp_path / "0.tar").write_bytes(webdataset_tar(sample_members(row, jpeg(1))))
    sample = read(tmp_path)["0000001"]
    assert sample.reencoded is reencoded
    assert sample.content_id == (hashlib.sha256(jpeg(1)).digest() if algorithm == "sha256" else None)


@pytest.mark.parametrize("recorded", [None, "", "not a hash", 3_141_592_653])
def test_without_a_hash_nobody_knows_whether_it_was_reencoded(tmp_path: Path, recorded: object) -> None:
    row = outcome(1, sha256=recorded)
    (tmp_path / "0.tar").write_bytes(webdataset_tar(sample_members(row, jpeg(1))))
    sample = read(tmp_path)["0000001"]
    assert (sample.reencoded, sample.content_id) == (None, None)


def test_the_files_layout_is_joined_with_its_sidecar(tmp_path: Path) -> None:
    write_img2dataset(tmp_path, [outcome(1), failure(2)]).unlink()
    (tmp_path / "00000").mkdir()
    for name, content in sample_members(outcome(1), jpeg(1)):
        (tmp_path / "00000" / name).write_bytes(content)
    shard = shard_in(tmp_path)
    assert (shard.name, shard.kind, shard.profile) == ("00000", Kind.FOLDER, "img2dataset")
    samples = read(tmp_path)
    assert {key: sample.status for key, sample in samples.items()} == {
        "0000001": Status.OK,
        "0000002": Status.NOT_DOWNLOADED,
    }
    assert samples["0000001"].caption == "caption 1"


def test_the_parquet_layout_holds_images_and_failures(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([outcome(1), failure(2)], SCHEMA).append_column("jpg", pa.array([jpeg(1), None]))
    pq.write_table(table, tmp_path / "00000.parquet")
    (tmp_path / "00000_stats.json").write_text("{}")
    samples = read(tmp_path)
    assert (samples["0000001"].image, samples["0000001"].reencoded) == (jpeg(1), True)
    assert (samples["0000002"].status, samples["0000002"].detail) == (
        Status.NOT_DOWNLOADED,
        "HTTP Error 404: Not Found",
    )


def test_the_table_that_was_downloaded_is_not_read_again(tmp_path: Path) -> None:
    write_img2dataset(tmp_path / "out", [outcome(1), failure(2)])
    urls = pa.table({"URL": ["http://127.0.0.1/1.jpg", "http://127.0.0.1/2.jpg"], "TEXT": ["a", "b"]})
    pq.write_table(urls, tmp_path / "in.parquet")
    pq.write_table(pa.table({"url": ["http://elsewhere/9.jpg"]}), tmp_path / "other.parquet")
    found = find_shards([str(tmp_path)])
    assert [shard.name for shard in found.shards] == ["00000.tar", "other.parquet"]
    assert any(note.startswith("left aside in.parquet: 00000.tar") for note in found.notes)
    assert not any("it has not finished" in note for note in found.notes)


def test_a_table_that_was_downloaded_in_part_is_noted_with_the_numbers(tmp_path: Path) -> None:
    write_img2dataset(tmp_path / "out", [outcome(1), failure(2)])
    urls = [f"http://127.0.0.1/{n}.jpg" for n in range(1, 10)]
    pq.write_table(pa.table({"URL": urls, "TEXT": urls}), tmp_path / "in.parquet")
    notes = find_shards([str(tmp_path)]).notes
    assert any("have 9 rows and img2dataset's output has 2: it has not finished" in note for note in notes)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.booleans(), st.booleans()), unique_by=lambda row: row[0], max_size=8),
    st.floats(0, 1),
)
def test_every_key_of_tar_and_sidecar_is_a_sample_once_wherever_the_tar_is_cut(
    tmp_path_factory: pytest.TempPathFactory, planned: list[tuple[int, bool, bool]], cut: float
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    rows = [outcome(n) if succeeded else failure(n) for n, succeeded, _ in planned]
    tar = write_img2dataset(folder, rows)
    listed = [row for row, (_, _, in_sidecar) in zip(rows, planned, strict=True) if in_sidecar]
    pq.write_table(pa.Table.from_pylist(listed, SCHEMA), folder / "00000.parquet")
    (folder / "00000_stats.json").unlink()
    whole = tar.read_bytes()
    place = int(len(whole) * cut)
    tar.write_bytes(whole[:place])
    samples = read(folder)
    for (number, succeeded, in_sidecar), row in zip(planned, rows, strict=True):
        is_whole = succeeded and whole.index(jpeg(number)) + len(jpeg(number)) <= place
        assert (row["key"] in samples) or not (in_sidecar or is_whole)
        if is_whole:
            assert samples[row["key"]].image == jpeg(number)
        elif row["key"] in samples:
            assert samples[row["key"]].status is not Status.OK


class Pictures(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        number = int(self.path.strip("/").partition(".")[0])
        if number % 5 == 4:
            self.send_error(404)
            return
        body = b"<html>" if number % 5 == 3 else jpeg(number, side=300)
        self.send_response(200)
        if number % 5 == 2:
            self.send_header("X-Robots-Tag", "noai")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layout", ["webdataset", "files", "parquet"])
def test_what_img2dataset_really_writes_is_read_whole(
    tmp_path: Path, server: str, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "NO_ALBUMENTATIONS_UPDATE", "1")
    img2dataset = pytest.importorskip("img2dataset")
    urls = [f"{server}/{number}.jpg" for number in range(20)]
    pq.write_table(pa.table({"URL": urls, "TEXT": [f"picture {n}" for n in range(20)]}), tmp_path / "in.parquet")
    img2dataset.download(
        url_list=str(tmp_path / "in.parquet"),
        input_format="parquet",
        url_col="URL",
        caption_col="TEXT",
        output_format=layout,
        output_folder=str(tmp_path / "out"),
        processes_count=1,
        thread_count=2,
        number_sample_per_shard=12,
        image_size=64,
        resize_mode="keep_ratio",
    )
    samples = [
        sample for shard in find_shards([str(tmp_path)]).shards for sample in read_shard(shard, max_image_bytes=LIMIT)
    ]
    assert sorted(sample.url or "" for sample in samples) == sorted(urls)
    for sample in samples:
        number = int((sample.url or "").rpartition("/")[2].removesuffix(".jpg"))
        assert sample.status is (Status.OK if number % 5 < 2 else Status.NOT_DOWNLOADED)
        assert sample.caption == f"picture {number}"
        assert sample.reencoded is (True if number % 5 < 2 else None)
    robots = [sample for sample in samples if "X-Robots-Tag" in sample.detail]
    assert len(robots) == 4
