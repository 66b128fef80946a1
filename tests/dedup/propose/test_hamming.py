"""The banded join against comparing every pair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.dedup.partition import partition_ids
from cleanset.dedup.propose import hamming
from cleanset.dedup.propose.bands import Codes, disjoint_recall, plan
from cleanset.dedup.propose.hamming import band_keys, join_band, neighbors, neighbors_between
from cleanset.dedup.propose.neighbors import Neighbors, gather

Pairs = set[tuple[int, int, int]]


def crowd(seed: int, n: int, words: int, spread: int) -> Codes:
    """n codes around a few centers, so that all distances from 0 on occur."""
    draw = np.random.default_rng(seed)
    centers = draw.integers(0, 2**64, (max(1, n // 8), words), np.uint64, endpoint=False)
    bits = draw.random((n, words * 64)) < spread / (words * 64)
    flips = np.packbits(bits, axis=1, bitorder="little").view(np.uint64)
    return np.asarray(centers[draw.integers(0, len(centers), n)] ^ flips)


def brute_force(a: Codes, b: Codes, threshold: int, *, itself: bool) -> Pairs:
    distance = np.bitwise_count(a[:, None] ^ b[None]).sum(axis=2)
    return {
        (int(i), int(j), int(distance[i, j]))
        for i, j in zip(*np.nonzero(distance <= threshold), strict=True)
        if i < j or not itself
    }


def as_pairs(found: Neighbors) -> Pairs:
    pairs = list(zip(found.left.tolist(), found.right.tolist(), found.distance.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    return set(pairs)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 120), st.sampled_from([1, 4]), st.integers(0, 40), st.integers(0, 63))
def test_neighbors_are_exactly_the_pairs_that_brute_force_finds(
    seed: int, n: int, words: int, spread: int, threshold: int
) -> None:
    codes = crowd(seed, n, words, spread)
    assert as_pairs(neighbors(codes, threshold)) == brute_force(codes, codes, threshold, itself=True)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([(64, 6), (64, 10), (256, 31)]), st.sampled_from([500, 20_000, 10**6]))
def test_a_layout_made_for_any_number_of_codes_is_complete(seed: int, kind: tuple[int, int], n: int) -> None:
    bits, threshold = kind
    codes = crowd(seed, 60, bits // 64, threshold)
    bands = plan(bits, threshold, n)
    found = gather(pairs for band in range(len(bands)) for pairs in join_band(codes, bands, band))
    assert bands.recall == 1
    assert as_pairs(found) == brute_force(codes, codes, threshold, itself=True)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 60), st.integers(0, 90), st.integers(0, 20))
def test_neighbors_between_are_exactly_the_pairs_that_brute_force_finds(
    seed: int, base: int, queries: int, threshold: int
) -> None:
    codes = crowd(seed, base + queries, 1, 12)
    found = neighbors_between(codes[:base], codes[base:], threshold)
    assert as_pairs(found) == brute_force(codes[:base], codes[base:], threshold, itself=False)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 7))
def test_partitions_by_key_range_together_find_what_one_partition_finds(seed: int, parts: int) -> None:
    codes = crowd(seed, 150, 4, 20)
    bands = plan(256, 31, 100_000, 0.9995)
    whole = gather(pairs for band in range(len(bands)) for pairs in join_band(codes, bands, band))
    together: Pairs = set()
    for band in range(len(bands)):
        of_band: Pairs = set()
        part = partition_ids(band_keys(codes, bands, band), parts)
        for i in range(parts):
            rows = np.flatnonzero(part == i)
            found = gather(join_band(codes[rows], bands, band))
            pairs = as_pairs(Neighbors(rows[found.left], rows[found.right], found.distance))
            assert not of_band & pairs
            of_band |= pairs
        together |= of_band
    assert together == as_pairs(whole)


@pytest.mark.parametrize("shared", [16, 40])
def test_a_crowded_bucket_is_split_on_the_other_bits(monkeypatch: pytest.MonkeyPatch, shared: int) -> None:
    monkeypatch.setattr(hamming, "HOT", 32)
    codes = crowd(5, 700, 1, 60) & ~np.uint64((1 << shared) - 1)
    bands = plan(64, 6, 100_000)
    found = gather(pairs for band in range(len(bands)) for pairs in join_band(codes, bands, band))
    assert as_pairs(found) == brute_force(codes, codes, 6, itself=True)
    between = gather(
        pairs
        for band in range(len(bands))
        for pairs in hamming.join_band_between(codes[:300], codes[300:], bands, band)
    )
    assert as_pairs(between) == brute_force(codes[:300], codes[300:], 6, itself=False)


@pytest.mark.parametrize("few", [0, 40, hamming.FEW])
def test_pairs_do_not_depend_on_when_the_rest_of_the_buckets_is_compared_at_once(
    monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(hamming, "FEW", few)
    codes = crowd(6, 500, 1, 60)
    assert as_pairs(neighbors(codes, 6)) == brute_force(codes, codes, 6, itself=True)
    between = hamming.neighbors_between(codes[:200], codes[200:], 6)
    assert as_pairs(between) == brute_force(codes[:200], codes[200:], 6, itself=False)


def test_a_sampled_layout_finds_planted_pairs_as_often_as_it_says() -> None:
    draw = np.random.default_rng(3)
    codes = draw.integers(0, 2**64, (40_000, 4), np.uint64, endpoint=False)
    flips = np.argsort(draw.random((20_000, 256)), axis=1) < 31
    codes[20_000:] = codes[:20_000] ^ np.packbits(flips, axis=1, bitorder="little").view(np.uint64)
    found = neighbors(codes, 31, 0.98)
    planted = (found.right == found.left + 20_000).sum() / 20_000
    expected = plan(256, 31, 40_000, 0.98).recall
    assert expected >= 0.98
    assert planted == pytest.approx(expected, abs=0.004)


def test_recall_of_disjoint_bands_is_one_where_the_pigeonhole_says_so() -> None:
    assert disjoint_recall(64, 7, 8) == 1
    assert disjoint_recall(64, 8, 8) < 1


@pytest.mark.parametrize(
    ("bits", "threshold", "recall", "message"),
    [(63, 6, 1.0, "bits is 63"), (64, 64, 1.0, "threshold is 64"), (64, 6, 0.0, "recall is 0")],
)
def test_plan_refuses_numbers_out_of_range(bits: int, threshold: int, recall: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plan(bits, threshold, 10, recall)
