"""One shard in, one features file out: everything later stages need to know of each sample."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ParamSpec, Protocol, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from cleanset.config import ExtractConfig
from cleanset.errors import InputError, OutageError, OutputError, ShardError
from cleanset.features import store
from cleanset.features.identity import sample_id
from cleanset.images.decode import Picture
from cleanset.images.describe import Onlooker, describe_images
from cleanset.images.limits import Limits
from cleanset.resources import settled
from cleanset.rights.claims.columns import evidence_from_columns
from cleanset.rights.embedded.c2pa import read_manifest
from cleanset.rights.embedded.scan import scan_image
from cleanset.rights.evidence import Evidence
from cleanset.rundir import RunDirectory, TableWriter, open_whole
from cleanset.schemas import DESCRIPTION, FEATURES, Status, count_values
from cleanset.shards.condition import Condition
from cleanset.shards.digest import digest_files, stamp
from cleanset.shards.read import read_shard
from cleanset.shards.sample import Sample, Shard
from cleanset.stores import faults, reason
from cleanset.trouble import is_fault_of_file, patiently

P = ParamSpec("P")
T = TypeVar("T")

BATCH_ROWS = 256
"""Samples described at once: enough for the batched transforms, few enough that their bytes stay small."""
BATCH_BYTES = 32 << 20
"""Image bytes held at once, unless a single image is larger."""


def extract_shard(shard: Shard, config: ExtractConfig, run: RunDirectory) -> store.ShardSummary:
    """The run has a complete features file of the shard; the result says what is in it.

    A file that was written before from the same bytes with the same settings is left as it is. A shard that cannot be
    read at all gives a summary with an ``error``; a file that was written of it before stays, and counts no more.

    Raises:
        OutputError: the features file cannot be written, for instance because the disk is full.
        OutageError: a disk or a store fails, also after some waiting.
    """
    try:
        with settled():
            return patiently(_extract_once, shard, config, run)
    except ShardError as error:
        return store.ShardSummary(shard.name, shard.profile, error=str(error), path=shard.path)


def _extract_once(shard: Shard, config: ExtractConfig, run: RunDirectory) -> store.ShardSummary:
    return find_finished(shard, config, run) or write_features(shard, config, run)


def find_finished(shard: Shard, config: ExtractConfig, run: RunDirectory) -> store.ShardSummary | None:
    """As ``store.finished``.

    Raises:
        OutputError: the features file may not be read.
        OSError: the disk or the store fails.
    """
    try:
        return store.finished(shard, config, run)
    except OSError as error:
        if not is_fault_of_file(error):
            raise
        file = run.features_file(shard.name)
        raise OutputError(
            f"{file}: cannot be read ({error.strerror or error}); give access to it, or remove it"
        ) from error


class Companion(Protocol):
    """Makes something else of the pictures of a shard while its features are made, so that they are decoded once."""

    def see(self, picture: Picture, pixel_id: bytes) -> None:
        """Look at a picture, which is gone afterwards."""

    def end_batch(self, rows: pa.RecordBatch) -> None:
        """All pictures of these rows of ``schemas.FEATURES`` were seen."""


def write_features(
    shard: Shard, config: ExtractConfig, run: RunDirectory, companion: Companion | None = None
) -> store.ShardSummary:
    """The run has a new features file of the shard.

    Raises:
        ShardError: the shard cannot be read.
        OutputError: as ``extract_shard``.
        OutageError: as ``extract_shard``.
    """
    before = reading(shard, stamp, shard)
    statuses: Counter[str] = Counter()
    reencoded = 0
    condition = Condition()
    with open_whole(run.features_file(shard.name)) as stream, TableWriter(stream, FEATURES) as writer:
        for samples in sample_batches(shard, config, condition):
            batch = features_batch(samples, shard, config, companion.see if companion else None)
            writer.write(batch)
            if companion is not None:
                companion.end_batch(batch)
            statuses.update(count_values(batch["status"]))
            reencoded += pc.sum(batch["reencoded"]).as_py() or 0
        digest = reading(shard, digest_files, shard)
        if reading(shard, stamp, shard) != before:
            raise ShardError(f"{shard.path}: changed while it was read; run the same command again")
        summary = store.ShardSummary(
            shard.name,
            shard.profile,
            digest,
            writer.rows,
            dict(sorted(statuses.items())),
            reencoded,
            damage=condition.damage,
            doubts=condition.doubts,
        )
        vouched = store.vouch(shard, config, digest, summary)
        writer.add_footer(vouched)
    mark = run.mark(run.features_file(shard.name))
    store.write_stamp(shard, run, store.Stamp(before, writer.digest, mark, vouched))
    return replace(summary, path=shard.path, features=writer.digest)


def sample_batches(shard: Shard, config: ExtractConfig, condition: Condition) -> Iterator[list[Sample]]:
    """The samples of the shard, some at a time, bounded by rows and by bytes."""
    samples: list[Sample] = []
    size = 0
    reader = read_shard(shard, max_image_bytes=config.max_image_bytes, condition=condition)
    while (sample := reading(shard, next, reader, None)) is not None:
        samples.append(sample)
        size += len(sample.image or b"")
        if len(samples) == BATCH_ROWS or size >= BATCH_BYTES:
            yield samples
            samples, size = [], 0
    if samples:
        yield samples


def reading(shard: Shard, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of reading from the shard.

    Raises:
        ShardError: a file of the shard is to blame: it is gone, may not be read, or is not what it has to be.
        OutageError: its disk or store is to blame.
    """
    try:
        return read(*args, **kwargs)
    except InputError as error:
        raise ShardError(f"{shard.path}: {error}") from error
    except faults() as error:
        if is_fault_of_file(error):
            raise ShardError(f"{shard.path}: {error}") from error
        told = f"{shard.path}: its disk or store fails ({reason(error)})"
        raise OutageError(f"{told}; run the same command again, or leave this shard out") from error


