"""When two pictures are the same: the one definition, for match, decide and audit alike.

Two pictures are the same if some view of the first, in one of the eight orientations, and some view of the second
agree:

1. a hash is near: PDQ within ``pdq_bits`` where both are reliable, or, plain and upright, pHash within ``phash_bits``;
2. the thumbnails agree in luma: they are well correlated, and no cell deviates after both are scaled to mean 0 and
   deviation 1, so a changed pip, word or window is seen although the whole is alike. Where PDQ is very near
   (``close_bits``), more is forgiven: a tone curve or a blur if also the steps from cell to cell correlate, or a small
   overlay if all cells but a few agree closely;
3. and they agree in color: where both are colored, the colors point the same way, so a recolored icon is another
   picture, and a grey copy is not. Two transparent pictures must agree more closely in all of this, in contrast and in
   the color of cells: ``cells.cells_agree`` says why.

Views of opaque pictures are the plain and the trimmed one; those of transparent pictures are the plain one and the
picture on white, black and grey. Two transparent pictures are compared by like views and must agree on white and on
black, so that neither a shared outline nor a shared ground is enough.

A pair that is not the same by this is looked at again where the vectors of an embedding are near, or PDQ is within
``pdq_bits``: `confirm.confirmed` lays the two on each other. So crops, turned, framed and overlaid copies are found,
and neither a vector nor a hash is enough alone.

The hashes see fine structure and forget color and place; the thumbnail sees color and place and forgets structure.
Of hashes and thumbnails sums are of integers, and each pair is laid on each other by itself, so the answer is the same
for every grouping of the pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanset.config import MatchConfig
from cleanset.dedup.cells import CELLS, cells_agree, turn
from cleanset.dedup.columns import codes_of, fixed_bytes
from cleanset.dedup.confirm import Looks, confirmed
from cleanset.dedup.propose.bands import Codes
from cleanset.dedup.propose.sides import distances
from cleanset.dedup.propose.vectors import vectors_of
from cleanset.dedup.views import unpack
from cleanset.schemas import FORMS, LUMA_SIDE, Detector, View

Index = NDArray[np.int64]
SIGNATURE = ("phash", "pdq_quality", "pdq_forms", "low_information", "thumbnail", "luma", "width", "height", "views")
"""Columns of ``schemas.FEATURES`` that the definition reads."""
LAID = 1 << 12
"""Pairs that are laid on each other in one go: their luma is 32 MB."""
CHUNK = 1 << 10
"""Pairs of thumbnails that are compared at once: 6 MB for each of the arrays of a step."""
NOT_SAME = np.iinfo(np.uint16).max
"""Stands for the distance of pictures that are not the same."""
_NAME = "U16"
INVERSE = np.array([0, 3, 2, 1, 4, 5, 6, 7])
"""The form that undoes each form: quarter turns undo each other, the others themselves."""


@dataclass(frozen=True, slots=True, eq=False)
class Signatures:
    """What the definition needs of n pictures with m views.

    Attributes:
        phash: uint64[n, 1].
        view: int64[n, 5], the row of each ``schemas.View`` of a picture, -1 where it has none. A picture without a
            plain view, since there is none or too little of one, has no view: it is the same as no other.
        forms: uint64[m, 8, 4], PDQ of the eight orientations.
        quality: uint8[m].
        thumbnail: uint8[m, 256, 3], row by row.
        luma: uint8[n, 64, 64].
        aspect: float32[n], width over height.
        vector: float16[n, dim], of length 1; dim is 0 without an embedding, and a picture without one has zeros.
    """

    phash: Codes
    view: Index
    forms: NDArray[np.uint64]
    quality: NDArray[np.uint8]
    thumbnail: NDArray[np.uint8]
    luma: NDArray[np.uint8]
    aspect: NDArray[np.float32]
    vector: NDArray[np.float16]

    def __len__(self) -> int:
        """The number of pictures."""
        return len(self.phash)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """bool[n], whether there is anything to compare."""
        return np.asarray(self.view[:, View.PLAIN] >= 0)

    def transparent(self, rows: Index) -> NDArray[np.bool_]:
        """bool[m], whether the pictures are seen on backgrounds."""
        return np.asarray((self.view[rows, View.ON_WHITE :] >= 0).any(axis=1))

    def looks(self, rows: Index) -> Looks:
        """Pictures that have a view, as an embedding sees them."""
        shown = np.where(self.view[rows, View.ON_WHITE] >= 0, self.view[rows, View.ON_WHITE], rows)
        return Looks(self.luma[rows], self.aspect[rows], self.thumbnail[shown])


@dataclass(frozen=True, slots=True)
class Verdicts:
    """For m pairs: whether they are the same picture, by which detector, and how far apart that sees them.

    Attributes:
        same: bool[m].
        detector: str[m], of ``schemas.Detector``; means nothing where ``same`` is False.
        distance: float32[m], bits of the hash, or 1 - cosine of the vectors; means nothing where ``same`` is False.
    """

    same: NDArray[np.bool_]
    detector: NDArray[np.str_]
    distance: NDArray[np.float32]


def signatures(batch: pa.RecordBatch | pa.Table) -> Signatures:
    """The signatures of every row of a batch with the columns ``SIGNATURE`` and, with an embedding, ``vector``.

    A row with a null in ``SIGNATURE`` has no view.
    """
    columns = [batch.column(name) for name in SIGNATURE]
    usable = np.ones(batch.num_rows, np.bool_)
    for column in columns:
        usable &= column.is_valid().to_numpy(zero_copy_only=False) if column.null_count else True
    phash, quality, forms, flat, thumbnail, luma, width, height = (_filled(column) for column in columns[:-1])
    usable &= ~flat.to_numpy(zero_copy_only=False)
    row, packed = unpack(columns[-1])
    view = np.full((batch.num_rows, len(View)), -1)
    view[:, View.PLAIN] = np.arange(batch.num_rows)
    view[row, packed[:, 0]] = batch.num_rows + np.arange(len(row))
    view[~usable] = -1
    ends = 2 + 32 * FORMS
    return Signatures(
        codes_of(phash),
        view,
        np.concatenate([codes_of(forms), packed[:, 2:ends].copy().view(">u8").astype(np.uint64)]).reshape(-1, FORMS, 4),
        np.concatenate([quality.to_numpy(), packed[:, 1]]),
        np.concatenate([fixed_bytes(thumbnail), packed[:, ends:]]).reshape(-1, CELLS, 3),
        fixed_bytes(luma).reshape(-1, LUMA_SIDE, LUMA_SIDE),
        np.asarray(np.maximum(width.to_numpy(), 1) / np.maximum(height.to_numpy(), 1), np.float32),
        vectors_of(batch),
    )


def same_picture(a: Signatures, rows_a: Index, b: Signatures, rows_b: Index, thresholds: MatchConfig) -> Verdicts:
    """Whether ``a[rows_a[i]]`` and ``b[rows_b[i]]`` show the same picture, for each i. Symmetric in a and b."""
    found = _by_hashes(a, rows_a, b, rows_b, thresholds)
    same, distance = found.bits != NOT_SAME, found.bits.astype(np.float32)
    detector = np.where(found.by_pdq, str(Detector.PDQ), str(Detector.PHASH)).astype(_NAME)
    cosine = cosines(a, rows_a, b, rows_b)
    near = cosine >= thresholds.cosine
    by_hash = (found.nearest != NOT_SAME) & (cosine < 0)
    asked = ~same & (near | by_hash) & a.usable[rows_a] & b.usable[rows_b]
    asked &= ~(a.transparent(rows_a) & b.transparent(rows_b))
    rows = np.flatnonzero(asked)
    for start in range(0, len(rows), LAID):
        some = rows[start : start + LAID]
        agree = confirmed(a.looks(rows_a[some]), b.looks(rows_b[some]), cosine[some], thresholds)
        same[some] = agree
    detector[rows] = np.where(near[rows], str(Detector.EMBEDDING), str(Detector.PDQ))
    distance[rows] = np.where(near[rows], np.maximum(1 - cosine[rows], 0), found.nearest[rows])
    return Verdicts(same, detector, distance)


def cosines(a: Signatures, rows_a: Index, b: Signatures, rows_b: Index) -> NDArray[np.float32]:
    """float32[m]: of the vectors of the pairs; -1 where a picture has none."""
    cosine = np.full(len(rows_a), -1, np.float32)
    if not a.vector.shape[1] or a.vector.shape[1] != b.vector.shape[1]:
        return cosine
    for start in range(0, len(rows_a), CHUNK):
        some = slice(start, start + CHUNK)
        x, y = a.vector[rows_a[some]].astype(np.float32), b.vector[rows_b[some]].astype(np.float32)
        there = (x != 0).any(axis=1) & (y != 0).any(axis=1)
        cosine[some] = np.where(there, (x * y).sum(axis=1), -1)
    return cosine


@dataclass(frozen=True, slots=True, eq=False)
class _Hashes:
    """What hashes and thumbnails say of m pairs.

    Attributes:
        bits: uint16[m], of the hash that shows a pair to be the same, or ``NOT_SAME``.
        by_pdq: bool[m], whether that is PDQ.
        nearest: uint16[m], the least bits of reliable PDQ in any views and orientation, ``NOT_SAME`` beyond
            ``pdq_bits``, whatever the thumbnails say.
    """

    bits: NDArray[np.uint16]
    by_pdq: NDArray[np.bool_]
    nearest: NDArray[np.uint16]


def _by_hashes(a: Signatures, rows_a: Index, b: Signatures, rows_b: Index, thresholds: MatchConfig) -> _Hashes:
    """What the hashes propose and the thumbnails confirm."""
    best, nearest = (np.full(len(rows_a), NOT_SAME, np.uint16) for _ in range(2))
    by_pdq = np.zeros(len(rows_a), np.bool_)
    transparent = a.transparent(rows_a) & b.transparent(rows_b)
    for view_a, view_b in product(View, View):
        there = (a.view[rows_a, view_a] >= 0) & (b.view[rows_b, view_b] >= 0)
        if view_a != view_b or view_a == View.ON_GREY:
            there &= ~transparent
        asked = np.flatnonzero(there)
        if len(asked):
            seen = _compare(_Pairs(a, rows_a[asked], b, rows_b[asked], view_a, view_b), thresholds)
            surer = (seen.by_pdq & ~by_pdq[asked]) | ((seen.by_pdq == by_pdq[asked]) & (seen.bits < best[asked]))
            better = (seen.bits != NOT_SAME) & surer
            best[asked[better]], by_pdq[asked[better]] = seen.bits[better], seen.by_pdq[better]
            nearest[asked] = np.minimum(nearest[asked], seen.nearest)
    return _Hashes(best, by_pdq, nearest)


def _filled(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The column as one array, with zeros for nulls."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not array.null_count:
        return array
    zero = bytes(array.type.byte_width) if pa.types.is_fixed_size_binary(array.type) else 0
    return array.fill_null(pa.scalar(zero).cast(array.type))


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Pictures ``rows_a[i]`` of a and ``rows_b[i]`` of b, each seen in one view that it has."""

    a: Signatures
    rows_a: Index
    b: Signatures
    rows_b: Index
    view_a: View
    view_b: View

    def take(self, some: Index) -> _Pairs:
        """Some of the pairs."""
        return _Pairs(self.a, self.rows_a[some], self.b, self.rows_b[some], self.view_a, self.view_b)

    def seen(self, view_a: View, view_b: View) -> tuple[Index, Index]:
        """The rows of their views, -1 for none."""
        return self.a.view[self.rows_a, view_a], self.b.view[self.rows_b, view_b]


