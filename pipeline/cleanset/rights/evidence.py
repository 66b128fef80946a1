"""Evidence: what was seen that bears on rights, and where. Nothing here judges."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Layer(StrEnum):
    """Where a piece of evidence was seen."""

    COLUMN = "column"
    SIDECAR = "sidecar"
    EXIF = "exif"
    IPTC = "iptc"
    XMP = "xmp"
    PNG_TEXT = "png-text"
    COMMENT = "comment"
    C2PA = "c2pa"
    HTTP_HEADER = "http-header"
    HTML = "html"
    ROBOTS = "robots"
    WELL_KNOWN = "well-known"
    LIST = "list"
    OVERLAY = "overlay"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing seen.

    Attributes:
        layer: where it was seen.
        locator: the place in the layer: column name, EXIF tag, ``xmp:NAMESPACE-PREFIX:PROPERTY``, header name.
        value: verbatim, cut at the reader's cap.
        packet: SHA-256 of the raw packet that held it, if it came out of one.
        observed_at: when the source was seen, ISO 8601, if the input says so.
    """

    layer: Layer
    locator: str
    value: str
    packet: bytes | None = None
    observed_at: str | None = None

    def to_row(self) -> dict[str, Any]:
        """The struct of ``schemas.EVIDENCE_TYPE``."""
        return {
            "layer": self.layer.value,
            "locator": self.locator,
            "value": self.value,
            "packet": self.packet,
            "observed_at": self.observed_at,
        }

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Evidence:
        """The inverse of ``to_row``."""
        return cls(Layer(row["layer"]), row["locator"], row["value"], row["packet"], row["observed_at"])
