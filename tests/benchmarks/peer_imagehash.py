"""A plain script on imagehash: images with equal pHash are a group. Prints how many images have a duplicate."""

from __future__ import annotations

import sys
import warnings
from collections import defaultdict
from pathlib import Path

import imagehash
from PIL import Image


def main() -> None:
    """Group the images of the folder given."""
    warnings.simplefilter("ignore")
    groups = defaultdict(list)
    for path in sorted(Path(sys.argv[1]).iterdir()):
        try:
            with Image.open(path) as image:
                groups[str(imagehash.phash(image))].append(path.name)
        except (OSError, SyntaxError, ValueError):
            continue
    print(sum(len(group) for group in groups.values() if len(group) > 1))


if __name__ == "__main__":
    main()
