"""What outsiders read, word for word: `make golden` writes it anew, and the change is reviewed as text."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cleanset.audit.audit import audit
from cleanset.report.explain import as_text, explain
from cleanset.report.laundering import as_text as laundering_text
from cleanset.report.summary import summarize
from cleanset.rights.copies import laundering
from cleanset.rundir import RunDirectory

GOLDEN = Path(__file__).parent
EXPLAINED = ("hills at dawn", "said to be free", "changing", "cut short", "富士山 “at dusk” é")


def manifest_lines(run: RunDirectory) -> str:
    rows = run.read_table("manifest").to_pylist()
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def summary(run: RunDirectory) -> str:
    return summarize(run).replace(run.root, "RUN") + "\n"


def explanations(run: RunDirectory) -> str:
    rows = run.read_table("manifest", ["shard", "key", "caption"]).to_pylist()
    places = [f"{row['shard']}/{row['key']}" for text in EXPLAINED for row in rows if row["caption"] == text]
    return ("\n" + "-" * 40 + "\n").join(as_text(explain(run, place)) for place in places) + "\n"


def contested(run: RunDirectory) -> str:
    return laundering_text(laundering(run.read_table("manifest"))) + "\n"


def audit_report(run: RunDirectory) -> str:
    findings, checks = audit(run)
    return "\n".join([*checks, f"{len(findings)} findings"]) + "\n"


FILES = {
    "manifest.jsonl": manifest_lines,
    "summary.txt": summary,
    "explain.txt": explanations,
    "laundering.txt": contested,
    "audit.txt": audit_report,
}


@pytest.mark.parametrize("name", sorted(FILES))
def test_what_outsiders_read_is_as_it_was_reviewed(name: str, small_run: RunDirectory) -> None:
    text = FILES[name](small_run)
    if os.environ.get("CLEANSET_GOLDEN"):
        (GOLDEN / name).write_text(text, encoding="utf-8")
    assert (GOLDEN / name).read_text(encoding="utf-8") == text, "run `make golden` and review the difference"
