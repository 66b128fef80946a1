"""Workers that extract, where the system sets limits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from runs import write_shards


def test_workers_start_where_the_folder_for_temporary_files_has_a_long_name(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    shards = write_shards(tmp_path / "shards")
    command = [sys.executable, "-m", "cleanset", "extract", shards, "--out", tmp_path / "run", "--workers", "2"]
    done = subprocess.run(
        [*command, "--embedder", "none"], env={**os.environ, "TMPDIR": str(folder)}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
