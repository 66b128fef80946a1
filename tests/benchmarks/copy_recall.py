"""How well copies of other make are found: crops, turns, overlays, screenshots, collages and the like (`wide_copies`).

    python tests/benchmarks/copy_recall.py FOLDER [--originals 40] [--references 1000] [--same CSV] [--leave-out DIR]

Copies are made of some pictures of FOLDER, evenly over its subfolders, and each is compared with every picture by the
one definition, `same_picture`: by hashes alone, by vectors alone at a cosine, and by both. A pair of a copy and another
picture than its original is false, unless the two are known to be one: by the definition itself, by their file names,
or by a line ``a,b`` of CSV. ``--leave-out`` names folders whose pictures are edits of each other: they are no
originals.

Prints a table of detectors in Markdown, with recall and false pairs, and recall by family of copies.
"""

from __future__ import annotations

import argparse
import csv
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

import wide_copies
from cleanset.config import MatchConfig
from cleanset.dedup.places import VECTOR
from cleanset.dedup.same import Index, Signatures, Verdicts, same_picture, signatures
from cleanset.embeddings.model import Embedder
from cleanset.embeddings.models.choice import Choice
from cleanset.embeddings.models.load import load
from cleanset.embeddings.pixels import model_input
from cleanset.images.decode import decode
from cleanset.images.describe import describe_images
from cleanset.images.limits import Limits

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
LEAST_SIDE, MOST_PIXELS = 160, 16_000_000
FILES_AT_ONCE = 64
MOST_OTHERS = 40
HEADER = "| detector | photographs and drawings found | false pairs of {} | rate |\n|---|---|---|---|"


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """References, the first of them originals, and copies of these.

    Attributes:
        hashes: signatures without vectors, of references and then of copies.
        both: the same with vectors.
        references: how many.
        own: int64[copies], the reference that each is made of.
        family: str[copies].
        false: bool[copies, references], whether a match is false.
    """

    hashes: Signatures
    both: Signatures
    references: int
    own: Index
    family: NDArray[np.str_]
    false: NDArray[np.bool_]


def fit(folder: Path) -> list[Path]:
    """Pictures of some size without transparency, of different bytes, in an order that depends on their paths."""
    found: dict[int, Path] = {}
    paths = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    for path in sorted(paths, key=lambda p: zlib.crc32(str(p.relative_to(folder)).encode())):
        try:
            with Image.open(path) as image:
                clear = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
                if min(image.size) >= LEAST_SIDE and image.width * image.height <= MOST_PIXELS and not clear:
                    found.setdefault(zlib.crc32(path.read_bytes()), path)
        except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
            continue  # an empty, broken or huge file
    return list(found.values())


def spread(paths: list[Path], folder: Path, count: int) -> list[Path]:
    """So many of the paths, taken in turn from each subfolder."""
    by_folder: dict[str, list[Path]] = {}
    for path in paths:
        by_folder.setdefault(path.relative_to(folder).parts[0], []).append(path)
    rounds = range(max(map(len, by_folder.values()), default=0))
    return [some[i] for i in rounds for some in by_folder.values() if i < len(some)][:count]


def described(files: Iterator[bytes], embedder: Embedder) -> pa.Table:
    """What match reads of image files, and their vectors."""
    parts = []
    for some in iter(lambda: list(islice(files, FILES_AT_ONCE)), []):
        seen = [model_input(decode(file, Limits()).pixels, embedder.identity.preprocessing) for file in some]
        steps = range(0, len(seen), embedder.max_batch)
        vectors = np.concatenate([embedder(np.stack(seen[i : i + embedder.max_batch])) for i in steps])
        column = pa.array([vector.tobytes() for vector in vectors], pa.binary(2 * vectors.shape[1]))
        parts.append(describe_images(some, Limits()).append_column(VECTOR, column))
    return pa.Table.from_batches(parts)


