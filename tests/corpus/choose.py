#!/usr/bin/env python3
"""Chooses the small fixed part of the corpus, for the tests, and prints it as ``small.csv``.

    python tests/corpus/choose.py corpus > tests/corpus/small.csv

The rule: of a few packages that are quick to download, the first images of every awkward kind, of the families in which
one picture comes in several versions, and of those that are ordinary.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from PIL import ExifTags, Image

from pack import read_images

PACKAGES = (
    "debian-edu-artwork-buster",
    "debian-edu-artwork-homeworld",
    "desktop-base",
    "fotoxx-common",
    "golang-1.19-src",
    "golang-github-disintegration-imaging-dev",
    "golang-github-rwcarlsen-goexif-dev",
    "golang-golang-x-image-dev",
    "labelme-examples",
    "lomiri-wallpapers",
    "lxde-common",
    "mypaint-data-extras",
    "propaganda-debian",
    "pypi-scikit-learn",
    "python3-sklearn",
    "xfdesktop4-data",
)
"""Together 70 MB to download."""
FAMILIES = {
    "codings of one picture": r"/video-001\.",
    "orientations of one picture": r"/orientation_\d|/f\d-exif",
    "sizes of one picture": r"/debian-logos/logo(-text)?-\d+\.png|/grub/grub-(4x3|16x9)\.png",
    "colors of one picture": r"/lxde/wallpapers/",
    "light and dark twins": r"/hicolor/\d+x\d+/emblems/emblem-debian(-white)?\.png",
    "filters of one picture": r"/imaging/testdata/out_",
    "copies with another license": r"datasets/images/(china|flower)\.jpg",
}
PER_FAMILY = 8
PER_KIND = 3
PER_ORDINARY = 2
"""How many images of a family, of an awkward kind, and of no such kind are taken of one package."""
TINY_SIDE = 16
HUGE_AREA = 9_000_000
PNG_BIT_DEPTH = slice(24, 25)
EXTENSIONS = {"JPG": "JPEG", "TIF": "TIFF"}


def main() -> int:
    """Print the choice from the corpus at the path given."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    corpus = Path(sys.argv[1])
    rows = [row for row in read_images(corpus / "images.csv") if row["package"] in PACKAGES]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["package", "installed_path", "sha256", "why"])
    for row, why in choose(rows, corpus):
        writer.writerow([row["package"], row["installed_path"], row["sha256"], why])
    return 0


def choose(rows: Sequence[Mapping[str, str]], corpus: Path) -> Iterator[tuple[Mapping[str, str], str]]:
    """The rows of the small part, each with every reason for which it was taken, in the order of package and path."""
    taken: Counter[tuple[str, str]] = Counter()
    for row in sorted(rows, key=lambda r: (r["package"], r["installed_path"])):
        families = {name: PER_FAMILY for name, p in FAMILIES.items() if re.search(p, "/" + row["installed_path"])}
        content, extension = (corpus / row["path"]).read_bytes(), Path(row["installed_path"]).suffix[1:]
        kinds = dict.fromkeys(awkward(content, extension), PER_KIND)
        reasons = families | kinds or {"ordinary": PER_ORDINARY}
        wanted = [reason for reason, limit in reasons.items() if taken[row["package"], reason] < limit]
        taken.update((row["package"], reason) for reason in wanted)
        if wanted:
            yield row, " | ".join(wanted)


def awkward(content: bytes, extension: str) -> Iterator[str]:
    """The kinds of awkwardness that an image has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the corpus has damaged metadata on purpose
        try:
            with Image.open(io.BytesIO(content)) as image:
                yield from _of_header(image, content, extension)
                image.load()
        except (OSError, SyntaxError, ValueError):
            yield "damaged"


def _of_header(image: Image.Image, content: bytes, extension: str) -> Iterator[str]:
    """The kinds that show before decoding."""
    form = EXTENSIONS.get(extension.upper(), extension.upper())
    deep = image.mode.startswith(("I", "F")) or (image.format == "PNG" and content[PNG_BIT_DEPTH] == b"\x10")
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1) if image.format == "JPEG" else 1
    kinds = {
        f"{image.format} named .{extension}": image.format != form,
        f"mode {image.mode}": image.mode not in {"L", "RGB", "RGBA"},
        "more than 8 bits": deep,
        "transparent color": "transparency" in image.info,
        "animated": getattr(image, "n_frames", 1) > 1,
        f"format {image.format}": image.format not in {"JPEG", "PNG"},
        "interlaced or progressive": bool(image.info.get("interlace") or image.info.get("progressive")),
        "tiny": min(image.size) <= TINY_SIDE,
        "huge": image.width * image.height >= HUGE_AREA,
        "rotated by EXIF": orientation != 1,
        "embedded metadata": not {"exif", "xmp", "photoshop"}.isdisjoint(image.info),
    }
    return (kind for kind, present in kinds.items() if present)


if __name__ == "__main__":
    sys.exit(main())
