"""The features file of a shard: where it lies, what its footer vouches for, and when it need not be written again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa

from cleanset.config import ExtractConfig
from cleanset.errors import RunError
from cleanset.rights.embedded.c2pa import is_installed
from cleanset.rundir import RunDirectory, footer
from cleanset.schemas import FEATURES
from cleanset.shards.digest import digest_files, stamp
from cleanset.shards.sample import Shard

INDEX = "features.json"
EXTRACTOR = 4
"""Raised whenever the same input and settings give other features."""
RUN_EXTRACT = "run `cleanset extract INPUT... --out RUN` first"


@dataclass(frozen=True, slots=True)
class ShardSummary:
    """What the run knows of one input shard.

    Attributes:
        name: of the shard.
        profile: the input profile it was read by.
        digest: SHA-256 over the names and BLAKE3 digests of its files, hex; empty when they could not be read.
        rows: samples read.
        statuses: samples by status.
        reencoded: images that the shard's writer re-encoded, so that metadata in the file was lost.
        error: why it could not be read at all; empty when it could.
    """

    name: str
    profile: str
    digest: str = ""
    rows: int = 0
    statuses: Mapping[str, int] = field(default_factory=dict)
    reencoded: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """The finished extract stage of a run.

    Attributes:
        shards: ordered by name.
        config: the settings they were extracted with.
        extractor: all that decided the features apart from the shards, as it was then.
        notes: what was noted on the way.
    """

    shards: list[ShardSummary]
    config: ExtractConfig
    extractor: str
    notes: list[str]


def describe_extractor(config: ExtractConfig) -> str:
    """What decides a features file apart from its input: settings, columns, the extractor, and who read C2PA."""
    c2pa = "c2pa" if config.embedded_metadata and is_installed() else "no-c2pa"
    columns = hashlib.sha256(repr([(c.name, str(c.type)) for c in FEATURES.columns]).encode()).hexdigest()[:16]
    return f"{config.digest()}-{columns}-{EXTRACTOR}-{c2pa}"


def vouch(shard: Shard, config: ExtractConfig, digest: str, summary: ShardSummary) -> dict[str, str]:
    """The footer of a features file: what it was made from, and its counts."""
    return {
        "input_digest": digest,
        "extractor": describe_extractor(config),
        "summary": json.dumps(asdict(summary), sort_keys=True),
        "shard": shard.name,
    }


def finished(shard: Shard, config: ExtractConfig, run: RunDirectory) -> ShardSummary | None:
    """The summary of the features file that was written from the same bytes and settings; None if there is none.

    A stamp of sizes and times that has not changed is believed. Where it has, the bytes are read and their digest
    decides, so touching or moving a shard costs one read and no extraction.
    """
    facts = _facts(shard, config, run)
    if facts is None:
        return None
    try:
        if read_stamp(shard, run) != stamp(shard):
            if digest_files(shard) != facts["input_digest"]:
                return None
            write_stamp(shard, run, stamp(shard))
    except OSError:  # the shard is gone or unreadable: extracting it says so
        return None
    return ShardSummary(**json.loads(facts["summary"]))


def is_unchanged(shard: Shard, config: ExtractConfig, run: RunDirectory) -> bool:
    """Whether ``finished`` would believe the stamp; the shard's bytes are not read."""
    try:
        return _facts(shard, config, run) is not None and read_stamp(shard, run) == stamp(shard)
    except OSError:  # the shard is gone
        return False


def _facts(shard: Shard, config: ExtractConfig, run: RunDirectory) -> dict[str, str] | None:
    """The footer of the shard's features file, if it is whole and of the same settings and profile."""
    try:
        facts = footer(run.features_file(shard.name))
    except (FileNotFoundError, pa.ArrowInvalid):
        return None
    if facts.get("extractor") != describe_extractor(config):
        return None
    return facts if json.loads(facts["summary"])["profile"] == shard.profile else None


def load_summary(shard: Shard, run: RunDirectory) -> ShardSummary:
    """What the extract stage left of the shard: the summary of its features file, or why there is none."""
    path = run.features_file(shard.name)
    if run.exists(path.removeprefix(run.path(""))):
        return ShardSummary(**json.loads(footer(path)["summary"]))
    error = run.read_json(_beside(run, shard, "error"), needs=RUN_EXTRACT)["error"]
    return ShardSummary(shard.name, shard.profile, error=error)


def write_error(shard: Shard, run: RunDirectory, error: str) -> None:
    """The shard has no features file, and the reason stands where it would be."""
    run.remove(run.features_file(shard.name).removeprefix(run.path("")))
    run.write_json(_beside(run, shard, "error"), {"error": error})


def read_stamp(shard: Shard, run: RunDirectory) -> str | None:
    """The stamp that the shard had when its features file was written."""
    stamp_then: str | None = run.find_json(_beside(run, shard, "stamp")).get("stamp")
    return stamp_then


def write_stamp(shard: Shard, run: RunDirectory, value: str) -> None:
    """Keep the stamp beside the features file: not in it, since times differ where bytes do not."""
    run.write_json(_beside(run, shard, "stamp"), {"stamp": value})


def _beside(run: RunDirectory, shard: Shard, ending: str) -> str:
    return run.features_file(shard.name).removeprefix(run.path("")) + "." + ending


def write_index(run: RunDirectory, summaries: list[ShardSummary], config: ExtractConfig, notes: list[str]) -> None:
    """``features.json`` lists the shards of the run, by name: what match and decide read, and nothing else."""
    rows = [asdict(s) for s in sorted(summaries, key=lambda s: s.name)]
    settings = {"config": config.model_dump(mode="json"), "extractor": describe_extractor(config)}
    run.write_json(INDEX, {**settings, "notes": notes, "shards": rows})


def read_index(run: RunDirectory) -> Index:
    """What ``features.json`` says.

    Raises:
        RunError: the run has no complete extract stage, or another version's.
    """
    document: dict[str, Any] = run.read_json(INDEX, needs=RUN_EXTRACT)
    try:
        shards = [ShardSummary(**row) for row in document["shards"]]
        return Index(shards, ExtractConfig(**document["config"]), document["extractor"], list(document["notes"]))
    except (KeyError, TypeError, ValueError) as error:
        told = f"{run.path(INDEX)}: written by another version of cleanset ({error})"
        raise RunError(f"{told}; run `cleanset extract` with the same inputs again") from error


def feature_files(run: RunDirectory) -> list[str]:
    """The features files of the run's readable shards, ordered by shard name."""
    return [run.features_file(s.name) for s in read_index(run).shards if not s.error]
