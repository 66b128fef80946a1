"""Check that the run is what its record says: inputs, settings, policy, book and files."""

from __future__ import annotations

from collections.abc import Iterator

from cleanset import rundir
from cleanset.audit.findings import Finding
from cleanset.audit.seen import UNREADABLE, Seen
from cleanset.manifest.record import file_digests
from cleanset.rights.knowledge import knowledge_digest
from cleanset.rights.policy import Policy
from cleanset.schemas import FEATURES


def digests_match(seen: Seen) -> Iterator[Finding]:
    """Every digest in the record is that of the thing it names."""
    record = seen.record
    policy = Policy.model_validate(record["policy"]["fields"])
    if policy.digest() != record["policy"]["digest"]:
        yield Finding(
            "digests-match", "policy", f"digest is {policy.digest()}, run.json says {record['policy']['digest']}"
        )
    book = knowledge_digest()
    if book != record["book"]["digest"]:
        yield Finding("digests-match", "book", f"this book is {book}, run.json says {record['book']['digest']}")
    found = file_digests(seen.run)
    for name in sorted(found.keys() | record["files"].keys()):
        if found.get(name) != record["files"].get(name):
            told = record["files"].get(name, "no such file")
            yield Finding("digests-match", name, f"digest is {found.get(name, 'missing')}, run.json says {told}")
    yield from _features_match(seen)


def _features_match(seen: Seen) -> Iterator[Finding]:
    """The features that the run still has were made from the inputs that the record names."""
    for shard in seen.record["inputs"]:
        path = seen.run.features_file(shard["shard"])
        if shard["error"] or not seen.run.exists(path.removeprefix(seen.run.path(""))):
            continue
        try:
            digest = rundir.footer(path).get("input_digest")
        except UNREADABLE as error:
            yield Finding("digests-match", FEATURES.name, f"{path}: {error}")
            continue
        if digest != shard["digest"]:
            yield Finding("digests-match", shard["shard"], f"features are of {digest}, run.json says {shard['digest']}")
