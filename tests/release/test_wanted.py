"""The list of addresses worth fetching: what the policy would allow, and with it all that the allowance rests on."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from invoke import cleanset, curate
from shards.writers import write_parquet

ROWS = {
    "url": [f"https://example.org/{n}.jpg" for n in range(6)],
    "caption": ["one", "two", None, "four", "five", "five"],
    "license": ["CC-BY-4.0", "CC BY-NC 4.0", "CC0", None, "CC BY 4.0", "CC BY 4.0"],
    "author": ["Ada", "Ada", None, "Ada", "Bob", "Bob"],
    "x_robots_tag": [None, None, None, None, "noai", None],
}

ACCEPTED = """
import inspect, json, sys
from img2dataset import download
from img2dataset.main import arguments_validator
options = json.loads(sys.argv[1])
known = inspect.signature(download).parameters
assert options.keys() <= known.keys(), options.keys() - known.keys()
columns = json.loads(options["save_additional_columns"])
arguments_validator({name: one.default for name, one in known.items()} | {"save_additional_columns": columns})
"""
"""What img2dataset says to options, as a process of its own: it looks for news of its parts when it is imported."""


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """A run of a table of addresses."""
    write_parquet(tmp_path / "table" / "laion.parquet", ROWS)
    curate(tmp_path / "table", tmp_path / "run")
    return tmp_path


def warnings(run: Path) -> str:
    return "\n".join(json.loads((run / "run.json").read_text())["warnings"])


def test_a_table_that_nobody_fetched_says_how_many_the_policy_would_allow(listed: Path) -> None:
    assert "no image was fetched yet of 6 samples; the policy would allow 3 of them" in warnings(listed / "run")
    assert "`cleanset wanted RUN --out urls.parquet`" in warnings(listed / "run")


def test_the_list_has_what_is_allowed_and_is_allowed_again(listed: Path) -> None:
    done = cleanset("wanted", listed / "run", "--out", listed / "again" / "urls.parquet")
    assert done.code == 0, done.err
    rows: list[dict[str, Any]] = pq.read_table(listed / "again" / "urls.parquet").to_pylist()
    assert {row["url"] for row in rows} == {f"https://example.org/{n}.jpg" for n in (0, 2, 5)}
    assert {row["license"] for row in rows} == {"CC-BY-4.0", "CC0", "CC BY 4.0"}
    curate(listed / "again", listed / "second")
    first, second = (pq.read_table(listed / name / "manifest").to_pylist() for name in ("run", "second"))
    allowed = {row["sample_id"] for row in first if row["permission"] == "allowed"}
    assert {row["sample_id"] for row in second} == allowed
    assert {row["permission"] for row in second} == {"allowed"}


def test_the_command_that_fetches_is_one_that_img2dataset_takes(listed: Path) -> None:
    done = cleanset("wanted", listed / "run", "--out", listed / "urls.parquet")
    words = shlex.split(done.out.splitlines()[1])
    options = dict(zip((word.removeprefix("--") for word in words[1::2]), words[2::2], strict=True))
    assert set(json.loads(options["save_additional_columns"])) == {"author", "license"}
    asked = [sys.executable, "-c", ACCEPTED, json.dumps(options)]
    subprocess.run(asked, check=True, env=os.environ | {"NO_ALBUMENTATIONS_UPDATE": "1"})


def test_nothing_to_fetch_is_told_and_nothing_is_written(listed: Path) -> None:
    assert cleanset("decide", listed / "run", "--policy", "public-domain-only").code == 0
    assert cleanset("wanted", listed / "run", "--out", listed / "urls.parquet").code == 0
    write_parquet(listed / "bare" / "laion.parquet", {"url": ROWS["url"], "caption": ROWS["caption"]})
    curate(listed / "bare", listed / "none")
    for arguments, words in (
        (("wanted", listed / "none", "--out", listed / "no.parquet"), "allows no sample that has an address"),
        (("wanted", listed / "run", "--out", listed / "no.csv"), "ends in .parquet"),
    ):
        done = cleanset(*arguments)
        assert (done.code, done.err.count("\n"), words in done.err) == (2, 1, True), done.err
    assert not list(listed.glob("no.*"))
