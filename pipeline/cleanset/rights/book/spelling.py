"""The words of a Creative Commons name, told apart: the lexer of ``names``."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

_DASHES = re.compile(r"[\u2010-\u2015\u2212\u2500\u30fc\ufe58\ufe63\uff0d_]")
_SPACES = re.compile(r"\s+")
_EDGES = " \t\r\n\"'`.,;\u201c\u201d\u2018\u2019\u00ab\u00bb"
_MARKS = frozenset("+\u200c\u200d\t\r\n.,/!()'\"\u2018\u2019\u201c\u201d\u00ab\u00bb\u05be\u00b7\u30fb")
"""What stands in a title besides letters, digits, dashes and blanks."""
_MARK = "\x01"

_KINDS = {
    "cc": "C",
    **dict.fromkeys(("by", "nc", "nd", "sa"), "E"),
    **dict.fromkeys(("sampling", "sampling+", "nc-sampling+", "devnations"), "S"),
    "zero": "Z",
    "mark": "M",
    **dict.fromkeys(("public-domain", "dedication"), "X"),
    **dict.fromkeys(("generic", "unported", "international", "intl", "universal"), "D"),
    **dict.fromkeys(("license", "licence", "licensed", "lizenz", "deed"), "L"),
    **dict.fromkeys(("v", "version", "ver"), "N"),
}
_FIXED = {
    "public domain mark": "mark",
    "public-domain-mark": "mark",
    "pdm": "mark",
    "public domain": "public-domain",
    "public-domain": "public-domain",
    "public license": "license",
    "public licence": "license",
    "cc zero": "zero",
    "cc-zero": "zero",
}
_ONLY_IN_PHRASES = frozenset({"zero", "mark"})
"""Plain words when they stand alone."""
_VERSION = re.compile(r"\d(?:\.\d)?\+?")
_GLUED = re.compile(r"(?:cc)?-?(?:by|nc|nd|sa)+")
_TOKEN = re.compile(
    rf"""{_MARK}[^{_MARK}]+{_MARK}               # a phrase that was recognized
      | (?:cc)?-?(?:by|nc|nd|sa)+(?=\d|\b)       # elements, also glued: bysa, ccbyncsa
      | cc[-\s]?0(?![.\d]) | cczero
      | v\.?(?=\s?\d) | ver\.(?=\s?\d)
      | \d[.-]\d\+? (?!\.?\d) | \d\+? (?![.\d])
      | [^\W\d_]+                                # any other word
      | [-/,:;()\s]                              # separators
      | .
    """,
    re.VERBOSE,
)
_SEPARATOR = re.compile(r"[-/,:;()\s]")


class Token(NamedTuple):
    """A word and its kind.

    Kinds: C Creative Commons, E an element (by, nc, nd, sa), S a retired unit, Z CC0, M the Public Domain Mark,
    X the words "public domain", V a version, N the word "version", D a designation (Unported), P a port, L the
    word "license" and its like, ? anything else.
    """

    text: str
    kind: str


class Spelling(NamedTuple):
    """A text in tokens.

    ``titled``: elements are written as words, as in a title; ``local``: in a language other than English;
    ``joined``: by hyphens, as in a code.
    """

    tokens: tuple[Token, ...]
    titled: bool
    local: bool
    joined: bool

    @property
    def kinds(self) -> str:
        """One letter for each token, for a grammar that is a regular expression."""
        return "".join(token.kind for token in self.tokens)

    def of_kind(self, kind: str) -> list[str]:
        """The texts of the tokens of a kind, in order."""
        return [token.text for token in self.tokens if token.kind == kind]


def fold(text: str) -> str:
    """Lower case, one spelling of blanks and dashes, no punctuation at the edges: the key of an alias."""
    return _SPACES.sub(" ", _plain(text).replace("-", " ")).strip(_EDGES)


def title_key(title: str) -> str:
    """A title's letters and digits, without case, accents and vowel signs; empty where other marks stand between."""
    if re.search(r"(?<!\w)!", title) or not all(
        c.isalnum() or c in _MARKS or unicodedata.category(c)[0] in "MZ" or unicodedata.category(c) == "Pd"
        for c in title
    ):
        return ""
    return "".join(c for c in unicodedata.normalize("NFKD", title).casefold() if c.isalnum())


def _plain(text: str) -> str:
    return _DASHES.sub("-", unicodedata.normalize("NFKC", text).casefold())


@dataclass(frozen=True)
class Lexer:
    """Tells the words of names apart.

    Attributes:
        words: (language, phrase, element or retired unit or designation), phrases in lower case.
        places: (phrase, jurisdiction).
        jurisdictions: every code that a port has.
    """

    words: tuple[tuple[str, str, str], ...]
    places: tuple[tuple[str, str], ...]
    jurisdictions: frozenset[str]

    def spell(self, text: str) -> Spelling:
        """The text in tokens; separators are left out, nothing else is."""
        joined = re.sub(r"creative[ -]?commons", "cc", _SPACES.sub(" ", _plain(text).strip(_EDGES)))
        plain = joined.replace("\u2019", "'").replace(_MARK, "?")
        phrases: set[str] = set()

        def mark(found: re.Match[str]) -> str:
            phrases.add(found[0])
            return f" {_MARK}{self._meaning[found[0]]}{_MARK} "

        marked = self._phrases.sub(mark, plain)
        found = (word for word in _TOKEN.findall(marked) if not _SEPARATOR.fullmatch(word))
        tokens = tuple(token for word in found for token in self._tokens(word))
        languages = {language for language, phrase, _ in self.words if phrase in phrases} if phrases else set()
        return Spelling(tokens, bool(languages), bool(languages - {"en"}), re.search(r"\w-\w", plain) is not None)

    def _tokens(self, word: str) -> list[Token]:
        if word.startswith(_MARK):
            meaning = word.strip(_MARK)
            return [Token(meaning.removeprefix("@"), "P" if meaning.startswith("@") else _KINDS.get(meaning, "?"))]
        word = word.rstrip(".") if word in {"v.", "ver."} else word
        if word in {"cc0", "cc-0", "cc 0", "cczero"}:
            return [Token("zero", "Z")]
        if _GLUED.fullmatch(word):
            return [Token(part, _KINDS[part]) for part in re.findall(r"cc|by|nc|nd|sa", word)]
        if _VERSION.fullmatch(dotted := word.replace("-", ".")):
            return [Token(dotted, "V")]
        if word in self.jurisdictions:
            return [Token(word, "P")]
        return [Token(word, "?" if word in _ONLY_IN_PHRASES else _KINDS.get(word, "?"))]

    @cached_property
    def _meaning(self) -> dict[str, str]:
        places = {phrase: f"@{code}" for phrase, code in self.places}
        return {**places, **{phrase: element for _, phrase, element in self.words}, **_FIXED}

    @cached_property
    def _phrases(self) -> re.Pattern[str]:
        longest_first = sorted(self._meaning, key=len, reverse=True)
        whole = "|".join(re.escape(phrase) for phrase in longest_first if not _needs_no_blanks(phrase))
        anywhere = "|".join(re.escape(phrase) for phrase in longest_first if _needs_no_blanks(phrase))
        return re.compile(rf"(?<!\w)(?:{whole})(?!\w)|{anywhere}")  # one look behind for all: ten times as fast


def _needs_no_blanks(phrase: str) -> bool:
    """Whether the phrase is of a script that writes no blanks; all others are whole words."""
    return phrase[0] >= "\u3000"
