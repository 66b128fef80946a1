"""Check that the run is what its record says: inputs, settings, policy, book and files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cleanset.audit.findings import Finding
from cleanset.audit.seen import Seen
from cleanset.manifest.matched import TABLES
from cleanset.manifest.record import PRODUCTS
from cleanset.rights.knowledge import knowledge_digest
from cleanset.rundir import file_digest, footer


def digests_match(seen: Seen) -> Iterator[Finding]:
    """Every digest in the record is that of the thing it names."""
    record = seen.record
    told = {"policy": record.policy.digest, "book": record.book.digest, **record.matched}
    found = {"policy": record.policy.fields.digest(), "book": knowledge_digest(), **seen.run.digests(*TABLES)}
    yield from _differences(told, found)
    yield from products_match(seen)
    yield from _features_match(seen)
    if record.policy.name != record.policy.fields.name:
        yield Finding(
            "digests-match", "policy", f"name is {record.policy.name}, its fields say {record.policy.fields.name}"
        )
    if not record.extractor.startswith(f"{record.config.extract.digest()}-"):
        yield Finding("digests-match", "extractor", f"{record.extractor} was not made with the settings of extract")


def products_match(seen: Seen) -> Iterator[Finding]:
    """The tables that decide wrote are those that the record vouches for."""
    yield from _differences(seen.record.files, seen.run.digests(*PRODUCTS))


def _differences(told: Mapping[str, str], found: Mapping[str, str]) -> Iterator[Finding]:
    for name in sorted(found.keys() | told.keys()):
        if found.get(name) != told.get(name):
            message = f"digest is {found.get(name, 'missing')}, run.json says {told.get(name, 'no such file')}"
            yield Finding("digests-match", name, message)


def _features_match(seen: Seen) -> Iterator[Finding]:
    """The features that the run still has are those that the manifest was made from."""
    for shard in seen.record.inputs:
        file = seen.run.features_file(shard.shard)
        if shard.features is None or not seen.run.exists(seen.run.place(file)):
            continue
        told = {"features": shard.features, "input": shard.digest}
        found = {"features": file_digest(file), "input": footer(file).get("input_digest")}
        for name, digest in told.items():
            if found[name] != digest:
                message = f"digest of its {name} is {found[name]}, run.json says {digest}"
                yield Finding("digests-match", shard.shard, message)
