"""Metadata columns that bear on rights, as evidence.

A column that holds a JSON object (Wikimedia's ``extmetadata``, a ``metadata`` field of a WebDataset sample) is opened,
and its fields are columns of their own: ``extmetadata.LicenseUrl``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TypeAlias

from cleanset.rights.claims.roles import column_role, column_words, plain_names
from cleanset.rights.embedded.packet import parse_error
from cleanset.rights.embedded.secondhand import read_exif_column, scan_xmp_sidecar
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout.columns import fetch_time, header_evidence, holds

MAX_VALUE = 8192
"""Characters of a value that are kept: a license text that is longer says what it is in its first lines."""
_Json: TypeAlias = dict[str, object] | list[object]
_BEGINS = re.compile(r"(?:\[\s*)*\{\s*(?:\"|\Z)")
_CAPTIONS = frozenset({"caption", "captions", "text", "prompt", "description", "title", "alt", "response"})
_MAX_FIELDS = 256
_MAX_DEPTH = 12

_SAYS_NOTHING = frozenset(
    {"", "?", "-", "--", ".", "none", "null", "nan", "n/a", "na", "undefined", "x-default", "[]", "{}", '""'}
)
"""Values that stand for no value, without case."""

_ACCESS = frozenset({"openaccess", "isopenaccess"})
_BOOLEANS = frozenset({"true", "false", "1", "0", "1.0", "0.0", "yes", "no", "y", "n", "t", "f"})
_KEY = re.compile(r'"([^"\\]{1,80})"\s{0,8}:')
_MAX_LOOKED_AT = 64 * 1024
_WRAPPED = frozenset({"value"})
"""Keys of an object that stands for its value, as Wikimedia writes one."""
_EXIF = "exif"
_XMP_SIDECAR = "sidecar:xmp"
_UNREADABLE = "unreadable:"
"""Begins the name of a field that the reader of the shard could not read."""

_SCHEMES_BY_NAME = {
    "licensedep5": "dep5",
    "licencedep5": "dep5",
    "licensespdx": "spdx",
    "spdx": "spdx",
    "edmrights": "europeana",
    "ispublicdomain": "met",
    "sharelicensestatus": "cleveland",
    "usageaccess": "smithsonian",
}
_SCHEMES_BY_WORD = {
    "flickr": "flickr",
    "yfcc": "flickr",
    "commoncatalog": "flickr",
    "pass": "flickr",
    "inaturalist": "inaturalist",
    "gbif": "gbif",
    "openverse": "openverse",
    "wikimedia": "commons",
    "commons": "commons",
    "huggingface": "huggingface",
}


@lru_cache(maxsize=4096)
def scheme_of(profile: str, locator: str) -> str | None:
    """The vocabulary that a column's values are written in, for ``LicenseBook.read``; None for plain text.

    A bare number is a Flickr license only where the profile or the column says Flickr.
    """
    for name in plain_names(locator):
        if name in _SCHEMES_BY_NAME:
            return _SCHEMES_BY_NAME[name]
    words = re.findall(r"[a-z]+", f"{profile} {locator}".casefold())
    return next((_SCHEMES_BY_WORD[word] for word in words if word in _SCHEMES_BY_WORD), None)


def says_nothing(value: str) -> bool:
    """Whether a value stands for no value."""
    return value.strip().casefold() in _SAYS_NOTHING


def evidence_from_columns(columns: dict[str, str], profile: str) -> list[Evidence]:  # noqa: ARG001  see below
    """What the metadata columns of a sample say that bears on rights, in the order of the columns' names.

    Values are verbatim, cut at ``MAX_VALUE``; values that stand for no value are left out. Stored HTTP headers, the
    ``exif`` column of img2dataset and a sidecar's XMP go through their own readers. No profile has needed columns of
    its own so far; what a profile's values mean is ``scheme_of``'s to say, when they are judged. A field that the
    shard's reader could not read is a parse error: rights may have stood there.
    """
    fields, observed_at = dict(_fields(columns)), fetch_time(columns)
    found = [*header_evidence(columns | fields), *read_exif_column(columns.get(_EXIF, ""))]
    found += scan_xmp_sidecar(columns[_XMP_SIDECAR]) if _XMP_SIDECAR in columns else []
    found += (parse_error(Layer.COLUMN, f"{n}: {fields[n][:200]}") for n in sorted(fields) if n.startswith(_UNREADABLE))
    found += (parse_error(Layer.COLUMN, f"{n}: {columns[n][:200]}") for n in sorted(columns) if _is_cut(n, columns[n]))
    for locator, value in fields.items():
        if column_role(locator) is not None and not says_nothing(value) and not _is_access_flag(locator, value):
            found.append(Evidence(Layer.COLUMN, locator, value[:MAX_VALUE], observed_at=observed_at))
            if len(value) > MAX_VALUE:
                found.append(parse_error(Layer.COLUMN, f"{locator}: {len(value)} characters, {MAX_VALUE} are read"))
    return list(dict.fromkeys(found))


def _is_access_flag(locator: str, value: str) -> bool:
    """Whether a field says only that a work can be seen: open access is no license and no public domain."""
    return plain_names(locator)[-1] in _ACCESS and value.strip().casefold() in _BOOLEANS


def _fields(columns: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Every column by name; one that holds a JSON object, or a list of more than texts, as the fields in it."""
    for name in sorted(columns):
        is_opened = column_role(name) is None and holds(name) is None and name != _EXIF
        opened = _opened(columns[name])
        if opened is None or not (is_opened or (isinstance(opened, dict) and opened.keys() >= _WRAPPED)):
            yield name, columns[name]
        else:
            yield from _field(name, opened, _MAX_DEPTH)


