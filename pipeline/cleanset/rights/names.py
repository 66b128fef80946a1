"""Creative Commons names as people write them, from ``CC BY-SA 4.0`` to ``Namensnennung 3.0 Deutschland``.

The grammar must account for every word. A word that it does not know ("not", "style", "except") makes the whole text
unreadable, so no negation and no exception can be lost.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from cleanset.rights.creativecommons import Tool

_DASHES = re.compile(r"[\u2010-\u2015\u2212\u2500\u30fc\ufe58\ufe63\uff0d_]")
_SPACES = re.compile(r"\s+")
_EDGES = " \t\r\n\"'`.,;\u201c\u201d\u2018\u2019\u00ab\u00bb\u00bb"

# Kinds of token, one letter each, so that the grammar is a regular expression over them.
_KINDS = {
    "cc": "C",
    "by": "E",
    "nc": "E",
    "nd": "E",
    "sa": "E",
    "sampling": "S",
    "sampling+": "S",
    "nc-sampling+": "S",
    "devnations": "S",
    "zero": "Z",
    "pdm": "M",
    "public-domain": "X",
    "dedication": "X",
    "generic": "D",
    "unported": "D",
    "international": "D",
    "intl": "D",
    "universal": "D",
    "license": "L",
    "licence": "L",
    "licensed": "L",
    "lizenz": "L",
    "deed": "L",
    "v": "N",
    "version": "N",
    "ver": "N",
}
# The code of a port must follow a version: "CC BY no" and "CC BY in" are no ports.
_LICENSE = re.compile(r"(?P<cc>C?)L?E+L?(?:(?:N?V)+(?P<where>D?P?))?D?L?")
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

_TOKEN = re.compile(
    r"""\#\S+\#                                  # a phrase that was recognized
      | (?:cc)?-?(?:by|nc|nd|sa)+(?=\d|\b)       # elements, also glued: bysa, ccbyncsa
      | cc-?0 | cczero
      | v(?=\d)
      | \d[.-]\d\+? (?!\.?\d) | \d\+? (?![.\d])
      | [^\W\d_]+                                # any other word
      | [-/,:;()\s]                              # separators
      | .
    """,
    re.VERBOSE,
)
_SEPARATOR = re.compile(r"[-/,:;()\s]")


def fold(text: str) -> str:
    """Lower case, one spelling of blanks and dashes, no punctuation at the edges: the key of an alias."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text).casefold())
    return _SPACES.sub(" ", plain.replace("-", " ")).strip(_EDGES)


@dataclass(frozen=True, slots=True)
class NamedTool:
    """What a name says: one tool or, with a list of versions, a choice of tools; ``or_later`` after a plus sign."""

    tools: tuple[Tool, ...]
    or_later: bool = False


@dataclass(frozen=True)
class NameGrammar:
    """Reads names, given the words of other languages and the places of ports.

    Attributes:
        words: (phrase, element or retired unit), phrases in lower case.
        places: (phrase, jurisdiction).
        jurisdictions: every code that a port has.
    """

    words: tuple[tuple[str, str], ...]
    places: tuple[tuple[str, str], ...]
    jurisdictions: frozenset[str]

    def read(self, text: str) -> NamedTool | None:
        """The tool or tools that the whole text names, or null. A missing version stays null."""
        if len(text) > _MAX_LENGTH:
            return None
        tokens = self._tokens(text)
        kinds = "".join(self._kind(token) for token in tokens)
        if _ZERO.fullmatch(kinds):
            return _only_version(tokens, kinds, "zero", {"universal"})
        if _MARK.fullmatch(kinds):
            return _only_version(tokens, kinds, "mark", {"universal"})
        if _RETIRED.fullmatch(kinds):
            return _retired(tokens, kinds, self.jurisdictions)
        match = _LICENSE.fullmatch(kinds)
        return self._license(text, tokens, match) if match else None

    def _license(self, text: str, tokens: list[str], match: re.Match[str]) -> NamedTool | None:
        elements = [token for token in tokens if token in {"by", "nc", "nd", "sa"}]
        unit = _UNITS.get(frozenset(elements))
        if unit is None or len(set(elements)) != len(elements):
            return None
        versions = [token for token in tokens if token[0].isdigit()]
        or_later = any(version.endswith("+") for version in versions)
        versions = [_full(version) for version in versions]
        places = [token.removeprefix("@") for token in tokens if self._kind(token) == "P"]
        designations = {token for token in tokens if _KINDS.get(token) == "D"}
        if "no" in tokens and _BARE_NO.search(text):
            return None
        if not _consistent(versions, designations, places) or (or_later and (len(versions) > 1 or places)):
            return None
        if not match["cc"] and not _certainly_cc(text, elements, versions, match["where"] or ""):
            return None
        place = places[0] if places else None
        if place is None and not designations and _foreign(text) and versions != ["4.0"]:
            versions = []  # the local title of a port often leaves out the place
        if not versions:
            return NamedTool((Tool(unit, None, None),))
        return NamedTool(tuple(Tool(unit, version, place) for version in versions), or_later)

    def _tokens(self, text: str) -> list[str]:
        plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text).casefold().strip(_EDGES)).replace("\u2019", "'")
        plain = re.sub(r"creative[ -]?commons", "cc", _SPACES.sub(" ", plain))
        marked = self._phrases.sub(lambda found: f" #{self._meaning[found[0]]}# ", plain)
        tokens: list[str] = []
        for token in _TOKEN.findall(marked):
            if not _SEPARATOR.fullmatch(token):
                tokens.extend(_split(token))
        return tokens

    def _kind(self, token: str) -> str:
        if re.fullmatch(r"\d\.\d\+?|\d\+?", token):
            return "V"
        if token.startswith("@") or token in self.jurisdictions:
            return "P"
        return _KINDS.get(token, "?")

    @cached_property
    def _meaning(self) -> dict[str, str]:
        fixed = {
            "public domain mark": "pdm",
            "public-domain-mark": "pdm",
            "pdm": "pdm",
            "public domain": "public-domain",
            "public-domain": "public-domain",
            "public license": "license",
            "public licence": "license",
            "cc zero": "zero",
            "cc-zero": "zero",
        }
        places = {phrase: f"@{code}" for phrase, code in self.places}
        return {**places, **dict(self.words), **fixed}

    @cached_property
    def _phrases(self) -> re.Pattern[str]:
        longest_first = sorted(self._meaning, key=len, reverse=True)
        return re.compile("|".join(map(_bounded, longest_first)))


