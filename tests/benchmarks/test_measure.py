"""What the benchmarks are measured with."""

import sys
from pathlib import Path

import pytest

import report
from measure import CommandFailedError, Cost, measure, medians
from sections import table

BURN = "import time\nwhile time.process_time() < 0.6: pass\nprint(time.process_time())"
ORPHAN = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {BURN!r}])\n"
"""It ends at once; the child holds standard output open until it ends too."""


@pytest.mark.parametrize("program", [BURN, ORPHAN])
def test_the_cpu_time_of_a_process_and_of_children_that_nobody_waits_for_is_counted_once(program: str) -> None:
    cost = measure([sys.executable, "-c", program])
    assert float(cost.output) <= cost.cpu < 2 * float(cost.output)


def test_peak_memory_is_in_mebibytes() -> None:
    cost = measure([sys.executable, "-c", "import time; x = b'x' * (200 << 20); time.sleep(0.5)"])
    assert 200 <= cost.peak <= 300


def test_a_command_that_fails_is_an_error_that_repeats_its_last_line() -> None:
    with pytest.raises(CommandFailedError, match="ended with 3: broken"):
        measure([sys.executable, "-c", "import sys; print('broken', file=sys.stderr); sys.exit(3)"])


def test_medians_are_taken_of_each_quantity() -> None:
    costs = [Cost(1, 9, 5, "a"), Cost(2, 8, 4, "b"), Cost(9, 1, 6, "c")]
    assert medians(costs) == Cost(2, 8, 5, "c")


def test_a_table_is_markdown_with_numbers_on_the_right() -> None:
    assert table(["", "s"], [("a", 1234.5), ("b", 0.1234)]).splitlines() == [
        "|  | s |",
        "| --- | ---: |",
        "| a | 1,234 |",
        "| b | 0.123 |",
    ]


def test_the_report_replaces_only_what_stands_between_its_markers(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    once = report.insert(readme.read_text(), "new\n")
    assert once == f"before\n{report.BEGIN}\n\nnew\n\n{report.END}\nafter\n"
    assert report.insert(once, "new\n") == once
