"""Whether the bytes at hand are those that were downloaded: the hash that a data set recorded against theirs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

_LENGTHS = {"sha256": 64, "sha512": 128, "md5": 32}
_COLUMNS = {**{name: name for name in _LENGTHS}, "md5_hash": "md5", "hash": "md5"}
_HEX = frozenset("0123456789abcdef")


class Comparison(NamedTuple):
    """``reencoded`` as in ``Sample``; ``content_id`` when SHA-256 was computed on the way."""

    reencoded: bool | None
    content_id: bytes | None


def compare(image: bytes, columns: Mapping[str, str]) -> Comparison:
    """Compare with the first of the columns sha256, sha512, md5, md5_hash and hash (both of PD12M) that holds a hash.

    img2dataset's column is the hash of the downloaded file; the shard holds what it wrote after resizing. Nothing is
    computed without such a column. A column called ``hash`` counts only when it looks like an MD5: LAION's is a number.
    """
    for column, algorithm in _COLUMNS.items():
        recorded = columns.get(column, "").strip().lower()
        if len(recorded) == _LENGTHS[algorithm] and _HEX.issuperset(recorded):
            digest = hashlib.new(algorithm, image, usedforsecurity=False).digest()
            return Comparison(digest.hex() != recorded, digest if algorithm == "sha256" else None)
    return Comparison(None, None)
