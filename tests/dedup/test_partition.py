from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.dedup.partition import partition_ids, partitions_for, split
from cleanset.schemas import SAMPLE_ID

IDS = st.lists(st.binary(min_size=16, max_size=16), max_size=50)


@settings(max_examples=40, deadline=None)
@given(IDS, st.integers(1, 9))
def test_a_split_keeps_every_row_once_and_equal_ids_together(ids: list[bytes], parts: int) -> None:
    batch = pa.record_batch({"sample_id": pa.array(ids, SAMPLE_ID), "place": pa.array(range(len(ids)), pa.int64())})
    pieces = split(batch, partition_ids(batch.column("sample_id"), parts))
    assert sorted(place for piece in pieces.values() for place in piece.column("place").to_pylist()) == list(
        range(len(ids))
    )
    homes: dict[bytes, int] = {}
    for part, piece in pieces.items():
        assert 0 <= part < parts
        assert piece.num_rows
        assert piece.column("place").to_pylist() == sorted(piece.column("place").to_pylist())
        for sample in piece.column("sample_id").to_pylist():
            assert homes.setdefault(sample, part) == part


@settings(max_examples=40, deadline=None)
@given(IDS, st.integers(1, 9))
def test_partitions_of_ids_follow_the_order_of_the_ids(ids: list[bytes], parts: int) -> None:
    part = partition_ids(pa.array(sorted(ids), SAMPLE_ID), parts)
    assert (np.diff(part.astype(np.int64)) >= 0).all()


def test_a_slice_of_a_column_is_partitioned_as_the_slice() -> None:
    column = pa.array([bytes([i]) * 16 for i in range(200)], SAMPLE_ID)
    assert (partition_ids(column[50:90], 8) == partition_ids(column, 8)[50:90]).all()


def test_small_numbers_spread_over_the_partitions() -> None:
    counts = np.bincount(partition_ids(np.arange(10_000, dtype=np.uint64), 16), minlength=16)
    assert counts.min() > 500


def test_a_null_has_no_partition() -> None:
    with pytest.raises(ValueError, match="1 nulls"):
        partition_ids(pa.array([None], SAMPLE_ID), 4)


@pytest.mark.parametrize(("rows", "parts"), [(0, 1), (1, 1), (100, 1), (101, 2), (200, 2), (201, 4), (10_000, 128)])
def test_partitions_are_the_least_power_of_two_that_fits(rows: int, parts: int) -> None:
    assert partitions_for(rows, 100) == parts
