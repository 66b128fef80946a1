"""What is proposed does not depend on how the work is shared, and nothing that is near is left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cleanset.config import MatchConfig
from cleanset.dedup.propose import hamming, sides
from cleanset.dedup.propose.candidates import (
    CROWDED,
    FIRST,
    TURNS,
    Layouts,
    Share,
    candidate_batches,
    candidate_pairs,
    in_share,
    shares_for,
)
from cleanset.dedup.propose.coded import CODED, Coded, gather_codes, with_codes
from cleanset.schemas import CANDIDATES, FORMS, SAMPLE_ID, VIEW_BYTES, check

LIMITS = MatchConfig(phash_bits=6, pdq_bits=20, recall=0.99)


def codes(rng: np.random.Generator, count: int, octets: int, flips: int) -> NDArray[np.uint8]:
    """Codes in families: each differs from its family's in up to ``flips`` bits, and some are repeated."""
    families = rng.integers(0, 256, (max(1, count // 6), octets), dtype=np.uint8)
    bits = np.unpackbits(families[rng.integers(0, len(families), count)], axis=1)
    for row in bits:
        places = rng.choice(8 * octets, rng.integers(0, flips + 1), replace=False)
        row[places] ^= 1
    return np.packbits(bits, axis=1)


def coded_batch(seed: int, count: int) -> pa.RecordBatch:
    """Rows with the columns that proposing reads; some pictures are repeated."""
    rng = np.random.default_rng(seed)
    forms = codes(rng, count * FORMS, 32, 12).reshape(count, FORMS * 32)
    columns = {
        "sample_id": pa.array([rng.bytes(16) for _ in range(count)], SAMPLE_ID),
        "pixel_id": pa.array([rng.bytes(16) for _ in range(count)], SAMPLE_ID),
        "phash": pa.array([row.tobytes() for row in codes(rng, count, 8, 4)], pa.binary(8)),
        "pdq_quality": pa.array(rng.integers(30, 101, count), pa.uint8()),
        "pdq_forms": pa.array([row.tobytes() for row in forms], pa.binary(32 * FORMS)),
        "low_information": pa.array(rng.random(count) < 0.05),
        "views": pa.array([rng.bytes(VIEW_BYTES * (i % 7 == 0)) for i in range(count)], pa.binary()),
    }
    batch = pa.RecordBatch.from_pydict({name: columns[name] for name in CODED})
    again = batch.take(pa.array(rng.integers(0, count, count)))
    return again.set_column(0, "sample_id", columns["sample_id"])


def proposed(batch: pa.RecordBatch, layouts: Layouts, shares: Sequence[Share]) -> set[tuple[int, int]]:
    """Places that the shares propose, each from the rows that it holds."""
    found: set[tuple[int, int]] = set()
    for share in shares:
        coded = gather_codes([in_share(with_codes(batch, 0), layouts, share)], LIMITS.pdq_quality)
        for candidates in candidate_batches(coded, layouts, share):
            check(candidates, CANDIDATES)
            found.update(zip(*(column.to_pylist() for column in candidates.columns), strict=True))
    return found


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**20), st.integers(2, 4), st.integers(2, 9))
def test_any_number_of_shares_proposes_the_same_pairs(seed: int, groups: int, ranges: int) -> None:
    batch = coded_batch(seed, 120)
    layouts = Layouts.of(LIMITS, 5_000)
    whole = proposed(batch, layouts, [Share()])
    shares = [Share(group, groups, part, ranges) for group in range(groups) for part in range(ranges)]
    assert whole
    assert proposed(batch, layouts, shares) == whole


def test_shares_agree_also_on_crowded_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hamming, "HOT", 4)
    for seed in range(4):
        batch = coded_batch(seed, 200)
        layouts = Layouts.of(LIMITS, 100_000)
        shares = [Share(group, 3, part, 5) for group in range(3) for part in range(5)]
        assert proposed(batch, layouts, shares) == proposed(batch, layouts, [Share()])


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**20))
def test_complete_layouts_propose_every_pair_of_near_hashes(seed: int) -> None:
    limits = MatchConfig(phash_bits=6, pdq_bits=20, recall=1.0)
    coded = gather_codes([with_codes(coded_batch(seed, 60), 0)], limits.pdq_quality)
    found = {(int(a), int(b)) for a, b in candidate_pairs(coded, Layouts.of(limits, 60), Share())}
    assert found == by_brute_force(coded, limits)


