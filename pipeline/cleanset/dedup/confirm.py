"""Whether a pair that an embedding or a hash proposes is one picture: laid on each other, the two must agree.

Two shots of one scene, pictures of a series and pages of one layout have near vectors, and near hashes at times. Laid
on each other as well as they can be, a copy agrees in luma block by block wherever nothing covers it, and in color.

Drawings are judged more strictly. Cards, icons and diagrams share their layout, and most of their area is one flat
color, so what tells them apart is little; but their vectors are near only where they are copies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleanset.config import MatchConfig
from cleanset.dedup.align.align import Aligned, align
from cleanset.dedup.align.sampling import Floats, lattice, mapped, read_at
from cleanset.dedup.cells import oriented
from cleanset.schemas import LUMA_SIDE, THUMBNAIL_SIDE

TONED = 0.97
"""Of color that points one way: how long the sum of a picture's colors is beside the sum of their lengths."""
WHOLE = 0.9
"""Where so much of either picture is seen in the other, neither is a part."""
OVERLAID = 0.25
"""Share of the cells that a sign may cover."""
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """Of n pictures as an embedding sees them: the whole, on white where transparent.

    Attributes:
        luma: uint8[n, 64, 64].
        aspect: float32[n], width over height.
        colors: uint8[n, 256, 3], a thumbnail row by row.
    """

    luma: NDArray[np.uint8]
    aspect: Floats
    colors: NDArray[np.uint8]

    def take(self, rows: NDArray[np.int64]) -> Looks:
        """Some of the pictures."""
        return Looks(self.luma[rows], self.aspect[rows], self.colors[rows])


def confirmed(x: Looks, y: Looks, cosine: Floats, limits: MatchConfig) -> NDArray[np.bool_]:
    """bool[n]: whether x[i] and y[i] are one picture, given the cosine of their vectors; -1 where there is none.

    Symmetric in x and y.
    """
    x, y = _ordered(x, y)
    laid = align(x.luma, x.aspect, y.luma, y.aspect)
    drawn = laid.even >= limits.drawn
    answer = np.where(drawn, _drawings_agree(laid, cosine, limits), _photographs_agree(laid, cosine, limits))
    rows = np.flatnonzero(answer)
    if not len(rows):
        return answer
    answer[rows] = colors_agree(x.take(rows), y.take(rows), laid.take(rows), drawn[rows], limits)
    return answer


def _photographs_agree(laid: Aligned, cosine: Floats, limits: MatchConfig) -> NDArray[np.bool_]:
    """Whether the luma agrees, the less closely the nearer the vectors are; or they are so near that it need not."""
    nearer = np.clip(cosine - limits.cosine, 0, 1)
    enough = np.where(cosine < 0, limits.agreement_alone, limits.agreement - limits.agreement_slope * nearer)
    return np.asarray((laid.luma >= enough) | (cosine >= limits.cosine_alone))


def _drawings_agree(laid: Aligned, cosine: Floats, limits: MatchConfig) -> NDArray[np.bool_]:
    """Whether the luma agrees closely and the vectors are near: nearer where neither drawing is a part of the other."""
    near = cosine >= np.where(laid.covered >= WHOLE, limits.drawn_cosine, limits.drawn_part_cosine)
    return np.asarray(near & (laid.luma >= limits.drawn_agreement) & (laid.share >= limits.drawn_share))


def _ordered(x: Looks, y: Looks) -> tuple[Looks, Looks]:
    """The same pairs, in each the picture with the lesser luma first, as its pixels are read."""
    left, right = (looks.luma.reshape(len(looks.luma), LUMA_SIDE**2) for looks in (x, y))
    pair = np.arange(len(left))
    first = (left != right).argmax(axis=1)
    swap = left[pair, first] > right[pair, first]
    swap |= (left[pair, first] == right[pair, first]) & (x.aspect > y.aspect)
    lesser, other = (
        Looks(
            np.where(swap[:, None, None], b.luma, a.luma),
            np.where(swap, b.aspect, a.aspect),
            np.where(swap[:, None, None], b.colors, a.colors),
        )
        for a, b in ((x, y), (y, x))
    )
    return lesser, other


def colors_agree(x: Looks, y: Looks, laid: Aligned, drawn: NDArray[np.bool_], limits: MatchConfig) -> NDArray[np.bool_]:
    """bool[m]: whether pictures agree in color where they lie on each other.

    Colors agree if they point the same way, if one of the pictures is grey, or if one of them alone is toned: all of
    one hue, as sepia is. Of pictures that are no drawings the cells that differ most do not count, since a sign may
    cover them.
    """
    square = (len(x.colors), THUMBNAIL_SIDE, THUMBNAIL_SIDE, 3)
    on_y = y.colors.reshape(square).copy()
    for form in np.unique(laid.form[laid.form > 0]):
        rows = np.flatnonzero(laid.form == form)
        on_y[rows] = oriented(on_y[rows], int(form))
    half = np.float32(0.5)
    u, v = mapped(laid.maps, *lattice(THUMBNAIL_SIDE))
    inside = (u > 0) & (u < 1) & (v > 0) & (v < 1)
    there = read_at(on_y.astype(np.float32), u * THUMBNAIL_SIDE - half, v * THUMBNAIL_SIDE - half)
    color_x, color_y = _color(x.colors.astype(np.float32)), _color(there)
    apart = np.where(inside, ((color_x - color_y) ** 2).sum(axis=2), -1)
    covered = inside.sum(axis=1)
    last = np.maximum(covered - 1 - np.where(drawn, 0, OVERLAID * covered).astype(np.int64), 0)
    ascending = np.sort(apart, axis=1)
    limit = ascending[np.arange(len(apart)), ascending.shape[1] - covered + last]
    counts = inside & (apart <= limit[:, None])
    color_x, color_y = color_x * counts[:, :, None], color_y * counts[:, :, None]
    energy_x, energy_y = ((color * color).sum(axis=(1, 2)) for color in (color_x, color_y))
    least = limits.colored**2 * 3 * np.maximum(counts.sum(axis=1), 1)
    cosine = (color_x * color_y).sum(axis=(1, 2)) / np.sqrt(np.maximum(energy_x * energy_y, 1))
    one_toned = _toned(color_x) ^ _toned(color_y)
    return np.asarray((np.minimum(energy_x, energy_y) < least) | (cosine >= limits.color) | one_toned)


def _color(cells: Floats) -> Floats:
    """How far each channel is from luma."""
    return np.asarray(cells - (cells * _LUMA).sum(axis=2, keepdims=True), np.float32)


def _toned(color: Floats) -> NDArray[np.bool_]:
    """Whether the colors float32[m, 256, 3] of each picture are of one hue."""
    total = np.sqrt((color.sum(axis=1) ** 2).sum(axis=1))
    lengths = np.sqrt((color * color).sum(axis=2)).sum(axis=1)
    return np.asarray(total >= TONED * lengths)
