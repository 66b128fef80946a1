"""Which kept sample goes into which shard of an export, decided from ids and a seed alone.

The place of a sample is the SHA-256 of the seed and its sample_id. Leading bits choose the shard, the whole digest the
order inside it: a shuffle that needs no sort over all samples, gives the same bytes each time, and moves no sample
when another leaves, as long as the number of shards stays. Samples under a share-alike license have shards of their
own, so that they can be left out of a training, or published apart.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow.compute as pc

from cleanset.manifest.read import select_rows
from cleanset.rights.book import LicenseBook
from cleanset.rundir import RunDirectory, iter_parquet
from cleanset.schemas import Decision

Row = dict[str, Any]
MAIN = "main"
SHARE_ALIKE = "share-alike"
ROWS_AT_ONCE = 65_536
METADATA = [
    "sample_id",
    "source",
    "shard",
    "key",
    "uid",
    "url",
    "caption",
    "format",
    "width",
    "height",
    "content_id",
    "license_concluded",
    "creator",
    "title",
    "attribution",
    "copies",
]
"""Columns of the manifest that go with each exported sample."""


class Place(NamedTuple):
    """Where a sample goes: shards are told apart by group and number, samples in one by their order."""

    group: str
    number: int
    order: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """The cut of an export.

    Attributes:
        seed: of the shuffle.
        counts: kept samples by group.
        per_shard: mean samples of a shard.
        shares_alike: for each license, whether it asks that what is made from the picture be shared alike.
    """

    seed: int
    counts: dict[str, int]
    per_shard: int
    shares_alike: dict[str, bool]

    def shards(self, group: str) -> int:
        """Shards of a group."""
        return -(-self.counts.get(group, 0) // self.per_shard)

    def names(self) -> list[str]:
        """Names of all shards, without an ending."""
        return [name(group, number) for group in sorted(self.counts) for number in range(self.shards(group))]

    def place(self, row: Row) -> Place:
        """Where a kept row goes."""
        group = SHARE_ALIKE if self.shares_alike[row["license_concluded"]] else MAIN
        order = hashlib.sha256(f"{self.seed}:{row['sample_id']}".encode()).digest()
        return Place(group, int.from_bytes(order[:8], "big") * self.shards(group) >> 64, order)


def name(group: str, number: int) -> str:
    """The name of a shard, without an ending."""
    return f"{group}-{number:06d}"


def make_plan(run: RunDirectory, book: LicenseBook, per_shard: int, seed: int) -> Plan:
    """The plan for what the run keeps."""
    licenses: Counter[str] = Counter()
    for row in kept_rows(run, ["license_concluded"]):
        licenses[row["license_concluded"]] += 1
    shares = {license_: _shares_alike(book, license_) for license_ in licenses}
    groups: Counter[str] = Counter()
    for license_, number in licenses.items():
        groups[SHARE_ALIKE if shares[license_] else MAIN] += number
    return Plan(seed, dict(groups), per_shard, shares)


def kept_rows(run: RunDirectory, columns: list[str]) -> Iterator[Row]:
    """Columns of every kept row, in the order of the manifest."""
    for file in run.files("manifest"):
        for batch in iter_parquet(file, list(dict.fromkeys([*columns, "decision"])), ROWS_AT_ONCE):
            yield from batch.filter(pc.equal(batch["decision"], Decision.KEPT.value)).select(columns).to_pylist()


def kept_of_shard(run: RunDirectory, shard: str) -> dict[str, Row]:
    """By key the kept rows of one input shard, with the columns ``METADATA``."""
    rows = select_rows(
        run, "manifest", (pc.field("shard") == shard) & (pc.field("decision") == Decision.KEPT.value), METADATA
    )
    return {row["key"]: row for row in rows.to_pylist()}


def _shares_alike(book: LicenseBook, license_: str) -> bool:
    """Whether any license of a concluded expression is share-alike: where one cannot be read, it counts as one."""
    entries = book.read(license_).entries
    return not entries or any(entry.share_alike for entry in entries)
