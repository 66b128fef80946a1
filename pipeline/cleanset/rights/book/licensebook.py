"""The license book: what a license string or address means, from the reviewed data in ``licenses/``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

from cleanset.rights.book.creativecommons import combine
from cleanset.rights.book.license import Answer, License, LicenseClass, Reading, read_choices, unknown_reading
from cleanset.rights.book.recognize import Recognizer
from cleanset.rights.book.spelling import fold
from cleanset.rights.book.tables import Tables, read_tables

__all__ = ["Answer", "License", "LicenseBook", "LicenseClass", "Reading", "combine"]

PACKAGED = Path(__file__).resolve().parents[2] / "licenses"
"""The book's files inside the package."""

_MAX_TEXT = 4000
_MEMO_TEXT = 500
_MEMO_SIZE = 65_536


@dataclass(frozen=True)
class LicenseBook:
    """Reads license texts. A value: equal files make equal books.

    A book may be sent to workers. Only its tables travel; in each process that receives them they are one book, so its
    indexes are built and its texts are read once, however many steps and bundles bring it.
    """

    tables: Tables

    @classmethod
    def load(cls, path: Path | None = None) -> LicenseBook:
        """The book below ``path``, by default the packaged one.

        Raises:
            ConfigError: a file is missing or broken.
        """
        return _book_of(read_tables(path or PACKAGED))

    def digest(self) -> str:
        """SHA-256 of the book's files, hex."""
        return self.tables.digest

    def get(self, id: str) -> License:  # noqa: A002  # the word of the data
        """The entry with that id of the book or of SPDX, in any case.

        Raises:
            KeyError: there is none.
        """
        return self._entries[id.lower()]

    def read(self, text: str | None, scheme: str | None = None) -> Reading:
        """What the text means. Never raises; what is not certain is unknown.

        ``scheme`` names the vocabulary of the field that the text came from, such as ``flickr.license_id``, ``dep5``
        or ``commons``. Bare numbers mean something only with a scheme; in ``dep5`` a missing version is the lowest.
        """
        if text is None:
            return unknown_reading("", "absent")
        key = (text, scheme)
        known = self._memo.get(key)
        if known is None:
            known = self._read(text, scheme)
            if len(text) <= _MEMO_TEXT:
                if len(self._memo) >= _MEMO_SIZE:
                    self._memo.clear()
                self._memo[key] = known
        return known

    def _read(self, text: str, scheme: str | None) -> Reading:
        if not text.strip() or len(text) > _MAX_TEXT:
            return unknown_reading(text, "blank" if len(text) <= _MAX_TEXT else "too-long")
        found = self._recognizer.recognize(text, scheme)
        parsed = self._recognizer.grammar.read(found.expression) if found.expression else None
        if parsed is None:
            return unknown_reading(text, found.rule)
        return replace(read_choices(*parsed), text=text, rule=found.rule)

    def phrases(self, kind: str) -> frozenset[str]:
        """The texts of one kind in ``wordings.csv``, folded."""
        return self._phrases.get(kind, frozenset())

    @cached_property
    def _phrases(self) -> dict[str, frozenset[str]]:
        kinds = {kind for kind, _ in self.tables.wordings}
        return {kind: frozenset(fold(text) for of, text in self.tables.wordings if of == kind) for kind in kinds}

    @cached_property
    def _recognizer(self) -> Recognizer:
        return Recognizer(self.tables)

    @cached_property
    def _entries(self) -> dict[str, License]:
        return {**self._recognizer.grammar.licenses, **{entry.id: entry for entry in self.tables.licenses}}

    @cached_property
    def _memo(self) -> dict[tuple[str, str | None], Reading]:
        return {}

    def __reduce__(self) -> tuple[Callable[[Tables], LicenseBook], tuple[Tables]]:
        return _book_of, (self.tables,)


@lru_cache(maxsize=4)
def _book_of(tables: Tables) -> LicenseBook:
    """The one book of this process with equal tables."""
    return LicenseBook(tables)
