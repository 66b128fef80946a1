"""The match pipeline: features in, verified pairs and their components out."""

from __future__ import annotations

from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc

from cleanset.config import MatchConfig
from cleanset.dedup.places import Places
from cleanset.dedup.propose.plan import plan_match
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
from cleanset.transforms.propose_by_cells import ChoosePictures, ProposeByCells
from cleanset.transforms.propose_by_codes import ProposeByCodes
from cleanset.transforms.read_tables import ReadColumns

WORKERS = 16
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
    found = embeddings.find(run)
    rows = Places.of(list(features), [shard.rows for shard in index.read], found.files if found else ())
    plan = plan_match(rows, config, found.dim if found else 0, workers=1 if engine.is_local else WORKERS)
    with replacing(run, RECORD, TABLES) as out:
        cells = [(lane, lane.train()) for lane in plan.lanes]

        def build(pipeline: beam.Pipeline) -> None:
            exact = (
                pipeline
                | "Features" >> ReadColumns(FEATURES, features, store.EXTRACT_AGAIN, columns=LINKED)
                | "Pictures" >> beam.Map(pictured).with_output_types(pa.RecordBatch)
                | "Exact" >> LinkExact(out, plan.parts)
            )
            candidates = []
            if plan.shares:
                shares = pipeline | "Shares" >> beam.Create(range(len(plan.shares))).with_output_types(int)
                candidates.append(shares | "ByCodes" >> ProposeByCodes(rows, config, plan.shares))
            if cells:
                files = pipeline | "Files" >> beam.Create(range(len(rows.files))).with_output_types(int)
                chosen = files | "Choose" >> ChoosePictures(rows, plan.parts)
                candidates += [chosen | f"By {lane.kind}" >> ProposeByCells(lane, trained) for lane, trained in cells]
            near = candidates | "Candidates" >> beam.Flatten() | "Near" >> LinkNear(rows, config, out, plan.parts)
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
