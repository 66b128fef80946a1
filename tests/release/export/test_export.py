"""Exports, loaded back by the libraries that people train with, and balanced against the manifest."""

from __future__ import annotations

import gc
import hashlib
import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import webdataset as wds

from cleanset.cli import main
from cleanset.errors import InputError
from cleanset.manifest.record import PRODUCTS, RECORD
from cleanset.release.export import write
from cleanset.release.export.formats import Form
from cleanset.release.export.write import export
from cleanset.rundir import RunDirectory
from cleanset.rundir.replacing import NEXT
from cleanset.shards.find import find_shards
from runs import curate, write_shards

Row = dict[str, Any]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A run under a policy that keeps share-alike licenses too, whose shards stay where they are."""
    folder = tmp_path_factory.mktemp("exported")
    return curate(write_shards(folder / "shards"), folder / "run")


@pytest.fixture(scope="module")
def kept(run: RunDirectory) -> dict[str, Row]:
    rows = run.read_table("manifest").to_pylist()
    return {row["sample_id"]: row for row in rows if row["decision"] == "kept"}


def _bytes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_webdataset_reads_back_every_kept_sample_once_with_its_own_bytes(
    run: RunDirectory, kept: dict[str, Row], tmp_path: Path
) -> None:
    export(run, RunDirectory(str(tmp_path)), Form.WEBDATASET, per_shard=3)
    shards = sorted(map(str, tmp_path.glob("*.tar")))
    assert len(shards) > 1
    samples = list(wds.WebDataset(shards, shardshuffle=False, empty_check=False))
    assert sorted(sample["__key__"] for sample in samples) == sorted(kept)
    for sample in samples:
        row = kept[sample["__key__"]]
        metadata = json.loads(sample["json"])
        assert hashlib.sha256(sample["png"]).hexdigest() == row["content_id"] == metadata["content_id"]
        assert sample["txt"].decode() == (row["caption"] or "")
        assert (metadata["license"], metadata["attribution"]) == (row["license_concluded"], row["attribution"])
        assert metadata["original"]["title"]
    del samples
    gc.collect()  # webdataset leaves the last file to the collector, which warns of it


def test_pandas_and_duckdb_read_the_parquet_form(run: RunDirectory, kept: dict[str, Row], tmp_path: Path) -> None:
    export(run, RunDirectory(str(tmp_path)), Form.PARQUET, per_shard=4)
    frame = pd.read_parquet(sorted(tmp_path.glob("*.parquet")))
    assert sorted(frame["sample_id"]) == sorted(kept)
    for row in frame.itertuples():
        assert hashlib.sha256(row.image).hexdigest() == kept[row.sample_id]["content_id"]
    ((number,),) = duckdb.read_parquet(f"{tmp_path}/*.parquet").aggregate("count(DISTINCT license)").fetchall()
    assert number == len({row["license_concluded"] for row in kept.values()})


def test_the_hugging_face_form_says_that_its_images_are_images(run: RunDirectory, tmp_path: Path) -> None:
    assert main(["export", run.root, str(tmp_path), "--to", "hf"]) == 0
    (file,) = (tmp_path / "data").iterdir()
    features = json.loads(pd.io.parquet.get_engine("pyarrow").api.parquet.read_schema(file).metadata[b"huggingface"])
    assert features["info"]["features"]["image"] == {"_type": "Image"}
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlicense: other")
    assert "path: data/main-*.parquet" in card


def test_addresses_are_those_of_what_is_kept(run: RunDirectory, kept: dict[str, Row], tmp_path: Path) -> None:
    done = export(run, RunDirectory(str(tmp_path)), Form.URLS)
    frame = pd.read_parquet(tmp_path / "urls.parquet")
    assert dict(zip(frame["sample_id"], frame["url"], strict=True)) == {k: row["url"] for k, row in kept.items()}
    assert (done["samples"], done["without_url"]) == (len(kept), 0)


@pytest.mark.parametrize("form", [Form.WEBDATASET, Form.PARQUET, Form.HF])
def test_the_same_export_has_the_same_bytes_and_another_seed_another_order(
    run: RunDirectory, tmp_path: Path, form: Form
) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        export(run, RunDirectory(str(tmp_path / name)), form, per_shard=3, seed=seed)
    assert _bytes(tmp_path / "a") == _bytes(tmp_path / "b")
    assert _bytes(tmp_path / "a") != _bytes(tmp_path / "c")


def test_an_export_that_was_stopped_goes_on_and_gives_the_same_bytes(
    run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(run, RunDirectory(str(tmp_path / "whole")), Form.WEBDATASET, per_shard=2)
    shards = sorted((tmp_path / "whole").glob("*.tar"))
    original = write.write_shard
    written: list[str] = []

    def stop_at_the_third(form: Form, stream: Any, samples: Any) -> None:  # noqa: ANN401 - as the original
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append("one")
        original(form, stream, samples)

    out = RunDirectory(str(tmp_path / "stopped"))
    monkeypatch.setattr(write, "write_shard", stop_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        export(run, out, Form.WEBDATASET, per_shard=2)
    assert len(list((tmp_path / "stopped").glob("*.tar"))) == 2 < len(shards)
    monkeypatch.setattr(write, "write_shard", original)
    export(run, out, Form.WEBDATASET, per_shard=2)
    assert _bytes(tmp_path / "stopped") == _bytes(tmp_path / "whole")


def test_more_shards_than_are_open_at_once_give_the_same_bytes(
    run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(run, RunDirectory(str(tmp_path / "a")), Form.WEBDATASET, per_shard=1)
    monkeypatch.setattr(write, "AT_ONCE", 2)
    monkeypatch.setattr("cleanset.release.export.spool.BUFFER", 1)
    export(run, RunDirectory(str(tmp_path / "b")), Form.WEBDATASET, per_shard=1)
    assert _bytes(tmp_path / "a") == _bytes(tmp_path / "b")


def test_share_alike_samples_have_shards_of_their_own(tmp_path: Path) -> None:
    shards = write_shards(tmp_path / "shards")
    run = curate(shards, tmp_path / "run")
    assert main(["decide", run.root, "--policy", "commercial-share-alike"]) == 0
    done = export(run, RunDirectory(str(tmp_path / "out")), Form.WEBDATASET)
    for shard in done["shards"]:
        with tarfile.open(tmp_path / "out" / shard["path"]) as archive:
            names = [name for name in archive.getnames() if name.endswith(".json")]
            licenses = [json.loads(archive.extractfile(name).read())["license"] for name in names]  # type: ignore[union-attr]
        assert all(
            ("SA" in license_ or "GPL" in license_) == shard["path"].startswith("share-alike") for license_ in licenses
        )
    assert sum(done["groups"].values()) == done["run_counts"]["kept"]


def test_an_input_that_changed_or_is_gone_is_told_and_nothing_wrong_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shards = write_shards(tmp_path / "shards")
    run = curate(shards, tmp_path / "run")
    tar = shards / "00000.tar"
    content = bytearray(tar.read_bytes())
    for place in range(1_500, len(content), 10_240):
        content[place] ^= 1
    tar.write_bytes(content)
    assert main(["export", run.root, str(tmp_path / "out")]) == 2
    assert "has changed since it was read; curate again" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("*.tar"))
    shutil.move(shards, tmp_path / "elsewhere")
    assert main(["export", run.root, str(tmp_path / "out")]) == 2
    assert str(shards) in capsys.readouterr().err


def test_another_export_in_the_folder_is_not_written_over(
    run: RunDirectory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export(run, RunDirectory(str(tmp_path)), Form.WEBDATASET)
    before = _bytes(tmp_path)
    assert main(["export", run.root, str(tmp_path), "--seed", "7"]) == 2
    assert "holds another export or other files; give an empty folder" in capsys.readouterr().err
    assert _bytes(tmp_path) == before


def test_a_folder_of_other_files_is_no_place_for_an_export(
    run: RunDirectory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "00000.tar").write_bytes(b"somebody's")
    assert main(["export", run.root, str(tmp_path)]) == 2
    assert "holds another export or other files; give an empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["00000.tar"]


def test_inputs_are_found_under_the_profile_that_the_run_was_given(tmp_path: Path) -> None:
    links = tmp_path / "links.tsv"
    links.write_text("http://x.org/1 a cat\n")
    with pytest.raises(InputError, match="no profile fits"):
        find_shards([str(links)])
    given = [str(write_shards(tmp_path / "in")), str(links)]
    run = RunDirectory(str(tmp_path / "run"))
    options = ["--profile", "cc12m", "--embedder", "none", "--workers", "1"]
    assert main(["curate", *given, "--out", run.root, *options]) == 0
    done = export(run, RunDirectory(str(tmp_path / "out")), Form.PARQUET)
    assert done["samples"] == run.read_json("run.json", needs="")["counts"]["kept"] > 0


@pytest.mark.parametrize(
    "command", ["diff RUN RUN", "policy diff commercial us-only RUN", "export RUN OUT", "audit RUN"]
)
def test_tables_of_a_decide_that_was_stopped_are_in_place_before_they_are_read(
    run: RunDirectory, tmp_path: Path, command: str
) -> None:
    copy, other = tmp_path / "run", tmp_path / "other"
    for place in (copy, other):
        shutil.copytree(run.root, place)
    assert main(["decide", str(other), "--policy", "public-domain-only"]) == 0
    beside = copy / f"{NEXT}{RECORD}"
    beside.mkdir()
    for name in (RECORD, *PRODUCTS):
        if (other / name).exists():
            shutil.move(other / name, beside / name)
    words = {"RUN": str(copy), "OUT": str(tmp_path / "out")}
    assert main([words.get(word, word) for word in command.split()]) == 0
    assert not beside.exists()
    assert json.loads((copy / RECORD).read_text())["policy"]["name"] == "public-domain-only"
