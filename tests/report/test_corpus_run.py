"""A run of real images, read as its users read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleanset.audit.audit import audit
from cleanset.report.explain import as_text, explain
from cleanset.report.lines import WIDTH
from cleanset.report.summary import summarize
from cleanset.rundir import RunDirectory
from cleanset.schemas import Decision
from runs import curate

pytestmark = pytest.mark.corpus
SCREEN = 45


@pytest.fixture(scope="module")
def real_run(corpus_shards: Path, tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    return curate(corpus_shards, tmp_path_factory.mktemp("real") / "run")


def test_an_audit_of_real_images_finds_nothing(real_run: RunDirectory) -> None:
    findings, _ = audit(real_run)
    assert findings == []


def test_every_real_sample_is_explained_on_one_screen(real_run: RunDirectory) -> None:
    for row in real_run.read_table("manifest", ["shard", "key", "decision", "reasons"]).to_pylist():
        lines = as_text(explain(real_run, f"{row['shard']}/{row['key']}")).splitlines()
        assert len(lines) <= SCREEN
        assert all(len(line) <= WIDTH and line.isprintable() for line in lines)
        told = "KEPT" if row["decision"] == Decision.KEPT else f"DROPPED: {', '.join(row['reasons'])}"
        assert lines[0].endswith(told)


def test_the_summary_of_real_images_fits_one_screen(real_run: RunDirectory) -> None:
    lines = summarize(real_run).splitlines()
    assert len(lines) <= SCREEN
    assert any("kept" in line for line in lines)
