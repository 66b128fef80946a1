"""The match pipeline: features in, verified pairs and their components out."""

from __future__ import annotations

from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc

from cleanset.config import MatchConfig
from cleanset.dedup.partition import partitions_for
from cleanset.dedup.places import Places
from cleanset.dedup.propose.candidates import Layouts, shares_for
from cleanset.embeddings import store as embeddings
from cleanset.features import store
from cleanset.manifest.matched import RECORD, TABLES, Matched, describe_embedder, find_matched, write_matched
from cleanset.pipelines.engine import Engine
from cleanset.rundir import RunDirectory, footer_rows, iter_parquet
from cleanset.rundir.replacing import replacing
from cleanset.schemas import COMPONENTS, FEATURES, PAIRS
from cleanset.transforms.find_components import FindComponents
from cleanset.transforms.link_exact import LINKED, LinkExact
from cleanset.transforms.link_near import LinkNear
from cleanset.transforms.read_tables import ReadColumns

ROWS_PER_PART = 1_000_000
"""Mean rows of a partition of links: 48 bytes each."""
WORKERS = 64
"""Shares in which a runner that has many workers may look for candidates; each reads all hash codes."""


def run_match(run: RunDirectory, config: MatchConfig, engine: Engine) -> dict[str, Any]:
    """The run has pairs and components; the result counts them. What an earlier run finished is left as it is.

    Raises:
        RunError: the extract stage is not finished.
        PipelineError: a file could not be written.
    """
    index = store.read_index(run)
    if done := find_matched(run, index, config):
        return dict(done.counts)
    run.remove_unfinished()
    features = store.feature_files(run, index)
    vectors = embeddings.find(run)
    rows = Places.of(list(features), [shard.rows for shard in index.read], vectors.files if vectors else ())
    parts = partitions_for(len(rows), ROWS_PER_PART)
    shares = shares_for(len(rows), Layouts.of(config, len(rows)), workers=1 if engine.is_local else WORKERS)
    with replacing(run, RECORD, TABLES) as out:

        def build(pipeline: beam.Pipeline) -> None:
            exact = (
                pipeline
                | "Features" >> ReadColumns(FEATURES, features, store.EXTRACT_AGAIN, columns=LINKED)
                | "Pictures" >> beam.Map(pictured).with_output_types(pa.RecordBatch)
                | "Exact" >> LinkExact(out, parts)
            )
            near = (
                pipeline
                | "Shares" >> beam.Create(range(len(shares) + bool(rows.vectors))).with_output_types(int)
                | "Near" >> LinkNear(rows, config, shares, out, parts)
            )
            _ = (exact, near) | "Links" >> beam.Flatten() | "Components" >> FindComponents(out)

        engine.run(build, run.local())
        counts = count(out)
        write_matched(out, index, Matched(config, out.digests(*TABLES), counts, describe_embedder(run)))
    return counts


def pictured(samples: pa.RecordBatch) -> pa.RecordBatch:
    """The samples that have a picture."""
    return samples.filter(pc.is_valid(samples["pixel_id"]))


def count(run: RunDirectory) -> dict[str, int]:
    """Pairs found, samples that are linked, and components, from the files."""
    pairs, linked = (sum(footer_rows(f) for f in run.files(table.name)) for table in (PAIRS, COMPONENTS))
    return {"pairs": pairs, "linked": linked, "components": sum(map(_count_components, run.files(COMPONENTS.name)))}


def _count_components(file: str) -> int:
    """A component is named by its least sample, which is one of its rows."""
    batches = iter_parquet(file, COMPONENTS.names, 65_536)
    return sum(pc.sum(pc.equal(b["sample_id"], b["component_id"])).as_py() or 0 for b in batches)
