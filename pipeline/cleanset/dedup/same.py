"""When two pictures are the same: the one definition, for match, decide and audit alike.

Two pictures are the same if, in one of the eight orientations of the first,

1. a hash is near: PDQ within ``pdq_bits`` where both are reliable, or, upright, pHash within ``phash_bits``;
2. and their thumbnails agree: luma is well correlated; no cell deviates after both are scaled to mean 0 and
   deviation 1, so a changed pip, word or window is seen although the whole is alike; and, where both are colored,
   the colors point the same way, so a recolored icon is another picture, and a grey copy is not.

A picture with alpha has two thumbnails, on mid-grey and with alpha dropped, as writers without alpha drop it; it is
enough that the thumbnails of one kind agree.

The hashes see fine structure and forget color and place; the thumbnail sees color and place and forgets structure.
Sums are of integers, so the answer is the same on every machine and for every grouping of the pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanset.dedup.bands import Codes
from cleanset.dedup.columns import codes_of, fixed_bytes
from cleanset.dedup.hamming import distances
from cleanset.schemas import FORMS, THUMBNAIL_SIDE, THUMBNAIL_VIEWS, Detector

Index = NDArray[np.int64]
SIGNATURE = ("phash", "pdq_quality", "pdq_forms", "low_information", "thumbnail")
"""Columns that the definition reads."""
CHUNK = 1 << 10
"""Pairs of thumbnails that are compared at once: 6 MB for each of the arrays of a step."""
CELLS = THUMBNAIL_SIDE**2
FLAT = 1.0
"""A thumbnail whose luma deviates by less has nothing to compare."""
QUARTER_TURNS = 4
"""Forms before this are turned only, the others mirrored."""
INVERSE = np.array([0, 3, 2, 1, 4, 5, 6, 7])
"""The form that undoes each form: quarter turns undo each other, the others themselves."""
_LUMA = np.array([77, 150, 29], np.int64)  # of 256


@dataclass(frozen=True, slots=True)
class MatchThresholds:
    """How far two pictures may differ and still be the same. What the defaults find and cost: `make bench`.

    Attributes:
        phash_bits: of 64.
        pdq_bits: of 256, in the best of eight orientations.
        pdq_quality: a PDQ hash of less quality, 0 to 100, is not used.
        correlation: least correlation of the thumbnails' luma.
        deviation: greatest difference of a cell, in standard deviations of its thumbnail's luma.
        color: least cosine between the colors of the thumbnails, their luma taken away.
        colored: root mean square of a thumbnail's color, of 255, below which it counts as grey.
        recall: least chance that match finds a pair at exactly ``pdq_bits``; nearer pairs are found more surely.
    """

    phash_bits: int = 8
    pdq_bits: int = 50
    pdq_quality: int = 50
    correlation: float = 0.97
    deviation: float = 0.5
    color: float = 0.85
    colored: float = 2.0
    recall: float = 0.9999


@dataclass(frozen=True, slots=True, eq=False)
class Signatures:
    """What the definition needs of n pictures.

    Attributes:
        phash: uint64[n, 1].
        forms: uint64[n, 8, 4], PDQ of the eight orientations.
        quality: uint8[n].
        usable: bool[n]; False where there is no picture or too little of one: such a row is the same as no other.
        thumbnail: uint8[n, 2, 256, 3], row by row: on mid-grey, and without alpha.
    """

    phash: Codes
    forms: NDArray[np.uint64]
    quality: NDArray[np.uint8]
    usable: NDArray[np.bool_]
    thumbnail: NDArray[np.uint8]

    def __len__(self) -> int:
        """The number of pictures."""
        return len(self.phash)

    def take(self, rows: Index) -> Signatures:
        """The signatures of these rows."""
        return Signatures(
            self.phash.take(rows, axis=0),
            self.forms.take(rows, axis=0),
            self.quality[rows],
            self.usable[rows],
            self.thumbnail.take(rows, axis=0),
        )


@dataclass(frozen=True, slots=True)
class Verdicts:
    """For m pairs: whether they are the same picture, by which detector, and the bits in which that differs.

    Attributes:
        same: bool[m].
        by_pdq: bool[m], True if PDQ found it, False if pHash did; means nothing where ``same`` is False.
        distance: uint16[m], bits of that hash; means nothing where ``same`` is False.
    """

    same: NDArray[np.bool_]
    by_pdq: NDArray[np.bool_]
    distance: NDArray[np.uint16]

    @property
    def detector(self) -> NDArray[np.str_]:
        """str[m], the detector's name."""
        return np.where(self.by_pdq, str(Detector.PDQ), str(Detector.PHASH))


