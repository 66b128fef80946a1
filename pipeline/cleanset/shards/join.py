"""How the samples of a shard meet the rows of its img2dataset sidecar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cleanset.schemas import Status
from cleanset.shards import sidecar, storage
from cleanset.shards.assembly import Assembly, unique_key
from cleanset.shards.columns import clean
from cleanset.shards.condition import Condition
from cleanset.shards.profiles import Profile
from cleanset.shards.sample import Sample, Shard
from cleanset.shards.sidecar import Sidecar, SidecarError


@dataclass(frozen=True, slots=True)
class Join:
    """The sidecar, or why there is none."""

    rows: Sidecar | None
    problem: str

    def add_to(self, assembly: Assembly, *, was_described: bool) -> None:
        """Adds the sample's row, or says why there is none."""
        if self.problem:
            assembly.doubt("sidecar", self.problem, is_described=was_described)
        if self.rows is None:
            return
        row = self.rows.take(assembly.key)
        if row is None:
            assembly.notes.append("the sidecar has no row of this key")
        else:
            assembly.add_row(row, origin="sidecar")


def open_sidecar(shard: Shard, condition: Condition) -> Join:
    """The img2dataset sidecar among the shard's files, or none."""
    paths = [path for path in shard.files if path != shard.path and path.endswith(".parquet")]
    if not paths:
        return Join(None, "")
    try:
        return Join(sidecar.read(paths[0]), "")
    except SidecarError as error:
        problem = f"{storage.base_name(paths[0])} cannot be read: {error}"
        condition.damaged(problem)
        return Join(None, problem)


def rows_without_image(rows: Sidecar, shard: Shard, profile: Profile, keys: dict[str, int]) -> Iterator[Sample]:
    """Rows of the sidecar that no image was found for, then those that img2dataset counted and lost."""
    for key, row in rows.rest():
        status, detail = sidecar.outcome(row)
        assembly = Assembly(unique_key(clean(key), keys))
        assembly.add_row(row)
        assembly.notes.append(detail)
        yield assembly.sample(profile, None, status)
    for stats in (path for path in shard.files if path.endswith(sidecar.STATS_SUFFIX)):
        stem = storage.base_name(stats).removesuffix(sidecar.STATS_SUFFIX)
        for key in rows.lost(stem, sidecar.count(stats)):
            if key not in keys:
                detail = "img2dataset counted this sample but wrote neither an image nor a row"
                yield Sample(key, None, Status.MISSING, detail)
