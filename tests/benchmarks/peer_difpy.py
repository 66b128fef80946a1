"""difPy as its documentation has it: build, then search for duplicates. Prints how many images have a duplicate."""

from __future__ import annotations

import sys

import difPy


def main() -> None:
    """Find the duplicates in the folder given, with one process."""
    built = difPy.build(sys.argv[1], show_progress=False, processes=1, logs=False)
    searched = difPy.search(built, similarity="duplicates", show_progress=False, processes=1, logs=False)
    print(sum(1 + len(matches) for matches in searched.result.values()))


if __name__ == "__main__":
    main()
