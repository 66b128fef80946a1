"""Text from strangers, made fit for a terminal."""

from __future__ import annotations

import json

WIDTH = 120
"""Columns of a screen."""


def printable(text: str) -> str:
    """The text with its line breaks; other white space is a space, and whatever else cannot be printed is ``?``.

    A name in an archive may hold an escape sequence, which must not reach the terminal.
    """
    return "\n".join(line if line.isprintable() else "".join(map(_shown, line)) for line in text.split("\n"))


def _shown(letter: str) -> str:
    if letter.isprintable():
        return letter
    return " " if letter.isspace() else "?"


def printable_json(document: object) -> str:
    r"""The document as indented JSON whose every character can be printed; the others are escaped, as ``\u009b``."""
    return "\n".join(
        line if line.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)
        for line in json.dumps(document, indent=2, ensure_ascii=False).split("\n")
    )


def fit(text: str, width: int = WIDTH) -> str:
    """One line of at most ``width`` printable characters."""
    line = printable(text.replace("\n", " ")).rstrip()
    return line if len(line) <= width else line[: width - 1] + "…"
