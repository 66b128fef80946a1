"""The whole of a text about rights, word by word: licenses, credits, dates, and what nobody can read.

A text is cut at its punctuation, and the pieces are put together again until each run of them is something known:
a license of the book, a credit or a notice (``names``), a date, reserved rights, a sentence of
``licenses/wordings.csv``. Of all ways to do so the one with the longest runs counts. What no run accounts for is
unread. So no exception and no negation is lost, in whatever language it stands.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from cleanset.rights.book import LicenseBook
from cleanset.rights.book.addresses import looks_like_address
from cleanset.rights.book.creativecommons import mend
from cleanset.rights.book.license import LicenseClass, Reading
from cleanset.rights.book.notices import RESERVED
from cleanset.rights.book.spelling import fold
from cleanset.rights.claims import markup
from cleanset.rights.claims.forbidding import says_only_that
from cleanset.rights.claims.names import Bare, Credit, read_credit

MAX_TEXT = 8192
"""Characters of a text that are taken apart; a longer one is unread."""
_MAX_PIECES = 160
_MAX_RUN = 16
"""Pieces that one thing may be made of."""

_CUT = re.compile(
    r"""\s*(?:\r?\n|[;|\u00b7\u2022\uff1b\u3002\u3001\uff0c\u060c]|,(?=\s)|\.(?=\s|$)|\s[-\u2013\u2014/~](?=\s)|:(?=\s|$)|\uff1a|[()\[\]\uff08\uff09\u3010\u3011])\s*""",
    re.VERBOSE,
)
_EDGES = (
    " \t\r\n\"'`.,:;-\u2013\u2014/|()[]\u201c\u201d\u2018\u2019\u00ab\u00bb\u00a0\u00b7\u2022"
    "\uff0c\u3002\u3001\uff1a\uff08\uff09"
)
_LEFT_OUT = re.compile(r"\.\s*\.|\u2026|[*?\u2020\u2021\u00a7\u00b6\u00b9\u00b2\u00b3\u2070-\u2079]")
"""Marks of a footnote, and of words that were left out."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SENTENCES = re.compile(r"[.;\n]\s*")
_SIGN = re.compile(r"\(c\)", re.IGNORECASE)
_EMPHASIS = re.compile(r"(?<![^\s(])\*{1,2}([^*\s](?:[^*]*[^*\s])?)\*{1,2}(?![^\s,.;)])")
_FINISHED = re.compile(
    r"""^\s*(?:"[^"]{0,500}"|\u201c[^\u201c\u201d]{0,500}\u201d)\sby\s(.{1,200}?)\sis\s(?:licen[cs]ed\sunder|marked\swith
      |dedicated\sto(?:\sthe\spublic\sdomain\sunder)?)\s(?:an?\s|the\s)?""",
    re.IGNORECASE | re.VERBOSE,
)
"""A finished credit line, as Openverse and Creative Commons write it, up to its license."""
_SHOWN = re.compile(r"<(https?://[^<>\s]+)>")
"""An address as Wikimedia Commons asks to show it."""
_VISIT = re.compile(r"\bto\s+view\s+the\s+terms,?\s+visit\s+(?=https?://creativecommons\.org/)", re.IGNORECASE)
"""What Openverse writes before the address of a dedication or mark."""
_VIA = re.compile(r"via\s(?:wikimedia\scommons|flickr|inaturalist)\W*", re.IGNORECASE)
"""How Wikimedia Commons asks to be credited: ``Jane Doe, CC BY-SA 4.0, via Wikimedia Commons``."""
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_YEAR = r"(?:1[0-9]|20)\d\d"
_DATE = re.compile(
    rf"""(?:(?:created|taken|dated|published|accessed|retrieved|date)\s(?:on\s|in\s)?:?\s?)?
      (?:{_YEAR}(?:\s?[-\u2013,/]\s?(?:{_YEAR}|\d\d))*
      |{_YEAR}[-/.]\d\d?[-/.]\d\d?(?:[T\s]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s?(?:Z|UTC|[+-]\d\d:?\d\d)?)?
      |{_YEAR}:\d\d:\d\d(?:\s\d\d:\d\d:\d\d)? |\d\d?[-/.]\d\d?[-/.]{_YEAR}
      |\d\d?\.?\s{_MONTH}\s{_YEAR}|{_MONTH}\s\d\d?,?\s{_YEAR}|{_MONTH}\s{_YEAR})""",
    re.IGNORECASE | re.VERBOSE,
)
_MAIL = re.compile(r"<?(?:mailto:)?[\w.+-]+@[\w-]+(?:\.[\w-]+)+>?", re.ASCII)


class Wording(NamedTuple):
    """What a text holds.

    Attributes:
        licenses: the texts in it that name a license, each once, in order; all of them hold.
        owners: the names behind a copyright sign.
        creators: the names behind a label such as "photo by", and bare names.
        unread: the words that nobody can read, on one line; empty where there are none.
    """

    licenses: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    creators: tuple[str, ...] = ()
    unread: str = ""


