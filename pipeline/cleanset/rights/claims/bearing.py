"""What a piece of evidence bears on: nothing, opt-out lists, a title, or rights, and whether by the address too.

Samples of one source repeat each other's evidence but for hashes, titles and numbers. Those that differ in nothing that
bears on rights are judged once (``manifest.alike``), so a piece counts as bearing on rights unless it is sure not to.
"""

from __future__ import annotations

from enum import Enum, auto
from functools import lru_cache

from cleanset.rights.claims.reading import PROVENANCE
from cleanset.rights.claims.roles import Role, role_of
from cleanset.rights.embedded.packet import PARSE_ERROR
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout.columns import HEADERS, Holds, holds
from cleanset.rights.optout.read import read_signals

_BY_PATH = frozenset({Layer.HTML, Layer.ROBOTS, Layer.WELL_KNOWN, Layer.SIDECAR})
"""Layers of statements that hold for some addresses of a site."""
_BY_ITSELF = frozenset(
    {Holds.HEADER, Holds.ROBOTS_META, Holds.OUTCOME, Holds.OPT_OUT, Holds.PERMISSION, Holds.DATA_MINING}
)
"""Columns whose statements hold for the sample that they belong to, wherever it is."""


class Bearing(Enum):
    """What a piece of evidence bears on."""

    NOTHING = auto()
    HASH = auto()
    """Opt-out lists, and nothing else."""
    TITLE = auto()
    """The title of the work and, inside a file, how it was made."""
    RIGHTS = auto()
    RIGHTS_BY_ADDRESS = auto()
    """Rights, and how depends on the address of the picture, not only on its host."""


def bearing_of(evidence: Evidence) -> Bearing:
    """What the piece bears on. A place that bears on no right may hold words that do."""
    of_place = place_bearing(evidence.layer, evidence.locator)
    if of_place in {Bearing.TITLE, Bearing.NOTHING} and read_signals([evidence], url=None):
        return Bearing.RIGHTS
    return of_place


@lru_cache(maxsize=4096)
def place_bearing(layer: Layer, locator: str) -> Bearing:
    """What the evidence of a place bears on that holds no words about rights."""
    if layer in _BY_PATH:
        return Bearing.RIGHTS_BY_ADDRESS
    if locator == PARSE_ERROR or locator.casefold().endswith(PROVENANCE):
        return Bearing.RIGHTS
    role = role_of(Evidence(layer, locator, ""))
    if layer is Layer.COLUMN:
        return _of_column(locator, role)
    return Bearing.TITLE if role is Role.TITLE else Bearing.RIGHTS


def _of_column(locator: str, role: Role | None) -> Bearing:
    column, _, header = locator.partition(":")
    held = {found[0] for found in (holds(column), holds(locator)) if found} - {Holds.WORDS}
    if held - _BY_ITSELF - {Holds.HASH}:
        return Bearing.RIGHTS_BY_ADDRESS
    if held == {Holds.HASH} and role is None and header not in HEADERS:
        return Bearing.HASH
    if held or header in HEADERS or role not in {None, Role.TITLE}:
        return Bearing.RIGHTS
    return Bearing.NOTHING if role is None else Bearing.TITLE
