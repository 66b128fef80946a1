"""Facts about a work from a data set's columns, for the computation of public domain.

Only columns that name the fact are taken: a year of death, dates of a life, a year of publication. A date of an upload,
of a capture or of making is no date of publication, and a column called ``date`` or ``year`` is none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.publicdomain.medium import TWO_DIMENSIONAL, kind_of
from cleanset.rights.publicdomain.terms import Reproduction, WorkFacts
from cleanset.rights.publicdomain.years import NOT_THE_AUTHOR, Years, hull, last_of, parse_death, parse_years

DEATH = frozenset({
    "artistdeath", "artistdeathyear", "artistdeathdate", "artistenddate", "authordeath", "authordeathyear",
    "creatordeath", "creatordeathyear", "creatordeathdate", "creatordied", "dateofdeath", "deathdate", "deathyear",
})  # fmt: skip
LIFE = frozenset({
    "artistdates", "artistlife", "artistlifedates", "artistdisplaybio", "creatordates", "creatorlifedates",
    "authordates", "lifedates",
})  # fmt: skip
BIRTH = frozenset({
    "artistbegindate", "artistbirth", "artistbirthdate", "artistbirthyear", "authorbirth", "authorbirthyear",
    "birthdate", "birthyear", "creatorbirth", "creatorbirthdate", "creatorbirthyear", "creatorborn", "dateofbirth",
})  # fmt: skip
CREATOR = frozenset({
    "artist", "artistname", "artistdisplayname", "artists", "author", "authorname", "authors", "creator", "creatorname",
    "creators", "maker", "painter", "photographer",
})  # fmt: skip
PUBLICATION = frozenset({
    "dateofpublication", "firstpublished", "firstpublicationyear", "publicationdate", "publicationyear",
    "publishedyear", "pubyear", "yearofpublication", "yearpublished",
})  # fmt: skip
CREATED = frozenset({"creationdate", "creationyear", "datecreated", "objectdate", "objectenddate", "yearcreated"})
COUNTRY = frozenset({"countryofpublication", "publicationcountry", "firstpublicationcountry"})
UNPUBLISHED = frozenset({"unpublished", "neverpublished"})
KIND = frozenset({"classification", "medium", "objecttype", "technique", "workkind", "worktype"})

_SEPARATORS = re.compile(r"\s*[|;]\s*")
_NOT_A_LETTER = re.compile(r"[^a-z]")
_LIFETIME = 70
"""Years that an author of whom only the birth is told is taken to have lived: enough for the youngest to be alive."""
_YEAR = re.compile(r"(?<!\d)(1[0-9]\d\d|20\d\d)(?!\d)")
_END_OF_LIFE = re.compile(r"(?<!\d)1[5-9]\d\d[^\d;|&/]{0,40}?[-\u2010-\u2015][^\d;|&/]{0,40}?(1[5-9]\d\d|20\d\d)(?!\d)")
_OPEN = re.compile(
    r"(?<!\d)(1[89]\d\d|20\d\d)\s*[-\u2010-\u2015]\s*(?:present|living|heute|\?)?\s*\)?\s*$", re.IGNORECASE
)
_STILL = re.compile(r"9999(?:-\d\d-\d\d)?|living|alive|present|active", re.IGNORECASE)
_ALIVE = 9999
"""How catalogs write the death of an author who lives."""
_BORN = re.compile(
    r"(?:\bb\.|\bborn|\bgeb\.|\bn\u00e9e?|\bnato|\*|\()\D{0,40}(1[89]\d\d|20\d\d)\s*[-\u2010-\u2015]?\s*\)?\s*$",
    re.IGNORECASE,
)
_ANONYMOUS = re.compile(r"\b(?:anonymous|unknown|unidentified|anonyme|unbekannt|an\u00f3nimo)\b", re.IGNORECASE)
_YES = frozenset({"true", "yes", "1", "t", "y"})


def work_facts_from(columns: Mapping[str, str], *, from_collection: bool = False) -> WorkFacts:
    """What the columns say about the work.

    Args:
        columns: names and values as the data set has them; names are compared by their letters, without case.
        from_collection: the row is the record of the collection that holds the work. Then the picture of a
            two-dimensional work is taken for a faithful copy; a picture from elsewhere may show more than the work.
    """
    by_name = _by_name(columns)
    kind = kind_of(_values(by_name, KIND))
    publication = _hull_of(_values(by_name, PUBLICATION))
    faithful = from_collection and kind in TWO_DIMENSIONAL
    return WorkFacts(
        death=_death(by_name),
        publication=publication,
        created=_hull_of(_values(by_name, CREATED)),
        country=_country(_values(by_name, COUNTRY)),
        unpublished=publication is None and any(v.lower() in _YES for v in _values(by_name, UNPUBLISHED)),
        kind=kind,
        reproduction=Reproduction.FAITHFUL if faithful else Reproduction.UNKNOWN,
        anonymous=any(_ANONYMOUS.search(value) for value in _values(by_name, CREATOR)),
    )


def work_facts_of(evidence: Iterable[Evidence], *, from_collection: bool = False) -> WorkFacts:
    """What evidence from columns and sidecars says about the work."""
    columns = {e.locator: e.value for e in evidence if e.layer in {Layer.COLUMN, Layer.SIDECAR}}
    return work_facts_from(columns, from_collection=from_collection)


def _by_name(columns: Mapping[str, str]) -> list[tuple[str, str]]:
    """Names by their letters, of the last part of a dotted name, and values that are not blank, in order of names."""
    pairs = (
        (_NOT_A_LETTER.sub("", name.lower().rsplit(".", 1)[-1]), columns[name].strip()) for name in sorted(columns)
    )
    return [(name, value) for name, value in pairs if value]


def _values(by_name: Iterable[tuple[str, str]], names: frozenset[str]) -> list[str]:
    return [value for name, value in by_name if name in names]


def _death(by_name: list[tuple[str, str]]) -> Years | None:
    """When the last author died. Columns that disagree widen the range; one that is not understood makes it unknown.

    So does a creator who is only near the author: ``after Raphael`` says when Raphael died, not who painted.
    """
    if any(NOT_THE_AUTHOR.search(value) for value in _values(by_name, CREATOR)):
        return None
    stated = [_last_death(value) for value in _values(by_name, DEATH)]
    lives = [parse_death(value) for value in _values(by_name, LIFE)]
    named = [parse_death(value) for value in _values(by_name, CREATOR) if any(c.isdigit() for c in value)]
    found = [*stated, *lives, *named]
    known = [years for years in found if years is not None]
    creators = max((len(_SEPARATORS.split(value)) for value in _values(by_name, CREATOR)), default=1)
    told = max((len(_SEPARATORS.split(value)) for value in _values(by_name, DEATH | LIFE)), default=creators)
    return hull(known) if known and len(known) == len(found) and told >= creators else None


def _all_years(text: str) -> list[Years] | None:
    """The years of each part of a list; None if one of them is not understood."""
    parts = [parse_years(part) for part in _SEPARATORS.split(text)]
    known = [years for years in parts if years is not None]
    return known if len(known) == len(parts) else None


def _last_death(text: str) -> Years | None:
    deaths = _all_years(text)
    return last_of(deaths) if deaths else None


def _hull_of(values: list[str]) -> Years | None:
    """The hull over all values and their parts; None if there is none, or one that is not understood."""
    found = [_all_years(value) for value in values]
    known = [years for part in found if part is not None for years in part]
    return hull(known) if known and None not in found else None


def last_year_alive(evidence: Iterable[Evidence]) -> int | None:
    """The last year in which an author is known to have lived; a birth alone counts as ``_LIFETIME`` years."""
    columns = {e.locator: e.value for e in evidence if e.layer in {Layer.COLUMN, Layer.SIDECAR}}
    by_name = _by_name(columns)
    deaths = [(value, _all_years(value)) for value in _values(by_name, DEATH)]
    alive = [years.earliest for _, all_years in deaths for years in all_years or [] if years.earliest]
    alive += [_ALIVE for value, all_years in deaths if all_years is None and _STILL.fullmatch(value)]
    for value in _values(by_name, LIFE | CREATOR):
        alive += [int(year) for year in _END_OF_LIFE.findall(value)]
        if (born := _BORN.search(value) or _OPEN.search(value)) and not _END_OF_LIFE.search(value):
            alive.append(int(born[1]) + _LIFETIME)
    if not alive:
        alive += [int(year) + _LIFETIME for value in _values(by_name, BIRTH) for year in _YEAR.findall(value)]
    return max(alive, default=None)


def _country(values: list[str]) -> str | None:
    codes = {value.upper() for value in values}
    return codes.pop() if len(codes) == 1 and all(len(code) == 2 and code.isalpha() for code in codes) else None  # noqa: PLR2004 - ISO alpha-2
