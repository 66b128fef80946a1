"""Arrow columns of fixed-size values as NumPy arrays, and ids as ranks."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanset.dedup.propose.bands import Codes


def fixed_bytes(column: pa.Array | pa.ChunkedArray) -> NDArray[np.uint8]:
    """uint8[n, width]: the values of a fixed-size binary column, without a copy where it is one chunk.

    Raises:
        ValueError: if there is a null.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if array.null_count:
        raise ValueError(f"a column of {array.type} has {array.null_count} nulls, expected none")
    width = array.type.byte_width
    if not len(array):
        return np.zeros((0, width), np.uint8)
    values = np.frombuffer(array.buffers()[1], np.uint8)
    return values[array.offset * width : (array.offset + len(array)) * width].reshape(len(array), width)


def codes_of(column: pa.Array | pa.ChunkedArray) -> Codes:
    """uint64[n, width / 8]: a fixed-size binary column as big-endian words, so that order is kept."""
    return np.ascontiguousarray(fixed_bytes(column)).view(">u8").astype(np.uint64)


def sort_rows(words: Codes) -> NDArray[np.int64]:
    """Places of the rows in ascending order, first word first; equal rows keep their order."""
    order = np.argsort(words[:, 0], kind="stable")
    leading = words[order, 0]
    if words.shape[1] == 1 or not (leading[1:] == leading[:-1]).any():
        return order
    return np.lexsort(words.T[::-1])


def rank_ids(*columns: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, list[NDArray[np.int64]]]:
    """The distinct ids of all columns in ascending order, and each column as places in it."""
    chunks = [chunk for column in columns for chunk in (column.chunks if hasattr(column, "chunks") else [column])]
    encoded = pa.chunked_array(chunks).combine_chunks().dictionary_encode()
    distinct = encoded.dictionary
    order = sort_rows(codes_of(distinct))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    places = rank[encoded.indices.to_numpy(zero_copy_only=False)]
    ends = np.cumsum([len(column) for column in columns])[:-1]
    return distinct.take(pa.array(order)), np.split(places, ends)
