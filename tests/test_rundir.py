from __future__ import annotations

import hashlib
from itertools import accumulate
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.errors import OutputError, RunError
from cleanset.rundir import (
    RunDirectory,
    TableWriter,
    footer,
    footer_rows,
    iter_parquet,
    open_for_arrow,
    open_whole,
    read_parquet,
    write_table,
)
from cleanset.schemas import COMPONENTS


class FaultError(Exception):
    """Whatever goes wrong in a block."""


def _break_off(path: str) -> None:
    with open_whole(path) as stream:
        stream.write(b"half")
        raise FaultError


def _components(rows: int) -> pa.Table:
    ids = [i.to_bytes(16, "big") for i in range(rows)]
    return pa.Table.from_pylist([{"sample_id": i, "component_id": ids[0]} for i in ids], COMPONENTS.arrow)


@pytest.fixture(params=["local", "file", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same place by path, by URL, and in a store of objects."""
    return {"local": str(tmp_path), "file": f"file://{tmp_path}", "memory": f"memory:/{tmp_path}"}[request.param]


def test_a_file_appears_only_when_it_is_whole(root: str) -> None:
    run = RunDirectory(root)
    with open_whole(run.path("folder", "a.parquet")) as stream:
        stream.write(b"half")
        assert run.files("folder") == []
        stream.write(b" and half")
    assert run.files("folder") == [run.path("folder", "a.parquet")]
    with fsspec.open(run.path("folder", "a.parquet")) as written:
        assert written.read() == b"half and half"


def test_a_block_that_fails_leaves_the_file_as_it_was(root: str) -> None:
    run = RunDirectory(root)
    run.write_json("run.json", {"a": 1})
    with pytest.raises(FaultError):
        _break_off(run.path("run.json"))
    assert run.read_json("run.json", needs="") == {"a": 1}
    filesystem, path = fsspec.core.url_to_fs(root)
    assert [name.rsplit("/", 1)[-1] for name in filesystem.ls(path, detail=False)] == ["run.json"]


def test_a_file_where_a_folder_should_be_is_an_error_of_writing(tmp_path: Path) -> None:
    (tmp_path / "folder").write_bytes(b"")
    with pytest.raises(OutputError, match=r"folder/a: cannot be written \(.*\); make room or give access"):  # noqa: SIM117
        with open_whole(str(tmp_path / "folder" / "a")):
            pass


def test_files_can_be_read_by_others(tmp_path: Path) -> None:
    write_table(str(tmp_path / "a.parquet"), COMPONENTS.empty(), COMPONENTS)
    assert (tmp_path / "a.parquet").stat().st_mode & 0o777 == 0o644


@given(st.integers(0, 50), st.integers(1, 20))
@settings(max_examples=20)
def test_a_table_comes_back_in_batches_of_the_size_asked_for(rows: int, size: int) -> None:
    path = "memory://batches/a.parquet"
    table = _components(rows)
    write_table(path, table, COMPONENTS)
    batches = list(iter_parquet(path, COMPONENTS.names, size))
    assert all(batch.num_rows <= size for batch in batches)
    assert pa.Table.from_batches(batches, COMPONENTS.arrow.remove_metadata()).equals(table)
    assert read_parquet(path).equals(table)
    assert footer_rows(path) == rows


def test_arrow_opens_local_files_itself_so_no_thread_of_it_needs_python_when_the_process_ends(tmp_path: Path) -> None:
    local = tmp_path / "a.parquet"
    write_table(str(local), _components(3), COMPONENTS)
    for path in (str(local), local.as_uri()):
        with open_for_arrow(path) as file:
            assert isinstance(file, pa.OSFile)
            assert file.read() == local.read_bytes()


def test_columns_come_in_the_order_of_the_file_and_no_others(tmp_path: Path) -> None:
    path = str(tmp_path / "a.parquet")
    write_table(path, _components(3), COMPONENTS)
    (batch,) = iter_parquet(path, ["component_id"], 10)
    assert batch.schema.names == ["component_id"]


def test_facts_known_after_the_last_row_are_in_the_footer(tmp_path: Path) -> None:
    path = str(tmp_path / "a.parquet")
    with open_whole(path) as stream, TableWriter(stream, COMPONENTS, {"made": "first"}) as writer:
        writer.write(_components(2))
        writer.write(_components(3))
        writer.add_footer({"rows": str(writer.rows)})
    facts = footer(path)
    assert (facts["made"], facts["rows"], facts["table"]) == ("first", "5", "components")


def test_rows_that_the_contract_forbids_are_not_written(tmp_path: Path) -> None:
    null = pa.table(
        {"sample_id": pa.array([None], pa.binary(16)), "component_id": pa.array([b"0" * 16], pa.binary(16))}
    )
    with pytest.raises(ValueError, match=r"components.sample_id: has nulls, expected none"):
        write_table(str(tmp_path / "a.parquet"), null, COMPONENTS)
    with pytest.raises(ValueError, match=r"components: columns are .*, expected"):
        write_table(str(tmp_path / "a.parquet"), null.select(["sample_id"]), COMPONENTS)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_was_writing_is_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (".unfinished-abc", "a.parquet", ".hidden"):
        (tmp_path / name).write_bytes(b"")
        (tmp_path / "features").mkdir(exist_ok=True)
        (tmp_path / "features" / name).write_bytes(b"")
    run = RunDirectory(str(tmp_path))
    run.remove_unfinished()
    run.remove_unfinished("features")
    run.remove_unfinished("pairs")
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert left == [".hidden", "a.parquet", "features/.hidden", "features/a.parquet"]


def test_a_run_is_made_and_found_again(root: str) -> None:
    run = RunDirectory(f"{root}/new/run")
    run.create()
    run.create()
    assert run.files("features") == []
    run.write_json("run.json", {})
    run.create()


def test_a_folder_of_other_things_is_no_run(tmp_path: Path) -> None:
    (tmp_path / ".gitkeep").touch()
    RunDirectory(str(tmp_path)).create()
    (tmp_path / "features").rmdir()
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(RunError, match=r"is no run and not empty \(it has thesis.tex\); give a new folder as --out"):
        RunDirectory(str(tmp_path)).create()


def test_odd_names_of_shards_are_distinct_file_names() -> None:
    run = RunDirectory("run")
    names = ["a/b.tar", "a%2Fb.tar", "../x", "a b", "é", "a"]
    files = [run.features_file(name) for name in names]
    assert len(set(files)) == len(names)
    assert all(file.count("/") == 2 for file in files)


@pytest.mark.parametrize("name", ["富士山" * 30, "/".join("abc" * 100), "x" * 4_000, ".unfinished-x", "."])
def test_a_shard_of_any_name_has_a_file_that_can_be_written_and_is_listed(tmp_path: Path, name: str) -> None:
    run = RunDirectory(str(tmp_path))
    file = run.features_file(name)
    write_table(file, _components(1), COMPONENTS)
    run.write_json(file.removeprefix(run.path("")) + ".stamp", {})
    run.remove_unfinished("features")
    assert run.files("features") == [file]
    assert len(Path(file).name) <= 128
    assert not Path(file).name.startswith(".")


def test_long_names_that_begin_alike_and_what_others_are_cut_to_are_distinct() -> None:
    run = RunDirectory("run")
    names = ["x" * 500 + ending for ending in ("", "a", "b")]
    cut = [Path(run.features_file(name)).name.removesuffix(".parquet") for name in names]
    assert len({run.features_file(name) for name in (*names, *cut)}) == 6


@given(st.lists(st.integers(0, 9_000), max_size=6))
@settings(max_examples=30)
def test_row_groups_are_of_one_size_however_the_rows_come(sizes: list[int]) -> None:
    path = "memory://groups/a.parquet"
    rows = _components(sum(sizes))
    with open_whole(path) as stream, TableWriter(stream, COMPONENTS) as writer:
        for size, end in zip(sizes, accumulate(sizes), strict=True):
            writer.write(rows.slice(end - size, size))
    with open_for_arrow(path) as file:
        metadata = pq.ParquetFile(file).metadata
    groups = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    assert groups == [min(4096, rows.num_rows - start) for start in range(0, rows.num_rows, 4096)]
    assert read_parquet(path).equals(rows.replace_schema_metadata(None))
    with fsspec.open(path) as written:
        assert writer.digest == hashlib.sha256(written.read()).hexdigest()


def test_very_large_rows_do_not_wait_for_a_whole_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "a.parquet")
    monkeypatch.setattr("cleanset.rundir.tables.ROW_GROUP_BYTES", 320)
    with open_whole(path) as stream, TableWriter(stream, COMPONENTS) as writer:
        for _ in range(3):
            writer.write(_components(10))
    assert pq.ParquetFile(path).num_row_groups == 3


@pytest.mark.parametrize("content", [b"", b"{", b"\xff"])
def test_a_record_that_is_no_json_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.json").write_bytes(content)
    run = RunDirectory(str(tmp_path))
    with pytest.raises(RunError, match=r"run.json: is not JSON \(.*\); run the stage that writes it again"):
        run.read_json("run.json", needs="decide first")
    assert run.find_json("run.json") == {}
    with pytest.raises(RunError, match=r"has no match.json; match first"):
        run.read_json("match.json", needs="match first")


def test_a_table_without_files_has_no_rows(tmp_path: Path) -> None:
    assert RunDirectory(str(tmp_path)).read_table("manifest").num_rows == 0
