"""What match reads, sends and holds, computed from its plan at sizes that nobody can run here."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from cleanset.config import MatchConfig
from cleanset.dedup.places import Places
from cleanset.dedup.propose import cells, lane, plan
from cleanset.dedup.propose.plan import Plan, plan_match
from cleanset.pipelines.match import WORKERS
from cleanset.transforms.scatter import PIECES, Scatter, hops

GIB = 1 << 30
SIZES = [4_194_304, 4_194_305, 10**7, 10**8, 10**9, 5_850_000_000]
VIEWS = 1.5
"""Views of a picture, more than the 1.4 of the corpus."""


def planned(rows: int, dim: int = 512) -> Plan:
    """The plan for so many rows in a thousand files."""
    bounds = tuple(int(start) for start in np.linspace(0, rows, 1_001))
    files = tuple(f"{i:04d}" for i in range(1_000))
    return plan_match(Places(files, bounds, files), MatchConfig(), dim, workers=WORKERS)


@pytest.mark.parametrize("rows", SIZES)
def test_all_shares_together_scan_the_rows_a_few_times(rows: int) -> None:
    made = planned(rows)
    ids_for_exact_links, ids_for_choosing = 1, 1
    assert len(made.shares) + len(made.lanes) + ids_for_exact_links + ids_for_choosing <= 20


@pytest.mark.parametrize("rows", SIZES)
def test_a_partition_of_cells_stays_below_a_gibibyte(rows: int) -> None:
    for of in planned(rows).lanes:
        many = VIEWS if of.kind is lane.Kind.VIEWS else 1
        assert rows * many * cells.PROBES * (of.dim + 16) / of.parts() <= GIB


@pytest.mark.parametrize("rows", SIZES)
def test_partitions_of_ids_stay_below_a_gibibyte(rows: int) -> None:
    links_of_a_row, bytes_of_a_pair = 10, 48
    assert rows / planned(rows).parts * links_of_a_row * bytes_of_a_pair <= GIB


@pytest.mark.parametrize("parts", [1, 64, 65, 4_096, 8_192, 200_000, 1 << 20])
def test_a_batch_falls_into_at_most_64_pieces_in_every_hop(parts: int) -> None:
    rng = np.random.default_rng(parts)
    rows = {int(n): pa.record_batch({"part": pa.array([n], pa.uint32())}) for n in rng.integers(0, parts, 300)}
    together = [pa.concat_batches(list(rows.values()))]
    for width in hops(parts):
        pieces = [list(Scatter(parts).pieces(batch, width)) for batch in together]
        assert max(map(len, pieces)) <= PIECES
        together = [batch for split in pieces for _, batch in split]
    assert sorted(batch["part"][0].as_py() for batch in together) == sorted(rows)


@pytest.mark.parametrize("rows", SIZES)
def test_the_sample_that_cells_are_trained_on_stays_below_two_gibibytes(rows: int) -> None:
    for of in planned(rows).lanes:
        assert cells.sample_for(rows) * of.dim <= 2 * GIB


def test_a_crowded_cell_is_compared_in_little_memory() -> None:
    product, rows = 4 * cells.BLOCK**2, cells.CROWDED * 512
    pairs = 2 * 24 * (cells.BLOCK * cells.MOST_NEAR + cells.BLOCK**2)
    assert rows + 3 * product + pairs <= GIB


def test_few_rows_are_joined_by_codes_and_many_by_cells() -> None:
    few, many = planned(plan.JOINED_AT_MOST), planned(plan.JOINED_AT_MOST + 1)
    assert few.shares
    assert [of.kind for of in few.lanes] == [lane.Kind.EMBEDDING]
    assert not many.shares
    assert [of.kind for of in many.lanes] == [lane.Kind.VIEWS, lane.Kind.EMBEDDING]


def test_of_equal_pixels_the_least_sample_takes_part() -> None:
    ids, pixels = [b"c" * 16, b"a" * 16, b"b" * 16, b"d" * 16], [b"1" * 16, b"1" * 16, b"2" * 16, b"2" * 16]
    rows = pa.table(
        {"sample_id": pa.array(ids, pa.binary(16)), "pixel_id": pa.array(pixels, pa.binary(16)), "place": [0, 1, 2, 3]}
    )
    assert lane.distinct(rows).tolist() == [1, 2]


def test_what_an_embedding_proposes_for_a_row_stays_bounded_at_any_number_of_rows() -> None:
    limits = [lane.Lane.of_vectors(Places(("a",), (0, rows)), 512, 0.5).limit for rows in (1, 10**5, 10**6, 10**9)]
    assert limits == pytest.approx([0.49, 0.49, 0.54, 0.69])
    assert lane.Lane.of_vectors(Places(("a",), (0, 10**9)), 512, 0.5).most * cells.PROBES * 7e-3 < 0.2  # CPU s a row
