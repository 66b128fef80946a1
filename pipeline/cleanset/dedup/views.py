"""The views of pictures, unpacked from the columns of ``schemas.FEATURES``: one row for each view, not each picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanset.dedup.columns import fixed_bytes
from cleanset.schemas import FORMS, VIEW_BYTES, View

_FORM_BYTES = 32 * FORMS


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """m views of n pictures: first the plain ones in order of their pictures, then the others likewise.

    Attributes:
        row: int64[m], the picture.
        view: uint8[m], of ``schemas.View``.
        quality: uint8[m], of the PDQ hash.
        forms: uint8[m, 256], PDQ of the eight orientations.
    """

    row: NDArray[np.int64]
    view: NDArray[np.uint8]
    quality: NDArray[np.uint8]
    forms: NDArray[np.uint8]

    def codes(self) -> NDArray[np.uint64]:
        """uint64[m, 8, 4], the forms as big-endian words."""
        return self.forms.view(">u8").astype(np.uint64).reshape(-1, FORMS, 4)


def views_of(batch: pa.RecordBatch) -> Views:
    """All views of a batch's pictures. Needs the columns ``pdq_quality``, ``pdq_forms`` and ``views`` without nulls."""
    row, packed = unpack(batch.column("views"))
    plain = batch.num_rows
    return Views(
        np.concatenate([np.arange(plain), row]),
        np.concatenate([np.full(plain, View.PLAIN, np.uint8), packed[:, 0]]),
        np.concatenate([batch.column("pdq_quality").to_numpy(), packed[:, 1]]),
        np.concatenate([fixed_bytes(batch.column("pdq_forms")), packed[:, 2 : 2 + _FORM_BYTES]]),
    )


def unpack(column: pa.Array | pa.ChunkedArray) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """int64[m], the row of each further view, and uint8[m, VIEW_BYTES], the views; null counts as none.

    Raises:
        ValueError: if a value is not a whole number of views.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    array = array.fill_null(b"") if array.null_count else array
    ends = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1].astype(np.int64)
    lengths = np.diff(ends)
    if (lengths % VIEW_BYTES).any():
        raise ValueError(f"the column views has values that are not multiples of {VIEW_BYTES} bytes")
    rows = np.repeat(np.arange(len(array)), lengths // VIEW_BYTES)
    if not len(rows):
        return rows, np.zeros((0, VIEW_BYTES), np.uint8)
    return rows, np.frombuffer(array.buffers()[2], np.uint8)[ends[0] : ends[-1]].reshape(-1, VIEW_BYTES)