def known_as_one(paths: list[Path], folder: Path, seen: Signatures, listed: Path | None) -> Index:
    """int64[references]: equal for references that are one picture."""
    group = np.arange(len(paths))
    left, right = np.triu_indices(len(paths), 1)
    near = (seen.vector.astype(np.float32) @ seen.vector.astype(np.float32).T)[left, right] >= MatchConfig().cosine
    left, right = left[near], right[near]
    same = same_picture(seen, left, seen, right, MatchConfig()).same
    same |= np.array([paths[a].stem == paths[b].stem for a, b in zip(left, right, strict=True)], np.bool_)
    pairs = list(zip(left[same].tolist(), right[same].tolist(), strict=True))
    place = {str(path.relative_to(folder)): at for at, path in enumerate(paths)}
    if listed:
        with listed.open(newline="") as stream:
            pairs += [
                (place[r["a"]], place[r["b"]]) for r in csv.DictReader(stream) if {r["a"], r["b"]} <= place.keys()
            ]
    for a, b in pairs:
        group[group == max(group[a], group[b])] = min(group[a], group[b])
    return group


def make(options: argparse.Namespace) -> Bench:
    """Pictures and copies, described."""
    folder, embedder = options.folder, load(Choice())
    paths = fit(folder)
    fresh = [path for path in paths if not any(part in options.leave_out for part in path.parts)]
    chosen = spread(fresh, folder, options.originals)
    references = [*chosen, *(path for path in paths if path not in set(chosen))][: options.references]
    others = [opened(path) for path in references[len(chosen) :: max(1, len(references) // MOST_OTHERS)]]
    own: list[int] = []
    family: list[str] = []
    pasted: list[bool] = []

    def copies() -> Iterator[bytes]:
        for place, path in enumerate(chosen):
            for name, kind, copy in wide_copies.copies_of(opened(path), str(path.relative_to(folder)), others):
                own.append(place)
                family.append(name)
                pasted.append(kind in wide_copies.PASTED)
                yield wide_copies.file_of(copy)

    table = pa.concat_tables(
        [described((path.read_bytes() for path in references), embedder), described(copies(), embedder)]
    )
    both = signatures(table)
    group = known_as_one(references, folder, signatures(table.slice(0, len(references))), options.same)
    false = (group[own][:, None] != group[None]) & ~np.array(pasted)[:, None]
    bare = signatures(table.drop_columns([VECTOR]))
    return Bench(bare, both, len(references), np.array(own), np.array(family), false)


def opened(path: Path) -> Image.Image:
    """The picture, upright, in RGB."""
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def report(bench: Bench) -> None:
    """Print the tables."""
    copies = bench.references + np.arange(len(bench.own))
    x = bench.both.vector[bench.references :].astype(np.float32)
    cosine = x @ bench.both.vector[: bench.references].astype(np.float32).T
    near = cosine >= MatchConfig().cosine
    asked = np.nonzero(bench.false & near)
    own_cosine = cosine[np.arange(len(copies)), bench.own]

    def verdicts(seen: Signatures, limits: MatchConfig) -> tuple[Verdicts, int]:
        found = same_picture(seen, copies, seen, bench.own, limits)
        return found, int(same_picture(seen, copies[asked[0]], seen, asked[1], limits).same.sum())

    rows: dict[str, tuple[NDArray[np.bool_], int]] = {}
    bare = MatchConfig(agreement=1, agreement_slope=0, drawn_agreement=1, cosine_alone=1, cosine=1)
    for name, seen, limits in (
        ("hashes and thumbnails", bench.hashes, bare),
        ("these or PDQ, laid on each other", bench.hashes, MatchConfig()),
        ("these or vectors, laid on each other (default)", bench.both, MatchConfig()),
    ):
        found, false = verdicts(seen, limits)
        rows[name] = found.same, false
    for least in (0.5, 0.6, 0.7, 0.8, 0.9):
        rows[f"cosine of {least} alone"] = own_cosine >= least, int((cosine[bench.false] >= least).sum())
    pairs = int(bench.false.sum())
    print(HEADER.format(f"{pairs:,}"))
    for name, (found_copies, false) in rows.items():
        print(f"| {name} | {found_copies.mean():.3f} | {false} | {false / max(pairs, 1):.1e} |")
    shown = list(rows)[:3]
    print(f"\n| family | {' | '.join(shown)} |\n|---|{'---|' * len(shown)}")
    for family in dict.fromkeys(bench.family):
        print(f"| {family} | {' | '.join(f'{rows[name][0][bench.family == family].mean():.2f}' for name in shown)} |")


def main() -> None:
    """Make copies and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--originals", type=int, default=40)
    parser.add_argument("--references", type=int, default=1000)
    parser.add_argument("--same", type=Path)
    parser.add_argument("--leave-out", nargs="*", default=[])
    report(make(parser.parse_args()))


if __name__ == "__main__":
    main()
