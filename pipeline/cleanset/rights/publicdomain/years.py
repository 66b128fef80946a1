"""Years in the words of catalogs (``c. 1890-1895``, ``late 19th century``, ``d. 1921``), read so that the bounds hold.

A text that is not understood to the last word gives None: an unknown year proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

CIRCA = 10
"""Years that ``circa`` is taken to leave open on each side."""

MAX_TEXT = 200
_LAST_YEAR = 2100
_FIRST_YEAR = 1000
"""Before it, a year of four digits is a placeholder (0000, 0001) far more often than a year."""
_ZERO_DATES = frozenset({"1601-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1904-01-01"})
"""Days that programs write for no date: the first days of their calendars."""
_CENTURY = 100


@dataclass(frozen=True, slots=True, order=True)
class Years:
    """The years in which something can have happened, both ends included; None is an open end."""

    earliest: int | None
    latest: int | None

    def __str__(self) -> str:
        if self.earliest == self.latest:
            return str(self.earliest)
        return f"{'' if self.earliest is None else self.earliest}..{'' if self.latest is None else self.latest}"


def hull(years: list[Years]) -> Years:
    """The least range that holds all of them; ``years`` is not empty."""
    earliest = [y.earliest for y in years]
    latest = [y.latest for y in years]
    return Years(
        None if None in earliest else min(e for e in earliest if e is not None),
        None if None in latest else max(e for e in latest if e is not None),
    )


def last_of(years: list[Years]) -> Years:
    """When the last of several events can have been; ``years`` is not empty."""
    earliest = [y.earliest for y in years if y.earliest is not None]
    return Years(max(earliest, default=None), hull(years).latest)


_WIKIDATA = re.compile(r"\+?(\d{4})-(\d\d)-(\d\d)(?:T00:00:00Z)?(?:/(\d{1,2}))?")
_ISO_TIME = re.compile(r"(\d{4})-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_PRECISION_SPAN = {"9": 1, "10": 1, "11": 1, "8": 10, "7": 100}
_TOKEN = re.compile(
    r"""(?P<decade>(?<!\d)\d{3}0'?s\b)
      | (?P<open>(?<![\dA-Za-z])1\d(?:--|\?\?|xx|\d[-?x])(?![\dA-Za-z]))
      | (?P<range>(?<!\d)\d{4}\s*[-\u2010-\u2015/]\s*\d{2}(?!\d))
      | (?P<bc>(?<!\d)\d{1,4}\s*b\.?\s?c\.?(?:\s?e\.?)?(?![a-z]))
      | (?P<century>(?<!\d)\d{1,2}(?:st|nd|rd|th)?
            (?=\s*(?:[-\u2010-\u2015]|to|and|or)?\s*(?:\d{1,2}(?:st|nd|rd|th))?\s*(?:century|centuries|c\.)))
      | (?P<year>(?<![\d.])\d{4}(?!\d))
      | (?P<day>(?<!\d)\d{1,2}(?:st|nd|rd|th)?(?!\d))
      | (?P<word>[^\W\d_]+\.?)
      | (?P<other>\S)""",
    re.VERBOSE | re.IGNORECASE,
)
_OPEN_END = re.compile(r"\d{4}\s{0,3}[-\u2010-\u2015]\s{0,3}\??$")
_CIRCA = frozenset({"c", "ca", "circa", "about", "around", "approximately", "approx", "probably", "possibly", "perhaps",
                    "um", "vers", "?"})  # fmt: skip
_BEFORE = frozenset({"before", "by", "until", "ante"})
_AFTER = frozenset({"after", "since", "post", "later", "onward", "onwards", "from", "present"})
_PARTS = frozenset({"early", "mid", "middle", "late"})
_IDLE = frozenset({
    "century", "centuries", "between", "and", "or", "to", "the", "of", "in", "on", "dated", "published", "ad", "ce",
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "spring", "summer",
    "autumn", "fall", "winter", "d", "died",
})  # fmt: skip
_IDLE_MARKS = frozenset("()[]-\u2010\u2011\u2012\u2013\u2014\u2015,;.:/\u00a9\u2020")


def parse_years(text: str) -> Years | None:
    """The years that a date in a catalog allows; None for one that is not understood, or that names no year."""
    text = text.strip()
    is_no_date = "/" not in text and any(day in text for day in _ZERO_DATES)
    if is_no_date or len(text) > MAX_TEXT:
        return None
    if found := _WIKIDATA.fullmatch(text):
        return _wikidata(found)
    if found := _ISO_TIME.fullmatch(text):
        return _plausible([Years(int(found[1]), int(found[1]))])
    return _in_words(text)


def _in_words(text: str) -> Years | None:
    """The years of a date in words and figures."""
    tokens = [(match.lastgroup or "", match[0].lower().rstrip(".")) for match in _TOKEN.finditer(text)]
    words = {value for kind, value in tokens if kind in {"word", "other"} and value}
    if _OPEN_END.search(text):
        words.add("after")
    if words - _CIRCA - _BEFORE - _AFTER - _PARTS - _IDLE - _IDLE_MARKS:
        return None
    if "day" in {kind for kind, _ in tokens} and "century" in {kind for kind, _ in tokens}:
        return None
    return _bounded(_plausible(list(_spans(tokens, words))), words)


def _wikidata(found: re.Match[str]) -> Years | None:
    """A Wikidata time; its precision says how many years it stands for: a decade or a century at most.

    Without a precision, a round year without a day may stand for a decade or a century, and is not understood.
    """
    year = int(found[1])
    is_round = year % 10 == 0 and (found[2], found[3]) in {("00", "00"), ("01", "01")}
    span = _PRECISION_SPAN.get(found[4] or ("?" if is_round else "9"))
    if span is None:
        return None
    if span == _CENTURY:
        return _plausible([Years(year - _CENTURY, year + _CENTURY)])
    return _plausible([Years(year - year % span, year - year % span + span - 1)])


def _spans(tokens: list[tuple[str, str]], words: set[str]) -> Iterator[Years]:
    """The span of each token that names years; ``early`` and ``late`` count only beside a single century."""
    parts = words & _PARTS if sum(kind == "century" for kind, _ in tokens) == 1 else set()
    for kind, value in tokens:
        digits = "".join(c for c in value if c.isdigit())
        match kind:
            case "decade":
                yield _decade(int(digits))
            case "open":
                scale = 10 ** (4 - len(digits))
                yield Years(int(digits) * scale, int(digits) * scale + scale - 1)
            case "range":
                yield _short_range(int(digits[:4]), int(digits[4:]))
            case "bc":
                yield Years(-int(digits), -int(digits))
            case "century":
                yield _part_of_century(int(digits), parts)
            case "year":
                yield Years(int(value), int(value))


def _decade(year: int) -> Years:
    """``1890s`` is ten years, ``1800s`` may be a century."""
    return Years(year, year + (99 if year % _CENTURY == 0 else 9))


def _short_range(first: int, last: int) -> Years:
    """``1890-95`` is a range; ``1912-11`` can only be a month; where both are possible the range is the wider."""
    end = first - first % _CENTURY + last
    return Years(first, max(first, end))


def _part_of_century(number: int, parts: set[str]) -> Years:
    first, last = (number - 1) * _CENTURY + 1, number * _CENTURY
    if parts == {"early"}:
        return Years(first, last - 50)
    if parts == {"late"}:
        return Years(first + 50, last)
    return Years(first, last)


def _plausible(years: list[Years]) -> Years | None:
    """The hull; None if there is no year, or one that no work is from (9999 stands for a living artist)."""
    ends = [end for y in years for end in (y.earliest, y.latest) if end is not None]
    if not years or any(abs(end) > _LAST_YEAR or 0 <= end < _FIRST_YEAR for end in ends):
        return None
    return hull(years)


def _bounded(years: Years | None, words: set[str]) -> Years | None:
    """The years, widened for circa, opened for before and after."""
    if years is None or years.earliest is None or years.latest is None:
        return years
    slack = CIRCA if words & _CIRCA else 0
    earliest = None if words & _BEFORE else years.earliest - slack
    latest = None if words & _AFTER else years.latest + slack
    return Years(earliest, latest)


_NOT_A_LIFE = re.compile(
    r"\b(?:active|act|fl|flourished|born|founded|est|established|working|worked)\b|\bb\.", re.IGNORECASE
)
NOT_THE_AUTHOR = re.compile(
    r"\b(?:after|attributed|workshop|follower|school|circle|studio|style|copy|manner|imitator|ascribed|probably|possibly"
    r"|unknown|anonymous|unidentified|nach|d'apr\u00e8s)\b",
    re.IGNORECASE,
)
_LIFE = re.compile(r"(?<!\d)(\d{4})[^\d;|&/]{0,40}?[-\u2010-\u2015][^\d;|&/]{0,40}?(\d{4})(?!\d)")
_DIED = re.compile(r"(?:\bd\.|\bdied|\bgest\.|\u2020)[^\d;|&/]{0,20}?(\d{4})(?!\d)", re.IGNORECASE)
_DATES_BEGIN = re.compile(r"[(\d\u2020]|\bd\.|\bdied|\bgest\.", re.IGNORECASE)
_MANY = re.compile(r"\s*(?:;|\||&|/|\band\b|\bund\b|\bet\b)\s*", re.IGNORECASE)


def parse_death(text: str) -> Years | None:
    """The year in which the last of the creators in a text died: ``Claude Monet (1840-1926)``, ``d. 1921``.

    None if it is not said of every creator, or if the text names someone else than the creator (``after``, ``workshop
    of``), years of activity or a birth.
    """
    if not text.strip() or len(text) > MAX_TEXT or NOT_THE_AUTHOR.search(text) or _NOT_A_LIFE.search(text):
        return None
    deaths = [_death_of_one(creator) for creator in _MANY.split(text) if creator]
    known = [death for death in deaths if death is not None]
    return last_of(known) if known and len(known) == len(deaths) else None


def _death_of_one(text: str) -> Years | None:
    lives = [(int(m[1]), int(m[2])) for m in _LIFE.finditer(text)]
    died = [int(m[1]) for m in _DIED.finditer(text)]
    names = [part for part in _DATES_BEGIN.split(text, maxsplit=1)[0].split(",") if " " in part.strip()]
    if len(names) > 1 or len(re.findall(r"\d{4}", text)) != 2 * len(lives) + len(died) or len(lives) + len(died) != 1:
        return None
    if lives and not lives[0][0] < lives[0][1] <= lives[0][0] + 120:
        return None
    year = lives[0][1] if lives else died[0]
    slack = CIRCA if re.search(r"\b(?:ca?\.|circa|about)|\?", text) else 0
    return _plausible([Years(year - slack, year + slack)])
