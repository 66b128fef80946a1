"""How near pictures of a run lie that are not the same: what a threshold would wrongly merge, and what it would find.

Pictures of a run that nothing links are almost all different, so the share of their pairs beyond a threshold estimates
its false-positive rate. Copies that no detector found are counted as false, so the estimate is rather too high.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.stats import chi2

from cleanset.dedup.places import Places
from cleanset.embeddings.store import RUN_EMBED, Embeddings, find, missing, vectors_of
from cleanset.errors import RunError
from cleanset.features.store import read_index
from cleanset.manifest.matched import RECORD, RUN_MATCH
from cleanset.rundir import RunDirectory, iter_parquet
from cleanset.schemas import COMPONENTS, PAIRS

PICTURES = 8192
"""Drawn by default: 33 million pairs, of which 33 lie beyond a threshold of one in a million."""
RATE = 1e-6
"""False-positive rate that a threshold has to stay below to decide by itself."""
CONFIDENCE = 0.95
STEPS = np.round(np.arange(0.40, 1.0, 0.01), 2)
"""Thresholds that are tried."""
NEAREST = 400
"""Pairs that are remembered, the nearest."""
LINKED = 4096
"""Linked pairs whose cosines tell what a threshold finds."""
_BLOCK = 2048
_ROWS = 1 << 16

Floats = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NearPair:
    """Two pictures that nothing links: the places of their rows in the features, and their cosine."""

    a: int
    b: int
    cosine: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a run's own pictures say of each threshold.

    Attributes:
        embedder: whose cosines they are.
        pictures: drawn.
        pairs: compared, linked ones left out.
        beyond: of these pairs, how many lie at or beyond each of ``STEPS``.
        linked: pairs that match had linked by other means, whose cosines were taken.
        found: of these, how many lie at or beyond each of ``STEPS``.
        nearest: the pairs of the greatest cosine, in descending order.
    """

    embedder: str
    pictures: int
    pairs: int
    beyond: Index
    linked: int
    found: Index
    nearest: list[NearPair]

    def rates(self) -> Floats:
        """Estimated false-positive rate at each of ``STEPS``."""
        return np.asarray(self.beyond / max(self.pairs, 1), np.float64)

    def bounds(self) -> Floats:
        """What the rates are below with a confidence of ``CONFIDENCE``, pairs being independent."""
        return np.asarray(chi2.ppf(CONFIDENCE, 2 * (self.beyond + 1)) / 2 / max(self.pairs, 1), np.float64)

    def verdict(self) -> str:
        """From which cosine on the rate is low enough, or why there is none, in words."""
        threshold = self.threshold()
        if threshold is not None:
            return f"From a cosine of {threshold:.2f} on, the rate is below {RATE:g} with {CONFIDENCE:.0%} confidence."
        if chi2.ppf(CONFIDENCE, 2) / 2 / max(self.pairs, 1) >= RATE:
            return f"These are too few pictures to show that a rate is below {RATE:g}."
        return f"At no cosine is the rate below {RATE:g}: look whether the nearest pairs show one picture."

    def threshold(self, rate: float = RATE) -> float | None:
        """The least of ``STEPS`` whose bound is below the rate; None where too few pictures were drawn to say so."""
        below = np.flatnonzero(self.bounds() < rate)
        return float(STEPS[below[0]]) if len(below) else None


def calibrate(run: RunDirectory, pictures: int = PICTURES) -> Calibration:
    """The calibration of the run's embedder by this many of its pictures; the same ones each time.

    Raises:
        RunError: the run has no vectors, was not matched, or has fewer than two pictures.
    """
    embeddings = find(run)
    if embeddings is None:
        lacking = missing(run)
        why = f"has no vectors of {len(lacking)} shards, {lacking[0]} first" if lacking else "has no vectors"
        raise RunError(f"{run.root}: {why}; {RUN_EMBED}")
    run.read_json(RECORD, needs=RUN_MATCH)  # else its copies would count as different pictures
    rows = Places.of([run.features_file(shard.name) for shard in read_index(run).read], embeddings.rows)
    drawn = _draw(rows, pictures)
    if len(drawn) < 2:  # noqa: PLR2004 - a pair
        raise RunError(f"{run.root}: has fewer than two pictures that differ, so there are no distances")
    vectors = _vectors_at(embeddings, drawn)
    component = _components_of(run, rows.take(drawn, ["sample_id"])["sample_id"])
    beyond, pairs, nearest = _compare(vectors, component, drawn)
    linked = _linked_cosines(run, rows, embeddings)
    found = np.array([(linked >= step).sum() for step in STEPS])
    return Calibration(embeddings.name, len(drawn), pairs, beyond, len(linked), found, nearest)


