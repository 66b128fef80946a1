"""What an audit reads, how it tells what it found, and that nothing makes it stop."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.damage import ELSEWHERE, Row, edit_record, rewrite
from cleanset.audit.audit import CHECKS, SHOWN, audit, name_of
from cleanset.cli import main
from cleanset.errors import RunError
from cleanset.rights.policy import POLICIES
from cleanset.rundir import RunDirectory, read_parquet
from cleanset.schemas import CLAIMS, CLUSTERS, FEATURES, MANIFEST, OBLIGATION_TYPE


def test_an_undamaged_run_has_no_findings_and_every_check_was_made(small_run: RunDirectory) -> None:
    findings, checks = audit(small_run)
    assert findings == []
    assert checks == ["schema", *(name_of(check) for check in CHECKS)]
    assert len(set(checks)) == len(checks)


@pytest.mark.parametrize(
    ("policy", "change"),
    [
        ("commercial", ("placeholder_captions = 100", "placeholder_captions = 2")),
        ("commercial", ("min_side = 32", "min_side = 100")),
        ("commercial-share-alike", ("", "")),
        ("public-domain-only", ("", "")),
        ("research-non-commercial", ("", "")),
        ("us-only", ("", "")),
    ],
)
def test_a_run_under_any_policy_has_no_findings(
    own_run: RunDirectory, tmp_path: Path, policy: str, change: tuple[str, str]
) -> None:
    text = (POLICIES / f"{policy}.toml").read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "mine.toml").write_text(text.replace(*change) if change[0] else text, encoding="utf-8")
    assert main(["decide", own_run.root, "--policy", str(tmp_path / "mine.toml")]) == 0
    assert audit(own_run)[0] == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("counts", "read"), "18"),
        (("counts", "kept"), -1),
        (("counts",), None),
        (("inputs",), {}),
        (("policy", "fields", "purpose"), "fun"),
        (("policy", "fields", "surprise"), 1),
        (("config", "match", "pdq_bits"), "sixty"),
        (("files",), [1]),
    ],
)
def test_a_record_of_another_shape_is_a_finding_that_names_the_place(
    own_run: RunDirectory, place: tuple[str | int, ...], value: object
) -> None:
    edit_record(own_run, *place, to=value)
    findings, checks = audit(own_run)
    assert checks == ["schema"]
    assert any(f.subject == "run.json" and f.message.startswith(".".join(map(str, place))) for f in findings)


@pytest.mark.parametrize("table", [MANIFEST.name, CLAIMS.name, CLUSTERS.name, FEATURES.name])
def test_a_file_that_is_cut_or_of_another_schema_is_named(own_run: RunDirectory, table: str) -> None:
    path = Path(own_run.files(table)[0])
    whole = path.read_bytes()
    data = read_parquet(str(path))
    damaged: list[Callable[[], object]] = [
        lambda: path.write_bytes(whole[: len(whole) // 2]),
        lambda: path.write_bytes(b""),
        lambda: path.write_bytes(whole[:-4] + b"NOPE"),
        lambda: pq.write_table(data.drop_columns([data.column_names[0]]), path),
        lambda: pq.write_table(
            data.set_column(0, data.column_names[0], pa.array(range(data.num_rows), pa.int64())), path
        ),
        lambda: pq.write_table(
            data.set_column(0, data.column_names[0], pa.nulls(data.num_rows, data.column(0).type)), path
        ),
    ]
    for damage in damaged:
        damage()
        findings, checks = audit(own_run)
        assert checks == ["schema"]
        assert [f.subject for f in findings] == [f"{table}/{path.name}"]


@pytest.mark.parametrize("table", [MANIFEST.name, CLAIMS.name, CLUSTERS.name])
def test_a_table_without_a_file_is_named(own_run: RunDirectory, table: str) -> None:
    own_run.remove(table)
    findings, _ = audit(own_run)
    assert [(f.check, f.subject) for f in findings] == [("schema", table)]


def test_text_that_is_not_utf_8_is_named(own_run: RunDirectory) -> None:
    path = own_run.files(MANIFEST.name)[0]
    table = read_parquet(path)
    odd = pa.array([b"\xff\xfe"] * table.num_rows, pa.binary()).view(pa.string())
    pq.write_table(table.set_column(table.column_names.index("caption"), "caption", odd), path)
    assert {f.check for f in audit(own_run)[0]} == {"schema"}


def test_many_findings_of_one_check_are_counted(own_run: RunDirectory) -> None:
    rewrite(own_run, MANIFEST.name, lambda rows: [row | {"content_id": "x", "pdq": "y"} for row in rows])
    findings = [f for f in audit(own_run)[0] if f.check == "values-are-known"]
    assert len(findings) == SHOWN + 1
    assert findings[-1].message.endswith("more findings of this check")


def test_a_folder_without_a_finished_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"has no run\.json"):
        audit(RunDirectory(str(tmp_path)))


@pytest.mark.parametrize("text", ["", "[1]", "null", "{", '{"schema_version": 99}', "\xff"])
def test_a_record_that_is_none_is_refused(own_run: RunDirectory, text: str) -> None:
    Path(own_run.path("run.json")).write_text(text, encoding="latin-1")
    with pytest.raises(RunError, match=r"is not JSON|schema version"):
        audit(own_run)


def test_the_command_prints_one_json_document_and_exits_with_1_on_a_finding(
    own_run: RunDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", own_run.root, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []
    edit_record(own_run, "counts", "kept", to=0)
    assert main(["audit", own_run.root, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["run"] == own_run.root
    assert {f["check"] for f in document["findings"]} == {"counts-balance"}
    assert set(document["findings"][0]) == {"check", "subject", "message"}
    assert main(["audit", own_run.root]) == 1
    assert capsys.readouterr().out.startswith("counts-balance: ")
    assert main(["audit", f"{own_run.root}/nowhere"]) == 2


VALUES: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.string(): st.sampled_from(
        [
            "",
            "x",
            "kept",
            "dropped",
            "allowed",
            "ok",
            "pdq",
            ELSEWHERE,
            "MIT",
            "(",
            "é",
            "license",
            "public-domain",
            "work-kind:x",
            "GRANT",
        ]
    ),
    pa.uint32(): st.integers(0, 2**32 - 1),
    pa.uint64(): st.integers(0, 2**64 - 1),
    pa.uint8(): st.integers(0, 255),
    pa.float32(): st.sampled_from([0.0, 1.0, -1.0, float("nan"), float("inf")]),
    pa.bool_(): st.booleans(),
    pa.list_(pa.string()): st.lists(st.none() | st.sampled_from(["", "duplicate", "ok", "x"]), max_size=3),
    OBLIGATION_TYPE: st.lists(
        st.fixed_dictionaries({f.name: st.sampled_from(["", "x"]) for f in OBLIGATION_TYPE.value_type}), max_size=2
    ),
}
CELLS = [(table, column) for table in (MANIFEST, CLAIMS, CLUSTERS) for column in table.columns]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_no_change_of_cells_makes_the_audit_raise(
    own_run: RunDirectory, small_run: RunDirectory, data: st.DataObject
) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        table, column = data.draw(st.sampled_from(CELLS))
        value = VALUES[column.type]
        drawn = data.draw(st.none() | value if column.nullable else value)

        def edit(rows: list[Row], name: str = column.name, drawn: object = drawn) -> None:
            rows[data.draw(st.integers(0, len(rows) - 1))][name] = drawn

        rewrite(own_run, table.name, edit)
    findings, _ = audit(own_run)
    assert findings
    for table in (MANIFEST, CLAIMS, CLUSTERS):
        shutil.copy(small_run.files(table.name)[0], own_run.files(table.name)[0])
