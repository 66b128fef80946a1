"""What another policy would keep: two manifests of one run, and the difference between them."""

from __future__ import annotations

import tempfile
from dataclasses import replace

import pyarrow as pa

from cleanset.manifest.judge import Rules
from cleanset.manifest.withheld import Protected
from cleanset.pipelines.decide import is_decided, run_decide
from cleanset.pipelines.engine import Engine
from cleanset.rights.policy import Policy, diff
from cleanset.rundir import RunDirectory

COMPARED = ["sample_id", "shard", "key", "decision", "reasons", "license_concluded"]


def compare_policies(run: RunDirectory, before: Policy, after: Policy, rules: Rules) -> pa.Table:
    """The samples that enter and leave when ``after`` takes the place of ``before``, and why.

    Nothing is extracted again, and the run stays as it is. The run's own manifest serves the policy that it was made
    under; another is made in a temporary folder, with the book, overlay and lists of ``rules``, and what the run
    found to be near protected works.
    """
    return diff(*(_manifest(run, replace(rules, policy=policy)) for policy in (before, after)))


def _manifest(run: RunDirectory, rules: Rules) -> pa.Table:
    """The decisions that the rules come to."""
    protected = Protected.as_decided(run)
    if is_decided(run, rules, protected):
        return run.read_table("manifest", COMPARED)
    with tempfile.TemporaryDirectory(prefix="cleanset-policies-") as folder:
        out = RunDirectory(folder)
        run_decide(run, rules, Engine(), out, protected)
        return out.read_table("manifest", COMPARED)
