"""The addresses that are worth fetching: what the policy would allow of samples whose image nobody has fetched yet."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cleanset.errors import RunError
from cleanset.manifest.read import open_record
from cleanset.rights.evidence import Layer
from cleanset.rundir import RunDirectory, iter_parquet, open_whole
from cleanset.schemas import CLAIMS, MANIFEST, Status

ROWS_AT_ONCE = 32_768
_TAKEN = """
    key caption url width height original_width original_height status error_message exif md5 sha256 sha512
"""
TAKEN = frozenset(_TAKEN.split())
"""Columns that img2dataset writes itself, and refuses among those that it is to keep."""
_NAMES = ["sample_id", "shard", "key"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list of addresses that was written: its rows, and the columns beside address and caption."""

    rows: int
    columns: tuple[str, ...]

    def command(self, path: str) -> str:
        """What fetches the list, with the files as they are and with what was said of them."""
        kept = f" --save_additional_columns '{json.dumps(self.columns)}'" if self.columns else ""
        return (
            f"img2dataset --url_list {path} --input_format parquet --url_col url --caption_col caption{kept}"
            " --output_format webdataset --output_folder SHARDS --disable_all_reencoding True"
        )


def write_wanted(run: RunDirectory, path: str) -> Wanted:
    """``path`` lists, as img2dataset reads it, the samples that only lack their image.

    Beside address and caption there is a column for each column of the input that a claim rests on, so that the same
    rights are found again in what was fetched. Manifest and claims are read twice, one file at a time.

    Raises:
        RunError: the run has no manifest, or no such samples.
        OutputError: the list cannot be written.
    """
    open_record(run)
    columns = sorted({name for part in _parts(run) for row in part for name in row} - {"url", "caption"})
    schema = pa.schema([(name, pa.string()) for name in ("url", "caption", *columns)])
    rows = 0
    with open_whole(path) as stream, pq.ParquetWriter(stream, schema) as writer:
        for part in _parts(run):
            rows += len(part)
            writer.write_table(pa.Table.from_pylist(part, schema))
        if not rows:
            raise RunError(f"{run.root}: its policy allows no sample that has an address and no image yet")
    return Wanted(rows, tuple(columns))


def _parts(run: RunDirectory) -> Iterator[list[dict[str, str]]]:
    """The rows of the list, some at a time; the files of manifest and claims are of the same samples."""
    for manifest, claims in zip(run.files(MANIFEST.name), run.files(CLAIMS.name), strict=True):
        wanted: dict[tuple[str, ...], dict[str, str]] = {}
        for batch in iter_parquet(manifest, [*_NAMES, "url", "caption", "reasons"], ROWS_AT_ONCE):
            for row in batch.to_pylist():
                if row["url"] and row["reasons"] == [Status.NOT_DOWNLOADED.value]:
                    wanted[tuple(row[name] for name in _NAMES)] = {"url": row["url"], "caption": row["caption"] or ""}
        said: dict[tuple[str, ...], dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
        for batch in iter_parquet(claims, [*_NAMES, "layer", "locator", "text"], ROWS_AT_ONCE) if wanted else ():
            of_input = batch.filter(pc.equal(batch.column("layer"), Layer.COLUMN.value))
            for row in of_input.to_pylist():
                place = tuple(row[name] for name in _NAMES)
                if place in wanted and row["locator"] not in TAKEN:
                    said[place][row["locator"]][row["text"]] = None
        yield [columns | _texts(said[place]) for place, columns in wanted.items()]


def _texts(said: dict[str, dict[str, None]]) -> dict[str, str]:
    """The text of each column; of several, all that it said, as a JSON list."""
    return {
        name: next(iter(texts)) if len(texts) == 1 else json.dumps(list(texts), ensure_ascii=False)
        for name, texts in said.items()
    }
