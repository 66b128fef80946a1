"""The two values that every reader speaks: a shard, and a sample read from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cleanset.schemas import Status


class Kind(StrEnum):
    """How the samples of a shard are stored."""

    WEBDATASET = "webdataset"
    PARQUET = "parquet"
    FOLDER = "folder"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Shard:
    """One unit of work: a file (or a folder of images), with the files that belong to it.

    Attributes:
        name: unique in a run, and the same wherever the shard lies: what the manifest calls it.
        kind: how it is stored.
        path: local path or fsspec URL.
        files: every file whose bytes decide what is read, ``path`` first (for a folder: its images and sidecars).
        profile: name of the input profile that maps its columns.
        span: for a part of a folder, the relative paths it answers for, from the first to before the second; an empty
            end is open. It decides which part reports a file that a metadata table names and that is not there.
    """

    name: str
    kind: Kind
    path: str
    files: tuple[str, ...]
    profile: str
    span: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Sample:
    """At most one image, and everything the input says about it.

    Attributes:
        key: unique in its shard; the second sample of one key is ``KEY#2``.
        image: the bytes as stored; None where there are none.
        status: ``Status.OK`` when there are bytes to decode.
        detail: what was wrong, for a person; empty when nothing was.
        url: where the image came from.
        caption: the text that came with it.
        uid: the data set's own id.
        columns: every other column or sidecar field, verbatim as text, by its own name; null and empty values are left
            out. Where two places differ about a name, both values are there: ``sidecar.NAME`` is that of the sidecar,
            ``#2.NAME`` that of a second row. Names that a reader makes have a colon: ``sidecar:xmp`` is an XMP file
            beside the image; ``unreadable:NAME`` a field that was there and could not be read, so that it counts
            against the image; ``extra:NAME`` a second image or other bytes that were not read.
        reencoded: whether the writer of the shard re-encoded the image (so embedded metadata is lost); None if unknown.
        content_id: SHA-256 of ``image`` where the reader had to compute it; None says nothing.
    """

    key: str
    image: bytes | None = None
    status: Status = Status.OK
    detail: str = ""
    url: str | None = None
    caption: str | None = None
    uid: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    reencoded: bool | None = None
    content_id: bytes | None = None
