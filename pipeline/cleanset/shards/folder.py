"""Samples of a folder of images, with what lies beside them.

- ``photo.txt``, ``photo.json`` and ``photo.xmp`` belong to ``photo.jpg``, and so do ``photo.jpg.txt`` and so on;
- a metadata table (CSV, TSV, JSON Lines or Parquet) has a column that names files, as Hugging Face's ``metadata.csv``
  has ``file_name``, relative to the table; a row whose file is not there is a sample with the status ``missing``;
- img2dataset's ``files`` layout, ``00000/`` beside ``00000.parquet``, is joined like its tars.

The key is the path below the folder (for img2dataset, its key); samples come in the order of the paths.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cleanset.schemas import Status
from cleanset.shards import formats, sidecar, storage, table
from cleanset.shards.arrow_rows import rows_of
from cleanset.shards.assembly import MAX_TEXT_BYTES, TEXT_FIELDS, Assembly, unique_key
from cleanset.shards.columns import clean
from cleanset.shards.condition import Condition
from cleanset.shards.join import Join, open_sidecar, rows_without_image
from cleanset.shards.profiles import Profile
from cleanset.shards.sample import Sample, Shard
from cleanset.trouble import fault_of

FILE_COLUMNS = ("file_name", "filename", "file", "path", "filepath", "file_path", "image_path", "image")
PART = "@"
"""Between the name of a folder and the number of its part."""
ROWS = 4096


def file_column(columns: list[str]) -> str | None:
    """The column of a metadata table that names files."""
    return next((name for name in FILE_COLUMNS if name in columns), None)


def target(row: dict[str, Any], column: str, folder: str, root: str) -> str:
    """The file that a metadata row names, relative to ``root``; the row's table lies in ``folder``, at or below it."""
    name = posixpath.join(folder, str(row.get(column) or "").replace("\\", "/"))
    return posixpath.normpath(name.removeprefix(f"{root.rstrip('/')}/"))


def read_metadata(path: str) -> Iterator[table.Row]:
    """Rows of a metadata table of any kind; a damaged one ends with a row that says so."""
    try:
        if not path.endswith(".parquet"):
            yield from table.read_rows(path)
            return
        with storage.open_binary(path) as source:
            for batch in pq.ParquetFile(source).iter_batches(ROWS, use_threads=False):
                yield from (table.Row(row) for row in rows_of(batch))
    except (pa.ArrowException, OSError, ValueError) as error:
        yield table.Row({}, f"cannot be read: {fault_of(error)}", Status.TRUNCATED)


def read_folder(shard: Shard, profile: Profile, max_image_bytes: int, condition: Condition) -> Iterator[Sample]:
    """Every image of this part of the folder, then the rows that name a file which is not there."""
    images = [path for path in shard.files if formats.is_image_name(path)]
    from_img2dataset = any(path.endswith(sidecar.STATS_SUFFIX) for path in shard.files)
    join = open_sidecar(shard, condition) if from_img2dataset else Join(None, "")
    rows, problems = ({}, []) if from_img2dataset else _metadata_rows(shard, condition)
    texts = _texts_by_name(shard.files)
    keys: dict[str, int] = {}
    for path in images:
        name = storage.relative_name(path, shard.path)
        assembly = Assembly(unique_key(clean(name.partition(".")[0] if from_img2dataset else name), keys))
        found = rows.pop(name, ())
        for problem in problems:
            assembly.doubt("metadata", problem, is_described=bool(found))
        image, status = _read_image(path, assembly, max_image_bytes)
        described = _read_beside(path, texts, assembly)
        for row in found:
            _add_metadata(assembly, row)
        join.add_to(assembly, was_described=described)
        if profile.name == "folder":
            assembly.uid = f"{_folder_name(shard)}/{clean(name)}"
        yield assembly.sample(profile, image, status)
    yield from _without_file(shard, profile, rows, keys)
    if join.rows is not None:
        yield from rows_without_image(join.rows, shard, profile, keys)


