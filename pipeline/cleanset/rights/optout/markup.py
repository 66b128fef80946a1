"""The start tags of an HTML page, in one pass: comments and the insides of scripts are not taken for tags."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_NAME = re.compile(r"<([A-Za-z][^\s/>]*+)")
_ATTRIBUTE = re.compile(
    r"""[\s/]*+(?P<name>[^\s/>][^\s/>=]*+)
        (?:\s*+=\s*+(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?P<bare>[^\s>"'][^\s>]*+)))?+""",
    re.VERBOSE,
)
_MAX_FOLLOWING = 1000
"""Characters behind a tag that are its text."""
_TAG_END = re.compile(r"[\s/]*+>")
_COMMENT_END = re.compile(r"--!?>")
_RAW = {
    name: re.compile(f"</{name}(?=[\\s/>])", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag: name and attribute names in lower case, the first of repeated attributes, values unescaped.

    ``text`` is what stands inside an element whose inside is no markup (``script`` and the like); else empty.
    ``following`` is the text behind the tag, up to the next one.
    """

    name: str
    attributes: Mapping[str, str]
    text: str = ""
    following: str = ""


class UnterminatedError(ValueError):
    """A page that ends inside a tag, a comment or a script; ``start`` is where that begins."""

    def __init__(self, start: int) -> None:
        super().__init__(f"ends inside what begins at character {start}")
        self.start = start


def tags(page: str) -> Iterator[Tag]:
    """The start tags of the page, in order.

    Raises:
        UnterminatedError: after the last tag that is whole.
    """
    position = 0
    while (start := page.find("<", position)) >= 0:
        if page.startswith("<!--", start):
            position = _end_of(_COMMENT_END, page, start + 2, start)
            continue
        name = _NAME.match(page, start)
        if name is None:
            position = start + 1
            continue
        attributes, position = _attributes(page, name.end(), start)
        inside = position
        raw = _RAW.get(name[1].lower())
        if raw is not None:
            position = _end_of(raw, page, position, start)
        following = html.unescape(page[position : min(_next_tag(page, position), position + _MAX_FOLLOWING)])
        yield Tag(name[1].lower(), attributes, page[inside:position], " ".join(following.split()))


def _next_tag(page: str, position: int) -> int:
    found = page.find("<", position)
    return len(page) if found < 0 else found


def _end_of(pattern: re.Pattern[str], page: str, position: int, start: int) -> int:
    found = pattern.search(page, position)
    if found is None:
        raise UnterminatedError(start)
    return found.end()


def _attributes(page: str, position: int, start: int) -> tuple[dict[str, str], int]:
    """The attributes of a tag, and the position after its ``>``."""
    attributes: dict[str, str] = {}
    while (end := _TAG_END.match(page, position)) is None:
        found = _ATTRIBUTE.match(page, position)
        if found is None:
            raise UnterminatedError(start)
        value = found["double"] or found["single"] or found["bare"] or ""
        attributes.setdefault(found["name"].lower(), html.unescape(value))
        position = found.end()
    return attributes, end.end()
