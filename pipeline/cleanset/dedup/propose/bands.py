"""Which bits to compare first, so that every pair of near codes agrees exactly on one selection at least.

A *band* is a selection of bits, held as a mask. Codes that agree on a band's bits share a bucket, and only codes
that share a bucket are compared. Two kinds of layout are known here:

* *complete*, by the general pigeonhole principle: split the bits into groups and give group i an error budget e_i
  with sum(e_i + 1) = threshold + 1. Two codes within the threshold stay within budget in some group. Cut that group
  into b blocks: at least b - e_i of them agree, so one choice of b - e_i blocks agrees exactly. Recall is 1.
  (Norouzi, Punjani, Fleet, "Fast Exact Search in Hamming Space with Multi-Index Hashing", 2014; Qin et al.,
  "GPH: Similarity Search in Hamming Space", 2018.)
* *sampled*: shuffle the bits several times and cut each shuffle into disjoint bands. The layout knows nothing of the
  codes, so the chance that a given pair at the threshold shares a band is a count of subsets, whatever its bits.

`plan` takes the layout that costs least for the number of codes at hand.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint64]
"""uint64[n, w]: n codes of 64 * w bits; bit p of a code is bit p % 64 of word p // 64."""

MAX_BANDS = 4096
KEY_BITS = range(6, 29)
SORT_NS = 25.0
"""Cost of a code in a band: its key, the sort, the scan. Nanoseconds, one core; only the ratio to the next matters."""
VERIFY_NS = 30.0
"""Cost of comparing two codes that a bucket brings together."""
COMPARE_NS = 10.0
"""Cost of comparing two codes where all are compared with all, in order."""
SEED = 20_14


@dataclass(frozen=True, slots=True)
class Bands:
    """A layout of bands.

    Attributes:
        masks: uint64[bands, w], the bits of each band.
        threshold: greatest distance, in bits, that the layout was made for.
        recall: chance, over layouts, that a pair at the threshold shares a band; 1 means every pair does.
        splittable: whether a crowded bucket is worth a layout of its own; it is not where there is one band for all.
    """

    masks: Codes
    threshold: int
    recall: float
    splittable: bool = True

    def __len__(self) -> int:
        """The number of bands."""
        return len(self.masks)


@dataclass(frozen=True, slots=True)
class _Layout:
    """A layout before its masks are made: groups of (bits, blocks, blocks chosen), or shuffles of equal bands."""

    bands: int
    key_bits: float
    recall: float
    groups: tuple[tuple[int, int, int], ...] = ()

    def cost(self, n: int, band_ns: float) -> float:
        """Expected nanoseconds for a self-join of n codes whose bits are even and independent."""
        verify = VERIFY_NS if self.key_bits else COMPARE_NS
        return self.bands * (band_ns + SORT_NS * n + verify * n * n / 2 / 2**self.key_bits)


