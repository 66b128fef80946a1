"""What another policy would keep: two manifests of one run, and the difference between them."""

from __future__ import annotations

import tempfile
from dataclasses import replace

import pyarrow as pa

from cleanset.manifest.judge import Rules
from cleanset.pipelines.decide import run_decide
from cleanset.pipelines.engine import Engine
from cleanset.rights.policy import Policy, diff
from cleanset.rundir import RunDirectory

COMPARED = ["sample_id", "shard", "key", "decision", "reasons", "license_concluded"]


def compare_policies(run: RunDirectory, before: Policy, after: Policy, rules: Rules) -> pa.Table:
    """The samples that enter and leave when ``after`` takes the place of ``before``, and why.

    Nothing is extracted again. Both manifests are made in a temporary folder, with the book, overlay and lists of
    ``rules``; the run stays as it is.
    """
    with tempfile.TemporaryDirectory(prefix="cleanset-policies-") as folder:
        manifests = []
        for place, policy in (("before", before), ("after", after)):
            out = RunDirectory(f"{folder}/{place}")
            run_decide(run, replace(rules, policy=policy), Engine(), out)
            manifests.append(out.read_table("manifest", COMPARED))
    return diff(*manifests)
