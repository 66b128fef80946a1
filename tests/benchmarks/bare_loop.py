"""The floor: reads every tar of a folder and decodes each image with Pillow, draft at 512, to RGB. Nothing more.

    python tests/benchmarks/bare_loop.py SHARDS MAX_PIXELS

Pictures of more than MAX_PIXELS are not decoded, because cleanset does not decode them either.
"""

from __future__ import annotations

import io
import sys
import tarfile
import warnings
from pathlib import Path

from PIL import Image

NOT_IMAGES = {".json", ".txt"}
DRAFT = (512, 512)


def main() -> None:
    """Print how many images were decoded."""
    shards, max_pixels = Path(sys.argv[1]), int(sys.argv[2])
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # MAX_PIXELS is the limit
    decoded = 0
    for path in sorted(shards.glob("*.tar")):
        with tarfile.open(path) as tar:
            for entry in tar:
                member = tar.extractfile(entry)
                if member and Path(entry.name).suffix not in NOT_IMAGES:
                    decoded += decode(member.read(), max_pixels)
    print(decoded)


def decode(content: bytes, max_pixels: int) -> bool:
    """Whether the image could be decoded and is not too large."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > max_pixels:
                return False
            image.draft("RGB", DRAFT)
            image.convert("RGB")
    except (OSError, SyntaxError, ValueError):
        return False
    return True


if __name__ == "__main__":
    main()