def _folder_name(shard: Shard) -> str:
    """The name of the whole folder, of which the shard may be a part: the same however the folder is split."""
    return shard.name.rpartition(PART)[0] if any(shard.span) else shard.name


def _metadata_rows(shard: Shard, condition: Condition) -> tuple[dict[str, list[table.Row]], list[str]]:
    """Rows of the shard's metadata tables by the file they name, for files in the shard's span.

    Beside them, for each table with rows that name no file, what is wrong with the first, and how many there are.
    """
    rows: dict[str, list[table.Row]] = {}
    nameless: dict[str, list[str]] = {}
    first, end = shard.span
    for path in shard.files:
        if not (path.endswith(".parquet") or table.is_table(path)):
            continue
        folder = storage.parent(path)
        column = None
        for row in read_metadata(path):
            if row.status is Status.TRUNCATED:
                condition.damaged(f"{storage.base_name(path)}: {row.problem}")
            column = column or file_column(list(row.values))
            if column is None or not row.values.get(column):
                nameless.setdefault(path, []).append(row.problem or "a row names no file")
                continue
            name = target(row.values, column, folder, shard.path)
            if first <= name and (not end or name < end):
                rows.setdefault(name, []).append(row)
    return rows, [_in_one(storage.base_name(path), found) for path, found in nameless.items()]


def _in_one(name: str, problems: list[str]) -> str:
    more = f", and {len(problems) - 1} more such rows" if len(problems) > 1 else ""
    return f"{name}: {problems[0]}{more}"


def _add_metadata(assembly: Assembly, row: table.Row) -> None:
    column = file_column(list(row.values))
    assembly.add_row({name: value for name, value in row.values.items() if name != column})
    if row.problem:
        assembly.fail("metadata", row.problem)


def _read_image(path: str, assembly: Assembly, max_image_bytes: int) -> tuple[bytes | None, Status]:
    try:
        size = storage.size(path)
        if size > max_image_bytes:
            assembly.notes.append(f"{size} bytes, over the limit of {max_image_bytes}")
            return None, Status.TOO_LARGE
        return storage.read_bytes(path), Status.OK
    except OSError as error:
        assembly.notes.append(f"cannot be read: {fault_of(error)}")
        return None, Status.MISSING


def _texts_by_name(files: Iterable[str]) -> dict[tuple[str, str], list[str]]:
    """Text files by their path without suffix and their suffix in lower case."""
    texts: dict[tuple[str, str], list[str]] = {}
    for path in files:
        if (suffix := formats.suffix_of(path)) in TEXT_FIELDS:
            texts.setdefault((path.rpartition(".")[0], suffix), []).append(path)
    return texts


def _read_beside(path: str, texts: dict[tuple[str, str], list[str]], assembly: Assembly) -> bool:
    """Reads the files beside an image; whether one of them was JSON."""
    stem = path.rpartition(".")[0]
    described = False
    for name in TEXT_FIELDS:
        for beside in (*texts.get((stem, name), ()), *texts.get((path, name), ())):
            described = described or name == "json"
            try:
                if storage.size(beside) > MAX_TEXT_BYTES:
                    assembly.fail(name, f"over {MAX_TEXT_BYTES} bytes")
                else:
                    assembly.add_field(name, storage.read_bytes(beside))
            except OSError as error:
                assembly.fail(name, fault_of(error))
    return described


def _without_file(
    shard: Shard, profile: Profile, rows: dict[str, list[table.Row]], keys: dict[str, int]
) -> Iterator[Sample]:
    for name, found in rows.items():
        assembly = Assembly(unique_key(clean(name), keys))
        for row in found:
            _add_metadata(assembly, row)
        assembly.notes.append("the metadata names this file, and it is not there")
        if profile.name == "folder":
            assembly.uid = f"{_folder_name(shard)}/{clean(name)}"
        yield assembly.sample(profile, None, Status.MISSING)
