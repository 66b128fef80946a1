"""Names of persons and bodies in credits and notices, by a grammar: what is no name may limit a license.

A name is made of a few words that begin with a capital, of particles ("van", "of the"), or of letters of a script that
has no capitals; in a field for creators it may also be a handle. A word about rights (``licenses/wordings.csv``) is
part of no name, and a credit that has one is none.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum, auto
from functools import cache
from typing import NamedTuple

from cleanset.rights.book import LicenseBook


class Bare(Enum):
    """Which names may stand without a copyright sign and without a label."""

    NONE = auto()
    DATED = auto()
    """Names with a year, as notices have them."""
    NAMED = auto()
    """Names that begin with capitals."""
    ANY = auto()
    """Handles too, and names in small letters."""


class Credit(NamedTuple):
    """A credit or notice: whom it names, which may be nobody, and whether as the owner."""

    name: str
    is_owner: bool


_YEAR = r"(?:1[0-9]|20)\d\d"
_YEARS = rf"(?:\(?(?:ca?\.\s?|circa\s)?{_YEAR}s?(?:\s?(?:[-\u2013]|,|and|&|to)\s?(?:{_YEAR}|\d\d|present|now))*\)?)"
_SIGN = r"(?:\u00a9|\u24b8|\(c\)|&copy;|copyrights?\b(?:\s?(?:\u00a9|\(c\)))?(?:\sby\b)?|copr\.)"
_NOTICE = re.compile(
    rf"(?P<name>.{{0,120}}?)[\s,:]*{_SIGN}[\s,:]*(?P<years>{_YEARS})?[\s,.:]*(?P<owner>.{{0,300}}?)[\s,]*(?P<until>{_YEARS})?",
    re.IGNORECASE | re.DOTALL,
)
_DATED = re.compile(rf"(?:{_YEARS}[\s,.:]+(?P<after>.{{1,300}})|(?P<before>.{{1,300}}?)[\s,]+{_YEARS})", re.DOTALL)
_BY = re.compile(
    r"(?:(?:photos?|photograph(?:ed|y|s)?|image|picture|foto|made|created|drawn|painted|illustrated|uploaded)\s)?"
    r"(?:by|von|par|por|di|av|door)\s+(?P<name>.{1,200})|(?:(?:photo|image|picture)\s)?courtesy\s+(?:of\s+)?(?P<giver>.{1,200})"
    r"|(?P<via>.{1,100}?)[\s,]+via\s(?:wikimedia\scommons|flickr|inaturalist)",
    re.IGNORECASE | re.DOTALL,
)
_LABEL = re.compile(r"(?P<label>[^:\uff1a]{1,40}?)\s?[:\uff1a]\s?(?P<name>.{1,200})", re.DOTALL)
_BESIDE = re.compile(r"\s*(?:<[^<>\s]+@[^<>\s]+>|\([^()\s]+@[^()\s]+\)|\((?:[\w-]+\.)+[a-z]{2,}\))")
"""An address behind a name."""
_ADDRESS = re.compile(r"<?https?://(?!creativecommons)\S+", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:;|,|&|\||/|\s(?:and|und|et|y|e|og|och|en|with|for)\s|\n)\s*")
_PARTICLE_WORDS = """
    von van der den de del della di da do dos das du la le les el al bin ibn ben ter ten zu zur zum vom y e i et und and
    für il lo gli degli delle dei dell' ud
    of the for at in on to af av d' l' o' mc mac st st. jr jr. sr sr. dr dr. phd inc inc. ltd ltd. llc gmbh co co.
    corp s.a.
    authors author contributors contributor developers developer team project foundation estate artist artists family
    collection museum library archive archives studio group members others al. photographer after attributed workshop
    circle school follower gift bequest purchase fund born died ca circa c. via upstream
