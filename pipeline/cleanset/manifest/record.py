"""``run.json``: what a run was made from, with what, and counts that balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleanset import __version__
from cleanset.features.store import Index, ShardSummary
from cleanset.manifest.hits import count_hits
from cleanset.manifest.judge import Rules
from cleanset.manifest.matched import Matched
from cleanset.manifest.withheld import Protected
from cleanset.rights.knowledge import knowledge_digest
from cleanset.rundir import RunDirectory, iter_parquet, read_parquet
from cleanset.schemas import VERSION, Decision, Status
from cleanset.shards.columns import clean

RECORD = "run.json"
RUN_DECIDE = "run `cleanset decide RUN` first"
NAMED = 20
"""Shards that a warning about many of them names."""
PRODUCTS = ("manifest", "claims", "clusters", "withheld")
"""The tables that decide writes, and that the record vouches for; ``withheld`` only where works are protected."""


def count_decisions(run: RunDirectory) -> dict[str, Any]:
    """Samples read, kept, and dropped by the first of their reasons, counted from the manifest itself."""
    read = kept = 0
    dropped: Counter[str] = Counter()
    for file in run.files("manifest"):
        for batch in iter_parquet(file, ["decision", "reasons"], rows=65_536):
            read += batch.num_rows
            for decision, reasons in zip(*(c.to_pylist() for c in batch.columns), strict=True):
                if decision == Decision.KEPT:
                    kept += 1
                else:
                    dropped[reasons[0]] += 1
    return {"read": read, "kept": kept, "dropped": dict(sorted(dropped.items()))}


def describe_rules(rules: Rules) -> dict[str, Any]:
    """The policy in full, and the digest of everything else that decided."""
    return {
        "policy": {
            "name": rules.policy.name,
            "digest": rules.policy.digest(),
            "fields": rules.policy.model_dump(mode="json"),
        },
        "book": {"digest": knowledge_digest()},
        "overlay": {"digest": rules.overlay.digest()},
        "opt_outs": {"digest": rules.opt_outs.digest()} if rules.opt_outs else None,
    }


def describe_origin(index: Index, matched: Matched, rules: Rules, protected: Protected) -> dict[str, Any]:
    """The first part of the record: all that a manifest is made from, and so all that it depends on."""
    return {
        "schema_version": VERSION,
        "cleanset_version": __version__,
        "inputs": [
            {
                "shard": s.name,
                "profile": s.profile,
                "digest": s.digest,
                "rows": s.rows,
                "error": s.error or None,
                "damage": list(s.damage),
                "features": s.features or None,
            }
            for s in index.shards
        ],
        "extractor": index.extractor,
        "config": {"extract": index.config.model_dump(mode="json"), "match": matched.config.model_dump(mode="json")},
        "matched": dict(matched.files),
        "embedder": None if matched.embedder is None else dict(matched.embedder),
        **describe_rules(rules),
        "protected": [dict(works) for works in protected.described],
    }


def build_record(
    run: RunDirectory, index: Index, origin: Mapping[str, Any], rules: Rules, engine: Mapping[str, Any]
) -> dict[str, Any]:
    """The whole of ``run.json``, which begins with ``describe_origin``.

    ``engine``, with where the inputs lay, may differ between runs of one manifest.
    """
    return {
        **origin,
        "counts": count_decisions(run),
        "hits": count_hits(run, rules),
        "files": run.digests(*PRODUCTS),
        "warnings": [*input_warnings(index.shards), *repetition_warnings(run), *fetching_warnings(run, index.shards)],
        "engine": {**engine, **_places(index)},
    }


def _places(index: Index) -> dict[str, Any]:
    """The inputs as they were given, and where each shard lay."""
    return {"given": [clean(given) for given in index.given], "paths": {s.name: clean(s.path) for s in index.shards}}


def input_warnings(summaries: Iterable[ShardSummary]) -> list[str]:
    """What a reader of the manifest has to know of the inputs."""
    summaries = list(summaries)
    warnings = [problem for s in summaries if (problem := s.problem())]
    warnings += [f"shard {s.name} holds no sample" for s in summaries if not s.rows and not s.error]
    warnings += doubt_warnings(summaries)
    if reencoded := sum(s.reencoded for s in summaries):
        told = f"rights could not be read from {reencoded} images because the shard was re-encoded"
        warnings.append(f"{told}; img2dataset leaves files as they are with --disable_all_reencoding True")
    return warnings


def doubt_warnings(summaries: Sequence[ShardSummary]) -> Iterator[str]:
    """For each doubt the shards that it is about, the first of them by name."""
    doubted: dict[str, list[ShardSummary]] = {}
    for summary in summaries:
        for doubt in summary.doubts:
            doubted.setdefault(doubt, []).append(summary)
    for doubt, about in sorted(doubted.items()):
        named = ", ".join(f"{s.name} ({s.rows:,} samples read)" for s in about[:NAMED])
        more = f" and {len(about) - NAMED:,} more" if about[NAMED:] else ""
        yield f"{doubt}: {named}{more}"


def repetition_warnings(run: RunDirectory) -> list[str]:
    """What a reader has to know of samples that were read more than once, counted from the manifest itself."""
    changed = sum(_count_changed(read_parquet(file, ["sample_id", "content_id"])) for file in run.files("manifest"))
    if not changed:
        return []
    told = f"samples that were read again with the same URL and caption but other bytes: {changed}"
    return [f"{told}; one of each can be kept"]


def fetching_warnings(run: RunDirectory, summaries: Iterable[ShardSummary]) -> list[str]:
    """How many samples of tables of addresses, of which nobody fetched any image, the policy would allow."""
    tables = pa.array(sorted(s.name for s in summaries if s.rows and s.statuses.get(Status.NOT_DOWNLOADED) == s.rows))
    if not len(tables):
        return []
    unread = allowed = 0
    for file in run.files("manifest"):
        for batch in iter_parquet(file, ["shard", "url", "reasons"], rows=65_536):
            rows = batch.filter(pc.is_in(batch.column("shard"), tables))
            unread += rows.num_rows
            allowed += sum(
                bool(url) and reasons == [Status.NOT_DOWNLOADED]
                for url, reasons in zip(rows.column("url").to_pylist(), rows.column("reasons").to_pylist(), strict=True)
            )
    told = f"no image was fetched yet of {unread} samples; the policy would allow {allowed} of them"
    return [f"{told}: `cleanset wanted RUN --out urls.parquet` lists those, and says how to fetch them"]


def _count_changed(rows: pa.Table) -> int:
    """Ids that occur with more than one file."""
    files = rows.group_by("sample_id").aggregate([("content_id", "count_distinct")])
    return pc.sum(pc.greater(files["content_id_count_distinct"], 1)).as_py() or 0
