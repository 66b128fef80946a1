"""Check by the pictures themselves that no copy is kept twice, and that nothing was dropped for another picture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cleanset.audit.findings import Finding
from cleanset.audit.seen import Seen
from cleanset.config import MatchConfig
from cleanset.dedup.near import near_links
from cleanset.dedup.same import same_picture, signatures
from cleanset.schemas import Detector

_CHECK = "members-resemble-their-representative"
_MEMBER = ["sample_id", "shard", "key", "content_id", "pixel_id", "representative_id", "matched_by", "distance"]


def kept_pictures_differ(seen: Seen) -> Iterator[Finding]:
    """No two kept rows have equal files or pixels, nor, where the run still has its features, the same picture."""
    kept = seen.kept(["sample_id", "shard", "key", "content_id", "pixel_id"])
    for column in ("content_id", "pixel_id"):
        repeated = kept.group_by(column).aggregate([([], "count_all"), ("sample_id", "min")])
        for row in repeated.filter((pc.field("count_all") > 1) & pc.field(column).is_valid()).to_pylist():
            yield Finding(
                "kept-pictures-differ", row["sample_id_min"], f"{row['count_all']} kept rows have one {column}"
            )
    pictures = seen.pictures_of(kept)
    if pictures is None:
        return
    config = match_config(seen)
    pairs = near_links(pictures, config, config.cosine_alone)  # below it match looks at the nearest of many only
    for pair in pairs.to_pylist():
        message = f"and {pair['b'].hex()} are both kept, {pair['detector']} distance {pair['distance']:g}"
        yield Finding("kept-pictures-differ", pair["a"].hex(), message)


def members_resemble_their_representative(seen: Seen) -> Iterator[Finding]:
    """Every row that another stands for is itself within the threshold of it, by the detector and distance it names."""
    members = seen.manifest.select(_MEMBER)
    rows = members.filter(pc.is_valid(members["matched_by"]))
    stands = members.filter(pc.fill_null(pc.greater(seen.manifest["copies"], 0), fill_value=False))
    at = pc.index_in(rows["representative_id"], stands["sample_id"].combine_chunks())
    for row in rows.filter(pc.is_null(at)).select(["sample_id", "representative_id"]).to_pylist():
        yield Finding(_CHECK, row["sample_id"], f"{row['representative_id']} stands for no row")
    rows, at = rows.filter(pc.is_valid(at)), at.drop_null()
    leaders = stands.take(at.combine_chunks())
    for detector, column in ((Detector.CONTENT, "content_id"), (Detector.PIXELS, "pixel_id")):
        same = pc.and_(pc.equal(rows[column], leaders[column]), pc.equal(rows["distance"], 0))
        named = pc.equal(rows["matched_by"], detector.value)
        for row in rows.filter(pc.and_(named, pc.invert(pc.fill_null(same, fill_value=False)))).to_pylist():
            yield Finding(_CHECK, row["sample_id"], f"matched by {detector} {row['distance']}, but {column} differs")
    near = pc.is_in(rows["matched_by"], pa.array([Detector.PHASH.value, Detector.PDQ.value, Detector.EMBEDDING.value]))
    yield from _near_members(seen, rows.filter(near), leaders.filter(near))
    yield from _repeated_samples(seen.manifest, rows)


def _near_members(seen: Seen, rows: pa.Table, leaders: pa.Table) -> Iterator[Finding]:
    """The findings about rows that a perceptual hash or an embedding matched; ``leaders`` are aligned with them."""
    pictures = seen.pictures_of(pa.concat_tables([rows, leaders]))
    if pictures is None or not rows.num_rows:
        return
    looks, member = signatures(pictures), np.arange(rows.num_rows)
    verdict = same_picture(looks, rows.num_rows + member, looks, member, match_config(seen))
    told = zip(rows.to_pylist(), verdict.same, verdict.detector, verdict.distance, strict=True)
    for row, same, detector, distance in told:
        if not same:
            yield Finding(_CHECK, row["sample_id"], f"is not the picture {row['representative_id']}")
        elif (row["matched_by"], row["distance"]) != (detector, distance):
            message = f"matched by {row['matched_by']} {row['distance']}, its picture gives {detector} {distance}"
            yield Finding(_CHECK, row["sample_id"], message)


def _repeated_samples(manifest: pa.Table, rows: pa.Table) -> Iterator[Finding]:
    """The findings about rows that only their sample_id matched: another row of that sample is in the cluster."""
    named = manifest.select(["sample_id", "cluster_id"])
    several = named.filter(pc.is_valid(named["cluster_id"])).group_by(named.column_names).aggregate([([], "count_all")])
    repeated = several.filter(pc.field("count_all") > 1)["sample_id"].combine_chunks()
    by_name = pc.equal(rows["matched_by"], Detector.IDENTITY.value)
    alone = rows.filter(pc.and_(by_name, pc.invert(pc.is_in(rows["sample_id"], repeated))))
    for sample_id in alone["sample_id"].to_pylist():
        yield Finding(_CHECK, sample_id, "matched by identity, but its sample was read once")


def match_config(seen: Seen) -> MatchConfig:
    """The thresholds that the run was matched with."""
    return seen.record.config.match
