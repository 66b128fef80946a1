"""Runs that nothing disturbed: what every other run is compared with."""

from __future__ import annotations

from pathlib import Path

import pytest

from invoke import curate


@pytest.fixture(scope="session")
def corpus_run(corpus_shards: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the small part of the real corpus. Tests compare with it and copy it; none changes it."""
    run = tmp_path_factory.mktemp("undisturbed") / "run"
    curate(corpus_shards, run)
    return run
