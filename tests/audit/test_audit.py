"""Runs that were broken on purpose, one way for each check."""

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

from cleanset.audit.audit import CHECKS, SHOWN, audit, name_of
from cleanset.cli import main
from cleanset.errors import RunError
from cleanset.rundir import RunDirectory, footer, read_parquet
from cleanset.schemas import CLAIMS, CLUSTERS, FEATURES, MANIFEST, TABLES

Row = dict[str, Any]
Change = Callable[[list[Row]], list[Row] | None]
ELSEWHERE = "f" * 32


def rewrite(run: RunDirectory, table: str, change: Change) -> None:
    """The first file of the table has the rows that ``change`` leaves, and run.json its new digest is not told."""
    path = run.files(table)[0]
    rows = read_parquet(path).to_pylist()
    changed = change(rows)
    schema = next(t for t in TABLES if t.name == table).arrow.with_metadata(footer(path))
    pq.write_table(pa.Table.from_pylist(rows if changed is None else changed, schema), path)


def edit_record(run: RunDirectory, *place: str | int, to: object) -> None:
    record: Any = run.read_json("run.json", needs="")
    part = record
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = to
    run.write_json("run.json", record)


def found(run: RunDirectory) -> set[str]:
    """The checks that find something, but for the digest of the file that was changed."""
    findings, _ = audit(run)
    return {f.check for f in findings if f.check != "digests-match"}


def named(rows: list[Row], caption: str) -> Row:
    return next(row for row in rows if row["caption"] == caption)


def test_an_undamaged_run_has_no_findings_and_every_check_was_made(small_run: RunDirectory) -> None:
    findings, checks = audit(small_run)
    assert findings == []
    assert checks == ["schema", *(name_of(check) for check in CHECKS)]
    assert len(set(checks)) == len(checks)


def drop_a_row(rows: list[Row]) -> list[Row]:
    return rows[1:]


def repeat_a_row(rows: list[Row]) -> list[Row]:
    return [rows[0], *rows]


def unsort(rows: list[Row]) -> list[Row]:
    return rows[::-1]


def change(caption: str, **columns: object) -> Change:
    def apply(rows: list[Row]) -> None:
        named(rows, caption).update(columns)

    apply.__name__ = f"{caption}: {', '.join(columns)}"
    return apply