"""
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_COMPANIES = frozenset(
    {
        "contributors",
        "its contributors",
        "the contributors",
        "others",
        "inc",
        "ltd",
        "llc",
        "gmbh",
        "corp",
        "co",
        "s.a",
        "plc",
        "jr",
        "sr",
        "phd",
    }
)
"""What stands behind a comma in a name."""
_INITIAL = re.compile(r"(?:[^\W\d_]\.-?){1,4}")
_WORD = re.compile(r"@?[^\W\d_][\w'\u2019.\u00b7&+-]*", re.UNICODE)
_NUMBER = re.compile(r"\d+(?:[.-]\d+)*[a-z]?")
"""A number, also that of an accession: ``1960.81``."""
_HANDLE = re.compile(r"@?[\w.-]{2,40}")
_MAX_WORDS = 9
_LOWER_WORDS = 3
"""Words without a capital that a name in a field for creators may have."""


def read_credit(text: str, book: LicenseBook, bare: Bare) -> Credit | None:
    """The credit or notice that the whole text is; None for any other text."""
    if (notice := _NOTICE.fullmatch(text)) and (named := _owner(notice, book)) is not None:
        return Credit(named, is_owner=True)
    if (by := _BY.fullmatch(text)) and is_names(name := by["name"] or by["giver"] or by["via"], book):
        return Credit(name.strip(), is_owner=False)
    if (labelled := _LABEL.fullmatch(text)) and _is_label(labelled["label"], labelled["name"], book):
        return Credit(labelled["name"].strip(), is_owner=False)
    if bare is not Bare.NONE and (dated := _DATED.fullmatch(text)):
        name = dated["after"] or dated["before"]
        return Credit(name.strip(" ,."), is_owner=False) if is_names(name, book, loose=bare is Bare.ANY) else None
    if bare in {Bare.NAMED, Bare.ANY} and is_names(text, book, loose=bare is Bare.ANY):
        return Credit(text, is_owner=False)
    return None


def _owner(notice: re.Match[str], book: LicenseBook) -> str | None:
    """The name before or behind a sign; None where there is neither a name nor a year, or something else."""
    before, behind = notice["name"].strip(" ,:"), notice["owner"].strip(" ,.:")
    if before.casefold() in {"photo", "image", "picture", "foto", "bild"}:
        before = ""
    if before and behind:
        return None
    name = before or behind
    if not name:
        return "" if notice["years"] or notice["until"] else None
    return name if is_names(name, book) else None


def _is_label(label: str, name: str, book: LicenseBook) -> bool:
    folded = " ".join(label.casefold().split())
    if folded in book.phrases("creator-label"):
        return is_names(name, book)
    return folded in book.phrases("depicting-label") and len(name.split()) > 1 and is_names(name, book)


def is_names(text: str, book: LicenseBook, *, loose: bool = False) -> bool:
    """Whether a text is a name, or several; ``loose`` also for handles and names in small letters."""
    plain = re.sub(rf"\b{_YEARS}(?!\.?\d)", " ", _ADDRESS.sub("", text)) if loose else text
    plain = _BESIDE.sub("", plain).strip(" \t\r\n,.;\"'\u201c\u201d()")
    parts = [part for part in _BETWEEN.split(plain) if part.strip()]
    return bool(parts) and len(text) <= 2000 and all(_is_name(part.strip(" .\"'"), book, loose=loose) for part in parts)  # noqa: PLR2004


def _is_name(name: str, book: LicenseBook, *, loose: bool) -> bool:
    words = name.replace("(", " ").replace(")", " ").split()
    if name.casefold() in _COMPANIES:  # InC is also a rights statement
        return True
    if (
        not 0 < len(words) <= _MAX_WORDS
        or book.read(name).expression
        or (len(words) > 1 and _FIRST.fullmatch(words[0]) is not None)
        or any(speaks_of_rights(word, book) for word in words)
    ):
        return False
    if len(words) == 1 and _HANDLE.fullmatch(name) and (loose or any(c.isdigit() or c in "_@" for c in name)):
        return True
    strange = [word for word in words if not _is_name_word(word)]
    if not loose:
        return not strange and any(_is_telling(word) for word in words)
    return len(strange) <= _LOWER_WORDS and all(_WORD.fullmatch(w) or _NUMBER.fullmatch(w) for w in strange)


def _is_name_word(word: str) -> bool:
    if word.casefold().strip(",") in _PARTICLES or word in {"&", "+", "-", "\u2013", "/"}:
        return True
    return _is_telling(word)


def _is_telling(word: str) -> bool:
    """Whether a word begins with a capital, or with a letter of a script that has none."""
    word = "".join(c for c in word if not unicodedata.category(c).startswith("M"))
    letter = word.lstrip("@'\u2019\u201c\u201d\"")[:1]
    if not letter.isalpha() or letter.islower():
        return re.fullmatch(r"[dlo]['\u2019][^\W\d_]\w+", word) is not None
    return bool(_INITIAL.fullmatch(word) or _WORD.fullmatch(word.strip("\"'\u201c\u201d,")))


_FORMS = re.compile(r"[a-z]{4,}ed|\w+pflichtig|\w{3,}(?:frei|verbot|erlaubnis|gebunden|zwecke?)|\w{4,}able")
"""What is a form of a word and not of a name: an English participle, a German adjective."""
_NAMED_LIKE_FORMS = re.compile(
    r".*(?:h[ae]?med|mm?ed|fred|eed|a[hjly]ed|haled|jihed|ried|r[ae]shed|stable|capable|venable|huxtable)"
    r"|incorporated|limited|advanced|united|associated|allied|integrated|amalgamated|federated|trusted"
)
_FIRST = re.compile(
    r"(?:for|para|pour|f\u00fcr|f\u00f6r|voor|dla|\u0434\u043b\u044f|pentru|untuk|i\u00e7in|without|until|from)",
    re.IGNORECASE,
)
"""What no name begins with, though one may hold it: ``Institute for Art``."""
_FIRST_NAMES = frozenset({"Can", "May", "Mit", "Sin", "Will", "Frei", "Do"})
"""Names that are words about rights without the capital."""


def speaks_of_rights(word: str, book: LicenseBook) -> bool:
    """Whether a word belongs to rights and not to names, in any of the languages of the book."""
    folded = word.casefold().strip(" .,:;!?\"'()\u2019\u201c\u201d-")
    exact, stems, anywhere = _rights_words(book)
    parts = {folded, *re.split(r"[-_/.]", folded)}
    return (
        (folded in exact and word not in _FIRST_NAMES)
        or any(part.startswith(stems) for part in parts)
        or (_FORMS.fullmatch(folded) is not None and _NAMED_LIKE_FORMS.fullmatch(folded) is None)
        or (not folded.isascii() and any(stem in folded for stem in anywhere))
    )


@cache
def _rights_words(book: LicenseBook) -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
    """Words that count whole, beginnings of words, and what counts anywhere in scripts without blanks or capitals."""
    words = book.phrases("no-name")
    caseless = {word for word in words if word[0].lower() == word[0].upper()}
    long = {word for word in words - caseless if len(word) >= (5 if word.isascii() else 4)}
    return book.phrases("no-name-word") | (words - caseless - long), tuple(sorted(long)), tuple(sorted(caseless))
