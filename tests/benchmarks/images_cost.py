"""CPU cost of describing images beside a bare loop that decodes them with Pillow.

``python tests/benchmarks/images_cost.py DIR [COUNT]`` takes a fixed random sample of the images below DIR (of at most
4 Mpx, of which Pillow can read the header) and prints milliseconds of CPU per image, the best of three rounds, for both
loops and for each stage of ours. Everything runs in one thread. Pillow's speed on PNG hangs on the zlib it is linked
with, so that is printed too.
"""

# ruff: noqa: E402 - numpy reads the number of threads when it is imported

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"  # before numpy is imported

import io
import subprocess
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import PIL._imaging
from blake3 import blake3
from PIL import Image, features

from cleanset.images import pdq, phash, thumbnail
from cleanset.images.decode import decode
from cleanset.images.describe import describe_images
from cleanset.images.digest import pixel_id
from cleanset.images.limits import Limits, NoPictureError
from cleanset.images.luma import luma_of

ROUNDS = 3
BATCH = 256
MOST_PIXELS = 4_000_000
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp"})


def take_sample(folder: Path, count: int) -> list[tuple[str, bytes]]:
    """Format and bytes of ``count`` images below ``folder``, the same ones each time."""
    paths = [p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file() and not p.is_symlink()]
    paths.sort(key=lambda path: blake3(bytes(path.relative_to(folder))).digest())
    taken: list[tuple[str, bytes]] = []
    for path in paths:
        data = path.read_bytes()
        try:
            with Image.open(io.BytesIO(data)) as image:
                if image.width * image.height <= MOST_PIXELS:
                    taken.append((image.format or "", data))
        except (OSError, Image.DecompressionBombError):
            continue
        if len(taken) == count:
            break
    return taken


def decode_with_pillow(data: bytes) -> None:
    """The floor: what a bare loop does."""
    image = Image.open(io.BytesIO(data))
    image.draft("RGB", (512, 512))
    try:
        image.convert("RGB")
    except (OSError, SyntaxError):
        return


def floor(images: list[bytes]) -> None:
    for data in images:
        decode_with_pillow(data)


def ours(images: list[bytes]) -> None:
    for start in range(0, len(images), BATCH):
        describe_images(images[start : start + BATCH], Limits())


def best_of(work: Callable[[list[bytes]], None], images: list[bytes]) -> float:
    """CPU milliseconds per image, the least of the rounds."""
    costs = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        work(images)
        costs.append(time.process_time() - begin)
    return min(costs) * 1e3 / max(len(images), 1)


def stages(images: list[bytes]) -> dict[str, float]:
    """CPU milliseconds per image of each stage."""
    spent: dict[str, float] = defaultdict(float)

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        begin = time.process_time()
        yield
        spent[name] += (time.process_time() - begin) * 1e3 / len(images)

    greys, smalls = [], []
    for data in images:
        try:
            with stage("decode"):
                picture = decode(data, Limits())
        except NoPictureError:
            continue
        with stage("digest"):
            pixel_id(picture)
        with stage("luma"):
            luma = luma_of(picture.pixels)
        with stage("phash"):
            greys.append(phash.shrink(luma.whole))
        with stage("pdq"):
            smalls.append(pdq.shrink(luma.exact))
        with stage("thumbnail"):
            thumbnail.shrink(picture.pixels)
    for start in range(0, len(greys), BATCH):
        with stage("phash transform"):
            phash.hash_pictures(np.array(greys[start : start + BATCH]))
        with stage("pdq transform"):
            pdq.hash_pictures(np.array(smalls[start : start + BATCH]))
    return dict(spent)


def zlib_in_use() -> str:
    """Which zlib Pillow inflates with, by its own word and by the dynamic linker's."""
    linked = subprocess.run(["ldd", PIL._imaging.__file__], capture_output=True, text=True, check=False).stdout  # noqa: S607, SLF001 - the linker's own tool on Pillow's own file
    lines = [line.strip() for line in linked.splitlines() if "libz" in line]
    return (
        f"Pillow {features.version('pil')}, zlib {features.version('zlib')}, {'; '.join(lines) or 'libz is linked in'}"
    )


def main() -> None:
    warnings.simplefilter("ignore")
    taken = take_sample(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000)
    print(zlib_in_use())
    print(f"{'format':8}{'images':>8}{'Pillow':>9}{'ours':>9}{'ratio':>8}   CPU ms per image")
    formats = ["all", *sorted({name for name, _ in taken})]
    for name in formats:
        images = [data for kind, data in taken if name in ("all", kind)]
        theirs, mine = best_of(floor, images), best_of(ours, images)
        print(f"{name:8}{len(images):8}{theirs:9.3f}{mine:9.3f}{mine / theirs:8.2f}")
    for name in ("all", "JPEG", "PNG"):
        spent = stages([data for kind, data in taken if name in ("all", kind)])
        print(f"{name:5}" + "  ".join(f"{stage} {cost:.3f}" for stage, cost in spent.items()))


if __name__ == "__main__":
    main()