def limits_of(config: ExtractConfig) -> Limits:
    """How large an image file and its picture may be."""
    return Limits(max_bytes=config.max_image_bytes, max_pixels=config.max_pixels)


def features_batch(
    samples: Sequence[Sample], shard: Shard, config: ExtractConfig, onlooker: Onlooker | None = None
) -> pa.RecordBatch:
    """One row of ``schemas.FEATURES`` per sample, in order."""
    pictures = describe_images([s.image for s in samples], limits_of(config), onlooker)
    found = [gather_evidence(s, shard.profile, config) for s in samples]
    seen: dict[str, list[object]] = {
        "sample_id": [sample_id(shard.profile, shard.name, s) for s in samples],
        "source": [shard.profile] * len(samples),
        "shard": [shard.name] * len(samples),
        "key": [s.key for s in samples],
        "uid": [s.uid for s in samples],
        "url": [s.url for s in samples],
        "caption": [s.caption for s in samples],
        "bytes": [None if s.image is None else len(s.image) for s in samples],
        "content_id": [content_id(s) for s in samples],
        "reencoded": [s.reencoded for s in samples],
        "evidence": [[e.to_row() for e in evidence] for evidence, _ in found],
        "packets": [[{"packet": name, "bytes": raw} for name, raw in sorted(packets.items())] for _, packets in found],
    }
    columns: dict[str, pa.Array] = {name: pictures.column(name) for name in DESCRIPTION.names}
    columns["status"], columns["detail"] = _merge_status(samples, pictures)
    schema = FEATURES.arrow
    arrays = [columns[n] if n in columns else pa.array(seen[n], schema.field(n).type) for n in FEATURES.names]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _merge_status(samples: Sequence[Sample], pictures: pa.RecordBatch) -> tuple[pa.Array, pa.Array]:
    """The reader's status and words where it has no image to give, else the decoder's status and whoever has words."""
    unread = pa.array([s.status is not Status.OK for s in samples])
    status = pc.if_else(unread, pa.array([s.status.value for s in samples]), pictures["status"])
    said = pa.array([s.detail or None for s in samples], pa.string())
    detail = pc.if_else(unread, said, pc.coalesce(pictures["detail"], said))
    return status, detail


def content_id(sample: Sample) -> bytes | None:
    """SHA-256 of the image file; the reader's, where it had to compute it already."""
    if sample.image is None:
        return None
    return sample.content_id or hashlib.sha256(sample.image).digest()


_CAPTION = "caption"
"""Column that a caption is read as, in which its author may reserve rights."""


def gather_evidence(
    sample: Sample, profile: str, config: ExtractConfig
) -> tuple[list[Evidence], Mapping[bytes, bytes]]:
    """Everything seen of the sample that bears on its rights: the input's columns first, then the image file.

    Beside it the raw packets that evidence was found in, by their SHA-256, if the settings ask for them.
    """
    evidence = evidence_from_columns({_CAPTION: sample.caption or "", **sample.columns}, profile)
    if sample.image is None or not config.embedded_metadata:
        return evidence, {}
    scan = scan_image(sample.image, keep_packets=config.keep_packets)
    return [*evidence, *scan.evidence, *read_manifest(sample.image, scan)], scan.packets