def by_brute_force(coded: Coded, limits: MatchConfig) -> set[tuple[int, int]]:
    """Every pair of rows with a near hash in some orientation."""
    pairs = set()
    forms = {form: coded.pdq(form) for form in (0, *TURNS)}
    for i in range(len(coded)):
        bits = sides.distances(coded.phash[i : i + 1], coded.phash)
        pairs |= {(min(i, int(j)), max(i, int(j))) for j in np.flatnonzero(bits <= limits.phash_bits) if j != i}
    for i, row in enumerate(coded.reliable):
        for turned in forms.values():
            bits = sides.distances(forms[0][i : i + 1], turned)
            others = coded.reliable[bits <= limits.pdq_bits]
            pairs |= {(min(int(row), int(j)), max(int(row), int(j))) for j in others if j != row}
    return pairs


def test_a_crowd_with_one_code_is_proposed_against_its_first_pictures() -> None:
    batch = coded_batch(4, 1_000)
    same = pa.array([b"\x5a" * 8] * 1_000, pa.binary(8))
    crowd = batch.set_column(2, "phash", same).set_column(3, "pdq_quality", pa.array([0] * 1_000, pa.uint8()))
    coded = gather_codes([with_codes(crowd, 0)], LIMITS.pdq_quality)
    assert len(coded) > CROWDED
    pairs = candidate_pairs(coded, Layouts.of(LIMITS, 1_000), Share())
    assert len(pairs) == FIRST * len(coded) - FIRST * (FIRST + 1) // 2
    assert set(pairs[:, 0].tolist()) == set(range(FIRST))


def test_of_equal_pixels_the_least_sample_is_compared_and_flat_or_missing_pictures_are_not() -> None:
    batch = coded_batch(1, 50)
    coded = gather_codes([with_codes(batch.slice(0, 20), 0), with_codes(batch.slice(20), 20)], LIMITS.pdq_quality)
    rows = [row | {"place": place} for place, row in enumerate(batch.to_pylist()) if not row["low_information"]]
    least: dict[bytes, int] = {}
    for row in sorted(rows, key=lambda row: row["sample_id"]):
        least.setdefault(row["pixel_id"], row["place"])
    assert coded.place.tolist() == list(least.values())
    nothing = batch.set_column(2, "phash", pa.nulls(50, pa.binary(8)))
    none = gather_codes([with_codes(nothing, 0)], LIMITS.pdq_quality)
    assert len(none) == 0
    assert candidate_pairs(none, Layouts.of(LIMITS, 0), Share()).shape == (0, 2)
    assert len(gather_codes([], LIMITS.pdq_quality).pdq(3)) == 0


def test_shares_hold_few_enough_pictures_and_cover_every_bucket_once() -> None:
    layouts = Layouts.of(LIMITS, 1_000)
    assert shares_for(1_000, layouts, workers=1) == [Share()]
    assert len(shares_for(1_000, layouts, workers=3)) == 3
    many = shares_for(1_000, layouts, workers=1, rows_at_once=500)
    bands = max(len(layouts.phash), len(layouts.pdq))
    assert len(many) == bands * many[0].ranges
    assert many[0].ranges * 500 >= 8 * 1_000
    assert {(share.group, share.part) for share in many} == {
        (group, part) for group in range(bands) for part in range(many[0].ranges)
    }