def _compare(pairs: _Pairs, thresholds: MatchConfig) -> _Hashes:
    """What two views of the pairs say."""
    x, y = pairs.seen(pairs.view_a, pairs.view_b)
    best, by_pdq = np.full(len(x), NOT_SAME, np.uint16), np.zeros(len(x), np.bool_)
    nearest = best.copy()
    reliable = np.minimum(pairs.a.quality[x], pairs.b.quality[y]) >= thresholds.pdq_quality
    upright = np.full(len(x), NOT_SAME, np.uint16)
    if pairs.view_a == pairs.view_b == View.PLAIN:
        upright = distances(pairs.a.phash.take(pairs.rows_a, axis=0), pairs.b.phash.take(pairs.rows_b, axis=0))
    for form in range(FORMS):
        pdq = _form_distance(pairs.a.forms, x, pairs.b.forms, y, form)
        near_pdq = reliable & (pdq <= thresholds.pdq_bits)
        nearest = np.where(near_pdq, np.minimum(nearest, pdq), nearest)
        near = near_pdq | (upright <= thresholds.phash_bits) if form == 0 else near_pdq
        asked = np.flatnonzero(near & ~(by_pdq & (best <= pdq)))
        close = near_pdq[asked] & (pdq[asked] <= thresholds.close_bits)
        agree = asked[_agree(pairs.take(asked), form, close, thresholds)]
        found, fallback = agree[near_pdq[agree]], agree[~near_pdq[agree]]
        best[found], by_pdq[found] = pdq[found], True
        best[fallback] = upright[fallback]
    return _Hashes(best, by_pdq, nearest)


