#!/usr/bin/env python3
"""All benchmark results with the machine and the commit, as one piece of Markdown; --write puts it into the README."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import machine
from sections import RESULTS

ORDER = ("floor", "peers", "embedded", "rights", "joins", "workers", "memory", "scale")
BEGIN, END = "<!-- benchmarks: written by make bench -->", "<!-- end of benchmarks -->"


def main() -> int:
    """Print the report, or replace the part of a file between the two markers with it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help=f"replace what stands between {BEGIN} and {END}")
    options = parser.parse_args()
    report = compose()
    if not options.write:
        print(report)
        return 0
    text = options.write.read_text("utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        print(f"report: {options.write} does not have the line {BEGIN} and then {END}, once each", file=sys.stderr)
        return 2
    options.write.write_text(insert(text, report), "utf-8")
    return 0


def compose() -> str:
    """The machine, then every section that was measured."""
    found = [RESULTS / f"{name}.md" for name in ORDER if (RESULTS / f"{name}.md").is_file()]
    return "\n".join([machine.describe() + "\n", *(path.read_text("utf-8") for path in found)])


def insert(text: str, report: str) -> str:
    """The text with the report between its two markers."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{report}\n{END}{after}"


if __name__ == "__main__":
    sys.exit(main())