def is_known(reading: Reading) -> bool:
    """Whether the book made anything of a text: a class, or at least a label."""
    return reading.expression is not None and (reading.license_class is not LicenseClass.UNKNOWN or reading.needs_basis)


@lru_cache(maxsize=4096)
def read_wording(text: str, book: LicenseBook, bare: Bare) -> Wording:
    """The text as a whole.

    Args:
        text: as found; HTML and JSON are opened.
        book: reads the licenses.
        bare: which names may stand without a sign and a label.
    """
    if len(text) > MAX_TEXT:
        return Wording(unread=text)
    said: list[_Part] = []
    for line in markup.texts(text):
        mended = _FINISHED.sub(r"by \1; ", _mended(line))
        via = Bare.NAMED if bare is not Bare.ANY and any(map(_VIA.fullmatch, _CUT.split(mended)[-2:])) else bare
        said.extend(_parts(mended, book, via))
    named = [part.credit for part in said if part.credit]
    return Wording(
        tuple(dict.fromkeys(part.text for part in said if part.is_license)),
        tuple(dict.fromkeys(credit.name for credit in named if credit.is_owner and credit.name)),
        tuple(dict.fromkeys(credit.name for credit in named if not credit.is_owner and credit.name)),
        _unread(text, said),
    )


def _unread(text: str, said: list[_Part]) -> str:
    """The unread words, on one line; where none were read, the text as it is."""
    words = text if all(part.is_unread for part in said) else " \u2026 ".join(p.text for p in said if p.is_unread)
    return " ".join(words.split())


def without_harmless(text: str, book: LicenseBook) -> str:
    """The text without the sentences that limit nothing: what a denial holds, a list of prohibitions must not hear."""
    sentences = _SENTENCES.split(text)
    known = book.phrases("harmless")
    kept = (sentence for sentence in sentences if fold(sentence) not in known)
    return text if len(text) > MAX_TEXT else ". ".join(sentence for sentence in kept if sentence.strip())


def _mended(text: str) -> str:
    """The text without entities and characters that nobody sees, with one spelling of the sign and of emphasis."""
    text = _VISIT.sub("", _CONTROL.sub(" ", text))
    text = _SHOWN.sub(r"(\1)", html.unescape(text))
    return _EMPHASIS.sub(r"\1", _SIGN.sub("\u00a9", mend(html.unescape(text)).replace("\u00a0", " ")))


@dataclass(frozen=True, slots=True)
class _Part:
    """A run of pieces, and what it was read as."""

    text: str
    is_license: bool = False
    credit: Credit | None = None
    is_unread: bool = False


def _parts(text: str, book: LicenseBook, bare: Bare) -> list[_Part]:
    """The text as runs; pieces that belong to no run are unread."""
    pieces = list(_pieces(text))
    if len(pieces) > _MAX_PIECES:
        return [_Part(text, is_unread=True)]
    best: list[tuple[int, int, list[_Part]]] = [(0, 0, [])]
    for end in range(1, len(pieces) + 1):
        alone = text[slice(*pieces[end - 1])]
        ways = [_joined(best[end - 1], _Part(alone.strip(_EDGES) or alone, is_unread=True), 1)]
        for start in range(max(0, end - _MAX_RUN), end):
            part = _part(text[pieces[start][0] : pieces[end - 1][1]], book, bare)
            if part is not None:
                ways.append(_joined(best[start], part, 0))
        best.append(min(ways, key=lambda way: way[:2]))
    return best[-1][2]


def _joined(way: tuple[int, int, list[_Part]], part: _Part, unread: int) -> tuple[int, int, list[_Part]]:
    return way[0] + unread, way[1] + 1, [*way[2], part]


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Where the pieces lie between the cuts; one without a letter or digit only where it may stand for words."""
    start = 0
    for cut in _CUT.finditer(text):
        yield from _piece(text, start, cut.start())
        start = max(cut.start(), cut.end())
    yield from _piece(text, start, len(text))


def _piece(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    if any(map(str.isalnum, piece)) or _LEFT_OUT.search(piece):
        yield start, end


def _part(run: str, book: LicenseBook, bare: Bare) -> _Part | None:
    """What a run of pieces is as a whole; None for nothing that is known."""
    text = run.strip(_EDGES)
    if not text or _LEFT_OUT.search(run):
        return None
    reading = book.read(text)
    if is_known(reading) and reading.license_class is not LicenseClass.ALL_RIGHTS_RESERVED:
        return _Part(text, is_license=True)
    if _is_harmless(text, book, bare) or RESERVED.fullmatch(text) or says_only_that(text):
        return _Part(text)
    credit = read_credit(text, book, bare)
    return _Part(text, credit=credit) if credit else None


def _is_harmless(text: str, book: LicenseBook, bare: Bare) -> bool:
    """Whether a run says nothing against a use: a known sentence, a date, and beside names an address."""
    if fold(text) in book.phrases("harmless") or _DATE.fullmatch(text):
        return True
    is_address = looks_like_address(text) and not any(map(str.isspace, text))
    return (bare is not Bare.NONE and _MAIL.fullmatch(text) is not None) or (bare is Bare.ANY and is_address)