def signatures(batch: pa.RecordBatch | pa.Table) -> Signatures:
    """The signatures of every row of a batch with the columns ``SIGNATURE``; a row with a null is not usable."""
    columns = [batch.column(name) for name in SIGNATURE]
    usable = np.ones(batch.num_rows, np.bool_)
    for column in columns:
        usable &= column.is_valid().to_numpy(zero_copy_only=False) if column.null_count else True
    phash, quality, forms, flat, thumbnail = (_filled(column) for column in columns)
    usable &= ~flat.to_numpy(zero_copy_only=False)
    return Signatures(
        codes_of(phash),
        codes_of(forms).reshape(-1, FORMS, 4),
        quality.to_numpy(),
        usable,
        fixed_bytes(thumbnail).reshape(-1, THUMBNAIL_VIEWS, CELLS, 3),
    )


def same_picture(a: Signatures, rows_a: Index, b: Signatures, rows_b: Index, thresholds: MatchThresholds) -> Verdicts:
    """Whether ``a[rows_a[i]]`` and ``b[rows_b[i]]`` show the same picture, for each i. Symmetric in a and b."""
    count = len(rows_a)
    best = np.full(count, np.iinfo(np.uint16).max, np.uint16)
    by_pdq = np.zeros(count, np.bool_)
    usable = a.usable[rows_a] & b.usable[rows_b]
    reliable = usable & (np.minimum(a.quality[rows_a], b.quality[rows_b]) >= thresholds.pdq_quality)
    upright = distances(a.phash.take(rows_a, axis=0), b.phash.take(rows_b, axis=0))
    for form in range(FORMS):
        pdq = _form_distance(a, rows_a, b, rows_b, form)
        near_pdq = reliable & (pdq <= thresholds.pdq_bits)
        near = near_pdq | (usable & (upright <= thresholds.phash_bits)) if form == 0 else near_pdq
        asked = np.flatnonzero(near & ~(by_pdq & (best <= pdq)))
        agree = asked[_agree(a, rows_a[asked], b, rows_b[asked], form, thresholds)]
        found, fallback = agree[near_pdq[agree]], agree[~near_pdq[agree]]
        best[found], by_pdq[found] = pdq[found], True
        best[fallback] = upright[fallback]
    return Verdicts(best <= max(thresholds.pdq_bits, thresholds.phash_bits), by_pdq, best)


def turn(cells: NDArray[np.uint8], form: int) -> NDArray[np.uint8]:
    """Thumbnails ``uint8[m, 256, 3]`` of the pictures in another of the orientations that ``pdq_forms`` lists."""
    square = cells.reshape(-1, THUMBNAIL_SIDE, THUMBNAIL_SIDE, 3)
    if form < QUARTER_TURNS:
        turned = np.rot90(square, form, axes=(1, 2))
    else:
        turned = (square[:, ::-1], square[:, :, ::-1], square.swapaxes(1, 2), square[:, ::-1, ::-1].swapaxes(1, 2))[
            form - QUARTER_TURNS
        ]
    return np.ascontiguousarray(turned).reshape(cells.shape)


