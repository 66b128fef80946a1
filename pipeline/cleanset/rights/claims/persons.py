"""Claims of who made or owns a picture, and what it is called."""

from __future__ import annotations

from collections.abc import Iterator

from cleanset.rights.claims.claim import Claim, Kind, Restriction, restriction, speaker_of
from cleanset.rights.claims.freetext import creators_in, is_nobody, name_in, plain, unquoted
from cleanset.rights.claims.licensing import Setting
from cleanset.rights.claims.roles import Role
from cleanset.rights.evidence import Evidence, Layer

_QUOTING = frozenset({"commoncatalog"})
"""Profiles whose titles are quoted as in a form: ``Sunset+at+sea``."""
_IDENTITY_STRENGTH = {
    Role.CREATOR: 3,
    Role.TITLE: 3,
    Role.OWNER: 2,
    Role.NOTICE: 2,
    Role.HANDLE: 1,
    Role.CREDIT: 1,
}
"""Whose name is printed, of several; one that a file gives counts one less than a column's."""


def person_claims(role: Role, evidence: Evidence, setting: Setting) -> Iterator[Claim]:
    """A named creator or owner; an agency that is credited is a restriction too."""
    kind = Kind.OWNER if role is Role.OWNER else Kind.CREATOR
    read = {Role.HANDLE: unquoted, Role.OWNER: name_in}.get(role, creators_in)
    name = read(evidence.value)
    yield from identity(kind, name, role, evidence)
    if agency := setting.hosts.agency_in(evidence.value):
        yield restriction(Restriction.STOCK, evidence, agency)


def title_claims(evidence: Evidence, setting: Setting) -> Iterator[Claim]:
    """The title of the work."""
    read = unquoted if setting.profile in _QUOTING else plain
    yield from identity(Kind.TITLE, read(evidence.value), Role.TITLE, evidence)


def identity(kind: Kind, name: str, role: Role, evidence: Evidence) -> Iterator[Claim]:
    """A claim of a name or a title, unless it stands for nobody."""
    if name and (kind is Kind.TITLE or not is_nobody(name)):
        second_hand = evidence.layer is not Layer.COLUMN
        yield Claim(kind, name, speaker_of(evidence.layer), _IDENTITY_STRENGTH[role] - second_hand, evidence)
