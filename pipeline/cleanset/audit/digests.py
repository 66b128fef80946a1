"""Check that the run is what its record says: inputs, settings, policy, book and files."""

from __future__ import annotations

from collections.abc import Iterator

from cleanset.audit.findings import Finding
from cleanset.audit.seen import Seen
from cleanset.manifest.record import file_digests
from cleanset.rights.knowledge import knowledge_digest
from cleanset.rundir import footer


def digests_match(seen: Seen) -> Iterator[Finding]:
    """Every digest in the record is that of the thing it names."""
    record = seen.record
    told = {"policy": record.policy.digest, "book": record.book.digest, **record.files}
    found = {"policy": record.policy.fields.digest(), "book": knowledge_digest(), **file_digests(seen.run)}
    for name in sorted(found.keys() | told.keys()):
        if found.get(name) != told.get(name):
            message = f"digest is {found.get(name, 'missing')}, run.json says {told.get(name, 'no such file')}"
            yield Finding("digests-match", name, message)
    yield from _features_match(seen)


def _features_match(seen: Seen) -> Iterator[Finding]:
    """The features that the run still has were made from the inputs that the record names."""
    for shard in seen.record.inputs:
        path = seen.run.features_file(shard.shard)
        if shard.error or not seen.run.exists(path.removeprefix(seen.run.path(""))):
            continue
        digest = footer(path).get("input_digest")
        if digest != shard.digest:
            yield Finding("digests-match", shard.shard, f"features are of {digest}, run.json says {shard.digest}")
