"""Settings of each stage: frozen, bounded, and with a digest that names them in every file they decide."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """Base of every settings model: frozen, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def digest(self) -> str:
        """SHA-256, in hex, of the canonical JSON: sorted keys, no white space."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


class ExtractConfig(Settings):
    """What is read of a shard."""

    max_image_bytes: Annotated[int, Field(gt=0, description="a larger file gets the status too-large, unread")] = (
        1 << 28
    )
    max_pixels: Annotated[
        int,
        Field(gt=0, description="a larger picture gets the status too-large, undecoded; memory is about 5 bytes each"),
    ] = 64_000_000
    keep_packets: Annotated[bool, Field(description="keep the raw metadata packets that evidence was found in")] = False
    embedded_metadata: Annotated[bool, Field(description="read EXIF, IPTC, XMP, PNG text and C2PA from the bytes")] = (
        True
    )


class MatchConfig(Settings):
    """How far two pictures may differ and still be the same. What the defaults find and cost: ARCHITECTURE.md."""

    phash_bits: Annotated[int, Field(ge=0, le=16, description="of 64 that may differ, upright")] = 8
    pdq_bits: Annotated[int, Field(ge=0, le=80, description="of 256 that may differ, in the best orientation")] = 50
    pdq_quality: Annotated[int, Field(ge=0, le=100, description="a PDQ hash of less quality is not used")] = 50
    correlation: Annotated[float, Field(ge=0, le=1, description="least correlation of the thumbnails' luma")] = 0.97
    deviation: Annotated[float, Field(gt=0, description="of a thumbnail's cell, in standard deviations")] = 0.5
    close_bits: Annotated[int, Field(ge=0, le=80, description="of 256; PDQ this near lets more pass")] = 30
    close_deviation: Annotated[float, Field(gt=0, description="then of a cell, if steps correlate")] = 0.8
    steps: Annotated[float, Field(ge=0, le=1, description="least correlation of steps from cell to cell")] = 0.97
    overlay_correlation: Annotated[float, Field(ge=0, le=1, description="or of luma under a small overlay")] = 0.96
    overlay_deviation: Annotated[float, Field(gt=0, description="of all cells but the seven worst, if close")] = 0.3
    color: Annotated[float, Field(ge=-1, le=1, description="least cosine between the thumbnails' colors")] = 0.85
    colored: Annotated[float, Field(ge=0, le=255, description="root mean square color below which it is grey")] = 2.0
    clear_correlation: Annotated[float, Field(ge=0, le=1, description="least, of two transparent pictures")] = 0.99
    clear_deviation: Annotated[float, Field(gt=0, description="of a cell of two transparent pictures")] = 0.5
    clear_contrast: Annotated[float, Field(ge=1, description="most ratio of two transparent pictures' contrasts")] = 1.3
    clear_color: Annotated[float, Field(gt=0, description="levels of color between cells of two such")] = 20.0
    cosine: Annotated[float, Field(ge=0, le=1, description="of two vectors; a pair that is nearer is looked at")] = 0.5
    cosine_alone: Annotated[float, Field(ge=0, le=1, description="enough for pictures that are no drawings")] = 0.85
    agreement: Annotated[float, Field(ge=0, le=1, description="least, of luma block by block, laid on each other")] = (
        0.72
    )
    agreement_alone: Annotated[float, Field(ge=0, le=1, description="where there are no vectors")] = 0.85
    agreement_slope: Annotated[float, Field(ge=0, le=1, description="of what is asked, by cosine above the least")] = (
        0.5
    )
    drawn: Annotated[float, Field(ge=0, le=1, description="share of even luma from which a picture is a drawing")] = (
        0.25
    )
    drawn_agreement: Annotated[float, Field(ge=0, le=1, description="least of two drawings")] = 0.8
    drawn_share: Annotated[float, Field(ge=0, le=1, description="of two drawings' blocks, least that agree")] = 0.75
    drawn_cosine: Annotated[float, Field(ge=0, le=1, description="least of the vectors of two drawings")] = 0.93
    drawn_part_cosine: Annotated[float, Field(ge=0, le=1, description="least where one holds a part of the other")] = (
        0.7
    )
    recall: Annotated[float, Field(gt=0, le=1, description="least chance to find a pair at exactly pdq_bits")] = 0.9999
