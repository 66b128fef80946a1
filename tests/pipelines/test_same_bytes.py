"""One manifest from every runner, number of workers, order and place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cleanset.rundir import RunDirectory
from invoke import cleanset, curate, products

pytestmark = pytest.mark.corpus
EMBEDDED = ("--runner", "PortableRunner", "--", "--job_endpoint=embed", "--environment_type=LOOPBACK")


def test_two_workers_write_the_same_bytes_as_one(corpus_shards: Path, corpus_run: Path, tmp_path: Path) -> None:
    curate(corpus_shards, tmp_path / "run", "--workers", "2")
    assert products(tmp_path / "run") == products(corpus_run)


def test_files_in_another_order_write_the_same_bytes(corpus_shards: Path, corpus_run: Path, tmp_path: Path) -> None:
    curate(sorted(corpus_shards.glob("*.tar"), reverse=True), tmp_path / "run")
    assert products(tmp_path / "run") == products(corpus_run)


def test_a_glob_writes_the_same_bytes_as_its_folder(corpus_shards: Path, corpus_run: Path, tmp_path: Path) -> None:
    curate(f"{corpus_shards}/*.tar", tmp_path / "run")
    assert products(tmp_path / "run") == products(corpus_run)


def test_shards_that_were_moved_write_the_same_bytes(corpus_shards: Path, corpus_run: Path, tmp_path: Path) -> None:
    shutil.copytree(corpus_shards, tmp_path / "somewhere" / "else")
    curate(tmp_path / "somewhere" / "else", tmp_path / "run")
    assert products(tmp_path / "run") == products(corpus_run)


def test_file_urls_write_the_same_bytes_as_paths(corpus_shards: Path, corpus_run: Path, tmp_path: Path) -> None:
    done = cleanset("curate", f"file://{corpus_shards}", "--out", f"file://{tmp_path}/run", "--workers", "1")
    assert done.code == 0, done.err
    assert products(tmp_path / "run") == products(corpus_run)
    assert cleanset("audit", f"file://{tmp_path}/run").code == 0


def test_the_portable_runner_of_beam_writes_the_same_bytes(
    corpus_shards: Path, corpus_run: Path, tmp_path: Path
) -> None:
    curate(corpus_shards, tmp_path / "run", *EMBEDDED)
    assert products(tmp_path / "run") == products(corpus_run)


@pytest.mark.parametrize("parts", [2, 5])
def test_the_number_of_parts_does_not_change_the_rows(
    corpus_run: Path, tmp_path: Path, parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("dedup.propose.plan", "pipelines.decide"):
        monkeypatch.setattr(f"cleanset.{place}.partitions_for", lambda *_: parts)
    run = tmp_path / "run"
    shutil.copytree(corpus_run, run)
    (run / "match.json").unlink()
    assert cleanset("match", run).code == 0
    assert cleanset("decide", run).code == 0
    assert len(list((run / "manifest").iterdir())) == parts
    for table, key in (("manifest", "sample_id"), ("clusters", "cluster_id")):
        one, several = (RunDirectory(str(root)).read_table(table) for root in (corpus_run, run))
        assert several.sort_by(key).equals(one.sort_by(key))


def test_views_that_share_cells_are_linked_as_hash_codes_that_share_bands(
    corpus_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleanset.dedup.propose.plan.JOINED_AT_MOST", 0)
    run = tmp_path / "run"
    shutil.copytree(corpus_run, run)
    (run / "match.json").unlink()
    assert cleanset("match", run).code == 0
    bands, cells = (RunDirectory(str(root)).read_table("pairs").to_pylist() for root in (corpus_run, run))
    assert len(bands) > 100
    assert [pair for pair in bands if pair not in cells] == []


@pytest.mark.parametrize("pieces", [2, 3])
def test_the_number_of_hops_changes_nothing(
    corpus_run: Path, tmp_path: Path, pieces: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleanset.transforms.scatter.PIECES", pieces)
    monkeypatch.setattr("cleanset.dedup.verify.BLOCK", 64)
    run = tmp_path / "run"
    shutil.copytree(corpus_run, run)
    (run / "match.json").unlink()
    assert cleanset("match", run).code == 0
    assert products(run) == products(corpus_run)
