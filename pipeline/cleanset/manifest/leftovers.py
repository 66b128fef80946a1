"""Files of a run that none of its records needs: left by shards that are no input any more, or by a killed command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cleanset.features.store import INDEX, RUN_EXTRACT
from cleanset.manifest.record import RECORD
from cleanset.rundir import UNFINISHED, RunDirectory

_STAMP = ".stamp"
_ENDINGS = (".parquet", _STAMP, ".error")
"""Of files that belong to a shard; others in these folders are not ours."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file that may go.

    Attributes:
        place: in the run.
        bytes: its size.
    """

    place: str
    bytes: int


def find_leftovers(run: RunDirectory) -> list[Leftover]:
    """What may go, by place. What the shards of ``features.json`` or ``run.json`` have made stays.

    Raises:
        RunError: no extract stage was begun, or its list of shards cannot be read.
    """
    needed = {run.features_file(name).rpartition("/")[2] for name in _shards(run)}
    folders = ["features", *(f"embeddings/{name}" for name in run.names("embeddings"))]
    left = [name for name in run.names() if name.startswith(UNFINISHED)]
    for folder in folders:
        names = [name for name in run.names(folder) if name.startswith(UNFINISHED) or name.endswith(_ENDINGS)]
        left += [f"{folder}/{name}" for name in names if name.removesuffix(_STAMP) not in needed]
    return [Leftover(place, run.size(place)) for place in sorted(left)]


def _shards(run: RunDirectory) -> Iterator[str]:
    """The names in both records: the features of a manifest are its evidence until another one takes its place."""
    yield from (row["name"] for row in run.read_json(INDEX, needs=RUN_EXTRACT)["shards"])
    yield from (row["shard"] for row in run.find_json(RECORD).get("inputs", []))


def remove_leftovers(run: RunDirectory, left: Sequence[Leftover]) -> None:
    """They are gone."""
    for leftover in left:
        run.remove(*leftover.place.split("/"))


def in_words(left: Sequence[Leftover]) -> str:
    """How many there are, and what they take."""
    files = "1 file" if len(left) == 1 else f"{len(left):,} files"
    return f"{files} that no input needs any more ({sum(each.bytes for each in left) / 1e6:,.1f} MB)"
