"""Crowds, chains and animations cost what their size is, and end as they should."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from cleanset.dedup import components
from cleanset.dedup.exact import equal_links
from cleanset.dedup.propose import cells
from cleanset.dedup.propose.cells import near_pairs, shrink
from cleanset.dedup.propose.lane import distinct
from cleanset.schemas import PAIRS, SAMPLE_ID, Detector

MILLION = 1_000_000


def ids(count: int) -> pa.Array:
    """Sample ids, in no order."""
    octets = np.random.default_rng(count).integers(0, 256, (count, 16), np.uint8)
    return pa.FixedSizeBinaryArray.from_buffers(SAMPLE_ID, count, [None, pa.py_buffer(octets)])


def test_of_a_million_copies_of_one_placeholder_one_is_compared() -> None:
    samples, pixels = ids(MILLION), pa.repeat(pa.scalar(b"p" * 16, pa.binary(16)), MILLION)
    rows = pa.table({"sample_id": samples, "pixel_id": pixels, "place": np.arange(MILLION)})
    assert len(distinct(rows)) == 1
    links = equal_links(samples, pixels, Detector.PIXELS)
    assert links.num_rows == MILLION - 1
    assert len(components.contract(links)["component_id"].unique()) == 1


def test_a_component_of_a_million_is_contracted_whatever_its_shape() -> None:
    samples = ids(MILLION)
    one, next_one = samples.slice(0, MILLION - 1), samples.slice(1)
    names, distance = pa.repeat("pdq", MILLION - 1), pa.nulls(MILLION - 1, pa.float32()).fill_null(1)
    chain = pa.table([one, next_one, names, distance], schema=PAIRS.arrow)
    forest = components.contract(chain)
    assert forest.num_rows == MILLION
    assert len(forest["component_id"].unique()) == 1


def test_a_chain_that_changes_gradually_has_pairs_in_proportion_to_its_length() -> None:
    rng = np.random.default_rng(0)
    steps = np.cumsum(rng.normal(scale=0.02, size=(10_000, 64)), axis=0) + rng.normal(size=64)
    pairs = np.concatenate(list(near_pairs(shrink(steps), 0.99)))
    assert len(pairs) <= 10_000 * cells.MOST_NEAR
    linked = set(map(tuple, pairs.tolist()))
    assert sum((i, i + 1) in linked for i in range(9_999)) >= 9_900


def test_frames_of_animations_that_differ_in_pixels_only_are_all_linked() -> None:
    frames = np.repeat(np.random.default_rng(1).normal(size=(3, 64)), 700, axis=0)
    pairs = np.concatenate(list(near_pairs(shrink(frames), 0.9)))
    assert len(pairs) <= 2_100 * cells.MOST_NEAR
    assert set(np.unique(pairs)) == set(range(2_100))
