"""``match.json``: what the pairs and components of a run were made from, and the digests of their files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from cleanset.config import MatchConfig
from cleanset.embeddings.store import find
from cleanset.errors import RunError
from cleanset.features.store import Index
from cleanset.rundir import RunDirectory
from cleanset.schemas import COMPONENTS, PAIRS, Table

RECORD = "match.json"
RUN_MATCH = "run `cleanset match RUN` first"
TABLES = (PAIRS.name, COMPONENTS.name)


@dataclass(frozen=True, slots=True)
class Matched:
    """The finished match stage of a run.

    Attributes:
        config: the thresholds.
        files: SHA-256, hex, of each file of ``TABLES``, by its place in the run.
        counts: pairs, linked samples and components.
        embedder: what made the vectors that took part, and their digest; None where none did.
    """

    config: MatchConfig
    files: Mapping[str, str]
    counts: Mapping[str, int]
    embedder: Mapping[str, Any] | None = None

    def files_of(self, table: Table, run: RunDirectory) -> dict[str, str]:
        """The files of one table, each with the digest that it has to have."""
        return {run.path(place): digest for place, digest in self.files.items() if place.startswith(f"{table.name}/")}


def describe_embedder(run: RunDirectory) -> dict[str, Any] | None:
    """What makes the vectors that take part in match: the embedder, and the digest of what decides them all."""
    found = find(run)
    return None if found is None else {"digest": found.digest, **found.identity.to_json()}


def describe_input(index: Index, config: MatchConfig, embedder: Mapping[str, Any] | None) -> str:
    """Digest of all that pairs and components depend on: features, shard by shard, vectors, and the thresholds."""
    shards = [(shard.name, shard.features) for shard in index.read]
    described = json.dumps([shards, index.extractor, config.digest(), embedder], sort_keys=True)
    return hashlib.sha256(described.encode()).hexdigest()


def write_matched(run: RunDirectory, index: Index, matched: Matched) -> None:
    """``match.json`` vouches for the tables."""
    document = {
        "made_from": describe_input(index, matched.config, matched.embedder),
        "config": matched.config.model_dump(mode="json"),
        "counts": dict(matched.counts),
        "files": dict(matched.files),
        "embedder": matched.embedder,
    }
    run.write_json(RECORD, document)


def read_matched(run: RunDirectory, index: Index) -> Matched:
    """What ``match.json`` says, which is true of the run as it is now.

    Raises:
        RunError: match is not finished, was made from other features than the run has now, or a file of its tables is
            gone or was changed.
    """
    document: dict[str, Any] = run.read_json(RECORD, needs=RUN_MATCH)
    try:
        config = MatchConfig(**document["config"])
        matched = Matched(config, dict(document["files"]), dict(document["counts"]), document["embedder"])
        made_from = document["made_from"]
    except (KeyError, TypeError, ValidationError) as error:
        raise RunError(f"{run.path(RECORD)}: written by another version of cleanset ({error}); {RUN_MATCH}") from error
    if made_from != describe_input(index, matched.config, describe_embedder(run)):
        raise RunError(f"{run.root}: the features or vectors changed after they were matched; {RUN_MATCH}")
    found = run.digests(*TABLES)
    odd = sorted(place for place in found.keys() | matched.files.keys() if found.get(place) != matched.files.get(place))
    if odd:
        what = "was changed after it was written" if odd[0] in found and odd[0] in matched.files else "is gone"
        what = what if odd[0] in matched.files else "is not of this run"
        raise RunError(f"{run.path(odd[0])}: {what}; {RUN_MATCH}")
    return matched


def find_matched(run: RunDirectory, index: Index, config: MatchConfig) -> Matched | None:
    """The finished match stage with these thresholds; None if there is none that is whole."""
    try:
        matched = read_matched(run, index)
    except RunError:
        return None
    return matched if matched.config == config else None
