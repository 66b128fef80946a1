"""License statements that wrap a license: HTML anchors, "licensed under ...", a name beside its address.

Whatever remains after the wrapping is taken off must be readable. One word too many, and nothing is read.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)\b([^<>]*)>", re.IGNORECASE)
_PLAIN_TAGS = frozenset({"a", "abbr", "b", "br", "cite", "div", "em", "i", "img", "p", "small", "span", "strong"})
_LINK = re.compile(r"""\b(href|src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_HIDDEN = re.compile(
    r"""\b(?!(?:href|src|class|id|style|rel|target|width|height|border|lang|dir|about|property|resource|rev|xmlns\S*)\b)
        [a-z][\w:-]*\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""",
    re.IGNORECASE | re.VERBOSE,
)
"""An attribute that holds words."""
_ADDRESS = re.compile(r"(?:https?://|//|\bwww\.|\bcreativecommons\.org/)[^\s<>\"'|]+", re.IGNORECASE)
_BRACKETS = re.compile(r"[^()]*(?:\([^()]*\)[^()]*)*")
_DIVIDER = re.compile(r"\s*(?:[|()\[\];\n\r\x00]|\s/\s|\.\s+(?=to\s+view\s+a\s+copy\b))\s*", re.IGNORECASE)

_WORK = r"(?:image|photo|photograph|picture|file|work|media|content|material)"
_SUBJECT = rf"(?:(?:this|the)\s+{_WORK}\s+(?:is|has been)\s+|contains\s+public\s+sector\s+information\s+)?"
_GIVEN = r"(?:licen[sc]ed|released|made available|available|published|shared|distributed)"
_BEFORE = re.compile(
    rf"""(?:{_SUBJECT}{_GIVEN}\s+(?:under|with|by)\s+(?:the\s+terms\s+of\s+)?(?:the\s+|an?\s+)?
        | (?:licen[sc]e|licen[sc]ing|rights|usage\s+terms|copyright|spdx-license-identifier|lizenz)\s*:\s*
        | under\s+(?:the\s+|an?\s+)? )""",
    re.IGNORECASE | re.VERBOSE,
)
_EMPTY = re.compile(
    r"""(?: to\ view\ a\ copy\ of\ this\ licen[sc]e,?\ visit | see | via | at | from
          | creative\ commons(?:\ licen[sc]e)? | licen[sc]e )
        [\s:.,]*""",
    re.IGNORECASE | re.VERBOSE,
)
_EDGES = " \t\r\n\"'`.,:\u201c\u201d\u2018\u2019\u00a0"
_MAX_LENGTH = 4000


class Statement(NamedTuple):
    """The parts of a statement that must all name one license."""

    addresses: tuple[str, ...]
    names: tuple[str, ...]


def take_apart(text: str) -> Statement | None:
    """The addresses and names in a statement, or null when a tag or brackets say that it is more than one.

    A text without any wrapping comes back as one name.
    """
    if len(text) > _MAX_LENGTH or "\x00" in text or not _BRACKETS.fullmatch(text):
        return None
    linked, words = _without_tags(text)
    if linked is None:
        return None
    unwrapped = html.unescape(words)
    addresses = tuple(linked) + tuple(match[0].rstrip(".,;:)]") for match in _ADDRESS.finditer(unwrapped))
    pieces = (_bare(piece) for piece in _DIVIDER.split(_ADDRESS.sub("\x00", unwrapped)))
    return Statement(addresses, tuple(piece for piece in pieces if piece))


def _without_tags(text: str) -> tuple[list[str] | None, str]:
    """Link targets and the words between tags. Null for a tag that is not plain text markup."""
    linked: list[str] = []
    hidden: list[str] = []
    for _, name, attributes in _TAG.findall(text):
        if name.lower() not in _PLAIN_TAGS:
            return None, ""
        hidden.extend(double or single or bare for double, single, bare in _HIDDEN.findall(attributes))
        linked.extend(html.unescape(double or single or bare) for _, double, single, bare in _LINK.findall(attributes))
    shown = _TAG.sub(lambda tag: "\x00" if tag[2].lower() in {"br", "p", "div", "img"} else " ", text)
    return linked, "\x00".join([shown, *hidden])


def _bare(piece: str) -> str:
    """Without the words that introduce a license; empty when nothing else was there."""
    stripped = piece.strip(_EDGES)
    match = _BEFORE.match(stripped)
    if match is not None:
        stripped = stripped[match.end() :].strip(_EDGES)
    return "" if _EMPTY.fullmatch(stripped) or _BEFORE.fullmatch(f"{stripped} ") else stripped
