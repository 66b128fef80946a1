"""Does a picture come too close to one of a run? Its nearest samples, how near they are, and what that means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cleanset.config import MatchConfig
from cleanset.dedup.across import COMPARED, NEAREST, Across, across, have_one_embedder, pictures_of
from cleanset.dedup.places import Places
from cleanset.manifest.read import select_rows
from cleanset.report.lines import fit
from cleanset.rundir import RunDirectory
from cleanset.schemas import Detector

Row = Mapping[str, Any]
_MEANS = {
    Detector.CONTENT: "the same file",
    Detector.PIXELS: "the same pixels",
    Detector.PDQ: "the same picture by its hash and its thumbnail",
    Detector.PHASH: "the same picture by its hash and its thumbnail",
    Detector.EMBEDDING: "the same picture, or a part of it, laid on it and compared",
}
_SHOWN = ["sample_id", "shard", "key", "url", "caption", "license_concluded", "attribution", "decision"]


@dataclass(frozen=True, slots=True)
class Nearness:
    """One picture that was checked, and the samples of the run that are nearest to it.

    Attributes:
        name: of the picture, as it was read.
        problem: why it could not be compared; None if it could.
        nearest: those that are the same first, then by distance; each with ``too_close``, ``detector``, ``distance``,
            ``means``, and what the manifest says of the sample where there is one.
    """

    name: str
    problem: str | None
    nearest: list[dict[str, Any]]

    @property
    def too_close(self) -> bool:
        """Whether the run has the picture."""
        return any(row["too_close"] for row in self.nearest)


def check_nearness(asked: RunDirectory, known: RunDirectory, thresholds: MatchConfig) -> list[Nearness]:
    """The pictures of ``asked`` beside the samples of ``known``, both extracted; memory is that of the asked ones.

    Raises:
        RunError: one of the two has no complete extract stage.
    """
    one_embedder = have_one_embedder(asked, known)
    queries, samples = (pictures_of(run, vectors=one_embedder) for run in (asked, known))
    table = queries.take(np.arange(len(queries)), COMPARED) if len(queries) else pa.table({})
    found: dict[int, list[tuple[bool, float, str, int]]] = {row: [] for row in range(len(queries))}
    for pairs in across(table, samples, thresholds) if len(queries) else ():
        _collect(found, pairs)
    told = _samples(known, samples, {place for near in found.values() for *_, place in near})
    names = list(_names(queries))
    return [
        Nearness(names[row][0], names[row][1], [_sample(near, told) for near in found[row]]) for row in sorted(found)
    ]


def _collect(found: dict[int, list[tuple[bool, float, str, int]]], pairs: Across) -> None:
    """Keep, of each picture, all samples that are the same, and of the others as many as make ``NEAREST``."""
    order = {str(name): at for at, name in enumerate(_MEANS)}
    for row, place, same, detector, distance in zip(
        *(column.tolist() for column in (pairs.first, pairs.second, pairs.same, pairs.detector, pairs.distance)),
        strict=True,
    ):
        near = found[row]
        if not any(place == other for *_, other in near):
            near.append((same, distance, detector, place))
        near.sort(key=lambda item: (not item[0], order[item[2]], item[1], item[3]))
        same_ones = sum(item[0] for item in near)
        del near[max(NEAREST, same_ones) :]


def _samples(run: RunDirectory, rows: Places, places: Iterable[int]) -> dict[int, dict[str, Any]]:
    """By place what is known of each sample: its row of the manifest, or its ids where there is no manifest."""
    at = np.array(sorted(places), np.int64)
    if not len(at):
        return {}
    table = Places(rows.files, rows.starts).take(at, ["sample_id", "shard", "key", "url", "caption"])
    known = {
        place: {**row, "sample_id": row["sample_id"].hex()}
        for place, row in zip(at.tolist(), table.to_pylist(), strict=True)
    }
    ids = pa.array(sorted({row["sample_id"] for row in known.values()}), pa.string())
    decided = select_rows(run, "manifest", pc.field("sample_id").isin(ids), _SHOWN) if run.files("manifest") else None
    manifest = {(r["sample_id"], r["shard"], r["key"]): r for r in (decided.to_pylist() if decided else [])}
    return {place: manifest.get((row["sample_id"], row["shard"], row["key"]), row) for place, row in known.items()}


def _names(pictures: Places) -> Iterable[tuple[str, str | None]]:
    """Each picture's name, and why it cannot be compared."""
    for _, batch in Places(pictures.files, pictures.starts).read(["key", "status", "detail", "low_information"], 4096):
        for row in batch.to_pylist():
            flat = "too flat to be compared but by its pixels" if row["low_information"] else None
            yield (
                row["key"],
                flat if row["status"] == "ok" else f"{row['status']}: {row['detail'] or ''}".rstrip(": "),
            )


def _sample(near: tuple[bool, float, str, int], told: Mapping[int, Row]) -> dict[str, Any]:
    same, distance, detector, place = near
    means = _MEANS[Detector(detector)] if same else "not the same picture; the nearest by its vector"
    return {"too_close": same, "detector": detector, "distance": distance, "means": means, **told[place]}


def as_text(checked: Iterable[Nearness]) -> str:
    """A paragraph for each picture that is too close or could not be compared, and a last line for all."""
    lines: list[str] = []
    number = close = 0
    for picture in checked:
        number += 1
        close += picture.too_close
        if picture.problem:
            lines.append(fit(f"{picture.name}: {picture.problem}"))
        if picture.too_close:
            lines.append(fit(f"{picture.name}: too close"))
            lines += [line for row in picture.nearest if row["too_close"] for line in _told(row)]
    lines.append(f"{number:,} pictures, {close:,} too close" if close else f"{number:,} pictures, none too close")
    return "\n".join(lines)


def _told(row: Row) -> Iterable[str]:
    where = row["url"] or f"{row['shard']}/{row['key']}"
    yield fit(f"  {row['sample_id']}  {row['detector']} {row['distance']:.3g}: {row['means']}")
    yield fit(f"    {where}" + (f" “{row['caption']}”" if row["caption"] else ""))
    if row.get("attribution"):
        yield fit(f"    credit due: {row['attribution']}")