def _bounded(phrase: str) -> str:
    """Whole words only, except in scripts that write no blanks."""
    escaped = re.escape(phrase)
    return escaped if phrase[0] >= "\u3000" else rf"(?<!\w){escaped}(?!\w)"


def _split(token: str) -> list[str]:
    if token.startswith("#"):
        return [token.strip("#")]
    if token in {"cc0", "cc-0", "cczero"}:
        return ["zero"]
    if re.fullmatch(r"(?:cc)?-?(?:by|nc|nd|sa)+", token):
        return re.findall(r"cc|by|nc|nd|sa", token)
    return [token.replace("-", ".")] if token[0].isdigit() else [token]


def _full(version: str) -> str:
    number = version.rstrip("+")
    return number if "." in number else f"{number}.0"


def _only_version(tokens: list[str], kinds: str, unit: str, designations: set[str]) -> NamedTool | None:
    """CC0 and the Public Domain Mark exist in one version each, so a missing version is no doubt."""
    versions = {_full(token) for token, kind in zip(tokens, kinds, strict=True) if kind == "V"}
    named = {token for token, kind in zip(tokens, kinds, strict=True) if kind == "D"}
    return NamedTool((Tool(unit, "1.0", None),)) if versions <= {"1.0"} and named <= designations else None


def _retired(tokens: list[str], kinds: str, jurisdictions: frozenset[str]) -> NamedTool | None:
    unit = tokens[kinds.index("S")]
    version = next((_full(token) for token, kind in zip(tokens, kinds, strict=True) if kind == "V"), None)
    place = next((token.removeprefix("@") for token, kind in zip(tokens, kinds, strict=True) if kind == "P"), None)
    return NamedTool((Tool(unit, version, place),)) if place is None or place in jurisdictions else None


def _consistent(versions: list[str], designations: Iterable[str], places: list[str]) -> bool:
    """A designation belongs to certain versions; a port has a place and no designation, and one version only."""
    named = set(designations)
    if places and (named or len(versions) > 1):
        return False
    return not named or (len(versions) == 1 and named <= _DESIGNATIONS.get(versions[0], set()))


def _certainly_cc(text: str, elements: list[str], versions: list[str], where: str) -> bool:
    """Without the words Creative Commons, only a full title or joined elements are certain enough.

    NCSA, for one, is a license of another kind.
    """
    if "by" not in elements:
        return False
    if len(elements) == 1:
        return bool(versions and where) and re.search(r"\bby\b", text.casefold()) is None
    return bool(versions) or re.search(r"\w-\w", _DASHES.sub("-", text)) is not None or _foreign(text)


def _foreign(text: str) -> bool:
    """Whether the elements are spelled in a language other than English, so the name may be that of a port."""
    english = r"cc|creative|commons|by|nc|nd|sa|attribution|non|noncommercial|commercial|share|alike|sharealike|no"
    words = re.findall(r"[^\W\d_]+", text.casefold())
    known = re.compile(
        rf"(?:{english}|use|works?|deriv(?:s|ative|atives)|no(?:derivs|derivatives)|licen[sc]e[ds]?|public|v)"
    )
    glued = re.compile(r"(?:cc)?(?:by|nc|nd|sa)+")
    return not all(known.fullmatch(word) or glued.fullmatch(word) or word in _KINDS for word in words)
