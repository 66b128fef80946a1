"""What a command prints: results on standard output, messages for a person on standard error."""

from __future__ import annotations

import sys

from cleanset.report.lines import printable, printable_json


def say(text: str) -> None:
    """A message for the person at the terminal, on standard error."""
    print(printable(text), file=sys.stderr)  # noqa: T201 - messages are the command line's trade


def print_text(text: str) -> None:
    """A result."""
    print(printable(text))  # noqa: T201 - results are the command line's trade


def print_json(document: object) -> None:
    """The one document that a command with ``--json`` prints."""
    print_text(printable_json(document))
