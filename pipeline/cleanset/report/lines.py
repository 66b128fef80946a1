"""Text from strangers, made fit for a terminal."""

from __future__ import annotations

WIDTH = 120
"""Columns of a screen."""


def fit(text: str, width: int = WIDTH) -> str:
    """One line of at most ``width`` characters: line breaks and tabs are spaces, and what cannot be printed is ``?``.

    Escape sequences in a caption must not reach the terminal.
    """
    line = "".join(" " if c.isspace() else c if c.isprintable() else "?" for c in text).rstrip()
    return line if len(line) <= width else line[: width - 1] + "…"
