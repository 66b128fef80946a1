"""Every table that crosses a stage or reaches disk: its columns, their types and what each one means.

``make schemas`` publishes these to ``schemas/`` at the top of the repository, for readers in any language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

VERSION = 1


class Status(StrEnum):
    """Whether there is a picture to work with, and if not, why."""

    OK = "ok"
    NOT_DOWNLOADED = "not-downloaded"
    MISSING = "missing"
    UNDECODABLE = "undecodable"
    TRUNCATED = "truncated"
    TOO_LARGE = "too-large"
    UNSUPPORTED = "unsupported"


class Permission(StrEnum):
    """What the run's policy makes of a sample's rights; unknown is never allowed."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Decision(StrEnum):
    """Whether a sample is in the clean set."""

    KEPT = "kept"
    DROPPED = "dropped"


class Reason(StrEnum):
    """Why a sample is dropped: a status other than ``ok``, or one of these."""

    NO_EVIDENCE = "no-evidence"
    LICENSE_UNKNOWN = "license-unknown"
    UNREAD_RIGHTS = "unread-rights"
    LICENSE_NOT_ALLOWED = "license-not-allowed"
    RIGHTS_CONFLICT = "rights-conflict"
    RESERVED = "reserved"
    GENERATED = "generated"
    NO_CREATOR = "no-creator"
    TOO_SMALL = "too-small"
    PLACEHOLDER = "placeholder"
    PROTECTED = "protected"
    DUPLICATE = "duplicate"


class Detector(StrEnum):
    """What found that two samples show the same picture; identity: they are one sample, read twice."""

    IDENTITY = "identity"
    CONTENT = "content"
    PIXELS = "pixels"
    PHASH = "phash"
    PDQ = "pdq"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its Arrow type, whether it may be null, and a sentence for the reader of the file."""

    name: str
    type: pa.DataType
    doc: str
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """A named, versioned table."""

    name: str
    doc: str
    columns: tuple[Column, ...]

    @cached_property
    def arrow(self) -> pa.Schema:
        """The Arrow schema, with each column's sentence as its ``doc`` metadata."""
        fields = [pa.field(c.name, c.type, nullable=c.nullable, metadata={"doc": c.doc}) for c in self.columns]
        return pa.schema(fields, metadata={"table": self.name, "schema_version": str(VERSION)})

    @property
    def names(self) -> list[str]:
        """Column names, in order."""
        return [c.name for c in self.columns]

    def select(self, name: str, doc: str, columns: Sequence[str]) -> Table:
        """The table of some of these columns, in the order given."""
        by_name = {c.name: c for c in self.columns}
        return Table(name, doc, tuple(by_name[c] for c in columns))

    def empty(self) -> pa.Table:
        """A table of no rows."""
        return self.arrow.empty_table()


def check(data: pa.Table | pa.RecordBatch, table: Table) -> None:
    """``data`` has exactly the columns and types of ``table``, and no null where none may be.

    Arrow does not enforce ``nullable=False`` in memory, so this does, at the edges: after reading, before writing.

    Raises:
        ValueError: naming the first column that differs.
    """
    if data.schema.names != table.names:
        raise ValueError(f"{table.name}: columns are {data.schema.names}, expected {table.names}")
    for column in table.columns:
        field = data.schema.field(column.name)
        if field.type != column.type:
            raise ValueError(f"{table.name}.{column.name}: type is {field.type}, expected {column.type}")
        if not column.nullable and data.column(column.name).null_count:
            raise ValueError(f"{table.name}.{column.name}: has nulls, expected none")


