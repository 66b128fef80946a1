"""Structured Field dictionaries (RFC 9651), as far as preferences need them: ``key=value;parameter, key, …``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cleanset.rights.optout import fields

_MEMBER = re.compile(
    r"""[ \t]*+(?P<key>[A-Za-z*_][A-Za-z0-9_.*-]*+)
        (?:[ \t]*+=[ \t]*+(?P<value>"(?:[^"\\\x00-\x1f]|\\["\\])*+"|\?[01]|[^ \t,;"()]++))?+
        [ \t]*+(?:;[^,;"]*+)*+
        (?:,|$)""",
    re.VERBOSE,
)
"""No quantifier gives back, so a member costs one pass."""


class StructureError(ValueError):
    """A dictionary that does not parse; the message says where."""


def members(text: str) -> Iterator[tuple[str, str]]:
    """Keys and values of a dictionary as they stand, repeated keys too; a bare key has the value ``?1``.

    More lenient than RFC 9651 where a writer's slip cannot change the meaning: blanks around ``=``, upper case, a comma
    at the end.

    Raises:
        StructureError: at the first member that cannot be read, and after ``fields.MAX_MEMBERS``.
    """
    text = text.strip(" \t").rstrip(", \t")
    position = 0
    for _ in range(fields.MAX_MEMBERS):
        if position >= len(text):
            return
        match = _MEMBER.match(text, position)
        if match is None:
            found = fields.excerpt(text[position : position + 20])
            raise StructureError(f"not a dictionary at character {position}: {found}")
        yield match["key"], match["value"] or "?1"
        position = match.end()
    raise StructureError(f"more than {fields.MAX_MEMBERS} members")
