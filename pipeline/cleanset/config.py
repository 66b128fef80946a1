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

    max_image_bytes: Annotated[int, Field(gt=0, description="a larger file gets the status too-large, unread")] = 1 << 28
    max_pixels: Annotated[
        int, Field(gt=0, description="a larger picture gets the status too-large, undecoded; memory is about 5 bytes each")
    ] = 64_000_000
    embedded_metadata: Annotated[bool, Field(description="read EXIF, IPTC, XMP, PNG text and C2PA from the bytes")] = True


class MatchConfig(Settings):
    """When two pictures are the same. What the defaults cost and find: ARCHITECTURE.md, "Near-duplicates"."""

    phash_bits: Annotated[int, Field(ge=0, le=16, description="of 64 bits that may differ")] = 6
    pdq_bits: Annotated[int, Field(ge=0, le=64, description="of 256 bits that may differ")] = 31
