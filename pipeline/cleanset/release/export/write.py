"""Write an export: every kept sample once, its bytes untouched, checked against the manifest."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from cleanset.errors import ConfigError, InputError
from cleanset.features import store
from cleanset.manifest.read import open_record
from cleanset.release.export.card import CARD, card
from cleanset.release.export.formats import Exported, Form, shard_path, write_shard
from cleanset.release.export.plan import Plan, Row, kept_of_shard, kept_rows, make_plan, name
from cleanset.release.export.spool import Spool
from cleanset.rights.book import LicenseBook
from cleanset.rundir import RunDirectory, TableWriter, file_digest, open_whole
from cleanset.schemas import Column, Table
from cleanset.shards.find import find_shards
from cleanset.shards.read import read_shard
from cleanset.shards.sample import Sample, Shard

RECORD = "export.json"
PER_SHARD = 10_000
AT_ONCE = 256
"""Shards of an export that are open at once; more are written in several passes over the input."""
ADDRESSES = Table(
    "addresses",
    "The kept samples by address, as img2dataset reads them: --url_col url --caption_col caption.",
    (
        Column("url", pa.string(), "where the image came from"),
        Column("caption", pa.string(), "the text that came with it", nullable=True),
        Column("sample_id", pa.string(), "sample_id, hex"),
        Column("content_id", pa.string(), "SHA-256 of the image as it was read, hex", nullable=True),
        Column("license", pa.string(), "SPDX expression"),
        Column("attribution", pa.string(), "ready to print where one is due", nullable=True),
    ),
)


def export(
    run: RunDirectory, out: RunDirectory, form: Form, per_shard: int = PER_SHARD, seed: int = 0
) -> dict[str, Any]:
    """``out`` holds every kept sample of the run, once; the result is its ``export.json``.

    An export that was stopped goes on from its finished shards; a finished one is left as it is.

    Raises:
        ConfigError: another export or something else lies in ``out``.
        InputError: an input is gone, or has other bytes than the manifest says.
        RunError: the run has no manifest.
        OutputError: a file cannot be written.
    """
    record = open_record(run)
    settings = {"to": str(form), "per_shard": per_shard, "seed": seed, "policy": record["policy"]["name"]}
    made_from = hashlib.sha256(json.dumps([settings, record["files"]], sort_keys=True).encode()).hexdigest()
    before = _before(out, made_from)
    if before.get("finished"):
        return before
    document = {**settings, "made_from": made_from, "run_counts": record["counts"]}
    out.write_json(RECORD, {**document, "finished": False})
    if form is Form.URLS:
        numbers: dict[str, Any] = dict(_write_addresses(run, out))
    else:
        plan = make_plan(run, LicenseBook.load(), per_shard, seed)
        _write_shards(run, out, form, plan)
        numbers = {"samples": sum(plan.counts.values()), "groups": plan.counts, "shards": _described(out, form, plan)}
        if form is Form.HF:
            with open_whole(out.path(CARD)) as stream:
                stream.write(card(plan, record).encode())
    finished = {**document, **numbers, "finished": True}
    out.write_json(RECORD, finished)
    return finished


def _before(out: RunDirectory, made_from: str) -> dict[str, Any]:
    """What an earlier call for the same export left; nothing where there was none."""
    if not out.exists(""):
        return {}
    before = out.find_json(RECORD)
    if before.get("made_from") == made_from:
        return before
    if before or any(not name.startswith(".") for name in out.names()):
        raise ConfigError(f"{out.root}: holds another export or other files; give an empty folder")
    return {}


def _write_shards(run: RunDirectory, out: RunDirectory, form: Form, plan: Plan) -> None:
    missing = [shard for shard in plan.names() if not out.exists(shard_path(form, shard))]
    for start in range(0, len(missing), AT_ONCE):
        wanted = missing[start : start + AT_ONCE]
        with (
            tempfile.TemporaryDirectory(prefix=".unfinished-", dir=out.local()) as folder,
            Spool(Path(folder)) as spool,
        ):
            for shard, order, sample in _samples(run, plan, set(wanted)):
                spool.add(shard, order, sample)
            spool.finish()
            for shard in wanted:
                with open_whole(out.path(shard_path(form, shard))) as stream:
                    write_shard(form, stream, spool.read(shard))


def _samples(run: RunDirectory, plan: Plan, wanted: set[str]) -> Iterator[tuple[str, bytes, Exported]]:
    """Every kept sample of the wanted shards, in the order of the input: its shard, its order there, and itself."""
    index = store.read_index(run)
    found = {shard.name: shard for shard in find_shards(index.given, index.profile, store.names_of(run)).shards}
    for summary in index.shards:
        rows = kept_of_shard(run, summary.name)
        places = {key: plan.place(row) for key, row in rows.items()}
        asked = {key: row for key, row in rows.items() if name(*places[key][:2]) in wanted}
        if not asked:
            continue
        if summary.name not in found:
            raise InputError(f"{summary.name}: is no longer at {', '.join(index.given)}; put it back, or curate again")
        shard = replace(found[summary.name], profile=summary.profile)
        for key, sample in _read(shard, asked, index.config.max_image_bytes):
            place = places[key]
            yield name(place.group, place.number), place.order, _exported(asked[key], sample, place.group)


def _read(shard: Shard, asked: Mapping[str, Row], max_image_bytes: int) -> Iterator[tuple[str, Sample]]:
    """The samples of the asked keys, each with the bytes that the manifest names."""
    left = set(asked)
    for sample in read_shard(shard, max_image_bytes=max_image_bytes):
        if sample.key not in left:
            continue
        if hashlib.sha256(sample.image or b"").hexdigest() != asked[sample.key]["content_id"]:
            raise InputError(f"{shard.name}/{sample.key}: has changed since it was read; curate again, then export")
        left.remove(sample.key)
        yield sample.key, sample
    if left:
        raise InputError(f"{shard.name}/{min(left)}: is no longer there; curate again, then export")


def _exported(row: Row, sample: Sample, group: str) -> Exported:
    facts = {key: value for key, value in row.items() if key not in ("license_concluded", "uid")}
    metadata = {**facts, "license": row["license_concluded"], "group": group, "original": dict(sample.columns)}
    return Exported(metadata, sample.image or b"")


def _described(out: RunDirectory, form: Form, plan: Plan) -> Sequence[dict[str, str]]:
    """Name and SHA-256 of every shard."""
    return [
        {"path": path, "sha256": file_digest(out.path(path))}
        for path in (shard_path(form, shard) for shard in plan.names())
    ]


def _write_addresses(run: RunDirectory, out: RunDirectory) -> dict[str, int]:
    """One table of addresses; samples that have none are counted."""
    nameless = 0
    columns = ["url", "caption", "sample_id", "content_id", "license_concluded", "attribution"]
    with open_whole(out.path("urls.parquet")) as stream, TableWriter(stream, ADDRESSES) as writer:
        rows: list[Row] = []
        for row in kept_rows(run, columns):
            if row["url"] is None:
                nameless += 1
                continue
            rows.append(
                {**{k: row[k] for k in columns if k != "license_concluded"}, "license": row["license_concluded"]}
            )
            if len(rows) == PER_SHARD:
                writer.write(pa.Table.from_pylist(rows, ADDRESSES.arrow))
                rows = []
        writer.write(pa.Table.from_pylist(rows, ADDRESSES.arrow))
        written = writer.rows
    return {"samples": written, "without_url": nameless}
