"""Embedded metadata: recall of every field against ExifTool, and CPU time per image, beside Pillow and exiv2.

    python tests/benchmarks/embedded_metadata.py DIR --exiftool PATH [--limit N]

Needs ``requirements-embedded.txt`` in an environment of its own, and ExifTool 13 (npm: exiftool-vendored.pl). A value
counts as found when it equals one of ExifTool's for the same field of the same file, white space apart.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from embedded_fields import FIELDS, Values, read_exiftool, read_exiv2, read_ours, read_pillow

from cleanset.rights.embedded.scan import scan_image

READERS: dict[str, Callable[[bytes], Values]] = {"ours": read_ours, "pillow": read_pillow, "exiv2": read_exiv2}
SUFFIXES = frozenset({".avif", ".gif", ".heic", ".heif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
BAR_MS = 0.1
"""CPU milliseconds per image that the scanner may take, bytes in memory."""


def main() -> None:
    """Prints both tables for the directory on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--exiftool", type=Path)
    parser.add_argument("--limit", type=int, default=0, help="about how many files, spread over the directory; 0: all")
    parser.add_argument("--misses", action="store_true", help="print each value of ExifTool's that we lack")
    options = parser.parse_args()
    paths = find_images(options.directory, options.limit)
    readers = {name: r for name, r in READERS.items() if name != "exiv2" or importlib.util.find_spec("pyexiv2")}
    if options.exiftool:
        print_recall(readers, paths, options.exiftool, misses=options.misses)
    print_speed(readers, paths)


def find_images(directory: Path, limit: int) -> list[Path]:
    """The image files below ``directory``, by name, ordered by path; evenly thinned to about ``limit``."""
    paths = sorted(p for p in directory.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    return paths[:: max(len(paths) // limit, 1)] if limit else paths


def print_recall(
    readers: dict[str, Callable[[bytes], Values]], paths: list[Path], oracle: Path, *, misses: bool
) -> None:
    """For each field: files where ExifTool sees evidence, and in how many of them each reader sees the same value."""
    truth = read_exiftool(oracle, paths)
    hits: dict[str, Counter[str]] = {name: Counter() for name in ("exiftool", *readers)}
    for path, expected in truth.items():
        hits["exiftool"].update(expected.keys())
        image = path.read_bytes()
        for name, reader in readers.items():
            found = reader(image)
            hits[name].update(f for f, values in expected.items() if values & found.get(f, set()))
            if misses and name == "ours":
                print_misses(path, expected, found)
    print(f"\n{'field':36}" + "".join(f"{name:>10}" for name in hits))
    for field in FIELDS:
        if hits["exiftool"][field.name]:
            print(f"{field.name:36}" + "".join(f"{counts[field.name]:10}" for counts in hits.values()))


def print_misses(path: Path, expected: Values, found: Values) -> None:
    """The fields of one file in which no value of ``found`` is ExifTool's."""
    for field, values in expected.items():
        if not values & found.get(field, set()):
            print(f"miss {path.name}: {field} {sorted(values)}, not {sorted(found.get(field, set()))}")


def print_speed(readers: dict[str, Callable[[bytes], Values]], paths: list[Path]) -> None:
    """Mean CPU milliseconds per image of each reader, bytes in memory."""
    spent: Counter[str] = Counter()
    for path in paths:
        image = path.read_bytes()
        spent["scan_image"] += cpu_seconds(lambda image=image: scan_image(image))
        for name, reader in readers.items():
            if name != "ours":
                spent[name] += cpu_seconds(lambda image=image, reader=reader: reader(image))
    for name, seconds in spent.items():
        verdict = f" (bar {BAR_MS})" if name == "scan_image" else ""
        print(f"{name:12}{seconds / len(paths) * 1e3:10.3f} ms CPU per image{verdict}")


def cpu_seconds(call: Callable[[], object]) -> float:
    """CPU time of one call in this process."""
    start = time.process_time()
    call()
    return time.process_time() - start


if __name__ == "__main__":
    main()
