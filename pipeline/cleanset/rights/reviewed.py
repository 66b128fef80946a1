"""Tables of ``licenses/`` that stand beside the license book: reviewed rows with their sources."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from importlib import resources

from cleanset.errors import ConfigError


def read_rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one table, in file order.

    Raises:
        ConfigError: the file is missing, or a row has too few or too many cells.
    """
    try:
        text = resources.files("cleanset").joinpath("licenses", name).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"licenses/{name} cannot be read: {error}") from error
    for number, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        if None in row or None in row.values():
            raise ConfigError(f"licenses/{name}, row {number}: has not as many cells as the header")
        yield row