def _opened(value: str) -> _Json | None:
    """The JSON object or list that a text is; None for any other text."""
    if not value.startswith(("{", "[")):
        return None
    try:
        opened = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return opened if isinstance(opened, dict | list) else None


def _is_cut(name: str, value: str) -> bool:
    """Whether a value begins as a JSON object with a key and is none, so that what it says of rights is lost.

    A caption may begin as one; of such a column it takes a key about rights.
    """
    if not _BEGINS.match(value):
        return False
    try:
        json.loads(value)
    except RecursionError:
        return True
    except ValueError:
        if not _CAPTIONS.isdisjoint(column_words(name)):
            keys = (match[1] for match in _KEY.finditer(value[:_MAX_LOOKED_AT]))
            return any(column_role(key) is not None or holds(key) is not None for key in keys)
        return True
    return False


def _field(name: str, value: object, depth: int) -> Iterator[tuple[str, str]]:
    """The scalars of a field by their paths; ``{"value": …}``, as Wikimedia writes them, is the scalar itself.

    What lies deeper than is read, or is one of too many, is a field that could not be read if it may bear on rights.
    """
    while isinstance(value, dict) and value.keys() >= _WRAPPED:
        value = value["value"]
    speaks = holds(name) is not None
    if isinstance(value, str) and not speaks and column_role(name) is None:
        value = _opened(value) or value
    if isinstance(value, bool | int | float | str):
        yield name, str(value)
    elif isinstance(value, dict | list):
        if speaks or (isinstance(value, list) and all(isinstance(part, str) for part in value)):
            yield name, json.dumps(value, ensure_ascii=False)
        elif depth == 0 or len(value) > _MAX_FIELDS:
            if any(column_role(key) is not None or holds(key) is not None for key in _keys(value)):
                yield f"{_UNREADABLE}{name}", json.dumps(value, ensure_ascii=False)
        else:
            named = value.items() if isinstance(value, dict) else ((str(n), part) for n, part in enumerate(value))
            for key, part in sorted(named, key=lambda pair: pair[0]):
                yield from _field(f"{name}.{key}", part, depth - 1)


def _keys(value: _Json) -> Iterator[str]:
    """The keys of all objects in a value, however deep."""
    waiting: list[object] = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield from node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
