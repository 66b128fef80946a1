from __future__ import annotations

from pathlib import Path

import pytest

from cleanset.cli import main
from cleanset.manifest.judge import Rules
from cleanset.pipelines import compare
from cleanset.pipelines.compare import compare_policies
from cleanset.rights.book import LicenseBook
from cleanset.rights.policy import load_policy
from cleanset.rundir import RunDirectory
from runs import curate, write_shards


def test_the_runs_own_manifest_serves_a_comparison_as_a_new_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def counted(run: RunDirectory, rules: Rules, *more: object) -> object:
        made.append(rules.policy.name)
        return decide(run, rules, *more)  # type: ignore[arg-type]  # an engine and a run

    decide = compare.run_decide
    monkeypatch.setattr(compare, "run_decide", counted)
    run, rules = (
        curate(write_shards(tmp_path / "in"), tmp_path / "run"),
        Rules(LicenseBook.load(), load_policy("commercial")),
    )
    policies = rules.policy, load_policy("research-non-commercial")
    of_own = compare_policies(run, *policies, rules)
    assert main(["decide", str(tmp_path / "run"), "--policy", "us-only"]) == 0
    assert compare_policies(run, *policies, rules) == of_own
    assert of_own.num_rows
    assert made == ["research-non-commercial", "commercial", "research-non-commercial"]
