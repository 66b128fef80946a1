"""Header text, cut into lines, members and patterns with bounds: what the parsers share."""

from __future__ import annotations

import re

MAX_FIELD = 64 * 1024
"""Characters of one header or property that are read; real ones are under 8 KiB."""

MAX_MEMBERS = 1024
"""Members of one header that are read."""

_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def lines(text: str) -> list[str]:
    """The non-empty lines, stripped; a header that was sent several times is stored as several lines."""
    return [line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip()]


def why_unreadable(text: str, cap: int = MAX_FIELD) -> str | None:
    """Why a text cannot be taken as a header field; None if it can."""
    if len(text) > cap:
        return f"{len(text)} characters, at most {cap} are read"
    if _NOT_TEXT.search(text):
        return "holds control characters"
    if "\ufffd" in text:
        return "holds bytes that are not text"
    return None


def excerpt(text: str, length: int = 80) -> str:
    """At most ``length`` characters, printable, for a note."""
    return "".join(c if c.isprintable() else "?" for c in text[:length])
