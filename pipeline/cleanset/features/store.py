"""The features file of a shard: where it lies, what its footer vouches for, and when it need not be written again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pyarrow as pa

from cleanset.config import ExtractConfig
from cleanset.errors import RunError
from cleanset.rights.embedded.c2pa import is_installed
from cleanset.rundir import RunDirectory, file_digest, footer
from cleanset.schemas import FEATURES, Status
from cleanset.shards.digest import digest_files, stamp
from cleanset.shards.find import Found
from cleanset.shards.folder import PART
from cleanset.shards.profiles import AUTO
from cleanset.shards.sample import Shard
from cleanset.trouble import fault_of

INDEX = "features.json"
_COLUMNS = hashlib.sha256(repr([(c.name, str(c.type)) for c in FEATURES.columns]).encode()).hexdigest()[:16]
EXTRACTOR = 8
"""Raised whenever the same input and settings give other features."""
RUN_EXTRACT = "run `cleanset extract INPUT... --out RUN` first"
EXTRACT_AGAIN = "run `cleanset extract` with the same inputs again"


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
        path: where it was found.
        features: SHA-256 of its features file, hex; empty where there is none.
        damage: what of it could not be read; empty where it is whole.
        doubts: why there may have been more of it than was there.
    """

    name: str
    profile: str
    digest: str = ""
    rows: int = 0
    statuses: Mapping[str, int] = field(default_factory=dict)
    reencoded: int = 0
    error: str = ""
    path: str = ""
    features: str = ""
    damage: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def problem(self) -> str:
        """Why not all of it was read, and what was; empty where it is whole."""
        if self.error:
            return f"shard {self.name} could not be read: {self.error}"
        if self.damage:
            samples = "1 sample of it was" if self.rows == 1 else f"{self.rows:,} samples of it were"
            read = f"{samples} read, {self.statuses.get(Status.OK, 0):,} with a picture"
            return f"shard {self.name} is not whole, {read}: {'; '.join(self.damage)}"
        return ""


@dataclass(frozen=True, slots=True)
class Index:
    """The finished extract stage of a run.

    Attributes:
        shards: ordered by name.
        config: the settings they were extracted with.
        extractor: all that decided the features apart from the shards, as it was then.
        notes: what was noted on the way.
        given: the inputs as they were named.
        profile: the one that was asked for, for all of them, or ``AUTO``.
    """

    shards: list[ShardSummary]
    config: ExtractConfig
    extractor: str
    notes: list[str]
    given: list[str] = field(default_factory=list)
    profile: str = AUTO

    @property
    def read(self) -> list[ShardSummary]:
        """The shards that have a features file."""
        return [shard for shard in self.shards if not shard.error]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What is kept beside a features file, so that nothing need be read again while nothing changed.

    Attributes:
        input: the shard's stamp when it was read.
        features: SHA-256 of the features file, hex.
        mark: the mark of the features file that has this digest.
        vouched: its footer.
    """

    input: str = ""
    features: str = ""
    mark: str = ""
    vouched: Mapping[str, str] = field(default_factory=dict)


def describe_extractor(config: ExtractConfig) -> str:
    """What decides a features file apart from its input: settings, columns, the extractor, and who read C2PA."""
    c2pa = "c2pa" if config.embedded_metadata and is_installed() else "no-c2pa"
    return f"{config.digest()}-{_COLUMNS}-{EXTRACTOR}-{c2pa}"


def vouch(shard: Shard, config: ExtractConfig, digest: str, summary: ShardSummary) -> dict[str, str]:
    """The footer of a features file: what it was made from, and its counts; not where its shard lay."""
    counts = {name: value for name, value in asdict(summary).items() if name not in {"path", "features"}}
    return {
        "input_digest": digest,
        "extractor": describe_extractor(config),
        "summary": json.dumps(counts, sort_keys=True),
        "shard": shard.name,
    }


def finished(shard: Shard, config: ExtractConfig, run: RunDirectory) -> ShardSummary | None:
    """The summary of the features file that was written from the same bytes and settings; None if there is none.

    A stamp of sizes and times that has not changed is believed. Where it has, the bytes are read and their digest
    decides, so touching or moving a shard costs one read and no extraction. The same holds of the features file.

    Raises:
        OSError: the disk or the store fails.
    """
    file, before = run.features_file(shard.name), read_stamp(shard, run)
    facts = _facts(shard, config, run, before)
    if facts is None:
        return None
    try:
        now = stamp(shard)
        if before.input != now and digest_files(shard) != facts.vouched["input_digest"]:
            return None
    except OSError as error:
        fault_of(error)  # the shard is gone or may not be read: extracting it says so
        return None
    features = before.features if before.mark == facts.mark else file_digest(file)
    if before.features not in {"", features}:
        return None
    if before != (after := replace(facts, input=now, features=features)):
        write_stamp(shard, run, after)
    return replace(ShardSummary(**json.loads(facts.vouched["summary"])), path=shard.path, features=features)


def is_unchanged(shard: Shard, config: ExtractConfig, run: RunDirectory) -> bool:
    """Whether ``finished`` would believe the stamp; neither the shard's bytes nor those of its features are read."""
    before = read_stamp(shard, run)
    try:
        facts = _facts(shard, config, run, before)
        return facts is not None and before.input == stamp(shard) and before.mark == facts.mark
    except OSError:  # the shard cannot be looked at, so it is not finished yet
        return False


