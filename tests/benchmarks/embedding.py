"""What embedding costs beside the model itself: ``embedding.py [--device cuda] [--embedder NAME] [--pictures N]``.

CPU: the CPU time of a picture's input, vector and row, over that of the bare forward pass. GPU: pictures a second from
decoded pictures to vectors, over those of the forward pass alone on a batch that lies in the GPU's memory already.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from cleanset.embeddings.extract import ShardVectors
from cleanset.embeddings.model import Embedder
from cleanset.embeddings.models.choice import CPU, CUDA, OWN, Choice
from cleanset.embeddings.models.load import load
from cleanset.embeddings.pixels import model_input
from cleanset.images.decode import Picture, decode
from cleanset.images.limits import Limits, NoPictureError
from cleanset.resources import keep_freed_memory, settled
from cleanset.rundir import TableWriter
from cleanset.schemas import embeddings_table

BATCH = 256


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds for a picture: of the forward pass alone, and of everything behind decoding."""

    bare: float
    whole: float

    @property
    def ratio(self) -> float:
        """The whole over the bare pass."""
        return self.whole / self.bare


def measure(embedder: Embedder, pictures: Sequence[Picture], clock: Callable[[], float]) -> Cost:
    """The cost over all pictures, in turns of ``BATCH`` so that both meet the same machine."""
    bare = whole = 0.0
    table = embeddings_table(embedder.identity.dim)
    with TableWriter(io.BytesIO(), table) as writer:
        for start in range(0, len(pictures), BATCH):
            some = pictures[start : start + BATCH]
            inputs = [model_input(p.pixels, embedder.identity.preprocessing) for p in some]
            began = clock()
            for at in range(0, len(inputs), embedder.max_batch):
                embedder(np.stack(inputs[at : at + embedder.max_batch]))
            bare += clock() - began
            ids = [(start + at).to_bytes(16) for at in range(len(some))]
            rows = pa.table({"sample_id": pa.array(ids, pa.binary(16)), "key": [i.hex() for i in ids], "pixel_id": ids})
            began = clock()
            vectors = ShardVectors(writer, embedder)
            for picture, id_ in zip(some, ids, strict=True):
                vectors.see(picture, id_)
            vectors.end_batch(rows)
            whole += clock() - began
    return Cost(bare / len(pictures), whole / len(pictures))


def read_pictures(folder: Path, most: int) -> list[Picture]:
    """The first pictures below the folder, by path."""
    found: list[Picture] = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if len(found) == most:
            break
        try:
            found.append(decode(path.read_bytes(), Limits()))
        except NoPictureError:
            continue
    return found


def main() -> int:
    """Print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=[CPU, CUDA], default=CPU)
    parser.add_argument("--embedder", default=OWN)
    parser.add_argument("--pictures", type=int, default=512)
    parser.add_argument("--folder", type=Path, default=Path("corpus/images"))
    options = parser.parse_args()
    keep_freed_memory()
    embedder = load(Choice(options.embedder, options.device))
    pictures = read_pictures(options.folder, options.pictures)
    with settled():
        measure(embedder, pictures[:16], time.perf_counter)  # what is loaded at first use
        cost = measure(embedder, pictures, time.process_time if options.device == CPU else time.perf_counter)
    each = f"{cost.bare * 1e3:.2f} ms bare, {cost.whole * 1e3:.2f} ms whole"
    print(f"{options.embedder} on {options.device}, {len(pictures)} pictures: {each}, ratio {cost.ratio:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