def plan(bits: int, threshold: int, n: int, recall: float = 1.0) -> Bands:
    """The cheapest layout for n codes of ``bits`` bits that finds pairs within ``threshold`` with ``recall``.

    Args:
        bits: length of a code, a multiple of 64.
        threshold: greatest distance of a pair that is wanted, 0 <= threshold < bits.
        n: number of codes; the more there are, the longer the keys. Any n gives a correct layout.
        recall: least chance of finding a pair at exactly the threshold; 1 asks for a complete layout.

    Raises:
        ValueError: if a number is out of its range.
    """
    if bits <= 0 or bits % 64:
        raise ValueError(f"bits is {bits}, expected a positive multiple of 64")
    if not 0 <= threshold < bits:
        raise ValueError(f"threshold is {threshold}, expected 0 to {bits - 1}")
    if not 0 < recall <= 1:
        raise ValueError(f"recall is {recall}, expected more than 0 and at most 1")
    return plan_within(np.arange(bits), bits // 64, threshold, n, recall)


def plan_within(  # noqa: PLR0913 - what `plan` is given, the bits, and a cost
    positions: NDArray[np.int64], words: int, threshold: int, n: int, recall: float, *, band_ns: float = 0
) -> Bands:
    """As `plan`, with bands drawn from the bits at ``positions`` only: the other bits are known to agree.

    ``band_ns``: what a band costs however few codes there are.
    """
    layouts = [_Layout(1, 0.0, 1.0), *_complete(len(positions), threshold)]
    if recall < 1:
        layouts.extend(_sampled(len(positions), threshold, recall))
    best = min(layouts, key=lambda layout: (layout.cost(n, band_ns), layout.bands))
    shuffle = np.random.default_rng(SEED)
    if best.key_bits == 0:
        masks = np.zeros((1, words), np.uint64)
    elif best.groups:
        masks = np.stack(list(_block_masks(shuffle.permutation(positions), words, best.groups)))
    else:
        masks = np.stack(list(_shuffle_masks(shuffle, positions, words, best)))
    return Bands(masks, threshold, best.recall, splittable=best.key_bits > 0)


def disjoint_recall(bits: int, threshold: int, width: int) -> float:
    """Chance that ``threshold`` errors, spread evenly over ``bits``, miss one of ``bits // width`` disjoint bands."""
    return 1 - _all_hit(bits, threshold, width, bits // width)


def _all_hit(bits: int, errors: int, width: int, bands: int) -> float:
    """Chance that each of ``bands`` disjoint bands holds an error, by inclusion and exclusion."""
    spread = sum(
        (-1) ** j * math.comb(bands, j) * math.comb(bits - j * width, errors)
        for j in range(bands + 1)
        if bits - j * width >= errors
    )
    return float(spread / math.comb(bits, errors))


def _complete(bits: int, threshold: int) -> Iterator[_Layout]:
    """Complete layouts: every number of groups, every key length that they allow."""
    for groups in range(1, threshold + 2):
        if bits < threshold + 1:
            return
        base, more = divmod(threshold + 1, groups)
        shares = [base + (i < more) for i in range(groups)]
        ends = [sum(shares[: i + 1]) * bits // (threshold + 1) for i in range(groups)]
        sizes = [end - start for start, end in zip([0, *ends], ends, strict=False)]
        for key_bits in KEY_BITS:
            layout = _grouped(sizes, [share - 1 for share in shares], key_bits)
            if layout is not None and layout.bands <= MAX_BANDS:
                yield layout


def _grouped(sizes: list[int], budgets: list[int], key_bits: int) -> _Layout | None:
    """Each group cut into the fewest blocks whose choices hold ``key_bits`` bits; None if some group is too short."""
    groups = []
    for size, errors in zip(sizes, budgets, strict=True):
        blocks = next((b for b in range(errors + 1, size + 1) if size * (b - errors) // b >= key_bits), None)
        if blocks is None:
            return None
        groups.append((size, blocks, blocks - errors))
    bands = sum(math.comb(blocks, chosen) for _, blocks, chosen in groups)
    return _Layout(bands, key_bits, 1.0, tuple(groups))


def _sampled(bits: int, threshold: int, recall: float) -> Iterator[_Layout]:
    """Sampled layouts that reach ``recall``, one for each key length."""
    for width in KEY_BITS:
        if width > bits:
            return
        per_shuffle = bits // width
        miss = _all_hit(bits, threshold, width, per_shuffle)
        if miss <= 0:
            shuffles = 1
        elif miss < 1:
            shuffles = math.ceil(math.log(1 - recall) / math.log(miss))
        else:
            continue
        if shuffles * per_shuffle <= MAX_BANDS:
            yield _Layout(shuffles * per_shuffle, width, 1 - miss**shuffles)


def _block_masks(positions: NDArray[np.int64], words: int, groups: tuple[tuple[int, int, int], ...]) -> Iterator[Codes]:
    """One mask for each choice of blocks in each group."""
    start = 0
    for size, blocks, chosen in groups:
        parts = np.array_split(positions[start : start + size], blocks)
        for choice in combinations(parts, chosen):
            yield _mask(np.concatenate(choice), words)
        start += size


def _shuffle_masks(
    shuffle: np.random.Generator, positions: NDArray[np.int64], words: int, layout: _Layout
) -> Iterator[Codes]:
    """Disjoint masks of ``key_bits`` bits from one shuffle after another."""
    width = int(layout.key_bits)
    per_shuffle = len(positions) // width
    for _ in range(layout.bands // per_shuffle):
        shuffled = shuffle.permutation(positions)
        for i in range(per_shuffle):
            yield _mask(shuffled[i * width : (i + 1) * width], words)


def _mask(positions: NDArray[np.int64], words: int) -> Codes:
    """uint64[words] with the bits at ``positions`` set."""
    mask = np.zeros(words, np.uint64)
    np.bitwise_or.at(mask, positions // 64, np.uint64(1) << (positions % 64).astype(np.uint64))
    return mask
