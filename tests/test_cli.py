"""What the command line says and how it ends: INTERFACE's exit codes, one line for a mistake, JSON for machines."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from cleanset.rundir import RunDirectory
from invoke import Outcome, cleanset, curate, products, separate
from shards.writers import failure, outcome, write_img2dataset, write_parquet, write_tar


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two shards, and their run."""
    folder = tmp_path_factory.mktemp("finished")
    for number in range(2):
        rows = [outcome(10 * number + index, LICENSE="CC0-1.0") for index in range(2)]
        write_img2dataset(folder / "shards", rows, f"{number:05d}")
    curate(folder / "shards", folder / "run")
    return folder


def _refused(done: Outcome, *words: str) -> None:
    """Exit code 2, one line, nothing on standard output, and the line says all of these words."""
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1), done.err
    assert done.err.startswith("cleanset")
    for word in words:
        assert word in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["COMMAND", "--help"]),
        (["polish"], ["invalid choice: 'polish'", "curate"]),
        (["curate", "SHARDS"], ["--out"]),
        (["curate", "SHARDS", "--out", "NEW", "--sharpen"], ["--sharpen", "--help"]),
        (["curate", "SHARDS", "--out", "NEW", "--workers", "0"], ["'0' is not a number of at least 1"]),
        (["curate", "SHARDS", "--out", "NEW", "--workers", "many"], ["'many' is not a number of at least 1"]),
        (["curate", "/nowhere/at/all", "--out", "NEW"], ["/nowhere/at/all", "no such file or folder"]),
        (["curate", "EMPTY", "--out", "NEW"], ["nothing to read in", "What is read: tar"]),
        (["curate", "SHARDS", "--out", "NEW", "--profile", "laion9"], ["'laion9'", "laion400m"]),
        (["curate", "SHARDS", "--out", "NEW", "--policy", "greedy"], ["greedy", "public-domain-only"]),
        (["curate", "SHARDS", "--out", "NEW", "--policy", "BAD"], ["bad.toml"]),
        (["curate", "SHARDS", "--out", "NEW", "--overlay", "/nowhere.csv"], ["/nowhere.csv"]),
        (["curate", "SHARDS", "--out", "NEW", "--opt-out", "/nowhere.txt"], ["/nowhere.txt"]),
        (["curate", "SHARDS", "--out", "NEW", "--runner", "Abacus"], ["Abacus", "FlinkRunner"]),
        (["curate", "bucket9://a/b", "--out", "NEW"], ["bucket9://a/b", "fsspec cannot open it", "correct the URL"]),
        (["curate", "SHARDS", "--out", "memory://run"], ["memory://run would be gone", "object store"]),
        (["curate", "", "--out", "NEW"], ["INPUT", "empty name"]),
        (["curate", "SHARDS", "--out", ""], ["--out", "empty name"]),
        (["audit", ""], ["RUN", "empty name"]),
        (
            ["attribution", "RUN", "--out", "FILE/credits"],
            ["novel.txt/credits", "no folder can be made", "another --out"],
        ),
        (["curate", "SHARDS", "--out", "bucket9://a/b"], ["bucket9://a/b", "fsspec cannot open it"]),
        (["audit", "bucket9://a/b"], ["bucket9://a/b", "fsspec cannot open it"]),
        (["curate", "SHARDS", "--out", "FILE"], ["is a file", "another folder as --out"]),
        (["curate", "SHARDS", "--out", "FILE/run"], ["--out"]),
        (["curate", "SHARDS", "--out", "FULL"], ["is no run and not empty", "novel.txt", "new folder as --out"]),
        (["curate", "SHARDS", "--out", "SHARDS/run"], ["lies in the input", "folder outside"]),
        (["curate", "SHARDS", "--out", "SHARDS"], ["lies in the input", "folder outside"]),
        (["match", "EMPTY"], ["has no features.json", "cleanset extract"]),
        (["decide", "EMPTY"], ["has no features.json", "cleanset extract"]),
        (["decide", "UNMATCHED"], ["has no match.json", "cleanset match"]),
        (["audit", "EMPTY"], ["has no run.json", "cleanset decide"]),
        (["audit", "/no/such/run"], ["/no/such/run: there is no such run; correct the path"]),
        (["audit", "FILE"], ["novel.txt", "cleanset decide"]),
        (["explain", "EMPTY", "0000"], ["has no run.json", "cleanset decide"]),
        (["explain", "RUN", "no such sample"], ["no sample has the id, key or URL 'no such sample'"]),
        (["policy", "show"], ["policy show takes one NAME"]),
        (["policy", "show", "greedy"], ["greedy", "public-domain-only"]),
        (["policy", "diff", "commercial", "us-only", "EMPTY"], ["has no features.json"]),
    ],
)
def test_a_mistake_is_told_in_one_line_and_nothing_is_written(
    finished: Path, tmp_path: Path, arguments: list[str], words: list[str]
) -> None:
    places = {
        "SHARDS": shutil.copytree(finished / "shards", tmp_path / "shards"),
        "RUN": finished / "run",
        "UNMATCHED": shutil.copytree(finished / "run", tmp_path / "unmatched"),
        "FULL": tmp_path / "full",
        "EMPTY": tmp_path / "empty",
        "FILE": tmp_path / "full" / "novel.txt",
        "BAD": tmp_path / "bad.toml",
    }
    places["EMPTY"].mkdir()
    places["FULL"].mkdir()
    places["FILE"].write_text("Call me Ishmael.")
    places["BAD"].write_text("greedy = true")
    (tmp_path / "unmatched" / "match.json").unlink()
    before = sorted(tmp_path.rglob("*"))
    for name, place in (places | {"NEW": tmp_path / "new"}).items():
        arguments = [f"{place}{a.removeprefix(name)}" if a.split("/")[0] == name else a for a in arguments]
    _refused(cleanset(*arguments), *words)
    assert sorted(tmp_path.rglob("*")) == before


