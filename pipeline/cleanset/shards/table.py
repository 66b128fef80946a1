r"""Rows of a text table: CSV, TSV or JSON Lines, plain or ``.gz``.

Every line gives a row or says why it does not. Text is taken verbatim; bytes that are not UTF-8 become ``\xNN``.
"""

from __future__ import annotations

import csv
import os
import zlib
from collections import Counter
from collections.abc import Iterator
from gzip import BadGzipFile
from itertools import chain, count
from typing import Any, NamedTuple, TextIO

from cleanset.schemas import Status
from cleanset.shards import storage
from cleanset.shards.assembly import Assembly
from cleanset.shards.columns import again, clean, parse_object
from cleanset.shards.condition import Condition
from cleanset.shards.profiles import Profile
from cleanset.shards.sample import Sample, Shard

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson")
MAX_LINE = 4 * 1024 * 1024
"""Characters of a line; a longer one is read in pieces, each of which is a bad row."""
KEY_DIGITS = 9
SEPARATORS = ("\t", ";", "|", ",")
"""Of fields: spreadsheets write ``;`` into a CSV file wherever a comma begins the decimals."""


class Row(NamedTuple):
    """One row by column name, and what was wrong with its line."""

    values: dict[str, Any]
    problem: str = ""
    status: Status = Status.NOT_DOWNLOADED


def is_table(path: str) -> bool:
    """Whether the name is that of a text table."""
    return path.lower().removesuffix(".gz").endswith(SUFFIXES)


def first_fields(path: str) -> list[str]:
    """The first line of a CSV or TSV, or the names in the first object of JSON Lines; empty if unreadable."""
    with storage.open_text(path) as text:
        lines = _lines(text)
        try:
            if _is_json(path):
                return list(parse_object(next(lines, "{}")))
            return next(_parse(path, lines, quoted=True), [])
        except (ValueError, csv.Error, EOFError, BadGzipFile, zlib.error):
            return []


def read_rows(path: str, header: tuple[str, ...] = ()) -> Iterator[Row]:
    """Every row; ``header`` names the columns of a table that has no header line and no quoting."""
    with storage.open_text(path) as text:
        lines = _lines(text)
        rows = _json_rows(lines) if _is_json(path) else _text_rows(path, lines, header)
        try:
            yield from rows
        except (EOFError, BadGzipFile, zlib.error) as error:
            yield Row({}, f"the file breaks off: {error}", Status.TRUNCATED)


def read_table(shard: Shard, profile: Profile, max_image_bytes: int, condition: Condition) -> Iterator[Sample]:
    """Every row as a sample without an image; keys are row numbers of nine digits."""
    del max_image_bytes
    header = profile.header if headless(shard.path, profile) else ()
    row = Row({})
    for number, row in zip(count(), read_rows(shard.path, header), strict=False):
        if row.status is Status.TRUNCATED:
            condition.damaged(row.problem)
        assembly = Assembly(f"{number:0{KEY_DIGITS}d}")
        assembly.add_row(row.values)
        assembly.notes.append(row.problem or "the table names the image and does not hold it")
        yield assembly.sample(profile, None, row.status)
    if row.problem and row.status is not Status.TRUNCATED and not _ends_in_newline(shard.path):
        condition.damaged(f"the last line breaks off: {row.problem}")


def _ends_in_newline(path: str) -> bool:
    """Whether the last line of the table has its end; of a compressed one, which has a checksum, it has."""
    if path.lower().endswith(".gz"):
        return True
    with storage.open_binary(path) as file:
        file.seek(-1, os.SEEK_END)
        return file.read() in b"\r\n"


def headless(path: str, profile: Profile) -> bool:
    """Whether the first line of the table is a row already."""
    return bool(profile.header) and not set(profile.url) & set(first_fields(path))


def _is_json(path: str) -> bool:
    return path.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson"))


def _lines(text: TextIO) -> Iterator[str]:
    while line := text.readline(MAX_LINE):
        yield line


def _parse(path: str, lines: Iterator[str], *, quoted: bool) -> Iterator[list[str]]:
    """Fields by the separator that the suffix promises, or, where it is not in the first line, one that is."""
    first = next(lines, "")
    promised = "," if path.lower().removesuffix(".gz").endswith(".csv") else "\t"
    delimiter = next((mark for mark in (promised, *SEPARATORS) if mark in first), promised)
    given = chain([first] if first else [], lines)
    return csv.reader(given, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE)


def _text_rows(path: str, lines: Iterator[str], header: tuple[str, ...]) -> Iterator[Row]:
    parsed = _parse(path, lines, quoted=not header)
    names = _distinct(list(header) or next(parsed, []))
    while True:
        try:
            fields = next(parsed)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row({}, f"not a row: {error}", Status.MISSING)
            continue
        if fields:
            yield _text_row(names, fields)


def _text_row(names: list[str], fields: list[str]) -> Row:
    values: dict[str, Any] = dict(zip(names, fields, strict=False))
    if len(fields) == len(names):
        return Row(values)
    if len(fields) > len(names):
        values["extra:fields"] = fields[len(names) :]
    return Row(values, f"{len(fields)} fields, the header has {len(names)}")


def _distinct(names: list[str]) -> list[str]:
    times: Counter[str] = Counter()
    distinct = []
    for name in names:
        times[name] += 1
        distinct.append(name if times[name] == 1 else again(name, times[name]))
    return distinct


def _json_rows(lines: Iterator[str]) -> Iterator[Row]:
    number = 1
    for line in lines:
        try:
            if line.strip():
                yield Row(parse_object(line))
        except ValueError as error:
            why = str(error).partition(": line 1 ")[0]
            yield Row({"unreadable:json": clean(line)}, f"line {number} is not JSON: {why}", Status.MISSING)
        number += line.endswith("\n")
