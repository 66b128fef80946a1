"""Check that what the user's own entries are said to have done is in the record, with its count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from cleanset.audit.findings import Finding
from cleanset.audit.seen import Seen
from cleanset.manifest.hits import CLAIMED, UNUSED, Said, claims_by_user, entries_in, is_complete, rules_of

_NAME = "entries-agree-with-claims"


def entries_agree_with_claims(seen: Seen) -> Iterator[Finding]:
    """Every claim of the user's own is that of an entry that the record lists, and each entry has the samples it says.

    Where the record lists all entries of the overlay and of the lists, their digests are those of these entries.
    """
    record, hits = seen.record, seen.record.hits.model_dump()
    try:
        (overlay, lists), known = rules_of(hits), entries_in(hits)
        told = {said: int(entry.get("samples", 0)) for said, entry in known.items()}
    except (KeyError, TypeError, ValueError) as error:
        yield Finding(_NAME, "run.json", f"hits cannot be read: {error}")
        return
    yield from _counts(seen, hits, told)
    parts = [hits["overlay"], *hits["opt_outs"]]
    for part in parts:
        if not is_complete(part) and len(part["unused"]) != UNUSED:
            yield Finding(_NAME, "run.json", f"hits has {part['entries']} entries and lists fewer")
    if all(map(is_complete, parts)):
        named = {"overlay": record.overlay.digest, "opt_outs": record.opt_outs.digest if record.opt_outs else None}
        for name, found in (("overlay", overlay.digest()), ("opt_outs", lists.digest() if lists else None)):
            if named[name] != found:
                yield Finding(_NAME, name, f"digest is {named[name]}, the entries in hits give {found}")


def _counts(seen: Seen, hits: dict[str, Any], told: dict[Said, int]) -> Iterator[Finding]:
    found = Counter[Said]()
    for said in claims_by_user(seen.claims.select(CLAIMED).to_batches()):
        found.update(said)
    for one in sorted(found.keys() | told.keys()):
        if one not in told:
            yield Finding(_NAME, " ".join(one), f"{found[one]} samples have this claim, run.json lists no such entry")
        elif found[one] != told[one]:
            yield Finding(_NAME, " ".join(one), f"{found[one]} samples have this claim, run.json says {told[one]}")
    for part in hits["opt_outs"]:
        most = sum(row["samples"] for row in part["used"])
        least = max((row["samples"] for row in part["used"]), default=0)
        if not least <= part["samples"] <= most:
            yield Finding(_NAME, part["list"], f"{part['samples']} samples, its entries give {least} to {most}")