def _filled(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The column as one array, with zeros for nulls."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not array.null_count:
        return array
    zero = bytes(array.type.byte_width) if pa.types.is_fixed_size_binary(array.type) else 0
    return array.fill_null(pa.scalar(zero).cast(array.type))


def _form_distance(a: Signatures, rows_a: Index, b: Signatures, rows_b: Index, form: int) -> NDArray[np.uint16]:
    """Bits between the pictures with a's in the orientation ``form``, as either picture's forms tell it."""
    forward = distances(a.forms[:, form].take(rows_a, axis=0), b.forms[:, 0].take(rows_b, axis=0))
    if form == 0:
        return forward
    back = distances(a.forms[:, 0].take(rows_a, axis=0), b.forms[:, INVERSE[form]].take(rows_b, axis=0))
    return np.minimum(forward, back)


def _agree(  # noqa: PLR0913, PLR0917 - two sides, each with its rows
    a: Signatures, rows_a: Index, b: Signatures, rows_b: Index, form: int, thresholds: MatchThresholds
) -> NDArray[np.bool_]:
    """Whether the thumbnails of one kind agree, a's in the orientation ``form``."""
    answer = np.zeros(len(rows_a), np.bool_)
    for start in range(0, len(rows_a), CHUNK):
        x = a.thumbnail.take(rows_a[start : start + CHUNK], axis=0)
        y = b.thumbnail.take(rows_b[start : start + CHUNK], axis=0)
        agree = _cells_agree(turn(x[:, 0], form), y[:, 0], thresholds)
        again = np.flatnonzero(~agree & ((x[:, 0] != x[:, 1]) | (y[:, 0] != y[:, 1])).any(axis=(1, 2)))
        agree[again] = _cells_agree(turn(x[again, 1], form), y[again, 1], thresholds)
        answer[start : start + CHUNK] = agree
    return answer


def _cells_agree(x_cells: NDArray[np.uint8], y_cells: NDArray[np.uint8], limits: MatchThresholds) -> NDArray[np.bool_]:
    """Whether thumbnails uint8[m, 256, 3] agree in luma and in color."""
    x, y = x_cells.astype(np.int64), y_cells.astype(np.int64)
    luma_x, luma_y = x @ _LUMA, y @ _LUMA
    return _luma_agrees(luma_x, luma_y, limits) & _color_agrees(
        256 * x - luma_x[:, :, None], 256 * y - luma_y[:, :, None], limits
    )


def _luma_agrees(x: NDArray[np.int64], y: NDArray[np.int64], thresholds: MatchThresholds) -> NDArray[np.bool_]:
    """Whether luma int64[m, 256], in 256ths, is correlated and no cell deviates."""
    x, y = CELLS * x - x.sum(axis=1, keepdims=True), CELLS * y - y.sum(axis=1, keepdims=True)
    scale = 1.0 / (CELLS * 256)
    spread_x, spread_y = (np.sqrt((v * v).sum(axis=1) / CELLS) for v in (x, y))
    textured = (np.minimum(spread_x, spread_y) * scale) >= FLAT
    spread_x, spread_y = np.maximum(spread_x, 1), np.maximum(spread_y, 1)
    correlation = (x * y).sum(axis=1) / CELLS / (spread_x * spread_y)
    deviation = np.abs(x / spread_x[:, None] - y / spread_y[:, None]).max(axis=1)
    agree: NDArray[np.bool_] = textured & (correlation >= thresholds.correlation) & (deviation <= thresholds.deviation)
    return agree


def _color_agrees(x: NDArray[np.int64], y: NDArray[np.int64], thresholds: MatchThresholds) -> NDArray[np.bool_]:
    """Whether color, int64[m, 256, 3] in 256ths of a level, points the same way, or one of the two is grey."""
    energy_x, energy_y = (x * x).sum(axis=(1, 2)), (y * y).sum(axis=(1, 2))
    least = (thresholds.colored * 256) ** 2 * CELLS * 3
    cosine = (x * y).sum(axis=(1, 2)) / np.sqrt(np.maximum(energy_x.astype(np.float64) * energy_y, 1))
    agree: NDArray[np.bool_] = (np.minimum(energy_x, energy_y) < least) | (cosine >= thresholds.color)
    return agree