def test_inputs_may_stand_on_both_sides_of_an_option(finished: Path, tmp_path: Path) -> None:
    first, second = sorted((finished / "shards").glob("*.tar"))
    done = cleanset("extract", first, "--out", tmp_path / "run", second, "--json")
    assert done.code == 0, done.err
    assert len(list((tmp_path / "run" / "features").glob("*.parquet"))) == 2


def test_columns_that_no_profile_knows_are_listed(tmp_path: Path) -> None:
    write_parquet(tmp_path / "shards" / "prices.parquet", {"ticker": ["A"], "price": [1.5]})
    _refused(cleanset("curate", tmp_path / "shards", "--out", tmp_path / "run"), "prices.parquet", "ticker")


@pytest.mark.parametrize(
    "arguments",
    [
        ["curate", "SHARDS", "--out", "RUN"],
        ["extract", "SHARDS", "--out", "RUN"],
        ["match", "RUN"],
        ["decide", "RUN"],
        ["audit", "RUN"],
        ["explain", "RUN", "0000000"],
        ["license", "CC-BY-4.0", "nonsense"],
        ["policy", "list"],
        ["policy", "show", "commercial"],
        ["policy", "diff", "commercial", "public-domain-only"],
        ["policy", "diff", "commercial", "public-domain-only", "RUN"],
    ],
)
def test_json_is_one_document_and_nothing_else(finished: Path, tmp_path: Path, arguments: list[str]) -> None:
    run = shutil.copytree(finished / "run", tmp_path / "run")
    places = {"SHARDS": finished / "shards", "RUN": run}
    done = cleanset(*[places.get(a, a) for a in arguments], "--json")
    assert done.code == 0, done.err
    json.loads(done.out)


