"""Prism, a real portable runner: workers in this process, and workers that a pool of its own starts, as Flink does."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cleanset.errors import ConfigError
from cleanset.pipelines.engine import Engine
from invoke import Outcome, curate, products, separate

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def prism() -> Path:
    """The runner that ``make prism`` builds; where it cannot be built, that is an error under CI."""
    prism = REPOSITORY / ".tools" / "prism"
    if not prism.exists():
        if shutil.which("go") is None:
            pytest.skip("Prism is built by Go, and there is no Go here")
        made = subprocess.run(["make", "prism"], cwd=REPOSITORY, capture_output=True, text=True, check=False)  # noqa: S607 - as a person calls it
        if made.returncode:
            reason = f"make prism failed: {made.stderr.strip().splitlines()[-1]}"
            pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return prism


@contextmanager
def worker_pool() -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Beam's worker pool as a process group of its own: its port, and itself."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # the pool starts plain `python`
    pool = subprocess.Popen(
        [sys.executable, "-m", "apache_beam.runners.worker.worker_pool_main", f"--service_port={port}"],
        env={**os.environ, "PATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        for _ in range(600):
            with socket.socket() as client:
                if client.connect_ex(("localhost", port)) == 0:
                    break
            time.sleep(0.1)
        yield port, pool
    finally:
        if pool.poll() is None:
            os.killpg(pool.pid, signal.SIGKILL)
        pool.wait()


def _on_pool(prism: Path, port: int) -> tuple[str, ...]:
    workers = ("--environment_type=EXTERNAL", f"--environment_config=localhost:{port}")
    return ("--runner", "prism", "--", f"--prism_location={prism}", *workers)


def test_workers_in_this_process_write_the_same_bytes(
    prism: Path, corpus_shards: Path, corpus_run: Path, tmp_path: Path
) -> None:
    curate(corpus_shards, tmp_path / "run", "--runner", "prism", "--", f"--prism_location={prism}")
    assert products(tmp_path / "run") == products(corpus_run)


def test_workers_of_a_pool_write_the_same_bytes(
    prism: Path, corpus_shards: Path, corpus_run: Path, tmp_path: Path
) -> None:
    with worker_pool() as (port, _):
        curate(corpus_shards, tmp_path / "run", *_on_pool(prism, port))
    assert products(tmp_path / "run") == products(corpus_run)


@pytest.mark.parametrize(
    "sign", ["features/*.parquet", "pairs/*.parquet", "claims/*.parquet"], ids=["extract", "match", "decide"]
)
def test_a_pool_that_is_killed_is_told_in_one_line_and_the_same_command_goes_on(
    prism: Path, corpus_shards: Path, corpus_run: Path, tmp_path: Path, sign: str
) -> None:
    run = tmp_path / "run"
    with worker_pool() as (port, pool):
        killer = _kill_at_first(pool, run, sign)
        done = separate("curate", corpus_shards, "--out", run, *_on_pool(prism, port))
        killer.wait()
    if done.code:  # else the stage was over before the pool was dead
        _says_that_a_worker_is_gone(done)
    with worker_pool() as (port, _):
        curate(corpus_shards, run, *_on_pool(prism, port))
    assert products(run) == products(corpus_run)


def _kill_at_first(pool: subprocess.Popen[bytes], run: Path, sign: str) -> subprocess.Popen[bytes]:
    """A process that kills the pool and its workers as soon as a file of the stage is there."""
    watch = (
        "import os, pathlib, signal, time\n"
        f"for _ in range(6000):\n"
        f"    if any(pathlib.Path({str(run)!r}).glob({sign!r})):\n"
        f"        break\n"
        f"    time.sleep(0.01)\n"
        f"os.killpg({pool.pid}, signal.SIGKILL)\n"
    )
    return subprocess.Popen([sys.executable, "-c", watch])


def _says_that_a_worker_is_gone(done: Outcome) -> None:
    assert done.code == 1
    last = done.err.strip().splitlines()[-1]
    assert last.startswith("cleanset: a worker was killed or never answered")
    assert "Traceback" not in done.err


def test_without_prism_the_message_says_how_to_have_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="`make prism` builds it"):
        Engine("prism").new_pipeline()
