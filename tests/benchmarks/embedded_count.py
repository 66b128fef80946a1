#!/usr/bin/env python3
"""Counts what each reader of embedded metadata finds in a folder of images, and what it costs; prints JSON.

Run by ``embedded_metadata.py`` in the environment that has the peers. A value counts as found when it equals one of
ExifTool's for the same field of the same file, white space apart.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cleanset.rights.embedded.scan import scan_image
from embedded_fields import Values, read_exiftool, read_exiv2, read_ours, read_pillow

PEERS: Mapping[str, Callable[[bytes], Values]] = {"Pillow": read_pillow, "exiv2": read_exiv2}
SUFFIXES = frozenset({".avif", ".gif", ".heic", ".heif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


def main() -> None:
    """Count, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("exiftool", type=Path)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth image only")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    paths = find_images(options.folder)[:: options.every]
    hits = count_hits(read_exiftool(options.exiftool, paths))
    print(json.dumps({"images": len(paths), "hits": hits, "milliseconds": measure(paths)}))


def find_images(folder: Path) -> list[Path]:
    """The image files below ``folder``, ordered by path."""
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())


def count_hits(truth: Mapping[Path, Values]) -> dict[str, dict[str, int]]:
    """Reader -> field -> files in which it sees a value that ExifTool sees; what we lack is told on standard error."""
    readers = {"cleanset": read_ours, **PEERS}
    hits: dict[str, Counter[str]] = {name: Counter() for name in ("ExifTool", *readers)}
    for path, expected in truth.items():
        hits["ExifTool"].update(expected.keys())
        image = path.read_bytes()
        for name, reader in readers.items():
            found = reader(image)
            shared = [field for field, values in expected.items() if values & found.get(field, set())]
            hits[name].update(shared)
            if name == "cleanset":
                for field in sorted(expected.keys() - set(shared)):
                    print(f"{path.name}: {field} {sorted(expected[field])}", file=sys.stderr)
    return {name: dict(counts) for name, counts in hits.items()}


def measure(paths: Sequence[Path]) -> dict[str, float]:
    """Reader -> mean CPU milliseconds per image, bytes in memory."""
    readers: dict[str, Callable[[bytes], object]] = {"cleanset": scan_image, **PEERS}
    spent: Counter[str] = Counter()
    for path in paths:
        image = path.read_bytes()
        for name, reader in readers.items():
            start = time.process_time_ns()
            reader(image)
            spent[name] += time.process_time_ns() - start
    return {name: nanoseconds / max(len(paths), 1) / 1e6 for name, nanoseconds in spent.items()}


if __name__ == "__main__":
    main()
