"""Join judged samples with their components, settle each component, and write the tables of the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.pvalue import PCollection

from cleanset.config import MatchConfig
from cleanset.dedup.partition import split
from cleanset.dedup.places import with_vectors
from cleanset.dedup.same import SIGNATURE
from cleanset.manifest import write
from cleanset.manifest.judge import Rules
from cleanset.manifest.settle import MEMBER, attach_pictures, members_of, settle
from cleanset.rights.book import LicenseBook
from cleanset.rights.meeting import meetings_of, object_to, objections_of
from cleanset.rundir import RunDirectory, iter_parquet
from cleanset.schemas import CLUSTERS, COMPONENTS, JUDGED, OBJECTIONS, VERDICTS
from cleanset.transforms.batches import of_table, table_name
from cleanset.transforms.shuffle import Parted, Partition

Group = tuple[int, Iterable[pa.RecordBatch]]
PICTURES_AT_ONCE = 1024


@dataclass(frozen=True)
class _Steps:
    """What is done to the groups, without the rules: a step goes to workers with all that it is bound to."""

    run: RunDirectory
    parts: int
    features: Mapping[str, str]
    vectors: Sequence[str]

    def members(self, group: Group) -> Iterator[pa.RecordBatch]:
        """Samples with their components: those that have company."""
        tables = of_table(group[1])
        if JUDGED.name in tables:
            judged = object_to(tables[JUDGED.name], tables.get(OBJECTIONS.name))
            yield from members_of(judged, tables.get(COMPONENTS.name)).to_batches()

    def by_shard(self, members: pa.RecordBatch) -> Iterator[Parted]:
        """Members, by the number of their shard."""
        numbers = pc.index_in(members.column("shard"), pa.array(self.features))
        yield from split(members, numbers.cast(pa.uint32()).to_numpy()).items()

    def attach(self, group: Group) -> Iterator[pa.RecordBatch]:
        """The members of a shard with their pictures."""
        pictures = iter_parquet(list(self.features.values())[group[0]], ["key", *SIGNATURE], PICTURES_AT_ONCE)
        if self.vectors:
            pictures = with_vectors(pictures, self.vectors[group[0]])
        yield from attach_pictures(pa.Table.from_batches(group[1]), pictures)

    def write_clusters(self, group: Group) -> str:
        """The name of the file of a partition's clusters."""
        return write.write_clusters(of_table(group[1])[CLUSTERS.name], self.run, group[0], self.parts)

    def write_part(self, group: Group) -> str:
        """The name of the file of a partition's rows, each with its verdict."""
        tables = of_table(group[1])
        verdicts = tables.get(VERDICTS.name, VERDICTS.empty())
        judged = object_to(tables[JUDGED.name], tables.get(OBJECTIONS.name))
        return write.write_part(judged, verdicts, self.run, group[0], self.parts)


@dataclass(frozen=True)
class _Settle:
    """The one step that needs the rules."""

    rules: Rules
    match: MatchConfig
    parts: int
    settled_parts: int

    def __call__(self, group: Group) -> Iterator[Parted]:
        """Verdicts and clusters of a partition of components, by the partition of the rows that they are for."""
        for table in settle(pa.Table.from_batches(group[1]), self.rules, self.match):
            for batch in table.to_batches():
                yield group[0] * self.parts // self.settled_parts, batch


@dataclass(frozen=True)
class _Object:
    """What rows of one address or file say against each other."""

    book: LicenseBook

    def __call__(self, group: Group) -> Iterator[pa.RecordBatch]:
        """Objections of a partition of meetings."""
        yield from objections_of(pa.Table.from_batches(group[1]), self.book).to_batches()


@dataclass(eq=False)
class DecideSamples(beam.PTransform):
    """Write manifest, claims and clusters.

    Input:  ``judged`` and ``components``: RecordBatch of these tables.
    Output: names of the manifest's files, one per partition that has rows.

    Whole rows cross one shuffle. What settling needs of them crosses another to meet the components; what belongs to a
    component goes back to its shard for the picture, and on to meet its copies. So no picture travels that has none.
    Before that, rows that take a side about rights meet by address and by file, and what is said against a row travels
    with it from there on.
    """

    rules: Rules
    match: MatchConfig
    run: RunDirectory
    parts: int
    settled_parts: int
    """Partitions in which samples meet their components and components are settled: a multiple of ``parts``."""
    features: Mapping[str, str]
    """The features file of each shard."""
    vectors: Sequence[str] = ()
    """Aligned files of vectors, if there is an embedding."""

    def expand(self, inputs: Mapping[str, PCollection[pa.RecordBatch]]) -> PCollection[str]:
        """Reads like its name."""
        judged = inputs["judged"]
        steps = _Steps(self.run, self.parts, self.features, self.vectors)
        settle_group = _Settle(self.rules, self.match, self.parts, self.settled_parts)
        narrow = judged | "Narrow" >> beam.Map(lambda b: b.select(MEMBER)).with_output_types(pa.RecordBatch)
        objections = (
            judged
            | "Meetings" >> beam.Map(meetings_of).with_output_types(pa.RecordBatch)
            | "PartMeetings" >> Partition("meeting", self.settled_parts)
            | "GroupMeetings" >> beam.GroupByKey()
            | "Object" >> beam.FlatMap(_Object(self.rules.book)).with_output_types(pa.RecordBatch)
        )
        settled = (
            (
                narrow | "PartSamples" >> Partition("sample_id", self.settled_parts),
                objections | "PartObjections" >> Partition("sample_id", self.settled_parts),
                inputs["components"] | "PartLinks" >> Partition("sample_id", self.settled_parts),
            )
            | "Meet" >> beam.Flatten()
            | "GroupSamples" >> beam.GroupByKey()
            | "Members" >> beam.FlatMap(steps.members).with_output_types(pa.RecordBatch)
            | "PartByShard" >> beam.FlatMap(steps.by_shard).with_output_types(Parted)
            | "GroupShards" >> beam.GroupByKey()
            | "Pictures" >> beam.FlatMap(steps.attach).with_output_types(pa.RecordBatch)
            | "PartMembers" >> Partition("component_id", self.settled_parts)
            | "GroupComponents" >> beam.GroupByKey()
            | "Settle" >> beam.FlatMap(settle_group).with_output_types(Parted)
        )
        _ = (
            settled
            | "Clusters" >> beam.Filter(is_of, CLUSTERS.name).with_output_types(Parted)
            | "GroupClusters" >> beam.GroupByKey()
            | "WriteClusters" >> beam.Map(steps.write_clusters).with_output_types(str)
        )
        verdicts = (
            settled
            | "Verdicts" >> beam.Filter(is_of, VERDICTS.name).with_output_types(Parted)
            | "Rows" >> beam.Map(lambda parted: parted[1]).with_output_types(pa.RecordBatch)
        )
        return (
            (
                judged | "PartRows" >> Partition("sample_id", self.parts),
                verdicts | "PartVerdicts" >> Partition("sample_id", self.parts),
                objections | "PartObjectedRows" >> Partition("sample_id", self.parts),
            )
            | "MeetVerdicts" >> beam.Flatten()
            | "GroupRows" >> beam.GroupByKey()
            | "WritePart" >> beam.Map(steps.write_part).with_output_types(str)
        )


def is_of(parted: Parted, table: str) -> bool:
    """Whether the rows are of that table."""
    return table_name(parted[1]) == table
