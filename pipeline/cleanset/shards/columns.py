r"""Values of any column as text: verbatim where it is text, canonical JSON where it is not.

Every text that leaves here is valid Unicode, so it can be written to Arrow. Bytes that are not UTF-8 are written as
``\xNN`` and lone surrogates as ``\uNNNN``: nothing is lost, and the reader sees where.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

MAX_TEXT = 64 * 1024
"""Characters kept of one value."""
MAX_NUMBERS = 64
"""A longer list of numbers is an embedding or a histogram, not evidence: left out."""
MAX_BINARY = 64
"""Bytes of a binary value that is kept, as hexadecimal; longer ones are left out."""
MAX_VALUES = 32
"""Values kept of one name."""
BOM = "\ufeff"
_EXACT = 2**64


def decode(raw: bytes) -> str:
    r"""Bytes as text, without a byte-order mark; bytes that are not UTF-8 become ``\xNN``."""
    return raw.decode("utf-8", "backslashreplace").removeprefix(BOM)


def is_utf8(raw: bytes) -> bool:
    """Whether ``decode`` gives the bytes back unchanged."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def clean(text: str) -> str:
    r"""The text itself if it can be encoded, else with lone surrogates as ``\uNNNN``; cut at ``MAX_TEXT``."""
    text = text[:MAX_TEXT]
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def to_text(value: object) -> str | None:
    """One value as text; None for null, empty, not-a-number and for what is too long to be evidence."""
    if isinstance(value, str):
        return clean(value) or None
    if type(value) is int:
        return str(value) if -_EXACT < value < _EXACT else clean(canonical_json(value))
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bytes):
        return value.hex() or None if len(value) <= MAX_BINARY else None
    if _is_embedding(value):
        return None
    return clean(canonical_json(value))


def _is_embedding(value: object) -> bool:
    if not isinstance(value, list) or len(value) <= MAX_NUMBERS:
        return False
    return all(isinstance(number, int | float) for number in value)


def canonical_json(value: object) -> str:
    """JSON text with sorted keys and no spaces; dates as ISO 8601, decimals as written, bytes as hexadecimal."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)
    except RecursionError:
        return '"nested too deeply"'


def _plain(value: object) -> str:
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def flatten(row: Mapping[str, Any]) -> dict[str, str]:
    """A row as text by column name; a nested object is opened one level, ``outer.inner``. Nulls are left out."""
    columns: dict[str, str] = {}
    for name, value in row.items():
        if isinstance(value, str):
            put(columns, name, clean(value) or None)
        elif isinstance(value, dict):
            for inner, nested in value.items():
                put(columns, f"{name}.{inner}", to_text(nested))
        elif isinstance(value, date | datetime | time | Decimal):
            put(columns, name, _plain(value))
        else:
            put(columns, name, to_text(value))
    return columns


def put(columns: dict[str, str], name: str, text: str | None, origin: str = "") -> None:
    """``columns`` has ``text`` under ``name``; if another value is there, under ``ORIGIN.name``, or ``#2.name``, ….

    Nothing is overwritten and nothing is added twice. The name stays the last part of the path, so that who looks for
    a license finds every one of them. After ``MAX_VALUES`` values of a name, it counts as unreadable.
    """
    if text is None or columns.get(name) == text:
        return
    name = _clean_name(name)
    candidate, number = name, 1
    while columns.get(candidate, text) != text:
        if number == MAX_VALUES:
            candidate, text = f"unreadable:{name}", f"more than {MAX_VALUES} values"
            break
        candidate = f"{origin}.{name}" if origin and candidate == name else again(name, number := number + 1)
    columns[candidate] = text


_clean_name = lru_cache(maxsize=4096)(clean)  # the rows of a shard share their names


def again(name: str, number: int) -> str:
    """The name of the second, third, … value of a name."""
    return f"#{number}.{name}"


def parse_object(text: str) -> dict[str, Any]:
    """A JSON object; a repeated name is kept as ``#2.name``. Any other JSON value comes under the name ``json``.

    Raises:
        ValueError: not JSON, nested too deeply, or a number of absurd length.
    """
    try:
        parsed = json.loads(text, object_pairs_hook=_keep_repeated)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return parsed if isinstance(parsed, dict) else {"json": parsed}


def _keep_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else dict(_numbered(pairs))


def _numbered(pairs: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, Any]]:
    times: dict[str, int] = {}
    for name, value in pairs:
        times[name] = times.get(name, 0) + 1
        yield (name if times[name] == 1 else again(name, times[name])), value