KEPT, COPY, NEAR = "for everybody", "the same file elsewhere", "hills at dawn"
BROKEN: list[tuple[Change, str]] = [
    (drop_a_row, "counts-balance"),
    (repeat_a_row, "rows-in-order"),
    (unsort, "rows-in-order"),
    (change(KEPT, sample_id=ELSEWHERE), "rows-agree-with-features"),
    (change(KEPT, decision="dropped"), "decisions-have-reasons"),
    (change(KEPT, decision="maybe"), "values-are-known"),
    (change(KEPT, status="fine"), "values-are-known"),
    (change(KEPT, permission="yes"), "values-are-known"),
    (change(KEPT, content_id="ABC"), "values-are-known"),
    (change(KEPT, reasons=["because"]), "decisions-have-reasons"),
    (change(KEPT, license_evidence=None), "kept-rows-are-licensed"),
    (change(KEPT, license_concluded="NOASSERTION"), "kept-rows-are-licensed"),
    (change(KEPT, permission="unknown"), "kept-rows-are-licensed"),
    (change(KEPT, basis=None), "kept-rows-are-licensed"),
    (change(KEPT, license_concluded="CC-BY-4.0"), "conclusions-follow-from-claims"),
    (change(KEPT, license_declared="MIT"), "conclusions-follow-from-claims"),
    (change(KEPT, creator="Somebody"), "conclusions-follow-from-claims"),
    (change(KEPT, attribution="by nobody"), "conclusions-follow-from-claims"),
    (change(KEPT, trace=[]), "conclusions-follow-from-claims"),
    (change(KEPT, cluster_size=2), "clusters-have-one-representative"),
    (change(KEPT, copies=2), "clusters-have-one-representative"),
    (change(KEPT, cluster_id=ELSEWHERE), "clusters-have-one-representative"),
    (change(KEPT, representative_id=ELSEWHERE), "clusters-have-one-representative"),
    (change(KEPT, distance=3.0), "clusters-have-one-representative"),
    (change("gone", cluster_size=1), "clusters-have-one-representative"),
    (change("gone", copies=1), "clusters-have-one-representative"),
    (change("gone", decision="kept", reasons=[]), "kept-rows-are-licensed"),
    (change("not for sale", decision="kept", reasons=[]), "kept-rows-are-licensed"),
    (change("not for sale", permission="allowed", reasons=[], decision="kept"), "conclusions-follow-from-claims"),
    (change("said to be free", permission="allowed", reasons=[], decision="kept"), "conclusions-follow-from-claims"),
    (change("said to be free", conflicts_with=None), "conclusions-follow-from-claims"),
    (change("an icon", reasons=[], decision="kept"), "conclusions-follow-from-claims"),
    (change(COPY, copies=1), "clusters-have-one-representative"),
    (change(COPY, matched_by=None), "clusters-have-one-representative"),
    (change(COPY, decision="kept", reasons=[]), "kept-pictures-differ"),
    (change(NEAR, decision="kept", reasons=[]), "kept-pictures-differ"),
    (change(NEAR, distance=1.0), "members-resemble-their-representative"),
    (change(NEAR, matched_by="phash"), "members-resemble-their-representative"),
    (change(NEAR, matched_by="content", distance=0.0), "members-resemble-their-representative"),
    (change(NEAR, matched_by="identity", distance=None), "members-resemble-their-representative"),
    (change(NEAR, matched_by="magic"), "values-are-known"),
    (change(KEPT, phash="0" * 16), "rows-agree-with-features"),
    (change(KEPT, width=4000), "rows-agree-with-features"),
    (change(KEPT, url="https://example.org/other.png"), "rows-agree-with-features"),
    (change(KEPT, key="other"), "rows-agree-with-features"),
]


@pytest.mark.parametrize(("damage", "check"), BROKEN, ids=[f"{damage.__name__}" for damage, _ in BROKEN])
def test_a_manifest_broken_on_purpose_is_found_by_its_check(own_run: RunDirectory, damage: Change, check: str) -> None:
    rewrite(own_run, MANIFEST.name, damage)
    assert check in found(own_run)
    assert "digests-match" in {f.check for f in audit(own_run)[0]}


def test_a_picture_dropped_for_one_that_it_does_not_resemble_is_found(own_run: RunDirectory) -> None:
    def steal(rows: list[Row]) -> None:
        thief, victim = named(rows, NEAR), named(rows, KEPT)
        thief.update({name: victim[name] for name in ("cluster_id", "representative_id")})

    rewrite(own_run, MANIFEST.name, steal)
    findings, _ = audit(own_run)
    assert any("is not the picture" in f.message for f in findings)


def test_two_copies_in_clusters_of_their_own_are_found_by_their_pictures(own_run: RunDirectory) -> None:
    def part(rows: list[Row]) -> None:
        for row in (named(rows, NEAR), named(rows, "the same picture larger"), named(rows, COPY)):
            own = {"cluster_id": row["sample_id"], "representative_id": row["sample_id"], "cluster_size": 1}
            alone: Row = {"copies": 1, "matched_by": None, "distance": None, "decision": "kept", "reasons": []}
            row.update(own | alone)

    rewrite(own_run, MANIFEST.name, part)
    messages = [f.message for f in audit(own_run)[0] if f.check == "kept-pictures-differ"]
    assert any("kept rows have one content_id" in m for m in messages)
    assert any("are both kept, pdq distance" in m for m in messages)


def test_a_sample_kept_twice_is_found(own_run: RunDirectory) -> None:
    def keep(rows: list[Row]) -> None:
        for row in rows:
            if row["caption"] == "changing":
                row.update(decision="kept", reasons=[])

    rewrite(own_run, MANIFEST.name, keep)
    assert "is kept 2 times, expected once" in {f.message for f in audit(own_run)[0]}


