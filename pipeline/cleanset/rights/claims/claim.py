"""The claim: one thing that one piece of evidence says. A value; ``claims`` makes them, ``conclude`` weighs them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cleanset.rights.evidence import Evidence, Layer

PARSER = "claims 1"


class Kind(StrEnum):
    """What a claim is about."""

    LICENSE = "license"
    UNREAD = "unread"
    RESERVATION = "reservation"
    OWNER = "owner"
    CREATOR = "creator"
    TITLE = "title"
    PUBLIC_DOMAIN = "public-domain"
    AI_ORIGIN = "ai-origin"
    RESTRICTION = "restriction"


class Speaker(StrEnum):
    """Who says it."""

    RIGHTSHOLDER = "rightsholder"
    INSTITUTION = "institution"
    PLATFORM = "platform"
    UPLOADER = "uploader"
    AGGREGATOR = "aggregator"
    FILE = "file"
    MODEL = "model"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that one piece of evidence says.

    Attributes:
        kind: what it is about. A license that is only a label (``needs_basis``) is of kind public-domain.
        value: in normal form. License: its SPDX expression. Unread: the words that nobody could read, on one line.
            Reservation: ``STATE:USE:PROTOCOL``.
            Public domain without an expression: a fact, ``creator-died:1890``. Restriction: see ``Restriction``.
        said_by: who says it.
        strength: 0 to 4, by the ladder in ``claims``.
        evidence: what was seen.
        expression: SPDX expression of a license that was read.
        jurisdiction: where alone it holds, if it says so.
        parser: name and version of what made the claim of the evidence.
    """

    kind: Kind
    value: str
    said_by: Speaker
    strength: int
    evidence: Evidence
    expression: str | None = None
    jurisdiction: str | None = None
    parser: str = PARSER

    @property
    def source(self) -> tuple[str, str]:
        """What makes two claims one source's: the layer, and the place in it."""
        return self.evidence.layer, self.evidence.locator

    @property
    def order(self) -> tuple[str | int | bytes, ...]:
        """Sorts claims the same way whatever order they were found in."""
        e = self.evidence
        found = (e.layer, e.locator, e.value, e.packet or b"", e.observed_at or "")
        return (self.kind, self.value, self.said_by, self.strength, *found, self.parser)

    @property
    def words(self) -> str:
        """The evidence for a person: layer, locator and text as found."""
        return f"{self.evidence.layer} {self.evidence.locator}: {self.evidence.value}"


class Restriction(StrEnum):
    """Values of restriction claims; ``stock`` and ``note`` are followed by a colon and a name."""

    RESERVED_RIGHTS = "all-rights-reserved"
    RESERVED_RIGHTS_NOTICE = "all-rights-reserved-notice"
    EDITORIAL = "editorial-only"
    NON_COMMERCIAL = "non-commercial"
    NO_DERIVATIVES = "no-derivatives"
    PERMISSION = "permission-needed"
    NON_FREE = "non-free"
    SOMETHING_ELSE = "covers-something-else"
    NOT_PUBLIC_DOMAIN = "not-public-domain"
    DELETION = "deletion-requested"
    LICENSOR = "licensed-elsewhere"
    UNREADABLE = "unreadable"
    STOCK = "stock"
    NOTE = "note"


def speaker_of(layer: Layer) -> Speaker:
    """Who speaks in a layer, if nothing else is known."""
    if layer in {Layer.OVERLAY, Layer.LIST}:
        return Speaker.USER
    if layer in {Layer.COLUMN, Layer.SIDECAR}:
        return Speaker.AGGREGATOR
    if layer in {Layer.HTTP_HEADER, Layer.HTML, Layer.ROBOTS, Layer.WELL_KNOWN}:
        return Speaker.PLATFORM
    return Speaker.FILE


def unread(words: str, evidence: Evidence) -> Claim:
    """A claim that ``words`` of a place about rights could not be read; it grants nothing and may forbid anything."""
    return Claim(Kind.UNREAD, " ".join(words.split()), speaker_of(evidence.layer), 0, evidence)


def restriction(what: Restriction, evidence: Evidence, name: str = "") -> Claim:
    """A restriction claim; it needs no strength."""
    value = f"{what}:{name}" if name else what.value
    return Claim(Kind.RESTRICTION, value, speaker_of(evidence.layer), 0, evidence)
