from __future__ import annotations

import io
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cleanset.config import ExtractConfig
from cleanset.features.extract import extract_shard
from cleanset.pipelines.engine import Engine
from cleanset.pipelines.extract import run_extract
from cleanset.pipelines.progress import FinishedShards, Tally, line, show_progress
from cleanset.rundir import RunDirectory
from cleanset.shards.find import find_shards
from shards.writers import outcome, write_img2dataset


@pytest.mark.parametrize(
    ("tally", "before", "seconds", "expected"),
    [
        (Tally(0, 9, 0), 0, 5.0, "extract: 0 of 9 shards"),
        (Tally(3, 9, 600), 0, 6.0, "extract: 3 of 9 shards, 100 images/s, 12 s left"),
        (Tally(5, 9, 600), 3, 6.0, "extract: 5 of 9 shards, 100 images/s, 12 s left"),
        (Tally(3, 3, 0), 3, 1.0, "extract: 3 of 3 shards"),
        (Tally(1, 1_001, 10_000), 0, 1.0, "extract: 1 of 1001 shards, 10,000 images/s, 17 min left"),
    ],
)
def test_a_line_tells_shards_done_speed_and_time_left(tally: Tally, before: int, seconds: float, expected: str) -> None:
    assert line("extract", tally, before, seconds) == expected


def test_nothing_is_counted_or_printed_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    def never() -> Tally:
        raise NotImplementedError

    with show_progress("extract", never, every=0.01):
        time.sleep(0.05)
    assert capsys.readouterr() == ("", "")


class Terminal(io.StringIO):
    """Standard error that a person looks at."""

    def isatty(self) -> bool:
        return True


def test_extract_tells_its_progress_to_a_terminal_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_img2dataset(tmp_path / "shards", [outcome(i) for i in range(2)])
    found = find_shards([str(tmp_path / "shards")])
    for terminal, shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", terminal)
        run_extract(found, ExtractConfig(), RunDirectory(str(tmp_path / f"run-{shown}")), Engine())
        assert ("extract: 0 of 1 shards" in terminal.getvalue()) == shown
        assert shown or not terminal.getvalue()


def test_finished_shards_are_counted_whoever_writes_them(tmp_path: Path) -> None:
    for number in range(3):
        write_img2dataset(tmp_path / "shards", [outcome(10 * number + i) for i in range(2)], f"{number:05d}")
    shards = list(find_shards([str(tmp_path / "shards")]).shards)
    run = RunDirectory(str(tmp_path / "run"))
    config = ExtractConfig()
    extract_shard(shards[0], config, run)
    extract_shard(shards[1], ExtractConfig(max_pixels=1_000), run)
    tally = FinishedShards(shards, config, run)
    assert tally() == Tally(1, 3, 0)
    extract_shard(shards[1], config, run)
    assert tally() == Tally(2, 3, 2)
    extract_shard(shards[2], config, run)
    assert tally() == tally() == Tally(3, 3, 4)


def test_a_terminal_shows_progress_and_ends_with_a_clean_line(tmp_path: Path) -> None:
    code = (
        "import time; from cleanset.pipelines.progress import *\n"
        "with show_progress('extract', lambda: Tally(1, 2, 3), every=0.01): time.sleep(0.2)\n"
    )
    terminal, other = pty.openpty()
    done = subprocess.run([sys.executable, "-c", code], stderr=other, check=True, cwd=tmp_path, timeout=60)
    os.close(other)
    shown = b""
    while select.select([terminal], [], [], 0.2)[0]:
        try:
            shown += os.read(terminal, 65_536)
        except OSError:  # how a pseudo-terminal says that the other end is closed
            break
    os.close(terminal)
    assert done.returncode == 0
    assert b"extract: 1 of 2 shards" in shown
    assert shown.endswith(b"\r\x1b[K")
