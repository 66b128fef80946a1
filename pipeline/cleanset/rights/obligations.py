"""What whoever uses a kept picture owes, as data: credit, notices, texts, links, share-alike, and the limits of use.

The table is ``licenses/obligations.csv``: a row a duty, for the licenses whose ids match. A license without a row owes
what the book says of it: a permissive one its notice and its text, any that asks for attribution the credit.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from cleanset.rights.book import LicenseBook
from cleanset.rights.book.license import Answer, License, LicenseClass
from cleanset.rights.reviewed import read_rows

_MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the obligations of one kept picture are made of.

    Attributes:
        expression: the concluded license.
        creator: to whom credit is owed; None if nobody is named.
        attribution: the credit, ready to print; None where none is due.
        notices: copyright notices, as found.
        limits: of a permission in writing: ``research``, or a place.
    """

    expression: str
    creator: str | None
    attribution: str | None
    notices: Sequence[str] = ()
    limits: Sequence[str] = ()


def obligations_of(grounds: Grounds) -> list[dict[str, Any]]:
    """Rows of ``schemas.OBLIGATION_TYPE``, in the order of the licenses and of the table."""
    choices = _book().read(grounds.expression).choices
    duties = [one for license_ in (choices[0] if choices else ()) for one in _of_license(license_, grounds)]
    return [*duties, *(_limit(limit) for limit in grounds.limits)]


@cache
def _book() -> LicenseBook:
    return LicenseBook.load()


def _of_license(license_: License, grounds: Grounds) -> Iterator[dict[str, Any]]:
    for obligation, text, source in _duties(license_):
        shown = {
            "credit": grounds.attribution,
            "notice": "\n".join(grounds.notices)[:_MAX_TEXT] or None,
        }.get(obligation)
        yield {
            "obligation": obligation,
            "license": license_.spdx,
            "version": license_.version,
            "owed_to": grounds.creator if obligation in {"credit", "title", "notice"} else None,
            "text": shown or text,
            "link": license_.url if obligation in {"link", "license-text", "credit", "share-alike"} else None,
            "source": source,
        }


@lru_cache(maxsize=1024)
def _duties(license_: License) -> tuple[tuple[str, str, str], ...]:
    """Obligation, text and source of each duty under a license, and of each limit of it."""
    found = [
        (row["obligation"], row["text"], row["source"])
        for row in read_rows("obligations.csv")
        if any(fnmatch.fnmatchcase(license_.id.lower(), pattern) for pattern in row["licenses"].split())
    ]
    named = {obligation for obligation, _, _ in found}
    if not found and license_.license_class is LicenseClass.PERMISSIVE and license_.attribution:
        found += [("notice", "keep the copyright notice", license_.source)]
        found += [("license-text", "give a copy of the license", license_.source)]
    elif license_.attribution and "credit" not in named and "notice" not in named:
        found.append(("credit", "name the author", license_.source))
    if license_.share_alike and "share-alike" not in named:
        found.append(("share-alike", "adaptations under the same license", license_.source))
    if license_.commercial is Answer.NO:
        found.append(("non-commercial", "no commercial use", license_.source))
    found += [("jurisdiction", place, license_.source) for place in license_.grants_in]
    return tuple(found)


def _limit(limit: str) -> dict[str, Any]:
    is_purpose = limit == "research"
    told = {"obligation": "non-commercial" if is_purpose else "jurisdiction", "text": limit}
    return {**dict.fromkeys(("license", "version", "owed_to", "link")), **told, "source": "permission in writing"}
