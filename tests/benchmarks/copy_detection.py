"""How well copies of pictures are found, and how seldom other pictures are taken for copies, on a folder of images.

    python tests/benchmarks/copy_detection.py CORPUS [PAIRS.csv]

CORPUS holds ``images.csv`` with a column ``path``. Of every fifteenth distinct picture of some size 40 copies are
made; every pair of the distinct pictures is a chance for a false match. PAIRS.csv lists pairs with the columns a, b,
tier and expected (merge, keep, either); pairs that it does not call ``keep`` are no false matches. Pictures that are
each other's turn or mirror image are counted as false although they are none, so the rate is an upper bound.

Prints a table in Markdown. The rules stand at different rates of false matches, so compare both numbers. The defaults
of `MatchThresholds` were chosen on the development corpus: on it, the table flatters them.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from cleanset.dedup.same import Index, MatchThresholds, Signatures, same_picture, signatures
from cleanset.images.describe import describe_images
from cleanset.images.limits import Limits

Copy = Callable[[Image.Image], Image.Image]

MOST_PICTURES, EVERY, LEAST_SIDE, LARGEST_SIDE = 4_000, 15, 96, 900
NEVER = {"correlation": -1.0, "deviation": 1e9, "color": -1.0}
RULES = {
    "pHash <= 4": MatchThresholds(phash_bits=4, pdq_bits=-1, **NEVER),
    "pHash <= 8": MatchThresholds(phash_bits=8, pdq_bits=-1, **NEVER),
    "PDQ <= 31, eight orientations": MatchThresholds(phash_bits=-1, pdq_bits=31, **NEVER),
    "PDQ <= 60, eight orientations": MatchThresholds(phash_bits=-1, pdq_bits=60, **NEVER),
    "cleanset": MatchThresholds(),
}
WIDE = MatchThresholds(phash_bits=8, pdq_bits=60, **NEVER)


def _encoded(picture: Image.Image, kind: str, **options: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return Image.open(file).convert("RGB")


def _scaled(picture: Image.Image, across: float, down: float, how: Image.Resampling) -> Image.Image:
    return picture.resize((max(1, round(picture.width * across)), max(1, round(picture.height * down))), how)


def _cropped(picture: Image.Image, share: float) -> Image.Image:
    width, height = picture.size
    left, top = round(width * (1 - share) / 2), round(height * (1 - share) / 2)
    return picture.crop((left, top, width - left, height - top))


def _gamma(picture: Image.Image, power: float) -> Image.Image:
    return picture.point([round(255 * (i / 255) ** power) for i in range(256)] * 3)


def _noisy(picture: Image.Image, deviation: float) -> Image.Image:
    noise = np.random.default_rng(1).normal(0, deviation, (picture.height, picture.width, 3))
    return Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8))


def _letterboxed(picture: Image.Image) -> Image.Image:
    bar = picture.height // 8
    return ImageOps.expand(picture, (0, bar, 0, bar), "black")


def _lettered(picture: Image.Image, share: float) -> Image.Image:
    copy, size = picture.copy(), max(8, round(picture.height * share))
    ImageDraw.Draw(copy).text((5, 5), "SAMPLE TEXT", "white", ImageFont.load_default(size), stroke_width=1)
    return copy


def _families() -> dict[str, dict[str, Copy]]:
    """Copies by family: a name and what makes the copy."""
    bicubic, nearest = Image.Resampling.BICUBIC, Image.Resampling.NEAREST
    turns = {t.name.lower(): t for t in Image.Transpose}
    return {
        "JPEG 10 to 90": {str(q): lambda p, q=q: _encoded(p, "JPEG", quality=q) for q in (10, 30, 60, 90)},
        "WebP 40, 80": {str(q): lambda p, q=q: _encoded(p, "WEBP", quality=q) for q in (40, 80)},
        "palette": {"64": lambda p: p.quantize(64).convert("RGB")},
        "scale": {
            "half": lambda p: _scaled(p, 0.5, 0.5, bicubic),
            "third": lambda p: _scaled(p, 0.33, 0.33, nearest),
            "double": lambda p: _scaled(p, 2, 2, bicubic),
            "aspect": lambda p: _scaled(p, 1, 0.8, bicubic),
        },
        "tone": {
            "brighter": lambda p: ImageEnhance.Brightness(p).enhance(1.2),
            "darker": lambda p: ImageEnhance.Brightness(p).enhance(0.7),
            "contrast": lambda p: ImageEnhance.Contrast(p).enhance(1.4),
            "gamma up": lambda p: _gamma(p, 0.7),
            "gamma down": lambda p: _gamma(p, 1.5),
        },
        "color": {
            "pale": lambda p: ImageEnhance.Color(p).enhance(0.5),
            "grey": lambda p: p.convert("L").convert("RGB"),
        },
        "blur, sharpen": {
            "blur": lambda p: p.filter(ImageFilter.GaussianBlur(max(p.size) / 150)),
            "sharp": lambda p: p.filter(ImageFilter.UnsharpMask(3, 150)),
        },
        "noise": {str(d): lambda p, d=d: _noisy(p, d) for d in (10, 25)},
        "flip, quarter turn": {name: lambda p, t=turn: p.transpose(t) for name, turn in turns.items()},
        "crop to 97 %": {"97": lambda p: _cropped(p, 0.97)},
        "crop to 90 %": {"90": lambda p: _cropped(p, 0.9)},
        "border, letterbox": {"border": lambda p: ImageOps.expand(p, max(1, p.height // 30)), "bars": _letterboxed},
        "text": {"small": lambda p: _lettered(p, 0.06), "large": lambda p: _lettered(p, 0.16)},
    }


def _described(files: list[bytes]) -> Signatures:
    """Signatures of image files, in their order."""
    parts = [describe_images(files[i : i + 256], Limits()) for i in range(0, len(files), 256)]
    return signatures(pa.Table.from_batches(parts))


def _near(seen: Signatures) -> Index:
    """int64[m, 2]: every pair of rows that the widest rule could call the same, by comparing all."""
    found = [np.zeros((0, 2), np.int64)]
    for row in range(len(seen) - 1):
        rest = np.arange(row + 1, len(seen))
        near = np.bitwise_count(seen.phash[rest, 0] ^ seen.phash[row, 0]) <= WIDE.phash_bits
        for form in range(seen.forms.shape[1]):
            differs = seen.forms[rest, 0] ^ seen.forms[row, form]
            near |= np.bitwise_count(differs).sum(axis=1, dtype=np.uint16) <= WIDE.pdq_bits
        found.append(np.stack([np.full(near.sum(), row), rest[near]], axis=1))
    return np.concatenate(found)


def _copies(files: list[bytes]) -> Iterator[tuple[int, str, bytes]]:
    """(Place of the original, family, file) of each copy of every ``EVERY``-th picture."""
    for place in range(0, len(files), EVERY):
        picture = Image.open(io.BytesIO(files[place])).convert("RGB")
        picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
        for family, kinds in _families().items():
            for make in kinds.values():
                copy = io.BytesIO()
                make(picture).save(copy, "BMP")
                yield place, family, copy.getvalue()


def _distinct(corpus: Path) -> list[str]:
    """Paths of ``MOST_PICTURES`` distinct pictures of some size, evenly over the corpus."""
    with (corpus / "images.csv").open(newline="") as stream:
        rows = {r["sha256"]: r for r in csv.DictReader(stream)}.values()
    fit = [
        r["path"] for r in rows if r["width"] and LEAST_SIDE <= min(int(r["width"]), int(r["height"])) <= LARGEST_SIDE
    ]
    return fit[:: max(1, len(fit) // MOST_PICTURES)]


def _labeled(pairs: Path | None) -> list[dict[str, str]]:
    if pairs is None:
        return []
    with pairs.open(newline="") as stream:
        return list(csv.DictReader(stream))


def main() -> None:
    """Print recall by family, and false matches, for each rule."""
    corpus = Path(sys.argv[1])
    labels = _labeled(Path(sys.argv[2]) if len(sys.argv) > 2 else None)
    not_false = {frozenset((r["a"], r["b"])) for r in labels if r["expected"] != "keep"}
    paths = _distinct(corpus)
    files = [(corpus / path).read_bytes() for path in paths]
    originals = _described(files)
    near = _near(originals)
    near = near[[frozenset((paths[a], paths[b])) not in not_false for a, b in near]]
    place, family, copies = zip(*_copies(files), strict=True)
    made = _described(list(copies))
    gold = [r for r in labels if r["tier"] == "gold" and r["expected"] != "either" and r["a_sha256"] != r["b_sha256"]]
    sides = [_described([(corpus / r[side]).read_bytes() for r in gold]) for side in "ab"] if gold else []
    merge = np.array([r["expected"] == "merge" for r in gold])
    pairs = len(paths) * (len(paths) - 1) // 2
    print(f"{len(paths)} pictures, {pairs} pairs, {len(copies)} copies, {len(gold)} labeled pairs\n")
    print(
        "| rule | false pairs | rate | recall | labeled merge found | labeled keep merged |\n|---|---|---|---|---|---|"
    )
    by_family: dict[str, list[str]] = {name: [] for name in dict.fromkeys(family)}
    for name, limits in RULES.items():
        false = int(same_picture(originals, near[:, 0], originals, near[:, 1], limits).same.sum())
        found = same_picture(made, np.arange(len(made)), originals, np.array(place), limits).same
        every = np.arange(len(gold))
        same = same_picture(sides[0], every, sides[1], every, limits).same if gold else np.zeros(0, np.bool_)
        labeled = [f"{same[w].mean():.3f}" if gold else "-" for w in (merge, ~merge)]
        print(f"| {name} | {false} | {false / pairs:.1e} | {found.mean():.3f} | {' | '.join(labeled)} |")
        for kind, cells in by_family.items():
            cells.append(f"{found[np.array(family) == kind].mean():.2f}")
    print(f"\n| family | {' | '.join(RULES)} |\n|---|{'---|' * len(RULES)}")
    for kind, cells in by_family.items():
        print(f"| {kind} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
