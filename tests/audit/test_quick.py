"""The quick audit that ends a run: it finds what the manifest alone can show, and stays within one file of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.damage import ELSEWHERE, KEPT, Change, Row, change, edit_record, rewrite
from cleanset.audit.quick import audit_quickly
from cleanset.errors import RunError
from cleanset.rundir import RunDirectory, read_parquet, write_table
from cleanset.schemas import MANIFEST


def test_an_undamaged_run_has_no_findings(small_run: RunDirectory) -> None:
    findings, checks = audit_quickly(small_run)
    assert (findings, len(checks)) == ([], 7)


def drop_a_row(rows: list[Row]) -> list[Row]:
    return rows[1:]


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        (drop_a_row, "counts-balance"),
        (lambda rows: rows[::-1], "rows-in-order"),
        (change(KEPT, decision="maybe"), "values-are-known"),
        (change(KEPT, permission="unknown"), "kept-rows-are-licensed"),
        (change(KEPT, reasons=["because"]), "decisions-have-reasons"),
        (change(KEPT, title="another"), "digests-match"),
        (lambda rows: rows[0].update(sample_id=ELSEWHERE), "rows-in-order"),
    ],
)
def test_what_the_manifest_alone_shows_is_found(own_run: RunDirectory, damage: Change, check: str) -> None:
    rewrite(own_run, "manifest", damage)
    assert check in {finding.check for finding in audit_quickly(own_run)[0]}


def test_files_in_the_wrong_order_are_found(own_run: RunDirectory) -> None:
    (file,) = own_run.files("manifest")
    rows = read_parquet(file)
    Path(file).unlink()
    write_table(own_run.path("manifest", "part-1.parquet"), rows.slice(0, 9), MANIFEST)
    write_table(own_run.path("manifest", "part-0.parquet"), rows.slice(9), MANIFEST)
    assert any("in another file" in finding.message for finding in audit_quickly(own_run)[0])


def test_a_record_or_a_file_of_another_shape_is_a_finding_and_no_record_is_an_error(own_run: RunDirectory) -> None:
    Path(own_run.files("manifest")[0]).write_bytes(b"no table")
    assert {finding.check for finding in audit_quickly(own_run)[0]} >= {"schema", "digests-match"}
    edit_record(own_run, "counts", "read", to="many")
    assert [finding.check for finding in audit_quickly(own_run)[0]] == ["schema"]
    own_run.remove("run.json")
    with pytest.raises(RunError, match=r"has no run\.json"):
        audit_quickly(own_run)
