"""Near vectors are found as by comparing all with all."""

from __future__ import annotations

import numpy as np
import pytest

from cleanset.dedup.propose import cells, vectors


def drawn(count: int, copies: int) -> vectors.Vectors:
    """Random vectors of length 1, the last of them near the first, one in 40 without a picture."""
    draw = np.random.default_rng(5)
    whole = draw.normal(size=(count, 32)).astype(np.float32)
    whole[-copies:] = whole[:copies] + 0.5 * draw.normal(size=(copies, 32))
    whole /= np.linalg.norm(whole, axis=1, keepdims=True)
    whole[::40] = 0
    return whole.astype(np.float16)


def by_force(some: vectors.Vectors, least: float) -> set[tuple[int, int]]:
    cosines = np.triu(some.astype(np.float64) @ some.astype(np.float64).T, 1)
    return set(zip(*(side.tolist() for side in np.nonzero(cosines >= least)), strict=True))


def test_all_near_pairs_are_proposed_once_and_those_a_little_farther_may_be() -> None:
    some = drawn(5000, 500)
    pairs = vectors.near_vectors(some, 0.7)
    found = set(map(tuple, pairs.tolist()))
    assert len(found) == len(pairs)
    assert by_force(some, 0.7) <= found <= by_force(some, 0.7 - 2 * vectors.SLACK)


def test_many_vectors_share_cells_with_nearly_all_that_are_near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "CROWDED", 2_000)
    monkeypatch.setattr(cells, "ROWS_PER_CELL", 1_000)
    some = drawn(5000, 500)
    wanted = by_force(some, 0.7)
    found = set(map(tuple, vectors.near_vectors(some, 0.7).tolist()))
    assert len(found & wanted) >= 0.97 * len(wanted)
    assert found <= by_force(some, 0.7 - 2 * vectors.SLACK)


def test_no_vectors_have_no_pairs() -> None:
    assert vectors.near_vectors(np.zeros((0, 8), np.float16), 0.5).shape == (0, 2)
    assert vectors.near_vectors(np.zeros((9, 0), np.float16), 0.5).shape == (0, 2)
