from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cleanset.manifest.contract import RunRecord
from cleanset.publish_schemas import VOCABULARIES, contracts, publish
from cleanset.rundir import RunDirectory, footer, read_parquet
from cleanset.schemas import FEATURES, JUDGED, MANIFEST, TABLES, VERDICTS, VERSION, Table, check, hex_strings

PUBLISHED = Path(__file__).resolve().parents[1] / "schemas"


@pytest.mark.parametrize("name", sorted(contracts()))
def test_the_published_contract_is_that_of_the_code(name: str) -> None:
    assert (PUBLISHED / name).read_text(encoding="utf-8") == contracts()[name], "run `make schemas`"


def test_nothing_else_is_published(tmp_path: Path) -> None:
    publish(tmp_path / "new")
    written = {path.name for path in (tmp_path / "new").iterdir()}
    current = {path.name for path in PUBLISHED.glob(f"*.v{VERSION}.json")}
    assert written == current == set(contracts())


@pytest.mark.parametrize("table", [*TABLES, JUDGED, VERDICTS], ids=lambda table: str(table.name))
def test_every_column_has_a_name_of_its_own_and_a_sentence(table: Table) -> None:
    assert table.doc
    assert len(set(table.names)) == len(table.names)
    for column in table.columns:
        assert column.doc.strip(), column.name
        assert column.name.replace("_", "").isalnum()
        assert column.name.islower()


def test_the_page_about_the_contracts_has_a_paragraph_for_each_table() -> None:
    page = (PUBLISHED / "README.md").read_text(encoding="utf-8")
    for table in TABLES:
        assert f"**{table.name}**" in page
        assert f"`{table.name}/`" in page


def test_a_finished_run_keeps_every_contract(small_run: RunDirectory) -> None:
    for table in TABLES:
        files = small_run.files(table.name)
        assert files
        for file in files:
            check(read_parquet(file), table)
            assert footer(file)["schema_version"] == str(VERSION)
    record = RunRecord.model_validate_json(Path(small_run.path("run.json")).read_bytes())
    assert record.schema_version == VERSION
    assert record.model_dump(mode="json") == small_run.read_json("run.json", needs="")
    for column, words in VOCABULARIES.items():
        values: list[Any] = small_run.read_table(MANIFEST.name, [column])[column].to_pylist()
        flat = {word for value in values for word in (value if isinstance(value, list) else [value])} - {None}
        assert flat <= set(words)


def test_the_schema_of_the_record_names_every_part_of_it(small_run: RunDirectory) -> None:
    schema = json.loads(contracts()[f"run.v{VERSION}.json"])
    assert list(schema["properties"]) == list(small_run.read_json("run.json", needs=""))


def test_check_names_the_first_column_that_differs() -> None:
    table = FEATURES.select("small", "for this test", ["sample_id", "url"])
    good = table.empty()
    check(good, table)
    with pytest.raises(ValueError, match=r"columns are \['url'\]"):
        check(good.select(["url"]), table)
    with pytest.raises(ValueError, match=r"small\.url: type is int64, expected string"):
        check(good.set_column(1, "url", pa.array([], pa.int64())), table)
    with pytest.raises(ValueError, match=r"small\.sample_id: has nulls"):
        check(pa.table({"sample_id": pa.nulls(1, pa.binary(16)), "url": ["x"]}), table)


def test_hex_strings_keeps_nulls_and_lengths() -> None:
    ids = pa.array([b"\x00" * 16, None, b"\xff" * 16], pa.binary(16))
    assert hex_strings(ids).to_pylist() == ["0" * 32, None, "f" * 32]
    assert hex_strings(ids.slice(0, 0)).type == pa.string()


def test_a_schema_is_built_once() -> None:
    assert all(table.arrow is table.arrow for table in TABLES)
    assert pickle.loads(pickle.dumps(FEATURES)).arrow == FEATURES.arrow  # noqa: S301 - our own bytes
