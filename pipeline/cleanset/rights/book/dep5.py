"""License fields of Debian copyright files (copyright-format 1.0, once DEP-5), turned into SPDX expressions.

``and`` binds closer than ``or``, and both closer than the same words after a comma: ``A or B, and C`` is
``(A or B) and C``. ``and/or`` leaves open what applies, so it counts as ``and``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

NameReader = Callable[[str], str | None]
"""Reads one short name; the SPDX expression, or null."""

_TOKEN = re.compile(r"\s*(?:(?P<mark>[(),])|(?P<word>[^\s(),]+))")
_OPERATORS = {"and", "or", "and/or"}
_MAX_TOKENS = 200
_MAX_DEPTH = 20


def to_spdx(text: str, read_name: NameReader) -> str | None:
    """The SPDX expression of a license field, or null when it is not one.

    Operands are runs of words between operators; ``read_name`` decides on each.
    """
    tokens = [match["mark"] or match["word"] for match in _TOKEN.finditer(text)]
    if not tokens or len(tokens) > _MAX_TOKENS:
        return None
    parser = _Parser(tokens, read_name)
    expression = parser.sequence(depth=0)
    return expression if expression is not None and parser.done else None


class _Parser:
    """Recursive descent over the tokens; every method returns null at the first thing that it cannot read."""

    def __init__(self, tokens: list[str], read_name: NameReader) -> None:
        self._tokens = tokens
        self._read_name = read_name
        self._at = 0

    @property
    def done(self) -> bool:
        return self._at == len(self._tokens)

    def sequence(self, depth: int) -> str | None:
        """Parts divided by commas, each perhaps followed by an operator; a bare comma counts as ``and``."""
        left = self._alternatives(depth)
        while left is not None and self._peek() == ",":
            self._at += 1
            operator = "OR" if self._peek() == "or" else "AND"
            self._at += self._peek() in _OPERATORS
            left = _join(operator, (left, self._alternatives(depth)))
        return left

    def _alternatives(self, depth: int) -> str | None:
        return self._joined("or", lambda: self._joined("and", lambda: self._operand(depth)))

    def _joined(self, operator: str, part: Callable[[], str | None]) -> str | None:
        parts = [part()]
        accepted = {"or"} if operator == "or" else {"and", "and/or"}
        while self._peek() in accepted:
            self._at += 1
            parts.append(part())
        return _join(operator.upper(), parts)

    def _operand(self, depth: int) -> str | None:
        if self._peek() == "(":
            return self._group(depth + 1)
        start = self._at
        while not self.done and self._peek() not in _OPERATORS | {"(", ")", ","}:
            self._at += 1
        return self._read_name(" ".join(self._tokens[start : self._at])) if self._at > start else None

    def _group(self, depth: int) -> str | None:
        self._at += 1
        inner = self.sequence(depth) if depth <= _MAX_DEPTH else None
        if inner is None or self._peek() != ")":
            return None
        self._at += 1
        return f"({inner})"

    def _peek(self) -> str:
        return "" if self.done else self._tokens[self._at].lower()


def _join(operator: str, parts: Iterable[str | None]) -> str | None:
    """Parts under one operator; alternatives inside an AND keep their parentheses."""
    known = list(parts)
    spelled = [part for part in known if part is not None]
    if len(spelled) < len(known):
        return None
    if len(spelled) == 1:
        return spelled[0]
    return f" {operator} ".join(f"({part})" if " " in part and part[0] != "(" else part for part in spelled)


_FAMILY = re.compile(r"(?P<family>[a-z][a-z-]*?)-?v?(?P<version>\d+(?:\.\d+)*)?(?P<later>\+)?")
LOWEST = {
    "apache": "apache-1.0",
    "artistic": "artistic-1.0",
    "cddl": "cddl-1.0",
    "cpl": "cpl-1.0",
    "lppl": "lppl-1.0",
    "mpl": "mpl-1.0",
}
"""The lowest version of the other families that copyright-format names; their SPDX ids in lower case."""

_GNU = {
    "gpl": ("GPL", ("1.0", "2.0", "3.0"), ""),
    "lgpl": ("LGPL", ("2.0", "2.1", "3.0"), ""),
    "agpl": ("AGPL", ("1.0", "3.0"), ""),
    "gfdl": ("GFDL", ("1.1", "1.2", "1.3"), ""),
    "gfdl-niv": ("GFDL", ("1.1", "1.2", "1.3"), "-no-invariants"),
}


def gnu_name(name: str, *, lowest: bool) -> str | None:
    """``GPL-2+``, ``LGPL-2.1``, ``GFDL-NIV-1.2+`` and their kin as SPDX ids, or null.

    With ``lowest`` a missing version is the lowest one, as copyright-format says.
    """
    match = _FAMILY.fullmatch(name.strip().lower())
    if match is None or match["family"] not in _GNU:
        return None
    spelled, versions, suffix = _GNU[match["family"]]
    version = match["version"] or (versions[0] if lowest else None)
    if version is None:
        return None
    version = version if "." in version else f"{version}.0"
    if version not in versions:
        return None
    return f"{spelled}-{version}{suffix}-{'or-later' if match['later'] else 'only'}"


def reference(name: str) -> str:
    """A ``LicenseRef-`` for a short name that nobody else knows; no entry of the book has that prefix."""
    return "LicenseRef-dep5-" + (re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-") or "unnamed")