def _draw(rows: Places, pictures: int) -> Index:
    """Places of the pictures whose ``pixel_id`` is least, one of each, in order; digests of pixels fall as dice do."""
    least, places = np.empty(0, "S16"), np.empty(0, np.int64)
    for place, batch in rows.read(["pixel_id"], _ROWS):
        there = np.flatnonzero(batch["pixel_id"].is_valid().to_numpy(zero_copy_only=False))
        ids = np.array(batch["pixel_id"].drop_null().to_pylist(), "S16")
        least, first = np.unique(np.concatenate([least, ids]), return_index=True)
        places = np.concatenate([places, place + there])[first][:pictures]
        least = least[:pictures]
    return np.sort(places)


def _vectors_at(embeddings: Embeddings, places: Index) -> NDArray[np.float32]:
    files = Places.of(embeddings.files, embeddings.rows)
    return vectors_of(files.take(places, ["vector"])["vector"], embeddings.dim).astype(np.float32)


def _components_of(run: RunDirectory, samples: pa.ChunkedArray) -> Index:
    """A number for each sample, the same for samples of one component and another for all others."""
    ids = samples.to_pylist()
    wanted: set[bytes] = set(ids)
    numbers: dict[bytes, bytes] = {}
    for file in run.files(COMPONENTS.name):
        for batch in iter_parquet(file, COMPONENTS.names, _ROWS):
            rows = zip(*(c.to_pylist() for c in batch.columns), strict=True)
            numbers.update({sample: component for sample, component in rows if sample in wanted})
    names: dict[bytes, int] = {}
    return np.array([names.setdefault(numbers.get(sample, sample), len(names)) for sample in ids], np.int64)


def _compare(vectors: NDArray[np.float32], component: Index, places: Index) -> tuple[Index, int, list[NearPair]]:
    """How many pairs lie beyond each step, how many there are, and the nearest of them."""
    beyond, pairs = np.zeros(len(STEPS), np.int64), 0
    nearest: list[NearPair] = []
    for top in range(0, len(vectors), _BLOCK):
        for left in range(top, len(vectors), _BLOCK):
            cosine = vectors[top : top + _BLOCK] @ vectors[left : left + _BLOCK].T
            counted = component[top : top + _BLOCK, None] != component[None, left : left + _BLOCK]
            if top == left:
                counted &= np.triu(np.ones(cosine.shape, np.bool_), 1)
            pairs += int(counted.sum())
            values = np.sort(cosine[counted])
            beyond += len(values) - np.searchsorted(values, STEPS - 1e-6)
            least = values[-NEAREST] if len(values) > NEAREST else -1
            i, j = np.nonzero(counted & (cosine >= max(least, STEPS[0])))
            nearest += [
                NearPair(int(places[top + a]), int(places[left + b]), float(cosine[a, b]))
                for a, b in zip(i, j, strict=True)
            ]
            nearest = sorted(nearest, key=lambda pair: (-pair.cosine, pair.a, pair.b))[:NEAREST]
    return beyond, pairs, nearest


def _linked_cosines(run: RunDirectory, rows: Places, embeddings: Embeddings) -> NDArray[np.float32]:
    """Cosines of pairs that match linked by hashes, the first of them by sample_id, as ids fall like dice."""
    linked = sorted(_linked(run))[:LINKED]
    wanted = {sample for pair in linked for sample in pair}
    places: dict[bytes, int] = {}
    for place, batch in rows.read(["sample_id"], _ROWS):
        for at, sample in enumerate(batch["sample_id"].to_pylist()):
            if sample in wanted:
                places.setdefault(sample, place + at)
    order = np.array(sorted(places.values()), np.int64)
    if not len(order):
        return np.empty(0, np.float32)
    vectors = _vectors_at(embeddings, order)
    a, b = (np.searchsorted(order, [places[pair[side]] for pair in linked]) for side in (0, 1))
    return np.asarray((vectors[a] * vectors[b]).sum(axis=1), np.float32)


def _linked(run: RunDirectory) -> Iterator[tuple[bytes, bytes]]:
    for file in run.files(PAIRS.name):
        for batch in iter_parquet(file, ["a", "b", "detector"], _ROWS):
            for a, b, detector in zip(*(c.to_pylist() for c in batch.columns), strict=True):
                if detector in {"phash", "pdq"}:
                    yield a, b