def test_the_two_commands_of_the_readme_work_as_a_process_of_their_own(finished: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    done = separate("curate", finished / "shards", "--out", run)
    assert (done.code, done.err) == (0, "took 2 shards (00000.tar … 00001.tar) as profile img2dataset\n")
    assert "4  samples read" in done.out
    done = separate("audit", run)
    assert (done.code, done.err) == (0, "")
    assert "no findings" in done.out


def test_the_stages_one_by_one_give_what_curate_gives(finished: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    for command in (("extract", finished / "shards", "--out", run), ("match", run), ("decide", run)):
        done = cleanset(*command, "--workers", "1")
        assert (done.code, done.out != "") == (0, True), done.err
    assert products(run) == products(finished / "run")
    told = [json.loads((place / "run.json").read_text())["engine"]["invocation"] for place in (run, finished / "run")]
    assert [one["command"].split()[:2] for one in told] == [["cleanset", "decide"], ["cleanset", "curate"]]
    assert all(one["by"] and one["at"].endswith("+00:00") and one["cleanset"] for one in told)


def test_the_record_says_when_each_shard_was_read_and_keeps_no_password(finished: Path, tmp_path: Path) -> None:
    arguments = [
        "curate",
        str(finished / "shards"),
        "--out",
        str(tmp_path / "run"),
        "--",
        "--token=abc",
        "s3://me:pw@b/c",
    ]
    done = cleanset(*arguments)
    assert done.code == 0, done.err
    engine = _record(tmp_path / "run")["engine"]
    assert sorted(engine["read"]) == ["00000.tar.parquet", "00001.tar.parquet"]
    assert all(datetime.fromisoformat(time) <= datetime.now(UTC) for time in engine["read"].values())
    assert "pw" not in engine["invocation"]["command"]
    assert "abc" not in engine["invocation"]["command"]


def test_decide_refuses_features_that_were_not_matched(finished: Path, tmp_path: Path) -> None:
    run, shards = (shutil.copytree(finished / name, tmp_path / name) for name in ("run", "shards"))
    write_img2dataset(Path(shards), [outcome(77)], "00009")
    assert cleanset("extract", shards, "--out", run, "--workers", "1").code == 0
    _refused(cleanset("decide", run), "the features or vectors changed after they were matched", "cleanset match")


def test_a_shard_that_cannot_be_read_is_told_and_the_others_are_done(finished: Path, tmp_path: Path) -> None:
    shards = Path(shutil.copytree(finished / "shards", tmp_path / "shards"))
    (shards / "00009.tar").symlink_to("/nowhere/00009.tar")
    run = tmp_path / "run"
    for workers in ("1", "2"):
        done = cleanset("curate", shards, "--out", run, "--workers", workers)
        assert done.code == 1
        assert "cleanset: shard 00009.tar could not be read" in done.err
        record = _record(run)
        assert [shard["error"] is None for shard in record["inputs"]] == [True, True, False]
        assert record["counts"]["read"] == 4
        assert record["warnings"][0].startswith("shard 00009.tar could not be read")
    assert cleanset("audit", run).code == 0
    (shards / "00009.tar").unlink()
    write_img2dataset(shards, [outcome(99)], "00009")
    curate(shards, run)
    assert _record(run)["counts"]["read"] == 5


def test_curate_ends_with_a_quick_audit_unless_it_is_left_out(finished: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert "Quick audit: 7 checks, no findings" in curate(finished / "shards", run).out
    document = _record(run)
    (run / "run.json").write_text(json.dumps(document | {"counts": document["counts"] | {"kept": 3}}))
    again = cleanset("curate", finished / "shards", "--out", run, "--workers", "1")
    assert (again.code, again.err.count("cleanset: audit: counts-balance: run.json: kept is 3")) == (1, 1)
    left_out = cleanset("curate", finished / "shards", "--out", run, "--workers", "1", "--no-audit")
    assert (left_out.code, "audit:" in left_out.out + left_out.err) == (0, False)


def test_a_command_leaves_nothing_in_the_folder_for_temporary_files(finished: Path, tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    where = ["curate", finished / "shards", "--out", tmp_path / "run", "--embedder", "none"]
    command = [sys.executable, "-m", "cleanset", *where]
    environment = os.environ | {"TMPDIR": str(tmp_path / "temporary")}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "temporary").iterdir()) == []


def _record(run: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((run / "run.json").read_text())
    counts = record["counts"]
    assert counts["read"] == counts["kept"] + sum(counts["dropped"].values())
    return record


def test_inputs_without_any_sample_give_an_empty_manifest_that_is_valid(tmp_path: Path) -> None:
    shards = tmp_path / "shards"
    write_img2dataset(shards, [], "00000")
    write_tar(shards / "empty.tar", [])
    curate(shards, tmp_path / "run")
    assert _record(tmp_path / "run")["counts"] == {"read": 0, "kept": 0, "dropped": {}}
    run = RunDirectory(str(tmp_path / "run"))
    for table in ("manifest", "claims", "clusters"):
        assert run.read_table(table).num_rows == 0
    assert cleanset("audit", tmp_path / "run").code == 0


def test_a_shard_of_failed_downloads_gives_a_row_for_each(tmp_path: Path) -> None:
    write_img2dataset(tmp_path / "shards", [failure(index) for index in range(3)])
    curate(tmp_path / "shards", tmp_path / "run")
    assert _record(tmp_path / "run")["counts"]["dropped"] == {"not-downloaded": 3}
    assert cleanset("audit", tmp_path / "run").code == 0


class Lake(MemoryFileSystem):
    """An object store that this process alone knows."""

    protocol = "lake"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.removeprefix("lake://")))

    def unstrip_protocol(self, name: str) -> str:
        return "lake://" + self._strip_protocol(name).lstrip("/")


def test_urls_of_an_object_store_serve_as_input_and_as_run(finished: Path) -> None:
    fsspec.register_implementation("lake", Lake, clobber=True)
    memory = fsspec.filesystem("lake")
    memory.put(str(finished / "shards"), "/lake/shards", recursive=True)
    done = cleanset("curate", "lake://lake/shards", "--out", "lake://lake/run", "--workers", "1")
    assert done.code == 0, done.err
    part = "manifest/part-00000-of-00001.parquet"
    assert memory.cat_file(f"/lake/run/{part}") == (finished / "run" / part).read_bytes()
    records = [json.loads(memory.cat_file("/lake/run/run.json")), json.loads((finished / "run/run.json").read_text())]
    assert [record.pop("engine")["given"] for record in records] == [["lake://lake/shards"], [f"{finished}/shards"]]
    assert records[0] == records[1]
    assert cleanset("audit", "lake://lake/run").code == 0
    assert cleanset("explain", "lake://lake/run", "0000000").code == 0
    again = cleanset("curate", "lake://lake/shards", "--out", "lake://lake/run", "--workers", "1")
    assert again.code == 0, again.err


def test_a_reader_that_stops_early_is_no_error(finished: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "cleanset", "explain", str(finished / "run"), "0000000"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_license_takes_texts_that_begin_with_a_dash_and_those_after_two() -> None:
    told = json.loads(cleanset("license", "-x", "CC0", "--json", "--", "--json", "NoC-US").out)
    assert [one["input"] for one in told] == ["-x", "CC0", "--json", "NoC-US"]
    assert [(one["version"], one["place"], one["basis"]) for one in told[1::2]] == [
        ("1.0", None, "license"),
        ("1.0", "US", "license"),
    ]
