"""Creative Commons names as people write them, from ``CC BY-SA 4.0`` to ``Namensnennung 3.0 Deutschland``.

The grammar must account for every word. A word that it does not know ("not", "style", "except") makes the whole text
unreadable, so no negation and no exception can be lost.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from cleanset.rights.book.creativecommons import Tool
from cleanset.rights.book.spelling import Lexer, Spelling

# The grammar over kinds of tokens (see ``spelling.Token``). The code of a port must follow a version: "CC BY no" and
# "CC BY in" name no port.
_LICENSE = re.compile(r"C?L?E+L?(?:(?:N?V)+D?P?)?D?L?")
_RETIRED = re.compile(r"CSL?N?V?P?L?")
_ZERO = re.compile(r"[CX]*Z(?:N?V)?(?:[DXLZ]|ZN?V)*")
_MARK = re.compile(r"C?M(?:N?V)?D?L?")

_DESIGNATIONS = {
    "1.0": {"generic"},
    "2.0": {"generic"},
    "2.5": {"generic"},
    "3.0": {"unported"},
    "4.0": {"international", "intl"},
}
_UNITS = {
    frozenset(unit.split("-")): unit
    for unit in ("by", "by-nc", "by-nc-nd", "by-nc-sa", "by-nd", "by-sa", "nc", "nc-sa", "nd", "nd-nc", "sa")
}
# A lower-case "no" after a blank is a word, not Norway: "CC BY 3.0 no".
_BARE_NO = re.compile(r"\sno\b")
_MAX_LENGTH = 300


class NamedTool(NamedTuple):
    """What a name says: one tool or, with a list of versions, a choice of tools; ``or_later`` after a plus sign."""

    tools: tuple[Tool, ...]
    or_later: bool = False


def read_name(text: str, lexer: Lexer) -> NamedTool | None:
    """The tool or tools that the whole text names, or null. A missing version stays null."""
    if len(text) > _MAX_LENGTH:
        return None
    spelling = lexer.spell(text)
    kinds = spelling.kinds
    if _ZERO.fullmatch(kinds):
        return _only_version(spelling, "zero")
    if _MARK.fullmatch(kinds):
        return _only_version(spelling, "mark")
    if _RETIRED.fullmatch(kinds):
        return NamedTool((Tool(spelling.of_kind("S")[0], _version(spelling), _place(spelling)),))
    if not _LICENSE.fullmatch(kinds) or ("no" in spelling.of_kind("P") and _BARE_NO.search(text)):
        return None
    return _license(spelling)


def _license(spelling: Spelling) -> NamedTool | None:
    elements = spelling.of_kind("E")
    unit = _UNITS.get(frozenset(elements))
    if unit is None or len(set(elements)) < len(elements) or not _is_consistent(spelling):
        return None
    if "C" not in spelling.kinds and not _is_certain(spelling, elements):
        return None
    stated = spelling.of_kind("V")
    if len(stated) > 1 and not all("." in version for version in stated):
        return None  # a bare digit beside a version may be the mark of a footnote
    versions = [_full(version) for version in stated]
    if not versions or _may_be_a_port(spelling, versions):
        return NamedTool((Tool(unit, None, None),))
    place = _place(spelling)
    return NamedTool(tuple(Tool(unit, version, place) for version in versions), _or_later(spelling))


def _is_consistent(spelling: Spelling) -> bool:
    """A designation belongs to certain versions; a port, and "or later", to one version and no designation."""
    versions = [_full(version) for version in spelling.of_kind("V")]
    named = set(spelling.of_kind("D"))
    place = _place(spelling)
    if place is not None and (named or len(versions) > 1 or _or_later(spelling)):
        return False
    if _or_later(spelling) and len(versions) > 1:
        return False
    return not named or (len(versions) == 1 and named <= _DESIGNATIONS.get(versions[0], set()))


def _is_certain(spelling: Spelling, elements: list[str]) -> bool:
    """Without the words Creative Commons, only a full title or joined elements are certain enough.

    NCSA, for one, is a license of another kind, and "by SA" names a person.
    """
    if "by" not in elements:
        return False
    if len(elements) == 1:
        return spelling.titled and re.search("V[DP]", spelling.kinds) is not None
    return "V" in spelling.kinds or spelling.joined or spelling.local


def _may_be_a_port(spelling: Spelling, versions: list[str]) -> bool:
    """The local title of a port often leaves out the place; 4.0 has no ports."""
    return spelling.local and not re.search("[DP]", spelling.kinds) and versions != ["4.0"]


def _only_version(spelling: Spelling, unit: str) -> NamedTool | None:
    """CC0 and the Public Domain Mark exist in one version each, so a missing version is no doubt."""
    versions = {_full(version) for version in spelling.of_kind("V")}
    possible = versions <= {"1.0"} and set(spelling.of_kind("D")) <= {"universal"}
    return NamedTool((Tool(unit, "1.0", None),)) if possible else None


def _version(spelling: Spelling) -> str | None:
    return next((_full(version) for version in spelling.of_kind("V")), None)


def _place(spelling: Spelling) -> str | None:
    return next(iter(spelling.of_kind("P")), None)


def _or_later(spelling: Spelling) -> bool:
    return any(version.endswith("+") for version in spelling.of_kind("V"))


def _full(version: str) -> str:
    number = version.rstrip("+")
    return number if "." in number else f"{number}.0"
