"""The shape of ``run.json``: what its readers may rely on, and what an audit holds it against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from cleanset.config import ExtractConfig, MatchConfig
from cleanset.rights.policy import Policy

Count = Annotated[int, Field(ge=0)]
Digest = Annotated[str, Field(description="SHA-256, hex")]


class _Part(BaseModel):
    """A part of the record; a later version may add fields, so readers ignore those that they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class InputShard(_Part):
    """One shard that was read, or could not be."""

    shard: str
    profile: str
    digest: Annotated[str, Field(description="SHA-256 over its files' names and BLAKE3 digests, hex; empty if unread")]
    rows: Annotated[Count, Field(description="samples read")]
    error: Annotated[str | None, Field(description="why it could not be read")]
    damage: Annotated[tuple[str, ...], Field(description="what of it could not be read; empty if it is whole")]
    features: Annotated[Digest | None, Field(description="its features file; null if unread")]


class StageConfig(_Part):
    """The settings of the stages."""

    extract: ExtractConfig
    match: MatchConfig


class NamedPolicy(_Part):
    """The policy in full."""

    name: str
    digest: Digest
    fields: Policy


class Named(_Part):
    """Something that decided, by its digest alone."""

    digest: Digest


class ProtectedWorks(_Part):
    """One set of works that nothing kept may come near."""

    digest: Annotated[Digest, Field(description="over the features of the works, and their vectors")]
    works: Count


class Counts(_Part):
    """Samples; ``kept`` and all of ``dropped`` add up to ``read``."""

    read: Count
    kept: Count
    dropped: Annotated[Mapping[str, Count], Field(description="by the first of their reasons")]


class Entries(_Part):
    """The entries of the overlay or of an opt-out list, each with all its fields."""

    entries: Count
    used: Annotated[tuple[Mapping[str, Any], ...], Field(description="with the samples that each is about, most first")]
    unused: Annotated[tuple[Mapping[str, Any], ...], Field(description="about no sample; the first of them")]


class ListEntries(Entries):
    """Those of one opt-out list."""

    list: str
    samples: Annotated[Count, Field(description="that any entry of the list is about")]


class Hits(_Part):
    """What the user's own entries did."""

    overlay: Entries
    opt_outs: tuple[ListEntries, ...]


class RunRecord(_Part):
    """``run.json``: what a manifest was made from and with."""

    schema_version: int
    cleanset_version: str
    inputs: tuple[InputShard, ...]
    extractor: Annotated[str, Field(description="what read them: settings, columns, version, whether C2PA was read")]
    config: StageConfig
    matched: Annotated[Mapping[str, Digest], Field(description="the tables that match wrote, by place in the run")]
    embedder: Annotated[
        Mapping[str, Any] | None,
        Field(description="what made the vectors that match used: weights, preprocessing, precision, device"),
    ]
    policy: NamedPolicy
    book: Annotated[Named, Field(description="all reviewed data in licenses/")]
    overlay: Annotated[Named, Field(description="the user's corrections")]
    opt_outs: Annotated[Named | None, Field(description="the user's lists")]
    protected: Annotated[tuple[ProtectedWorks, ...], Field(description="works that nothing kept may come near")] = ()
    counts: Counts
    hits: Annotated[Hits, Field(description="how many samples each entry of the overlay and the lists is about")]
    files: Annotated[Mapping[str, Digest], Field(description="the tables that decide wrote, by place in the run")]
    warnings: tuple[str, ...]
    engine: Annotated[
        Mapping[str, Any],
        Field(
            description="informative: runner, workers, who ran what when, where the inputs lay, when they were read; "
            "it alone may differ between runs of one manifest"
        ),
    ]