TAMPERED: list[Change] = [
    lambda rows: rows[1:],
    lambda rows: [*rows, rows[0] | {"kind": "license", "value": "CC-BY-NC-4.0", "expression": "CC-BY-NC-4.0"}],
    lambda rows: [row | {"strength": 0} for row in rows],
    lambda rows: [row | {"kind": "rumor"} for row in rows],
    lambda rows: [row | {"said_by": "nobody"} for row in rows],
    lambda rows: [row | {"layer": "dream"} for row in rows],
    lambda rows: [row | {"packet": "not hex"} for row in rows],
    lambda rows: [row | {"key": "of no sample"} for row in rows],
    lambda rows: [row | {"expression": "MIT"} if row["expression"] else row for row in rows],
]


@pytest.mark.parametrize("tamper", TAMPERED)
def test_tampered_claims_are_found(own_run: RunDirectory, tamper: Change) -> None:
    rewrite(own_run, CLAIMS.name, tamper)
    assert "conclusions-follow-from-claims" in found(own_run)


@pytest.mark.parametrize(
    "over",
    [
        {"size": 9},
        {"kept": 2},
        {"urls": 0},
        {"captions": 7},
        {"contested": None},
        {"cluster_id": ELSEWHERE},
        {"representative_id": ELSEWHERE},
    ],
)
def test_a_table_of_clusters_that_says_otherwise_is_found(own_run: RunDirectory, over: Row) -> None:
    def edit(rows: list[Row]) -> None:
        rows[0].update({name: not rows[0][name] if value is None else value for name, value in over.items()})

    rewrite(own_run, CLUSTERS.name, edit)
    assert found(own_run) == {"clusters-agree-with-rows"}


def test_a_cluster_that_is_missing_or_out_of_order_is_found(own_run: RunDirectory) -> None:
    rewrite(own_run, CLUSTERS.name, lambda rows: rows[1:])
    assert found(own_run) == {"clusters-agree-with-rows"}
    rewrite(own_run, CLUSTERS.name, lambda rows: rows[::-1])
    assert found(own_run) == {"clusters-agree-with-rows"}


@pytest.mark.parametrize(
    ("place", "value", "check"),
    [
        (("counts", "read"), 7, "counts-balance"),
        (("counts", "kept"), 8, "counts-balance"),
        (("counts", "dropped"), {"duplicate": 1}, "counts-balance"),
        (("inputs", 0, "rows"), 1, "counts-balance"),
        (("policy", "digest"), "0" * 64, "digests-match"),
        (("policy", "fields", "min_side"), 64, "digests-match"),
        (("policy", "fields", "accept"), ["public-domain"], "conclusions-follow-from-claims"),
        (("policy", "fields", "placeholder_captions"), 2, "conclusions-follow-from-claims"),
        (("book", "digest"), "0" * 64, "digests-match"),
        (("inputs", 0, "digest"), "0" * 64, "digests-match"),
        (("files",), {}, "digests-match"),
        (("config", "match", "pdq_bits"), 0, "members-resemble-their-representative"),
    ],
)
def test_a_record_that_says_otherwise_is_found(
    own_run: RunDirectory, place: tuple[str | int, ...], value: object, check: str
) -> None:
    edit_record(own_run, *place, to=value)
    assert check in {f.check for f in audit(own_run)[0]}


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


def test_a_changed_features_file_is_found(own_run: RunDirectory) -> None:
    rewrite(own_run, FEATURES.name, lambda rows: [row | {"bytes": 1} for row in rows])
    assert found(own_run) == {"rows-agree-with-features"}


def test_a_features_file_that_is_missing_leaves_rows_without_features(own_run: RunDirectory) -> None:
    Path(own_run.files(FEATURES.name)[0]).unlink()
    assert "rows-agree-with-features" in found(own_run)


def test_a_run_without_its_features_is_checked_without_them(own_run: RunDirectory) -> None:
    own_run.remove(FEATURES.name)
    assert audit(own_run)[0] == []
    for copy in (NEAR, COPY):
        rewrite(own_run, MANIFEST.name, change(copy, decision="kept", reasons=[]))
    assert "kept-pictures-differ" in found(own_run)


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
}
CELLS = [(table, column) for table in (MANIFEST, CLAIMS, CLUSTERS) for column in table.columns]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
