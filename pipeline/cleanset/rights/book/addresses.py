"""Web addresses as licenses quote them: split without trust. Only the exact host counts."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

_ADDRESS = re.compile(
    r"""(?:(?:https?:)?//)?           # scheme, or none, or protocol-relative
        (?P<host>[a-z0-9.-]+\.[a-z]+)\.? (?: :(?:80|443) )?
        (?P<path>/[^?#]*)?
        (?:\?[^#]*)? (?:\#.*)?""",
    re.ASCII | re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_AROUND = " \t\r\n\"'`<>()[]{},;.\u201c\u201d\u2018\u2019\u00ab\u00bb"
_FORBIDDEN = re.compile(r"[\s\\@\x00-\x1f\x7f]|[^\x00-\x7f]|%(?![0-9A-Fa-f]{2})")
_PAGE = re.compile(r"(?:\.[a-z]{2}(?:-[a-z]{2})?)?\.(?:html?|php)(?:\.[a-z]{2})?$")
_MAX_LENGTH = 500


class Address(NamedTuple):
    """Host in lower case without ``www.``; path segments, unquoted once, empty ones left out."""

    host: str
    segments: tuple[str, ...]

    @property
    def key(self) -> str:
        """``host/segment/...`` in lower case, without a page's extension and language: the book lists these."""
        path = "/".join((self.host, *self.segments)).lower()
        return _PAGE.sub("", path)


def split_address(text: str) -> Address | None:
    """The address that the whole text is, or null.

    User names, ports other than 80 and 443, blanks, backslashes, and letters beyond ASCII (look-alikes) are refused.
    """
    candidate = text.strip(_AROUND)
    if not 0 < len(candidate) <= _MAX_LENGTH or _FORBIDDEN.search(candidate):
        return None
    match = _ADDRESS.fullmatch(candidate)
    if match is None:
        return None
    path = unquote(match["path"] or "", errors="replace") if "%" in (match["path"] or "") else match["path"] or ""
    segments = tuple(segment for segment in path.split("/") if segment)
    if ".." in segments:
        return None
    return Address(match["host"].lower().removeprefix("www."), segments)


def looks_like_address(text: str) -> bool:
    """Whether the text has a scheme, or a host and a path: then it is read as an address or not at all."""
    return "://" in text or re.match(r"\s*(?://|[\w.-]+\.[a-z]{2,}/)", text, re.IGNORECASE) is not None
