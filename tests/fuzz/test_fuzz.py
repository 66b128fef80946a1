"""Each fuzzing harness for some seconds: a crash, a leak, a slow input or a value over its cap fails.

libFuzzer writes what it found to ``crash-…`` or ``timeout-…`` in the test's folder, and the assertion shows its path.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

HARNESSES = sorted(Path(__file__).parent.glob("*_atheris.py"))
SECONDS = 8
"""For each harness; a single input may take two."""


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="atheris is not here: it has wheels for Linux on x86-64 alone; the hypothesis tests cover the same readers",
)
@pytest.mark.parametrize("harness", HARNESSES, ids=lambda path: path.stem)
def test_no_input_breaks_a_reader(harness: Path, tmp_path: Path) -> None:
    bounds = [f"-max_total_time={SECONDS}", "-seed=1", "-max_len=4096", "-timeout=2", "-rss_limit_mb=2048"]
    command = [sys.executable, str(harness), *bounds]
    fuzzed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert fuzzed.returncode == 0, fuzzed.stderr[-3000:]
    assert "Done " in fuzzed.stderr
    assert not [*tmp_path.glob("crash-*"), *tmp_path.glob("timeout-*"), *tmp_path.glob("oom-*")]
