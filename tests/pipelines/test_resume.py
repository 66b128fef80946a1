"""A second run does only what changed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleanset.features import store
from cleanset.rights.embedded.c2pa import is_installed
from cleanset.rundir import RunDirectory
from invoke import cleanset, curate, products, stopped
from shards.writers import jpeg, outcome, write_img2dataset, write_tar

SHARDS = ("00000", "00001", "00002")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three small shards of three samples each, and the run of them."""
    folder = tmp_path_factory.mktemp("finished")
    for number, stem in enumerate(SHARDS):
        write_img2dataset(folder / "shards", [_row(number, index) for index in range(3)], stem)
    curate(folder / "shards", folder / "run")
    return folder


@pytest.fixture
def shards(finished: Path, tmp_path: Path) -> Path:
    """Shards of the test's own."""
    return Path(shutil.copytree(finished / "shards", tmp_path / "shards"))


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """The run of them, also the test's own."""
    return Path(shutil.copytree(finished / "run", tmp_path / "run"))


def _row(shard: int, index: int) -> dict[str, object]:
    return outcome(100 * shard + index, LICENSE="CC0-1.0")


def _marks(run: Path) -> Mapping[str, tuple[int, int]]:
    """When each file of the run was written, and which file it is."""
    files = [path for path in run.rglob("*") if path.is_file() and path.suffix != ".stamp"]
    return {path.relative_to(run).as_posix(): (path.stat().st_mtime_ns, path.stat().st_ino) for path in files}


def _rewritten(run: Path, before: Mapping[str, tuple[int, int]]) -> set[str]:
    return {name for name, mark in _marks(run).items() if before.get(name) != mark}


def _names(run: Path) -> list[str]:
    return [shard["shard"] for shard in json.loads((run / "run.json").read_text())["inputs"]]


def _features(*stems: str) -> set[str]:
    return {f"features/{stem}.tar.parquet" for stem in stems}


def test_a_second_run_writes_nothing_but_its_list_of_shards(shards: Path, run: Path) -> None:
    before = _marks(run)
    curate(shards, run)
    assert _rewritten(run, before) == {"features.json"}


def test_a_shard_that_was_touched_is_read_once_and_not_extracted_again(shards: Path, run: Path) -> None:
    before = _marks(run)
    os.utime(shards / "00001.tar", (1, 1))
    stamp = run / "features" / "00001.tar.parquet.stamp"
    old = stamp.read_text()
    curate(shards, run)
    assert _rewritten(run, before) == {"features.json"}
    assert stamp.read_text() != old


def test_only_a_shard_that_changed_is_extracted_again(shards: Path, run: Path) -> None:
    before = _marks(run)
    write_img2dataset(shards, [_row(1, index) for index in range(4)], "00001")
    curate(shards, run)
    assert _rewritten(run, before) & _features(*SHARDS) == _features("00001")
    assert RunDirectory(str(run)).read_table("manifest").num_rows == 10
    fresh = run.with_name("fresh")
    curate(shards, fresh)
    assert products(run) == products(fresh)


def test_a_shard_whose_sidecar_alone_changed_is_extracted_again(shards: Path, run: Path) -> None:
    tar = (shards / "00002.tar").read_bytes()
    write_img2dataset(shards, [_row(2, index) | {"LICENSE": "CC-BY-NC-4.0"} for index in range(3)], "00002")
    (shards / "00002.tar").write_bytes(tar)
    before = _marks(run)
    curate(shards, run)
    assert _rewritten(run, before) & _features(*SHARDS) == _features("00002")


def test_other_settings_extract_every_shard_again(shards: Path, run: Path) -> None:
    before = _marks(run)
    curate(shards, run, "--keep-packets")
    assert _rewritten(run, before) >= _features(*SHARDS)


