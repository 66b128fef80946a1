"""Vectors beside features, through the command line."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from cleanset.config import ExtractConfig
from cleanset.embeddings import extract, store
from cleanset.embeddings.extract import embed_shard
from cleanset.embeddings.model import Embedder, Identity, Vectors, unit
from cleanset.embeddings.models.choice import Choice
from cleanset.embeddings.models.load import load
from cleanset.embeddings.pixels import Preprocessing
from cleanset.features.store import read_index
from cleanset.images.modes import Pixels
from cleanset.rundir import RunDirectory, read_parquet
from cleanset.shards.find import find_shards
from invoke import cleanset, curate
from runs import write_shards

pytest.importorskip("onnxruntime", reason="pip install 'cleanset[embed]'")


class Mean:
    """An embedder whose vector is the mean color; it counts the pictures that it is given."""

    identity = Identity("mean", "onnx", "0" * 64, Preprocessing(8), dim=3)

    def __init__(self, max_batch: int) -> None:
        self.max_batch = max_batch
        self.seen: list[int] = []

    def __call__(self, pictures: Pixels) -> Vectors:
        self.seen.append(len(pictures))
        return unit(pictures.mean(axis=(1, 2), dtype=np.float64).astype(np.float32))


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shards(tmp_path_factory.mktemp("shards"))


@pytest.fixture(scope="module")
def finished(shards: Path) -> Path:
    """A run of them with vectors."""
    curate(shards, shards.with_name("run"), "--embedder", "cleanset")
    return shards.with_name("run")


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


def _files(run: Path) -> dict[str, bytes]:
    return {p.relative_to(run).as_posix(): p.read_bytes() for p in sorted((run / "embeddings").rglob("*.parquet"))}


def test_every_row_of_features_has_its_row_of_vectors(finished: Path) -> None:
    run = RunDirectory(str(finished))
    for shard in read_index(run).read:
        features = read_parquet(run.features_file(shard.name), ["sample_id", "key", "pixel_id"])
        rows = read_parquet(store.vectors_file(run, "cleanset", shard.name))
        assert rows.select(["sample_id", "key"]).equals(features.select(["sample_id", "key"]))
        vectors = rows["vector"].to_pylist()
        assert [v is None for v in vectors] == [p is None for p in features["pixel_id"].to_pylist()]
    found = store.find(run)
    assert found is not None
    lengths = np.concatenate([np.linalg.norm(v.astype(np.float32), axis=1) for _, v in found.read()])
    np.testing.assert_allclose(lengths[lengths > 0], 1, atol=1e-3)


def test_the_same_bytes_with_one_decode_or_another_later_with_one_worker_or_two(
    shards: Path, finished: Path, tmp_path: Path
) -> None:
    hashed = tmp_path / "hashed"
    curate(shards, hashed, "--embedder", "none")
    assert not (hashed / "embeddings").exists()
    assert cleanset("embed", shards, "--out", hashed, "--workers", "2").code == 0
    assert _files(hashed) == _files(finished)


def test_the_record_names_the_embedder_and_match_follows_it(shards: Path, run: Path) -> None:
    named = json.loads((run / "run.json").read_text())["embedder"]
    assert named["name"] == "cleanset"
    assert (named["precision"], named["device"], named["preprocessing"]["side"]) == ("float32", "cpu", 224)
    assert len(named["weights"]) == 64
    curate(shards, run, "--embedder", "none")
    assert json.loads((run / "run.json").read_text())["embedder"] is None
    assert json.loads((run / "match.json").read_text())["embedder"] is None
    assert _files(run)


def test_a_second_run_embeds_nothing_and_a_lost_file_alone_is_made_again(shards: Path, run: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*.parquet")}
    curate(shards, run, "--embedder", "cleanset")
    assert before == {path: path.stat().st_mtime_ns for path in run.rglob("*.parquet")}
    lost = run / "embeddings" / "cleanset" / "00001.tar.parquet"
    held = lost.read_bytes()
    lost.unlink()
    assert cleanset("embed", shards, "--out", run, "--workers", "1").code == 0
    changed = [path for path, time in before.items() if path.stat().st_mtime_ns != time]
    assert changed == [lost]
    assert lost.read_bytes() == held


def test_a_touched_shard_is_not_embedded_again(shards: Path, run: Path, tmp_path: Path) -> None:
    moved = Path(shutil.copytree(shards, tmp_path / "shards"))
    os.utime(moved / "00000.tar", (1, 1))
    before = {path: path.stat().st_mtime_ns for path in (run / "embeddings").rglob("*.parquet")}
    curate(moved, run, "--embedder", "cleanset")
    assert before == {path: path.stat().st_mtime_ns for path in (run / "embeddings").rglob("*.parquet")}


@pytest.mark.parametrize("max_batch", [1, 4, 64])
def test_only_one_picture_of_equal_pixels_is_embedded_in_batches_that_fit(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, max_batch: int
) -> None:
    embedder: Embedder = Mean(max_batch)
    monkeypatch.setattr(extract, "load", lambda _: embedder)
    run = RunDirectory(str(tmp_path / "run"))
    (first, _) = find_shards([str(shards)]).shards
    embed_shard(first, ExtractConfig(), run, Choice())
    features = read_parquet(run.features_file(first.name), ["pixel_id"])["pixel_id"].drop_null()
    assert sum(embedder.seen) == len(features.unique()) < len(features)  # type: ignore[attr-defined]
    assert max(embedder.seen) <= max_batch  # type: ignore[attr-defined]
    written = Path(store.vectors_file(run, "mean", first.name)).read_bytes()
    Path(store.vectors_file(run, "mean", first.name)).unlink()
    embed_shard(first, ExtractConfig(), run, Choice())
    assert Path(store.vectors_file(run, "mean", first.name)).read_bytes() == written


@pytest.mark.parametrize(
    ("name", "told"),
    [("clip", "expected cleanset"), ("gone.onnx", "there is no such model"), ("none.onnx", "there is no such model")],
)
def test_an_embedder_that_cannot_be_loaded_is_told_before_anything_is_written(
    shards: Path, tmp_path: Path, name: str, told: str
) -> None:
    done = cleanset("extract", shards, "--out", tmp_path / "run", "--embedder", name)
    assert done.code == 2
    assert told in done.err
    assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_without_the_runtime_hashes_work_and_a_line_says_so(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleanset.embeddings.models.load.is_installed", lambda _: False)
    done = curate(shards, tmp_path / "run")
    assert "found by hashes alone" in done.err
    assert "pip install 'cleanset[embed]'" in done.err
    assert not (tmp_path / "run" / "embeddings").exists()
    load.cache_clear()  # another test has loaded it in this process
    refused = cleanset("extract", shards, "--out", tmp_path / "other", "--embedder", "cleanset")
    assert refused.code == 2
    assert "pip install 'cleanset[embed]'" in refused.err


def test_match_names_the_shards_without_vectors_and_goes_on_without_them(run: Path) -> None:
    (run / "embeddings" / "cleanset" / "00001.tar.parquet").unlink()
    done = cleanset("match", run)
    assert done.code == 0
    assert "no vectors of shards 00001.tar, so copies are found by hashes alone; run `cleanset embed" in done.err
    assert json.loads((run / "match.json").read_text())["embedder"] is None


def test_match_takes_the_cosines_of_the_embedder(run: Path) -> None:
    index = json.loads((run / "embeddings.json").read_text())
    index["embedder"] |= {"proposes": 0.66, "alone": 2.0}
    (run / "embeddings.json").write_text(json.dumps(index))
    assert cleanset("match", run).code == 0
    config = json.loads((run / "match.json").read_text())["config"]
    assert (config["cosine"], config["cosine_alone"]) == (0.66, 1.0)
