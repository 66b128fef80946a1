"""Read a Parquet table of a run as batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PBegin, PCollection

from cleanset.rundir import iter_parquet, require_digest
from cleanset.schemas import Table
from cleanset.transforms import batches  # noqa: F401 - registers the coder of RecordBatch


@dataclass(eq=False)
class ReadColumns(beam.PTransform):
    """Read some columns of a table's files, or all.

    Input:  the pipeline.
    Output: RecordBatch of at most ``rows`` rows, in no order, that carry the table's name.

    A file whose SHA-256 is not the one that ``files`` gives ends the pipeline; ``needs`` says what writes it again.
    """

    table: Table
    files: Mapping[str, str]
    needs: str
    rows: int = 4096
    columns: list[str] = field(default_factory=list)

    def expand(self, begin: PBegin) -> PCollection[pa.RecordBatch]:
        """Reads like its name."""
        return (
            begin
            | "Files" >> beam.Create(list(self.files.items())).with_output_types(tuple[str, str])
            | "Batches" >> beam.FlatMap(self._read).with_output_types(pa.RecordBatch)
        )

    def _read(self, file_and_digest: tuple[str, str]) -> Iterator[pa.RecordBatch]:
        file, digest = file_and_digest
        require_digest(file, digest, needs=self.needs)
        name = {"table": self.table.name}
        for batch in iter_parquet(file, self.columns or self.table.names, self.rows):
            yield batch.replace_schema_metadata(name)
