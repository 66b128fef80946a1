"""How well copies of pictures are found, and how seldom other pictures are taken for copies, on a folder of images.

    python tests/benchmarks/copy_detection.py FOLDER [--kinds tuned|unseen|drawn] [--labels PAIRS.csv] [--every 15]

FOLDER is walked, or holds ``images.csv`` with the columns path, sha256, width and height. Copies are made of every n-th
distinct picture; every pair of the distinct pictures is a chance for a false match. PAIRS.csv lists pairs with the
columns a, b, tier and expected (merge, keep, either); pairs that it does not call ``keep`` are no false matches.
Without it pictures of one file name (one icon in two sizes, one screenshot in two languages) and pictures whose
thumbnails are all but equal are none. Pictures that are each other's turn or mirror image, frames of an animation and
the like are counted as false, so the rate is an upper bound.

Prints tables in Markdown. The rules stand at different rates of false matches, so compare both numbers; a second table
has the recall of each at one rate, by the false pairs as counted, which no rule is excused from. The defaults
of `MatchConfig` were chosen on the development corpus with the copies ``tuned``: on them, the table flatters them.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

import picture_copies
from cleanset.config import MatchConfig
from cleanset.dedup.same import Index, Signatures, same_picture, signatures
from cleanset.images.describe import describe_images
from cleanset.images.limits import Limits
from cleanset.schemas import FORMS, Status

MOST_PICTURES, LEAST_SIDE, LARGEST_SIDE = 4_000, 96, 900
WIDEST_PDQ, WIDEST_PHASH = 50, 8
FILES_AT_ONCE = 64
EQUAL = 1.0
"""Mean difference of thumbnails, of 255, up to which two pictures are a copy that nobody labeled."""
JUDGED = Path(__file__).with_name("judged_pairs.csv")
"""Pairs that cleanset took for one picture, looked at side by side."""
SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
Rule = Callable[[Signatures, Index, Signatures, Index], NDArray[np.bool_]]


def _phash(a: Signatures, i: Index, b: Signatures, j: Index) -> NDArray[np.uint8]:
    """Bits between the upright pictures."""
    return np.bitwise_count(a.phash[i, 0] ^ b.phash[j, 0])


def _pdq(a: Signatures, i: Index, b: Signatures, j: Index) -> NDArray[np.uint16]:
    """Bits between the pictures in the best of eight orientations."""
    x, y = a.forms[a.view[i, 0]], b.forms[b.view[j, 0], 0]
    bits = [np.bitwise_count(x[:, form] ^ y).sum(axis=1, dtype=np.uint16) for form in range(FORMS)]
    return np.asarray(np.min(bits, axis=0), np.uint16)


RULES: dict[str, Rule] = {
    "pHash <= 4": lambda a, i, b, j: _phash(a, i, b, j) <= 4,
    "PDQ <= 31, eight orientations": lambda a, i, b, j: _pdq(a, i, b, j) <= 31,
    "PDQ <= 50, eight orientations": lambda a, i, b, j: _pdq(a, i, b, j) <= 50,
    "cleanset": lambda a, i, b, j: same_picture(a, i, b, j, MatchConfig()).same,
}

RATES = (1e-5, 1e-6)
SHARES = (1.0, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03, 0.02)
"""Of what the thumbnails may differ by, from the default to next to nothing."""


def _stricter(share: float) -> MatchConfig:
    """The defaults with that share of the difference allowed to thumbnails."""
    usual = MatchConfig().model_dump()
    deviations = {name: share * value for name, value in usual.items() if name.endswith("deviation")}
    correlations = {name: 1 - share * (1 - value) for name, value in usual.items() if name.endswith("correlation")}
    return MatchConfig(**{**usual, **deviations, **correlations})


LEVELS: dict[str, list[Rule]] = {
    "pHash": [lambda a, i, b, j, n=n: _phash(a, i, b, j) <= n for n in range(WIDEST_PHASH, -1, -1)],
    "PDQ, eight orientations": [lambda a, i, b, j, n=n: _pdq(a, i, b, j) <= n for n in range(WIDEST_PDQ, -1, -2)],
    "cleanset": [lambda a, i, b, j, t=limits: same_picture(a, i, b, j, t).same for limits in map(_stricter, SHARES)],
}
"""Rules from the most lenient on."""


def _at_rate(levels: list[Rule], most: float, false: Callable[[Rule], int], recall: Callable[[Rule], float]) -> str:
    """Recall of the most lenient level with at most so many false pairs."""
    return next((f"{recall(rule):.3f}" for rule in levels if false(rule) <= most), "-")


def _judged(pairs: Index, paths: list[str]) -> str:
    """How many of the pairs people have looked at and called same, turned and different."""
    with JUDGED.open(newline="") as stream:
        verdicts = {frozenset((row["a"], row["b"])): row["verdict"] for row in csv.DictReader(stream)}
    seen = [verdicts.get(frozenset((paths[a], paths[b])), "unseen") for a, b in pairs]
    return ", ".join(f"{seen.count(verdict)} {verdict}" for verdict in ("same", "turned", "different", "unseen"))


def _described(files: Iterable[bytes]) -> tuple[Signatures, NDArray[np.bool_]]:
    """Signatures of image files, in their order, and which of them are pictures with some content."""
    stream = iter(files)
    parts = [describe_images(some, Limits()) for some in iter(lambda: list(islice(stream, FILES_AT_ONCE)), [])]
    table = pa.Table.from_batches(parts)
    seen = signatures(table)
    return seen, np.array([s == Status.OK for s in table["status"].to_pylist()]) & seen.usable


def _near(seen: Signatures) -> Index:
    """int64[m, 2]: pairs of rows with a near hash in any two views, by comparing all."""
    owner = np.full(len(seen.forms), -1)
    row, _ = np.nonzero(seen.view >= 0)
    owner[seen.view[seen.view >= 0]] = row
    views = np.flatnonzero(owner >= 0)
    upright, found = seen.forms[views, 0], [np.zeros((0, 2), np.int64)]
    for place, view in enumerate(views):
        near = np.zeros(len(views), np.bool_)
        for form in range(FORMS):
            near |= np.bitwise_count(upright ^ seen.forms[view, form]).sum(axis=1, dtype=np.uint16) <= WIDEST_PDQ
        near[: place + 1] = False
        found.append(np.stack([np.full(near.sum(), owner[view]), owner[views[near]]], axis=1))
    for place in range(len(seen)):
        alike = np.bitwise_count(seen.phash[:, 0] ^ seen.phash[place, 0]) <= WIDEST_PHASH
        alike[: place + 1] = False
        found.append(np.stack([np.full(alike.sum(), place), np.flatnonzero(alike)], axis=1))
    pairs = np.unique(np.sort(np.concatenate(found), axis=1), axis=0)
    usable = seen.usable
    return np.asarray(pairs[(pairs[:, 0] != pairs[:, 1]) & usable[pairs[:, 0]] & usable[pairs[:, 1]]], np.int64)


def _listed(folder: Path) -> Iterator[tuple[str, str, int, int]]:
    """Path, digest, width and height of each image."""
    if (folder / "images.csv").exists():
        with (folder / "images.csv").open(newline="") as stream:
            for row in csv.DictReader(stream):
                if row["width"]:
                    yield row["path"], row["sha256"], int(row["width"]), int(row["height"])
        return
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() in SUFFIXES):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        try:
            with Image.open(path) as image:
                yield str(path.relative_to(folder)), digest, *image.size
        except UnidentifiedImageError:
            continue  # an empty or broken file


def _distinct(folder: Path) -> list[str]:
    """Paths of about ``MOST_PICTURES`` distinct pictures of some size, evenly over the folder."""
    rows = {digest: (path, size) for path, digest, *size in _listed(folder)}.values()
    fit = [path for path, size in rows if LEAST_SIDE <= min(size) <= LARGEST_SIDE]
    return fit[:: max(1, len(fit) // MOST_PICTURES)]


def _labeled(pairs: Path | None) -> list[dict[str, str]]:
    if pairs is None:
        return []
    with pairs.open(newline="") as stream:
        return list(csv.DictReader(stream))


def _countable(near: Index, paths: list[str], labels: list[dict[str, str]], seen: Signatures) -> NDArray[np.bool_]:
    """Whether a match of each pair would be false."""
    same = {frozenset((r["a"], r["b"])) for r in labels if r["expected"] != "keep"}
    stem = [Path(path).stem.lower() for path in paths]
    named = [labels == [] and stem[a] == stem[b] for a, b in near]
    x, y = (seen.thumbnail[seen.view[side, 0]].astype(np.int16) for side in near.T)
    equal = np.abs(x - y).mean(axis=(1, 2)) <= EQUAL
    known = [frozenset((paths[a], paths[b])) in same for a, b in near]
    return ~(np.array(known, np.bool_) | np.array(named, np.bool_) | (equal & (not labels)))


def main() -> None:
    """Print recall by family, and false matches, for each rule."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kinds", choices=("tuned", "unseen", "drawn"), default="tuned")
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--every", type=int, default=15)
    options = parser.parse_args()
    labels, paths = _labeled(options.labels), _distinct(options.folder)
    files = [(options.folder / path).read_bytes() for path in paths]
    originals, fine = _described(files)
    near = _near(originals)
    near = near[_countable(near, paths, labels, originals)]
    families = getattr(picture_copies, options.kinds)()
    sources = np.flatnonzero(fine)[:: options.every]
    place: list[int] = []
    family: list[str] = []

    def copies() -> Iterator[bytes]:
        for source in sources:
            for name, copy in picture_copies.copies_of(files[source], families):
                place.append(int(source))
                family.append(name)
                yield copy

    made, pictures = _described(copies())
    gold = [r for r in labels if r["tier"] == "gold" and r["expected"] != "either" and r["a_sha256"] != r["b_sha256"]]
    sides = [_described([(options.folder / r[side]).read_bytes() for r in gold])[0] for side in "ab"] if gold else []
    merge = np.array([r["expected"] == "merge" for r in gold], np.bool_)
    pairs = int(fine.sum()) * (int(fine.sum()) - 1) // 2
    print(f"{fine.sum()} pictures, {pairs} pairs, {len(made)} copies, {len(gold)} labeled pairs\n")
    print(
        "| rule | false pairs | rate | recall | labeled merge found | labeled keep merged |\n|---|---|---|---|---|---|"
    )
    by_family: dict[str, list[str]] = {name: [] for name in dict.fromkeys(family)}
    every, names = np.arange(len(made)), np.array(family)
    for name, rule in RULES.items():
        false = int(rule(originals, near[:, 0], originals, near[:, 1]).sum())
        found = rule(made, every, originals, np.array(place)) & pictures
        same = rule(sides[0], np.arange(len(gold)), sides[1], np.arange(len(gold))) if gold else merge
        labeled = [f"{same[w].mean():.3f}" if gold else "-" for w in (merge, ~merge)]
        print(f"| {name} | {false} | {false / pairs:.1e} | {found.mean():.3f} | {' | '.join(labeled)} |")
        for kind, cells in by_family.items():
            cells.append(f"{found[names == kind].mean():.2f}")
    matched = near[RULES["cleanset"](originals, near[:, 0], originals, near[:, 1])]
    print(f"\nFalse pairs of cleanset: {_judged(matched, paths)}")
    print("\n| rule | recall at 1e-5 | at 1e-6 |\n|---|---|---|")
    for name, levels in LEVELS.items():
        at = [
            _at_rate(
                levels,
                rate * pairs,
                lambda rule: int(rule(originals, near[:, 0], originals, near[:, 1]).sum()),
                lambda rule: float((rule(made, every, originals, np.array(place)) & pictures).mean()),
            )
            for rate in RATES
        ]
        print(f"| {name} | {' | '.join(at)} |")
    print(f"\n| family | {' | '.join(RULES)} |\n|---|{'---|' * len(RULES)}")
    for kind, cells in by_family.items():
        print(f"| {kind} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
