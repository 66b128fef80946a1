"""The page of a calibration: the rate at each threshold, and the pairs around it as pictures."""

from __future__ import annotations

import numpy as np

from cleanset.dedup.places import Places
from cleanset.embeddings.store import find
from cleanset.features.store import read_index
from cleanset.report.calibration import STEPS, Calibration, NearPair
from cleanset.report.pages.evidence import data_url
from cleanset.report.pages.html import Markup, element, join, page, section, table, text
from cleanset.rundir import RunDirectory

SHOWN = 24
"""Pairs on each side of the threshold."""


def calibration_page(run: RunDirectory, calibration: Calibration) -> str:
    """The whole document; it needs no other file."""
    threshold = calibration.threshold()
    pairs = f"{calibration.pairs:,} pairs of {calibration.pictures:,} pictures"
    note = (
        "Pictures that match linked are left out. Copies that nothing linked are counted as different, so look at the"
        " pairs: where they show one picture, the true rate is lower."
    )
    parts = [
        element("h1", text(f"Calibration of {calibration.embedder}")),
        element("p", text(f"{pairs}. {calibration.verdict()}")),
        element("p", text(note), class_="note"),
        section("rates", "Thresholds", _rates(calibration)),
        section("pairs", "Pairs of pictures that nothing links", _pairs(run, calibration, threshold)),
    ]
    return page(f"Calibration of {calibration.embedder}", *parts)


def _rates(calibration: Calibration) -> Markup:
    found = calibration.found / max(calibration.linked, 1)
    rows = [
        (
            text(f"{step:.2f}"),
            text(f"{beyond:,}"),
            text(f"{rate:.1e}"),
            text(f"{bound:.1e}"),
            text(f"{share:.3f}" if calibration.linked else "unknown"),
        )
        for step, beyond, rate, bound, share in zip(
            STEPS, calibration.beyond, calibration.rates(), calibration.bounds(), found, strict=True
        )
    ]
    heads = ["cosine at least", "pairs", "rate of false pairs", "at most", "of linked pairs"]
    return table("What each threshold merges wrongly, and what it finds", heads, rows, numbers=range(5))


def _pairs(run: RunDirectory, calibration: Calibration, threshold: float | None) -> Markup:
    if not calibration.nearest:
        return element("p", text(f"No two pictures have a cosine of {STEPS[0]:.2f} or more."), class_="note")
    around = threshold if threshold is not None else calibration.nearest[0].cosine
    above = [pair for pair in calibration.nearest if pair.cosine >= around][-SHOWN:]
    below = [pair for pair in calibration.nearest if pair.cosine < around][:SHOWN]
    pictures = _thumbnails(run, [*above, *below])
    cells = [element("li", *(pictures[place] for place in (p.a, p.b)), text(f"{p.cosine:.3f}")) for p in above + below]
    return element("ul", join(cells), class_="gallery")


def _thumbnails(run: RunDirectory, pairs: list[NearPair]) -> dict[int, Markup]:
    """What the features keep of the pictures at these places, as images."""
    embeddings = find(run)
    rows = Places.of(
        [run.features_file(shard.name) for shard in read_index(run).read], embeddings.rows if embeddings else ()
    )
    places = np.array(sorted({place for pair in pairs for place in (pair.a, pair.b)}), np.int64)
    seen = rows.take(places, ["shard", "key", "thumbnail"]).to_pylist()
    return {
        int(place): element("img", src=data_url(row["thumbnail"]), alt=f"{row['shard']}/{row['key']}")
        for place, row in zip(places, seen, strict=True)
    }
