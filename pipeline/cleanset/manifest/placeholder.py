"""Placeholders: one picture that came for many things, such as "image not available" or a site's logo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cleanset.rights.conclusion.trace import Rule, step


def distinct(rows: Sequence[Mapping[str, Any]], column: str) -> int:
    """How many different values the rows have; null and empty are none."""
    return len({row[column] for row in rows if row[column]})


def placeholder_step(rows: Sequence[Mapping[str, Any]], least: int) -> str | None:
    """The step of the trace that calls the picture of these rows a placeholder; None if it is none.

    Args:
        rows: all rows that show one picture, with ``caption`` and ``url``.
        least: captions and URLs from which it is one; 0: it never is.
    """
    captions, urls = distinct(rows, "caption"), distinct(rows, "url")
    if not 0 < least <= min(captions, urls):
        return None
    return step(Rule.PLACEHOLDER, f"one picture under {captions} captions and {urls} URLs")
