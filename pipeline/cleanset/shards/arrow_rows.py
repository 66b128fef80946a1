r"""Arrow columns as rows of Python values, whatever a writer put in them.

Arrow does not check that strings are UTF-8 when it reads Parquet, and some times do not fit Python's. Here bytes that
are not UTF-8 become ``\xNN``, as everywhere in this package, and dates and times become text.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from cleanset.shards.columns import decode


def rows_of(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """The rows of a batch by column name.

    Raises:
        ValueError: a value has no Python form; ``pyarrow.ArrowInvalid`` is one.
    """
    columns = [plain_column(column) for column in batch.columns]
    try:
        return pa.RecordBatch.from_arrays(columns, batch.schema.names).to_pylist() if columns else [{}] * len(batch)
    except OverflowError as error:
        raise ValueError(str(error)) from error


def plain_column(column: pa.Array) -> pa.Array:
    """The column with valid text only, and with dates and times as text.

    Raises:
        ValueError: the column is damaged beyond its text.
    """
    if pa.types.is_temporal(column.type):
        return column.cast(pa.string())
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        values = column.cast(_as_bytes(column.type)).to_pylist()
        return pa.array([_decoded(value) for value in values])
    return column


def _as_bytes(kind: pa.DataType) -> pa.DataType:
    """The type with bytes in the place of text."""
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pa.large_binary()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(_as_bytes(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(kind.field(n).name, _as_bytes(kind.field(n).type)) for n in range(kind.num_fields)])
    return kind


def _decoded(value: object) -> object:
    if isinstance(value, bytes):
        return decode(value)
    if isinstance(value, list):
        return [_decoded(part) for part in value]
    if isinstance(value, dict):
        return {name: _decoded(part) for name, part in value.items()}
    return value
