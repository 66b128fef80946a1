"""HTML and JSON around a text about rights: every text in it, those that a page does not show included."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_TAG = re.compile(r"<(?P<close>/?)(?P<name>[a-z][a-z0-9]*)\b(?P<attributes>[^<>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z][\w:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_FORM = frozenset({
    "class", "id", "style", "rel", "target", "width", "height", "border", "lang", "dir", "align", "xmlns", "xmlns:dct",
    "xmlns:cc", "property", "rev", "role", "type", "about", "resource",
})  # fmt: skip
"""Attributes that say how a text looks, not what it says."""
_IN_LINE = frozenset({"a", "abbr", "b", "bdi", "cite", "em", "font", "i", "small", "span", "strong", "u"})
_BLOCKS = frozenset(
    {"br", "center", "div", "h1", "h2", "h3", "hr", "img", "li", "ol", "p", "table", "td", "th", "tr", "ul"}
)
_ITEM = re.compile(r"(?:d:|wikidata:)?Q\d{1,12}")
"""An entry of Wikidata, as the titles of links to it name it."""
_MAX_DEPTH = 8


def texts(value: str) -> Iterator[str]:
    """The texts of a value in order: itself, the leaves of the JSON that it is, those between and in HTML tags."""
    if value[:1] in {"[", "{"}:
        try:
            document = json.loads(value)
        except (ValueError, RecursionError):
            document = value
        if isinstance(document, list | dict):
            yield from _leaves(document, _MAX_DEPTH)
            return
    yield from _between_tags(value) if "<" in value else (value,)


def _leaves(node: object, depth: int) -> Iterator[str]:
    if isinstance(node, dict | list) and depth > 0:
        for child in node.values() if isinstance(node, dict) else node:
            yield from _leaves(child, depth - 1)
    elif isinstance(node, dict | list):
        yield json.dumps(node, ensure_ascii=False)
    elif node is not None:
        yield from _between_tags(text) if "<" in (text := str(node)) else (text,)


def _between_tags(value: str) -> Iterator[str]:
    """Runs of text, the texts of attributes, and addresses of links."""
    attributes = [
        double or single or bare
        for tag in _TAG.finditer(value)
        for name, double, single, bare in _ATTRIBUTE.findall(tag["attributes"])
        if name.lower() not in _FORM and not _ITEM.fullmatch(double or single or bare)
    ]
    yield from _TAG.sub(_replaced, value).split("\x00")
    yield from attributes


def _replaced(tag: re.Match[str]) -> str:
    """What stands for a tag: a blank, a border between texts, or itself where it says more than how a text looks."""
    name = tag["name"].lower()
    return " " if name in _IN_LINE else "\x00" if name in _BLOCKS else tag[0]
