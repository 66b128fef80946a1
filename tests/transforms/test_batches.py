from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.errors import OutputError
from cleanset.schemas import COMPONENTS, PAIRS
from cleanset.transforms.batches import RecordBatchCoder, of_table
from cleanset.transforms.spill import spilled

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


def test_a_local_run_shuffles_the_places_of_batches_and_leaves_no_file(tmp_path: Path) -> None:
    batches = [_components([(sha256(bytes([i, n])).digest()[:16], b"0" * 16) for i in range(250)]) for n in range(3)]
    coder = RecordBatchCoder()
    with spilled(str(tmp_path / "run")):
        places = [coder.encode(batch) for batch in batches]
        assert max(map(len, places)) < 32
        assert [coder.decode(place) for place in places] == batches
    assert list((tmp_path / "run").iterdir()) == []
    assert len(coder.encode(batches[0])) > 4_000


def test_a_folder_that_takes_no_file_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "run").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot be written to"), spilled(str(tmp_path / "run")):
        pass


def test_batches_of_several_tables_are_told_apart() -> None:
    one = _components([(b"a" * 16, b"a" * 16)])
    other = PAIRS.empty().to_batches() or [pa.RecordBatch.from_pylist([], PAIRS.arrow)]
    tables = of_table([one, *other, one])
    assert {name: table.num_rows for name, table in tables.items()} == {"components": 2, "pairs": 0}