def hex_strings(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Fixed-size binary ids as lower-case hexadecimal text; null stays null."""
    values = [None if v is None else v.hex() for v in column.to_pylist()]
    return pa.array(values, pa.string())


def count_values(column: pa.ChunkedArray | pa.Array) -> dict[str, int]:
    """How often each value occurs, ordered by value; nulls are left out."""
    counts = pc.value_counts(column.drop_null())
    pairs = [(c["values"].as_py(), c["counts"].as_py()) for c in counts]
    return dict(sorted(pairs))


SAMPLE_ID = pa.binary(16)
SHA256 = pa.binary(32)
FORMS = 8
"""Dihedral forms of a PDQ hash: four quarter turns, each plain and mirrored; form 0 is the picture as it is."""
THUMBNAIL_SIDE = 16
LUMA_SIDE = 64


class View(IntEnum):
    """How a picture is looked at, before it is hashed and made a thumbnail."""

    PLAIN = 0
    """As it is, alpha not counted."""
    TRIMMED = 1
    """Without margins of one color; of opaque pictures that have some."""
    ON_WHITE = 2
    """Flattened on a background, as writers do that know no alpha; of transparent pictures."""
    ON_BLACK = 3
    ON_GREY = 4


VIEW_BYTES = 2 + 32 * FORMS + THUMBNAIL_SIDE**2 * 3
"""A packed view: its number, its PDQ quality, its PDQ forms, its thumbnail."""

EVIDENCE_TYPE = pa.list_(
    pa.struct(
        [
            pa.field("layer", pa.string(), nullable=False),
            pa.field("locator", pa.string(), nullable=False),
            pa.field("value", pa.string(), nullable=False),
            pa.field("packet", SHA256, nullable=True),
            pa.field("observed_at", pa.string(), nullable=True),
        ]
    )
)

PACKETS_TYPE = pa.list_(
    pa.struct([pa.field("packet", SHA256, nullable=False), pa.field("bytes", pa.binary(), nullable=False)])
)

OBLIGATION_TYPE = pa.list_(
    pa.struct(
        [
            pa.field("obligation", pa.string(), nullable=False),
            pa.field("license", pa.string(), nullable=True),
            pa.field("version", pa.string(), nullable=True),
            pa.field("owed_to", pa.string(), nullable=True),
            pa.field("text", pa.string(), nullable=False),
            pa.field("link", pa.string(), nullable=True),
            pa.field("source", pa.string(), nullable=False),
        ]
    )
)
"""Duties: credit, title, notice, license-text, link, state-changes, share-alike; limits: non-commercial, place."""

DESCRIPTION = Table(
    "description",
    "What the bytes of one image say, one row per image; null columns where there is no picture.",
    (
        Column("status", pa.string(), "ok, or why there is no picture"),
        Column("detail", pa.string(), "what exactly was wrong, for a person", nullable=True),
        Column("format", pa.string(), "file format by content, as Pillow names it: JPEG, PNG, WEBP, …", nullable=True),
        Column("width", pa.uint32(), "pixels, after EXIF orientation", nullable=True),
        Column("height", pa.uint32(), "pixels, after EXIF orientation", nullable=True),
        Column("pixel_id", SAMPLE_ID, "digest of size, mode and decoded pixels", nullable=True),
        Column(
            "phash", pa.binary(8), "64-bit perceptual hash as imagehash.phash defines it, big-endian", nullable=True
        ),
        Column("pdq", pa.binary(32), "256-bit PDQ hash, most significant bit first", nullable=True),
        Column(
            "pdq_quality",
            pa.uint8(),
            "PDQ's gradient measure, 0 to 100; below 50 the hash is not reliable",
            nullable=True,
        ),
        Column(
            "pdq_forms",
            pa.binary(32 * FORMS),
            "the PDQ hashes of the eight dihedral forms, form 0 first",
            nullable=True,
        ),
        Column(
            "low_information",
            pa.bool_(),
            "too flat for a perceptual hash to mean anything: matched exactly only",
            nullable=True,
        ),
        Column(
            "thumbnail",
            pa.binary(THUMBNAIL_SIDE**2 * 3),
            "16 x 16 RGB box averages, alpha not counted: the second signal of a match",
            nullable=True,
        ),
        Column(
            "luma",
            pa.binary(LUMA_SIDE**2),
            "64 x 64 luma that PDQ is made of, on white where transparent: what pictures are laid on each other by",
            nullable=True,
        ),
        Column(
            "views",
            pa.binary(),
            "further views, VIEW_BYTES each: which, its PDQ quality, its PDQ forms, its thumbnail",
            nullable=True,
        ),
    ),
)

FEATURES = Table(
    "features",
    "What was seen of every sample of one input shard, in the order of the shard.",
    (
        Column("sample_id", SAMPLE_ID, "first 16 bytes of SHA-256 over the source identity and the caption"),
        Column("source", pa.string(), "the input profile the row was read by"),
        Column("shard", pa.string(), "name of the input shard"),
        Column("key", pa.string(), "key of the sample in its shard; a repeated key gets #2, #3, …"),
        Column("uid", pa.string(), "the data set's own id, where it has one", nullable=True),
        Column("url", pa.string(), "where the image came from", nullable=True),
        Column("caption", pa.string(), "the text that came with the image", nullable=True),
        Column("bytes", pa.uint64(), "size of the image file as stored", nullable=True),
        Column("content_id", SHA256, "SHA-256 of the image file as stored", nullable=True),
        *DESCRIPTION.columns,
        Column(
            "reencoded",
            pa.bool_(),
            "the shard's writer re-encoded the image, so metadata in the file is lost",
            nullable=True,
        ),
        Column(
            "evidence",
            EVIDENCE_TYPE,
            "everything seen that bears on rights: layer, locator, verbatim value, packet SHA-256",
        ),
        Column("packets", PACKETS_TYPE, "the raw packets that evidence was found in, if the run was told to keep them"),
    ),
)


def embeddings_table(dim: int) -> Table:
    """The table of one embedder's vectors, which have ``dim`` numbers."""
    return Table(
        "embeddings",
        "A vector for every sample of one input shard, in the order of its features; embeddings/NAME/ is one "
        "embedder's. The width of a vector is that embedder's: 512 numbers for cleanset's own.",
        (
            Column("sample_id", SAMPLE_ID, "as in features"),
            Column("key", pa.string(), "as in features"),
            Column(
                "vector",
                pa.binary(2 * dim),
                "of length 1, in little-endian half precision: the cosine of two pictures is the dot product of their "
                "vectors; null without a picture",
                nullable=True,
            ),
        ),
    )


EMBEDDINGS = embeddings_table(512)

PAIRS = Table(
    "pairs",
    "Verified links between samples that show the same picture; a is the lesser sample_id.",
    (
        Column("a", SAMPLE_ID, "sample_id"),
        Column("b", SAMPLE_ID, "sample_id"),
        Column("detector", pa.string(), "content, pixels, phash, pdq or embedding"),
        Column("distance", pa.float32(), "bits that differ, for embedding 1 - cosine; 0 for content and pixels"),
    ),
)

CANDIDATES = Table(
    "candidates",
    "Between two steps of match: two pictures that are worth comparing, by the places of their rows in all features.",
    (
        Column("a", pa.int64(), "place of the one with the lesser sample_id"),
        Column("b", pa.int64(), "place of the other"),
    ),
)

COMPONENTS = Table(
    "components",
    "Connected component of every sample that is linked to another; samples that are not listed stand alone.",
    (
        Column("sample_id", SAMPLE_ID, "sample_id"),
        Column("component_id", SAMPLE_ID, "the least sample_id of the component"),
    ),
)

CLAIMS = Table(
    "claims",
    "What each piece of evidence claims, one row per claim.",
    (
        Column("sample_id", pa.string(), "sample_id, hex"),
        Column("shard", pa.string(), "name of the input shard"),
        Column("key", pa.string(), "key of the sample in its shard"),
        Column(
            "kind",
            pa.string(),
            "license, unread, reservation, owner, creator, title, public-domain, ai-origin or restriction",
        ),
        Column("value", pa.string(), "the claim in normal form"),
        Column("expression", pa.string(), "SPDX expression of a license claim", nullable=True),
        Column("jurisdiction", pa.string(), "where alone the claim holds, if it says so", nullable=True),
        Column(
            "said_by", pa.string(), "rightsholder, institution, platform, uploader, aggregator, file, model or user"
        ),
        Column("strength", pa.uint8(), "0 free text … 4 signed by the rightsholder or the institution's own interface"),
        Column(
            "layer", pa.string(), "where it was seen: metadata column, exif, iptc, xmp, png-text, c2pa, http-header, …"
        ),
        Column("locator", pa.string(), "the place in the layer: column, tag or property"),
        Column("text", pa.string(), "the evidence as found"),
        Column("packet", pa.string(), "SHA-256 of the raw packet that held it, hex", nullable=True),
        Column("observed_at", pa.string(), "when the source was seen, ISO 8601", nullable=True),
        Column("parser", pa.string(), "name and version of the parser"),
    ),
)

MANIFEST = Table(
    "manifest",
    "One row for each sample read, kept or not, ordered by sample_id.",
    (
        Column("sample_id", pa.string(), "32 hex digits; never depends on position"),
        Column("source", pa.string(), "the input profile the row was read by"),
        Column("shard", pa.string(), "name of the input shard"),
        Column("key", pa.string(), "key of the sample in its shard"),
        Column("uid", pa.string(), "the data set's own id, where it has one", nullable=True),
        Column("url", pa.string(), "where the image came from", nullable=True),
        Column("caption", pa.string(), "the text that came with the image", nullable=True),
        Column("status", pa.string(), "ok, or why there is no picture"),
        Column("format", pa.string(), "file format by content", nullable=True),
        Column("width", pa.uint32(), "pixels, after EXIF orientation", nullable=True),
        Column("height", pa.uint32(), "pixels, after EXIF orientation", nullable=True),
        Column("bytes", pa.uint64(), "size of the image file as stored", nullable=True),
        Column("content_id", pa.string(), "SHA-256 of the image file as stored, hex", nullable=True),
        Column("pixel_id", pa.string(), "digest of size, mode and decoded pixels, hex", nullable=True),
        Column("phash", pa.string(), "64-bit perceptual hash, 16 hex digits", nullable=True),
        Column("pdq", pa.string(), "256-bit PDQ hash, 64 hex digits", nullable=True),
        Column("pdq_quality", pa.uint8(), "PDQ's gradient measure, 0 to 100", nullable=True),
        Column("low_information", pa.bool_(), "too flat for a perceptual hash: matched exactly only", nullable=True),
        Column(
            "reencoded",
            pa.bool_(),
            "the shard's writer re-encoded the image, so metadata in the file is lost",
            nullable=True,
        ),
        Column("license_declared", pa.string(), "what the sources say: SPDX expression, NOASSERTION or NONE"),
        Column("license_concluded", pa.string(), "what this run accepts: SPDX expression, NOASSERTION or NONE"),
        Column("license_evidence", pa.string(), "the strongest evidence: layer, locator, text as found", nullable=True),
        Column("permission", pa.string(), "allowed, refused or unknown under the run's policy"),
        Column(
            "basis",
            pa.string(),
            "what the permission rests on: license, public-domain rule, institution or policy",
            nullable=True,
        ),
        Column("trace", pa.list_(pa.string()), "the rules that fired, in order"),
        Column("conflicts_with", pa.string(), "sample_id of a copy whose rights contradict this one's", nullable=True),
        Column("creator", pa.string(), "who made it, as the evidence says", nullable=True),
        Column("title", pa.string(), "its title, as the evidence says", nullable=True),
        Column("attribution", pa.string(), "ready to print where attribution is due", nullable=True),
        Column(
            "obligations",
            OBLIGATION_TYPE,
            "what whoever uses a kept row owes to whom, by license and version, and the limits of its use; else empty",
        ),
        Column("decision", pa.string(), "kept or dropped"),
        Column(
            "reasons",
            pa.list_(pa.string()),
            "why it was dropped; the first is the one that is counted; empty when kept",
        ),
        Column("cluster_id", pa.string(), "least sample_id of the cluster; null without a picture", nullable=True),
        Column("cluster_size", pa.uint32(), "samples in the cluster", nullable=True),
        Column(
            "representative_id",
            pa.string(),
            "sample_id of the sample that stands for this one; its own if it does",
            nullable=True,
        ),
        Column(
            "matched_by",
            pa.string(),
            "what found it equal to its representative: content, pixels, phash, pdq, embedding; identity where the "
            "same URL and caption came with another picture; null for itself",
            nullable=True,
        ),
        Column(
            "distance",
            pa.float32(),
            "bits, or 1 - cosine, between it and its representative; null for itself and where matched_by is identity",
            nullable=True,
        ),
        Column(
            "copies", pa.uint32(), "samples read that this one stands for, itself included; 0 if another stands for it"
        ),
    ),
)

CLUSTERS = Table(
    "clusters",
    "Every cluster of two samples or more, ordered by cluster_id.",
    (
        Column("cluster_id", pa.string(), "as in the manifest"),
        Column("size", pa.uint32(), "samples in it"),
        Column("representative_id", pa.string(), "the sample that stands for it"),
        Column("kept", pa.uint32(), "samples kept: 1, or 0 where rights forbid the picture"),
        Column("urls", pa.uint32(), "distinct URLs"),
        Column("captions", pa.uint32(), "distinct captions"),
        Column("contested", pa.bool_(), "copies contradict each other about rights"),
    ),
)

LAUNDERING = Table(
    "laundering",
    "Both sides of every cluster in which copies contradict each other about rights, by cluster and side.",
    (
        Column("cluster_id", pa.string(), "as in the manifest"),
        Column("side", pa.string(), "granted for the contested copies, else against"),
        Column("sample_id", pa.string(), "sample_id, hex"),
        Column("url", pa.string(), "where the copy came from", nullable=True),
        Column("license", pa.string(), "what its own claims come to: SPDX expression, NOASSERTION or NONE"),
        Column("reasons", pa.string(), "why it was dropped, with commas"),
        Column("evidence", pa.string(), "its strongest evidence for its side, text as found", nullable=True),
    ),
)

WITHHELD = Table(
    "withheld",
    "Samples that come too near to a protected work, in the order of the features; only where works are protected.",
    (
        Column("sample_id", pa.string(), "sample_id, hex"),
        Column("shard", pa.string(), "name of the input shard"),
        Column("key", pa.string(), "key of the sample in its shard"),
        Column("reason", pa.string(), "protected"),
        Column("work", pa.string(), "the nearest work: its shard and key in the protected set"),
        Column("detector", pa.string(), "content, pixels, phash, pdq or embedding"),
        Column("distance", pa.float32(), "bits that differ, for embedding 1 - cosine; 0 for content and pixels"),
    ),
)

_CLAIM_FIELDS = [c for c in CLAIMS.columns if c.name not in ("sample_id", "shard", "key")]

JUDGED = Table(
    "judged",
    "Between two steps of decide: a sample and the conclusion about its own rights, before its copies are heard.",
    (
        *(c for c in FEATURES.columns if c.name in MANIFEST.names),
        *(
            c
            for c in MANIFEST.columns
            if c.name.startswith("license_")
            or c.name in ("permission", "basis", "trace", "creator", "title", "attribution")
        ),
        Column("reasons", pa.list_(pa.string()), "why its own rights or size drop it; empty when they do not"),
        Column("strength", pa.uint8(), "strength of the strongest claim that the conclusion rests on"),
        Column("owners", pa.list_(pa.string()), "whom copyright notices name"),
        Column("notices", pa.list_(pa.string()), "the copyright notices, as found"),
        Column("limits", pa.list_(pa.string()), "of a permission in writing: research, or where it holds"),
        Column("objected_by", SAMPLE_ID, "a row of the same address or file that contests this one", nullable=True),
        Column(
            "claims", pa.list_(pa.struct([pa.field(c.name, c.type, c.nullable) for c in _CLAIM_FIELDS])), "as in claims"
        ),
    ),
)

_SIDES = [c for c in JUDGED.columns if c.name in ("sample_id", "shard", "key", "permission", "reasons", "owners")]

MEETINGS = Table(
    "meetings",
    "Between two steps of decide: an address or a file, and a row that grants or contests the use of it.",
    (
        Column("meeting", SAMPLE_ID, "digest of the address or the file"),
        *_SIDES,
        *(c for c in JUDGED.columns if c.name in ("license_concluded", "license_evidence", "attribution", "creator")),
        Column("against", pa.string(), "the words that speak against it", nullable=True),
        Column("unreadable", pa.bool_(), "whether something about rights could not be read"),
    ),
)

OBJECTIONS = Table(
    "objections",
    "Between two steps of decide: what rows of the same address or file say against a row that grants something.",
    (
        *(c for c in JUDGED.columns if c.name in ("sample_id", "shard", "key", "objected_by")),
        Column("reason", pa.string(), "what it adds against the row"),
        Column("step", pa.string(), "what to add to the trace"),
    ),
)

VERDICTS = Table(
    "verdicts",
    "Between two steps of decide: what a sample's cluster says about it.",
    (
        Column("sample_id", SAMPLE_ID, "sample_id"),
        Column("shard", pa.string(), "name of the input shard"),
        Column("key", pa.string(), "key of the sample in its shard"),
        Column("cluster_id", SAMPLE_ID, "least sample_id of the cluster"),
        Column("cluster_size", pa.uint32(), "samples in the cluster"),
        Column("representative_id", SAMPLE_ID, "the sample that stands for it"),
        Column("representative", pa.bool_(), "it is that sample itself"),
        Column("matched_by", pa.string(), "detector that found it equal to its representative", nullable=True),
        Column("distance", pa.float32(), "bits, or 1 - cosine, between it and its representative", nullable=True),
        Column("conflicts_with", SAMPLE_ID, "a copy whose rights contradict this one's", nullable=True),
        Column("permission", pa.string(), "after all copies are heard"),
        Column("license_concluded", pa.string(), "the license that stands"),
        Column("attribution", pa.string(), "the credit line for that license", nullable=True),
        Column("reason", pa.string(), "what the other copies add against it", nullable=True),
        Column("steps", pa.list_(pa.string()), "what to add to the trace"),
    ),
)

TABLES = (FEATURES, PAIRS, COMPONENTS, CLAIMS, CLUSTERS, MANIFEST)
"""The published ones that every finished run has."""