def test_another_extractor_reads_and_decides_all_again(
    shards: Path, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _marks(run)
    monkeypatch.setattr(store, "is_installed", lambda: not is_installed())
    curate(shards, run)
    assert {"match.json", "run.json", *_features(*SHARDS)} <= _rewritten(run, before)


def test_features_of_another_extractor_can_be_decided_as_they_are(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_by = json.loads((run / "run.json").read_text())["extractor"]
    monkeypatch.setattr(store, "is_installed", lambda: not is_installed())
    done = cleanset("decide", run, "--policy", "public-domain-only")
    assert done.code == 0, done.err
    assert json.loads((run / "run.json").read_text())["extractor"] == made_by
    assert cleanset("audit", run).code == 0


def test_a_shard_that_is_no_longer_given_leaves_the_manifest(shards: Path, run: Path) -> None:
    for path in shards.glob("00001*"):
        path.unlink()
    curate(shards, run)
    manifest = RunDirectory(str(run)).read_table("manifest")
    assert set(manifest["shard"].to_pylist()) == {"00000.tar", "00002.tar"}
    fresh = run.with_name("fresh")
    curate(shards, fresh)
    assert products(run) == products(fresh)


def test_another_policy_writes_the_manifest_again_and_nothing_else(shards: Path, run: Path) -> None:
    before = _marks(run)
    curate(shards, run, "--policy", "public-domain-only")
    changed = _rewritten(run, before)
    assert {"manifest/part-00000-of-00001.parquet", "run.json"} <= changed
    assert not changed & (_features(*SHARDS) | {"match.json"})


@pytest.mark.parametrize("option", ["--overlay", "--opt-out"])
def test_a_file_of_the_user_that_changed_writes_the_manifest_again(shards: Path, run: Path, option: str) -> None:
    listed = run.with_name("listed.csv")
    listed.write_text("match,equals,action,value,who,when,why\n" if option == "--overlay" else "nobody.example\n")
    curate(shards, run, option, listed)
    before = _marks(run)
    curate(shards, run, option, listed)
    assert _rewritten(run, before) == {"features.json"}
    more = "domain,example.org,deny,,me,2026-01-01,because\n" if option == "--overlay" else "127.0.0.1\n"
    listed.write_text(listed.read_text() + more)
    curate(shards, run, option, listed)
    assert "run.json" in _rewritten(run, before)


@pytest.mark.parametrize("place", ["manifest/part-00000-of-00001.parquet", "claims/part-00000-of-00001.parquet"])
def test_a_manifest_that_somebody_damaged_is_written_again(shards: Path, run: Path, place: str) -> None:
    whole = products(run)
    (run / place).write_bytes((run / place).read_bytes()[:-1])
    curate(shards, run)
    assert products(run) == whole


def test_a_features_file_that_somebody_cut_is_written_again(shards: Path, run: Path) -> None:
    whole = products(run)
    file = run / "features" / "00000.tar.parquet"
    file.write_bytes(file.read_bytes()[:-100])
    curate(shards, run)
    assert products(run) == whole


@pytest.mark.parametrize("tables", [("pairs",), ("components",), ("pairs", "components")])
def test_match_makes_tables_again_that_somebody_removed_and_decide_refuses_to_go_on_without(
    run: Path, tables: tuple[str, ...]
) -> None:
    whole = products(run)
    for table in tables:
        shutil.rmtree(run / table)
    refused = cleanset("decide", run)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert f"{tables[-1] if len(tables) == 1 else 'components'}/" in refused.err
    assert "is gone; run `cleanset match RUN` first" in refused.err
    assert cleanset("match", run).code == 0
    assert cleanset("decide", run).code == 0
    assert products(run) == whole


@pytest.mark.parametrize("table", ["pairs", "components"])
def test_a_table_of_match_that_somebody_changed_is_made_again(shards: Path, run: Path, table: str) -> None:
    whole = products(run)
    file = next((run / table).iterdir())
    pq.write_table(pq.read_table(file).slice(0, 0), file)
    assert "digests-match: " + f"{table}/{file.name}" in cleanset("audit", run).out
    assert "was changed after it was written" in cleanset("decide", run).err
    curate(shards, run)
    assert products(run) == whole
    assert cleanset("audit", run).code == 0


def test_evidence_that_somebody_deleted_is_not_decided_on(shards: Path, run: Path) -> None:
    whole = products(run)
    file = run / "features" / "00001.tar.parquet"
    features = pq.read_table(file)
    none = pa.array([[]] * features.num_rows, features.schema.field("evidence").type)
    pq.write_table(features.set_column(features.column_names.index("evidence"), "evidence", none), file)
    again = "was changed after it was written; run `cleanset extract` with the same inputs again"
    assert f"{file}: {again}" in cleanset("decide", run).err
    (run / "match.json").unlink()
    assert f"{file}: {again}" in cleanset("match", run).err
    curate(shards, run)
    assert products(run) == whole


def test_evidence_that_somebody_deleted_after_the_decision_is_found(run: Path) -> None:
    file = run / "features" / "00001.tar.parquet"
    pq.write_table(pq.read_table(file).slice(1), file)
    assert "digests-match: 00001.tar" in cleanset("audit", run).out


def test_shards_keep_their_names_when_others_of_the_same_name_join(shards: Path, run: Path) -> None:
    curate(shards, run)
    other = run.with_name("other")
    write_img2dataset(other, [_row(7, index) for index in range(2)], "00000")
    before = _marks(run)
    curate([shards, other], run)
    assert not _rewritten(run, before) & _features(*SHARDS)
    assert _names(run) == ["00000.tar", "00001.tar", "00002.tar", "other/00000.tar"]
    assert cleanset("audit", run).code == 0
    assert json.loads((run / "run.json").read_text())["engine"]["given"] == sorted(map(str, (shards, other)))
    curate([other], run)
    curate([other, shards], run)
    assert _names(run) == ["00000.tar", "00001.tar", "00002.tar", "other/00000.tar"]


def test_names_are_kept_also_when_the_command_that_adds_shards_is_killed(shards: Path, run: Path) -> None:
    curate(shards, run)
    other = run.with_name("other")
    write_img2dataset(other, [_row(7, index) for index in range(2)], "00000")
    assert stopped("kill", "features", "curate", shards, other, "--out", run, "--workers", "1").code == -9
    for command in ("match", "decide"):
        refused = cleanset(command, run)
        assert (refused.code, refused.err.count("\n")) == (2, 1)
        assert "its extract stage was stopped before it was finished; run `cleanset extract` with" in refused.err
    curate([shards, other], run)
    assert _names(run) == ["00000.tar", "00001.tar", "00002.tar", "other/00000.tar"]


def test_what_shards_left_that_are_no_input_any_more_is_told_and_removed_on_request(shards: Path, run: Path) -> None:
    for path in shards.glob("00001*"):
        path.unlink()
    told = curate(shards, run).err
    assert f"3 files that no input needs any more (0.0 MB); `cleanset clean {run}` removes them" in told
    name = "00001.tar.parquet"
    left = {f"features/{name}", f"features/{name}.stamp", f"embeddings/cleanset/{name}"}
    (run / "features" / ".unfinished-x").touch()
    (run / "features" / "notes.txt").touch()
    before = set(_marks(run)) | {f"features/{stem}.tar.parquet.stamp" for stem in SHARDS}
    done = cleanset("clean", run, "--json")
    assert (done.code, set(json.loads(done.out)["removed"])) == (0, left | {"features/.unfinished-x"})
    after = {path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file()}
    assert before - after == left | {"features/.unfinished-x"}
    assert cleanset("audit", run).code == 0
    assert cleanset("clean", run).out == "nothing is left over\n"


def test_features_of_a_manifest_stay_until_another_manifest_takes_its_place(run: Path) -> None:
    other = run.with_name("other")
    write_img2dataset(other, [_row(7, index) for index in range(2)], "00007")
    assert cleanset("extract", other, "--out", run, "--workers", "1").code == 0
    assert cleanset("clean", run).out == "nothing is left over\n"
    assert cleanset("audit", run).code == 0
    curate(other, run)
    assert "removed 9 files" in cleanset("clean", run).out


def test_nothing_is_cleaned_where_nobody_knows_what_is_needed(run: Path) -> None:
    (run / "features.json").write_text("{")
    assert cleanset("clean", run).code == 2
    assert len(list((run / "features").iterdir())) == 6


def test_shards_whose_names_are_long_or_not_utf_8_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    write_img2dataset(folder, [_row(0, 0)], "富士山" * 10)
    write_img2dataset(folder, [_row(1, 0)], "x" * 240)
    odd = os.fsdecode(bytes(folder) + b"/\xff.tar")
    write_tar(Path(odd), [("1.jpg", jpeg())])
    curate(folder, tmp_path / "run")
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["counts"]["read"] == 3
    assert record["inputs"][0]["shard"] == "\\udcff.tar"
    assert cleanset("audit", tmp_path / "run").code == 0
    assert "took" in curate(folder, tmp_path / "run").err


def test_an_audit_reads_the_features_of_the_inputs_and_of_no_others(run: Path) -> None:
    other = run.with_name("other")
    write_img2dataset(other, [_row(7, index) for index in range(2)], "00007")
    curate(other, run)
    assert (run / "features" / "00001.tar.parquet").exists()
    done = cleanset("audit", run)
    assert (done.code, done.out.splitlines()[:-1]) == (0, [])


@pytest.mark.parametrize("name", ["features.json", "match.json", "run.json"])
def test_a_record_that_is_no_json_is_written_again(shards: Path, run: Path, name: str) -> None:
    whole = products(run)
    (run / name).write_text("{")
    curate(shards, run)
    assert products(run) == whole


def test_a_run_of_other_shards_is_not_mixed_with_these(shards: Path, run: Path) -> None:
    other = run.with_name("other")
    shutil.copytree(shards, other)
    write_img2dataset(other, [_row(7, index) for index in range(2)], "00000")
    curate(other, run)
    fresh = run.with_name("fresh")
    curate(other, fresh)
    assert products(run) == products(fresh)
