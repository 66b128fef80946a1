"""The texts of licenses that ask for their text to travel with the work: ``licenses/texts``, by SPDX id."""

from __future__ import annotations

from functools import cache
from importlib import resources

from cleanset.rights.reviewed import read_rows

TABLE = "license_texts.csv"


def license_text(spdx: str) -> str | None:
    """The text of a license as the SPDX list has it; None where none is shipped, since a link is all that is asked."""
    file = _files().get(spdx)
    if file is None:
        return None
    return resources.files("cleanset").joinpath("licenses", "texts", file).read_text(encoding="utf-8")


@cache
def _files() -> dict[str, str]:
    return {row["spdx"]: row["file"] for row in read_rows(TABLE)}
