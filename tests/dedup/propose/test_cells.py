"""Cells of vectors: what is near is found, for any cut of the work, and crowds cost no more than their size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cleanset.dedup.propose import cells as k_means
from cleanset.dedup.propose.cells import Cells, Index, Small, cells_for, kmeans, lengths, near_pairs, shrink


def drawn(seed: int, count: int, dim: int = 24) -> NDArray[np.float32]:
    """Vectors of which the second half are near those of the first."""
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(count - count // 2, dim))
    near = half[: count // 2] + rng.normal(scale=0.15, size=(count // 2, dim))
    return np.concatenate([half, near]).astype(np.float32)


def by_brute_force(small: Small, limit: float) -> set[tuple[int, int]]:
    """All pairs, compared in whole numbers."""
    wide = small.astype(np.int64)
    cosine = (wide @ wide.T).astype(np.float32) / lengths(small) / lengths(small)[:, None]
    return {(int(i), int(j)) for i, j in zip(*np.nonzero(cosine >= limit), strict=True) if i < j}


def found(small: Small, limit: float) -> set[tuple[int, int]]:
    """Pairs of one cell."""
    return {(int(i), int(j)) for pairs in near_pairs(small, limit) for i, j in pairs}


@given(st.integers(0, 1 << 30), st.integers(0, 60))
@settings(max_examples=40, deadline=None)
def test_one_cell_finds_what_brute_force_finds(seed: int, count: int) -> None:
    small = shrink(drawn(seed, count))
    assert found(small, 0.9) == by_brute_force(small, 0.9)


@pytest.mark.parametrize("block", [7, 64, 2048])
def test_the_size_of_a_block_changes_nothing(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    small = shrink(drawn(1, 300))
    whole = found(small, 0.9)
    cells = Cells.train(small, 16)
    homes = cells.assign(small)
    monkeypatch.setattr(k_means, "BLOCK", block)
    assert found(small, 0.9) == whole
    assert np.array_equal(Cells.train(small, 16).fine, cells.fine)
    assert np.array_equal(cells.assign(small), homes)


@given(st.integers(0, 1 << 30))
@settings(max_examples=20, deadline=None)
def test_a_vector_goes_to_the_same_cells_whatever_comes_with_it(seed: int) -> None:
    small = shrink(drawn(seed, 200))
    cells = Cells.train(small, 32)
    order = np.random.default_rng(seed).permutation(len(small))
    alone = np.concatenate([cells.assign(small[i : i + 1]) for i in order[:20]])
    assert np.array_equal(alone, cells.assign(small)[order[:20]])


@pytest.mark.parametrize("one_level", [1, 1_024])
def test_cells_hold_nearly_all_near_pairs_in_one_level_and_in_two(
    one_level: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(k_means, "ONE_LEVEL", one_level)
    small = shrink(drawn(3, 6_000))
    assert (Cells.train(small, 64).fine.shape[1] == 1) == (one_level > 1)
    homes = Cells.train(small, 64).assign(small)
    near = [(i, i + 3_000) for i in range(3_000)]
    shared = sum(bool(set(homes[i]) & set(homes[j])) for i, j in near)
    assert shared >= 0.99 * len(near)


def test_an_exact_product_does_not_depend_on_the_order_of_its_sum() -> None:
    small = np.full((2, 1040), 127, np.int8)
    assert int(small[0].astype(np.float32) @ small[1].astype(np.float32)) == 1040 * 127**2 < 1 << 24


def test_a_crowded_cell_is_cut_and_a_crowd_of_equal_vectors_is_a_star(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(k_means, "CROWDED", 500)
    monkeypatch.setattr(k_means, "ROWS_PER_CELL", 200)
    equal = np.repeat(shrink(drawn(5, 2)), [2_000, 0], axis=0)
    others = shrink(drawn(6, 1_000))
    pairs = np.concatenate(list(near_pairs(np.concatenate([equal, others]), 0.9)))
    of_crowd = pairs[(pairs < 2_000).all(axis=1)]
    assert _component_sizes(of_crowd, 2_000) == {2_000}
    assert len(of_crowd) <= 2_000 * k_means.FIRST * k_means.PROBES
    planted = {(2_000 + i, 2_500 + i) for i in range(500)}
    assert len(planted & {(int(i), int(j)) for i, j in pairs}) >= 0.95 * len(planted)


def test_a_row_has_as_many_partners_as_are_bounded() -> None:
    pairs = np.concatenate(list(near_pairs(np.repeat(shrink(drawn(7, 2)), [300, 0], axis=0), 0.9, 4)))
    assert len(pairs) <= 4 * 300
    assert _component_sizes(pairs, 300) == {300}


def test_no_rows_have_cells_and_no_pairs() -> None:
    nothing = np.zeros((0, 5), np.int8)
    assert list(Cells.train(nothing, 8).assign(nothing)) == []
    assert found(nothing, 0.5) == set()
    assert kmeans(nothing, 3).shape == (3, 5)


@pytest.mark.parametrize("rows", [0, 1, 10**4, 10**6, 10**8, 5_850_000_000])
def test_a_mean_cell_stays_small(rows: int) -> None:
    assert rows * k_means.PROBES / cells_for(rows) <= 17_000 * k_means.PROBES


def _component_sizes(pairs: Index, count: int) -> set[int]:
    """Sizes of the components of the graph of all nodes."""
    root = np.arange(count)
    for _ in range(count):
        before = root.copy()
        np.minimum.at(root, pairs[:, 1], root[pairs[:, 0]])
        np.minimum.at(root, pairs[:, 0], root[pairs[:, 1]])
        if np.array_equal(before, root):
            break
    return set(np.unique(root, return_counts=True)[1].tolist())
