"""The card of a Hugging Face folder: what the set is, in the form that its viewers read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cleanset.release.export.plan import Plan

CARD = "README.md"


def card(plan: Plan, record: Mapping[str, Any]) -> str:
    """Markdown with the YAML head that the ``datasets`` library and its viewers read."""
    configs = "".join(
        f"- config_name: {group}\n  data_files:\n  - split: train\n    path: data/{group}-*.parquet\n"
        for group in sorted(plan.counts)
    )
    licenses = "\n".join(f"- {license_}" for license_ in sorted(plan.shares_alike)) or "- none"
    counts = record["counts"]
    return (
        f"---\nlicense: other\ntask_categories:\n- text-to-image\nconfigs:\n{configs}---\n\n"
        f"# Clean image-text set\n\n{counts['kept']:,} pictures, each once, of {counts['read']:,} samples read, under "
        f"the policy {record['policy']['name']} of cleanset {record['cleanset_version']}: "
        f"{record['policy']['fields']['summary']}\n\n"
        "The license of each picture is in its column `license`, the credit that is due in `attribution`. Licenses:\n\n"
        f"{licenses}\n"
    )
