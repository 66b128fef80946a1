"""Check that what is kept rests on claims that its evidence makes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleanset.audit.findings import Finding
from cleanset.audit.seen import UNREADABLE, Seen, iter_rows, places, rows_at
from cleanset.manifest.hits import rules_of
from cleanset.manifest.judge import NEEDED, Rules, claim_all, claim_row
from cleanset.rights.book import LicenseBook
from cleanset.rundir import read_parquet
from cleanset.schemas import FEATURES, check

Place = tuple[str, str]
EVIDENCE = FEATURES.select(FEATURES.name, FEATURES.doc, ["shard", *NEEDED])
"""The columns of ``schemas.FEATURES`` that claims are made from."""


def claims_of_kept_rows_follow_from_evidence(seen: Seen) -> Iterator[Finding]:
    """The evidence of each kept row, read again, gives its claims, where the run still has its features.

    The user's own entries are those that the record lists. Kept rows alone are checked: what matters is that no grant
    was made up, and reading all evidence takes as long as deciding.
    """
    kept = seen.kept(["sample_id", "shard", "key"])
    told, wanted = _claims_of(seen, kept), frozenset(places(kept))
    try:
        rules = Rules(LicenseBook.load(), seen.record.policy.fields, *rules_of(seen.record.hits.model_dump()))
    except (KeyError, TypeError, ValueError):  # another check says so
        return
    for file in seen.feature_files:
        try:
            features = read_parquet(file, EVIDENCE.names)
            check(features, EVIDENCE)
            features.validate(full=True)
        except UNREADABLE as error:
            yield Finding(_NAME, file.removeprefix(seen.run.path("")), str(error))
            continue
        for row in rows_at(features, wanted).to_pylist():
            if message := _difference(row, told[row["shard"], row["key"]], rules):
                yield Finding(_NAME, row["sample_id"].hex(), message)


def _difference(row: Mapping[str, Any], claims: Sequence[Mapping[str, Any]], rules: Rules) -> str | None:
    """What the claims of a row have that its evidence does not give, or the reverse; None where they are the same."""
    try:
        expected = [claim_row(claim) for claim in claim_all(row, rules)]
    except ValueError as error:
        return f"its evidence cannot be read: {error}"
    if claims == expected:
        return None
    odd = next((claim for claim in [*claims, *expected] if (claim in claims) != (claim in expected)), None)
    what = f"{odd['kind']}: {odd['value']}, {odd['layer']} {odd['locator']}" if odd else "their order"
    return f"claims and evidence differ about {what}"


_NAME = claims_of_kept_rows_follow_from_evidence.__name__.replace("_", "-")


def _claims_of(seen: Seen, kept: pa.Table) -> dict[Place, list[dict[str, Any]]]:
    """The claims of the kept rows, in the order of the table, without their sample."""
    told: dict[Place, list[dict[str, Any]]] = defaultdict(list)
    for row in iter_rows(seen.claims.filter(pc.is_in(seen.claims["sample_id"], kept["sample_id"].combine_chunks()))):
        del row["sample_id"]
        told[row.pop("shard"), row.pop("key")].append(row)
    return told
