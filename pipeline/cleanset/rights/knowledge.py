"""The digest of all reviewed data that rights are judged by: it names exactly what a run was decided with."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources


@cache
def knowledge_digest() -> str:
    """SHA-256, in hex, of every table in ``licenses/``: the book, hosts, reservations, terms; policies apart.

    The book's own digest covers only what reads a license's name; a stock agency that is added changes this one.
    """
    digest = hashlib.sha256()
    folder = resources.files("cleanset").joinpath("licenses")
    for table in sorted((entry for entry in folder.iterdir() if entry.name.endswith(".csv")), key=lambda e: e.name):
        content = table.read_bytes()
        digest.update(f"{table.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