def _facts(shard: Shard, config: ExtractConfig, run: RunDirectory, before: Stamp) -> Stamp | None:
    """Mark and footer of the shard's features file, if it is whole and of the same settings and profile.

    The footer is read only where the mark is not that of ``before``.
    """
    file = run.features_file(shard.name)
    try:
        mark = run.mark(file)
        vouched = before.vouched if before.mark == mark and before.vouched else footer(file)
    except (FileNotFoundError, pa.ArrowInvalid):
        return None
    if vouched.get("extractor") != describe_extractor(config):
        return None
    is_of_profile = json.loads(vouched["summary"])["profile"] == shard.profile
    return Stamp(mark=mark, vouched=vouched) if is_of_profile else None


def read_stamp(shard: Shard, run: RunDirectory) -> Stamp:
    """The stamp that lies beside the shard's features file; an empty one where there is none that can be read."""
    try:
        return Stamp(**run.find_json(_stamp_file(run, shard)))
    except TypeError:
        return Stamp()


def write_stamp(shard: Shard, run: RunDirectory, value: Stamp) -> None:
    """Keep the stamp beside the features file: not in it, since times differ where bytes do not."""
    run.write_json(_stamp_file(run, shard), asdict(value))


def _stamp_file(run: RunDirectory, shard: Shard) -> str:
    return run.place(run.features_file(shard.name)) + ".stamp"


def write_index(run: RunDirectory, summaries: Iterable[ShardSummary], config: ExtractConfig, found: Found) -> None:
    """``features.json`` lists the shards of the run, by name: what match and decide read, and nothing else.

    ``found`` is how the shards were found; its own list of them is not needed.
    """
    rows = [asdict(s) for s in sorted(summaries, key=lambda s: s.name)]
    settings = {"config": config.model_dump(mode="json"), "extractor": describe_extractor(config)}
    inputs = {"given": list(found.given), "profile": found.profile}
    run.write_json(INDEX, {"finished": True, **settings, **inputs, "notes": list(found.notes), "shards": rows})


def begin_index(run: RunDirectory, shards: Iterable[Shard]) -> None:
    """``features.json`` says that the stage is not finished, and how its shards are called: they keep these names."""
    rows = [{"name": shard.name, "path": shard.path} for shard in shards]
    run.write_json(INDEX, {"finished": False, "shards": rows})


def names_of(run: RunDirectory) -> dict[str, str]:
    """The names that the run's shards have, by path, without the number of a part; none where nobody knows."""
    names: dict[str, list[str]] = {}
    try:
        for row in run.find_json(INDEX).get("shards", []):
            names.setdefault(row["path"], []).append(row["name"])
    except (AttributeError, KeyError, TypeError):
        return {}
    return {path: same[0] if len(same) == 1 else same[0].rpartition(PART)[0] for path, same in names.items()}


def read_index(run: RunDirectory) -> Index:
    """What ``features.json`` says.

    Raises:
        RunError: the run has no complete extract stage, or another version's.
    """
    document: dict[str, Any] = run.read_json(INDEX, needs=RUN_EXTRACT)
    if document.get("finished") is False:
        raise RunError(f"{run.root}: its extract stage was stopped before it was finished; {EXTRACT_AGAIN}")
    try:
        index = Index(
            [ShardSummary(**row) for row in document["shards"]],
            ExtractConfig(**document["config"]),
            document["extractor"],
            list(document["notes"]),
            list(document["given"]),
            document.get("profile", AUTO),
        )
    except (KeyError, TypeError, ValueError) as error:
        told = f"{run.path(INDEX)}: written by another version of cleanset ({error})"
        raise RunError(f"{told}; {EXTRACT_AGAIN}") from error
    if f"-{_COLUMNS}-" not in index.extractor:
        raise RunError(f"{run.root}: its features have the columns of another version of cleanset; {EXTRACT_AGAIN}")
    return index


def feature_files(run: RunDirectory, index: Index) -> dict[str, str]:
    """The features files of the readable shards, ordered by shard name, each with the digest that it has to have."""
    return {run.features_file(shard.name): shard.features for shard in index.read}
