from __future__ import annotations

from hashlib import sha256

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.schemas import COMPONENTS, PAIRS
from cleanset.transforms.batches import RecordBatchCoder, of_table

ROWS = st.lists(st.tuples(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16)), max_size=20)


def _components(rows: list[tuple[bytes, bytes]]) -> pa.RecordBatch:
    schema = COMPONENTS.arrow
    return pa.RecordBatch.from_pylist([{"sample_id": a, "component_id": b} for a, b in rows], schema)


@given(ROWS)
@settings(max_examples=25)
def test_a_batch_comes_back_with_its_rows_and_its_table(rows: list[tuple[bytes, bytes]]) -> None:
    batch = _components(rows)
    coder = RecordBatchCoder()
    back = coder.decode(coder.encode(batch))
    assert back.equals(batch)
    assert back.schema.metadata == batch.schema.metadata


def test_a_slice_weighs_what_its_rows_weigh() -> None:
    batch = _components([(sha256(bytes([i % 256, i // 256])).digest()[:16], b"0" * 16) for i in range(10_000)])
    coder = RecordBatchCoder()
    assert len(coder.encode(batch.slice(5_000, 10))) < len(coder.encode(batch)) / 100


def test_batches_of_several_tables_are_told_apart() -> None:
    one = _components([(b"a" * 16, b"a" * 16)])
    other = PAIRS.empty().to_batches() or [pa.RecordBatch.from_pylist([], PAIRS.arrow)]
    tables = of_table([one, *other, one])
    assert {name: table.num_rows for name, table in tables.items()} == {"components": 2, "pairs": 0}
