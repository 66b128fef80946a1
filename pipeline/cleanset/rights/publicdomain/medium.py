"""What kind of work a medium names, read to its last word: a picture of a thing with depth is no faithful copy.

``Oil on canvas`` is a painting; ``3D print``, ``photograph of an installation`` and ``print on a vase`` are not what
one of their words says. A text with a word that is not known (``licenses/media_words.csv``) names no kind.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping

from cleanset.rights.publicdomain.terms import WorkKind
from cleanset.rights.reviewed import read_rows

TWO_DIMENSIONAL = frozenset({WorkKind.PAINTING, WorkKind.PRINT, WorkKind.PHOTOGRAPH})

_WORD = re.compile(r"[^\W\d_][\w\u2019'-]*|\d\S*")


@functools.cache
def _senses() -> Mapping[str, frozenset[str]]:
    """The words of each sense: kinds of works, what they are made of, and what only joins words."""
    return {row["sense"]: frozenset(row["words"].split()) for row in read_rows("media_words.csv")}


def kind_of(values: Iterable[str]) -> WorkKind:
    """The kind that all the words agree on; of a thing with depth that is also printed or painted on, the thing."""
    senses = _senses()
    words = {word.casefold() for value in values for word in _WORD.findall(value)}
    if words & senses[WorkKind.OBJECT]:
        return WorkKind.OBJECT
    if not words <= frozenset().union(*senses.values()):
        return WorkKind.UNKNOWN
    kinds = (WorkKind.PHOTOGRAPH, WorkKind.PRINT, WorkKind.PAINTING)
    return next((kind for kind in kinds if words & senses[kind]), WorkKind.UNKNOWN)
