"""The decide pipeline: features, components and rules in; manifest, claims, clusters and ``run.json`` out."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import apache_beam as beam

from cleanset.dedup.partition import partitions_for
from cleanset.embeddings import store as embeddings
from cleanset.features import store
from cleanset.manifest import record, write
from cleanset.manifest.judge import JUDGED_FROM, Rules
from cleanset.manifest.matched import RUN_MATCH, read_matched
from cleanset.manifest.withheld import NOTHING, Protected, write_withheld
from cleanset.pipelines.engine import Engine
from cleanset.rundir import RunDirectory
from cleanset.rundir.replacing import replacing
from cleanset.schemas import COMPONENTS, FEATURES, WITHHELD
from cleanset.transforms.decide_samples import DecideSamples
from cleanset.transforms.judge_samples import JudgeSamples
from cleanset.transforms.read_tables import ReadColumns

ROWS_PER_SETTLED = 4_096
"""Mean rows of a partition of components, at 2.5 KB for each that has company."""
ROWS_AT_ONCE = 1024
"""Samples that are judged at once: as Python objects, they and their claims are some 20 MB."""


def is_decided(run: RunDirectory, rules: Rules, protected: Protected = NOTHING) -> bool:
    """Whether the run has a manifest of the same shards, settings and rules, in files that are as decide left them.

    Raises:
        RunError: extract or match is not finished.
    """
    index = store.read_index(run)
    origin = record.describe_origin(index, read_matched(run, index), rules, protected)
    document = run.find_json(record.RECORD)
    if any(document.get(name) != value for name, value in origin.items()):
        return False
    return bool(document.get("files") == run.digests(*record.PRODUCTS))


def run_decide(
    run: RunDirectory,
    rules: Rules,
    engine: Engine,
    out: RunDirectory | None = None,
    protected: Protected = NOTHING,
) -> dict[str, Any]:
    """The run has a manifest under the rules; the result is its record. Until it is whole the run has its old one.

    Args:
        run: has features, pairs and components.
        rules: what is allowed.
        engine: where the pipeline runs.
        out: where the manifest goes, if not into the run itself.
        protected: works that nothing kept may come near.

    Raises:
        RunError: extract or match is not finished.
        PipelineError: a file could not be written.
    """
    out = out or run
    index = store.read_index(run)
    matched = read_matched(run, index)
    out.remove_unfinished()
    parts = partitions_for(sum(s.rows for s in index.shards), write.ROWS_PER_PART)
    settled_parts = max(parts, partitions_for(sum(s.rows for s in index.shards), ROWS_PER_SETTLED))
    features = store.feature_files(run, index)
    components = matched.files_of(COMPONENTS, run)
    vectors = embeddings.find(run)
    by_shard = {shard.name: run.features_file(shard.name) for shard in index.read}
    with replacing(out, record.RECORD, record.PRODUCTS) as beside:
        write_withheld(beside, protected, run, matched.config)

        def build(pipeline: beam.Pipeline) -> None:
            rows = ReadColumns(FEATURES, features, store.EXTRACT_AGAIN, ROWS_AT_ONCE, JUDGED_FROM)
            judged = pipeline | "Features" >> rows | "Judge" >> JudgeSamples(rules, beside.files(WITHHELD.name))
            linked = pipeline | "Components" >> ReadColumns(COMPONENTS, components, RUN_MATCH)
            _ = {"judged": judged, "components": linked} | "Decide" >> DecideSamples(
                rules, matched.config, beside, parts, settled_parts, by_shard, vectors.files if vectors else ()
            )

        engine.run(build, out.local())
        write.ensure_tables(beside)
        informative = {**asdict(engine), "read": run.times("features")}
        origin = record.describe_origin(index, matched, rules, protected)
        document = record.build_record(beside, index, origin, rules, informative)
        beside.write_json(record.RECORD, document)
    return document