def _form_distance(
    a: NDArray[np.uint64], rows_a: Index, b: NDArray[np.uint64], rows_b: Index, form: int
) -> NDArray[np.uint16]:
    """Bits between the views with a's in the orientation ``form``, as either view's forms tell it."""
    forward = distances(a[rows_a, form], b[rows_b, 0])
    if form == 0:
        return forward
    back = distances(a[rows_a, 0], b[rows_b, INVERSE[form]])
    return np.minimum(forward, back)


def _agree(pairs: _Pairs, form: int, close: NDArray[np.bool_], limits: MatchConfig) -> NDArray[np.bool_]:
    """Whether the thumbnails agree, a's in the orientation ``form``; of two transparent pictures, those on grounds.

    ``close`` tells for each pair whether its hashes are very near.
    """
    answer = np.zeros(len(close), np.bool_)
    clear = pairs.a.transparent(pairs.rows_a) & pairs.b.transparent(pairs.rows_b)
    opaque = np.flatnonzero(~clear)
    if len(opaque):
        some = pairs.take(opaque)
        x, y = some.seen(some.view_a, some.view_b)
        answer[opaque] = _thumbnails_agree(some, x, y, form, close[opaque], limits, clear=False)
    both = np.flatnonzero(clear)
    if len(both):
        some, strict = pairs.take(both), np.zeros(len(both), np.bool_)
        agree, shown = np.ones(len(both), np.bool_), np.zeros(len(both), np.bool_)
        for ground in (View.ON_WHITE, View.ON_BLACK):
            x, y = some.seen(ground, ground)
            agree &= ((x < 0) & (y < 0)) | _thumbnails_agree(some, x, y, form, strict, limits, clear=True)
            shown |= (x >= 0) & (y >= 0)
        answer[both] = agree & shown
    return answer


def _thumbnails_agree(  # noqa: PLR0913, PLR0917 - the pairs, which of their views, how they are turned, and the limits
    pairs: _Pairs, x: Index, y: Index, form: int, close: NDArray[np.bool_], limits: MatchConfig, *, clear: bool
) -> NDArray[np.bool_]:
    """Whether the thumbnails of a's views x and b's views y agree; a view that is not there (-1) agrees with none."""
    answer = np.zeros(len(x), np.bool_)
    there = np.flatnonzero((x >= 0) & (y >= 0))
    for start in range(0, len(there), CHUNK):
        some = there[start : start + CHUNK]
        turned = turn(pairs.a.thumbnail.take(x[some], axis=0), form)
        answer[some] = cells_agree(turned, pairs.b.thumbnail.take(y[some], axis=0), close[some], limits, clear=clear)
    return answer
