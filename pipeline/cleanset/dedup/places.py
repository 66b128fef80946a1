"""The rows of many files as one sequence: a row's *place* is its number in it.

A place is eight bytes that say where a picture's columns lie, so that wide columns need not travel before they are
asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cleanset.rundir import iter_parquet, open_for_arrow, read_parquet

Index = NDArray[np.int64]
VECTOR = "vector"
"""Column of the files of vectors: ``binary(2 * dim)``, float16 of length 1, null without a picture."""


@dataclass(frozen=True, slots=True)
class Places:
    """Parquet files, one after another.

    Attributes:
        files: their paths or URLs.
        starts: the place of the first row of each file, and at the end the number of all rows.
        vectors: files of vectors, row by row beside ``files``; none where there is no embedding.
    """

    files: tuple[str, ...]
    starts: tuple[int, ...]
    vectors: tuple[str, ...] = ()

    @classmethod
    def of(cls, files: Sequence[str], rows: Sequence[int], vectors: Sequence[str] = ()) -> Places:
        """The places of files with so many rows each."""
        return cls(tuple(files), tuple(accumulate(rows, initial=0)), tuple(vectors))

    def beside(self) -> Places:
        """The files of vectors as places of their own."""
        return Places(self.vectors, self.starts)

    def __len__(self) -> int:
        """The number of all rows."""
        return self.starts[-1]

    def read(self, columns: Sequence[str], rows: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        """All rows, in batches of at most ``rows``, each with the place of its first row.

        Raises:
            ValueError: a file has another number of rows than was said.
        """
        for number in range(len(self.files)):
            yield from self.read_file(number, columns, rows)

    def read_file(self, number: int, columns: Sequence[str], rows: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        """The rows of one file, likewise.

        Raises:
            ValueError: the file has another number of rows than was said.
        """
        file, start, end = self.files[number], self.starts[number], self.starts[number + 1]
        place = start
        for batch in iter_parquet(file, columns, rows):
            yield place, batch
            place += batch.num_rows
        if place != end:
            raise ValueError(f"{file}: has {place - start} rows, expected {end - start}")

    def take(self, places: Index, columns: Sequence[str]) -> pa.Table:
        """The rows at these places, which ascend; row groups without any are not read."""
        ends = np.searchsorted(places, self.starts[1:])
        begins = np.concatenate([[0], ends[:-1]])
        wanted = np.flatnonzero(ends > begins)
        tables = [self._take(int(i), places[begins[i] : ends[i]] - self.starts[i], columns) for i in wanted]
        return pa.concat_tables(tables) if tables else pa.table({})

    def _take(self, file: int, rows: Index, columns: Sequence[str]) -> pa.Table:
        """The rows of one file with these ascending numbers, and their vectors."""
        table = _take(self.files[file], rows, columns)
        if not self.vectors:
            return table
        return table.append_column(VECTOR, _take(self.vectors[file], rows, [VECTOR])[VECTOR])


def _take(file: str, rows: Index, columns: Sequence[str]) -> pa.Table:
    """The rows with these ascending numbers."""
    tables = []
    with open_for_arrow(file) as source, pq.ParquetFile(source) as parquet:
        ends = np.cumsum([parquet.metadata.row_group(i).num_rows for i in range(parquet.num_row_groups)])
        cuts = np.searchsorted(rows, ends)
        for group in range(parquet.num_row_groups):
            here = rows[cuts[group - 1] if group else 0 : cuts[group]]
            if len(here):
                first = ends[group - 1] if group else 0
                table = parquet.read_row_group(group, columns=list(columns)).replace_schema_metadata(None)
                tables.append(table.take(pa.array(here - first)))
    return pa.concat_tables(tables)


def with_vectors(pictures: Iterable[pa.RecordBatch], file: str) -> Iterator[pa.RecordBatch]:
    """All rows of a features file, in their order, with the column ``VECTOR`` of the file of their vectors."""
    vectors, start = read_parquet(file, [VECTOR])[VECTOR].combine_chunks(), 0
    for batch in pictures:
        yield batch.append_column(VECTOR, vectors.slice(start, batch.num_rows))
        start += batch.num_rows
