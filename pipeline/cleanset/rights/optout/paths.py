"""Path patterns of robots.txt (RFC 9309): ``*`` is any run of characters, ``$`` at the end is the end."""

from __future__ import annotations

import re
import string
from urllib.parse import quote, urlsplit

MAX_PATH = 8 * 1024
_SAFE = "/?&=+,;:@!$'()*~%[]#|"
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")


def path_of(url: str) -> str | None:
    """Path and query of a URL, normalized; None where it is no URL or too long.

    Raises: nothing.
    """
    if len(url) > MAX_PATH:
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    path = parts.path or "/"
    return resolved(f"{path}?{parts.query}" if parts.query else path)


def resolved(path: str) -> str:
    """The path and query, normalized, that a client asks for: without ``.`` and ``..`` (RFC 3986, section 5.2.4)."""
    place, mark, query = normalized(path).partition("?")
    if not place.startswith("/") or "/." not in place:
        return place + mark + query
    kept: list[str] = []
    for segment in place.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    end = "/" if kept and place.endswith(("/.", "/..")) else ""
    return f"/{'/'.join(kept)}{end}{mark}{query}"


def normalized(path: str) -> str:
    """Non-ASCII as UTF-8 escapes, escapes in upper case, escaped unreserved characters as they are (RFC 3986)."""
    return _ESCAPE.sub(_unescape, quote(path, safe=_SAFE, errors="replace"))


def _unescape(match: re.Match[str]) -> str:
    character = chr(int(match[0][1:], 16))
    return character if character in _UNRESERVED else match[0].upper()


def matches(pattern: str, path: str) -> bool:
    """Whether the pattern matches a beginning of the path, or all of it if the pattern ends in ``$``.

    Each literal piece is looked for once, at the earliest place after the one before, so the work is linear.
    """
    anchored = pattern.endswith("$")
    first, *rest = (pattern[:-1] if anchored else pattern).split("*")
    if not path.startswith(first):
        return False
    position = len(first)
    if not rest:
        return not anchored or position == len(path)
    for piece in rest[:-1] if anchored else rest:
        found = path.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    return not anchored or (path.endswith(rest[-1]) and len(path) - len(rest[-1]) >= position)
