"""Each fuzzing harness over a fixed number of inputs: a crash, a leak, a hang or a value over its cap fails.

libFuzzer writes what it found to ``crash-…`` or ``timeout-…`` in the test's folder, and the assertion shows its path.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

HARNESSES = sorted(Path(__file__).parent.glob("*_atheris.py"))
INPUTS = 20_000
"""For each harness."""
HANG = 100
"""Seconds after which an input of 4 KB is taken for one that never ends, on however busy a machine."""


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="atheris is not here: it has wheels for Linux on x86-64 alone; the hypothesis tests cover the same readers",
)
@pytest.mark.parametrize("harness", HARNESSES, ids=lambda path: path.stem)
def test_no_input_breaks_a_reader(harness: Path, tmp_path: Path) -> None:
    bounds = [f"-runs={INPUTS}", "-seed=1", "-max_len=4096", f"-timeout={HANG}", "-rss_limit_mb=2048"]
    command = [sys.executable, str(harness), *bounds]
    fuzzed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert fuzzed.returncode == 0, fuzzed.stderr[-3000:]
    assert "Done " in fuzzed.stderr
    assert not [*tmp_path.glob("crash-*"), *tmp_path.glob("timeout-*"), *tmp_path.glob("oom-*")]
