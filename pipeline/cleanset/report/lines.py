"""Text from strangers, made fit for a terminal."""

from __future__ import annotations

WIDTH = 120
"""Columns of a screen."""


def fit(text: str, width: int = WIDTH) -> str:
    """One line of at most ``width`` characters: white space is one space each, and what cannot be printed is ``?``.

    Escape sequences in a caption must not reach the terminal.
    """
    indent = " " * (len(text) - len(text.lstrip(" ")))
    words = " ".join(text.split())
    line = indent + "".join(c if c.isprintable() else "?" for c in words)
    return line if len(line) <= width else line[: width - 1] + "…"
