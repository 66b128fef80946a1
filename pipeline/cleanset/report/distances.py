"""What every detector says of two samples of a run, and what its distance means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from cleanset.embeddings.store import find, vectors_file
from cleanset.manifest.read import select_from
from cleanset.rundir import RunDirectory
from cleanset.schemas import FORMS


@dataclass(frozen=True, slots=True)
class Distance:
    """One detector's answer.

    Attributes:
        detector: its name.
        distance: bits that differ, or 1 - cosine.
        meaning: in words.
    """

    detector: str
    distance: float
    meaning: str


def distances(run: RunDirectory, a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Distance]:
    """The distances of two rows of the manifest, by every detector that the run has for both."""
    return [*_of_hashes(run, a, b), *_of_vectors(run, a, b)]


def _of_hashes(run: RunDirectory, a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Distance]:
    columns = ["phash", "pdq_forms"]
    rows = [_row(run, run.features_file(each["shard"]), each["key"], columns) for each in (a, b)]
    if any(row is None or row["phash"] is None for row in rows):
        return []
    first, second = (row for row in rows if row is not None)
    bits = _differing(first["phash"], second["phash"])
    forms = [np.frombuffer(row["pdq_forms"], np.uint8).reshape(FORMS, -1) for row in (first, second)]
    turned = [_differing(form.tobytes(), forms[1][0].tobytes()) for form in forms[0]]
    form = int(np.argmin(turned))
    whole = f"{bits} of 64 bits of structure, upright; unrelated pictures differ in some 32"
    how = "upright" if form == 0 else "turned or mirrored"
    best = f"{turned[form]} of 256 bits, {how}; unrelated pictures differ in some 128"
    return [Distance("phash", bits, whole), Distance("pdq", turned[form], best)]


def _of_vectors(run: RunDirectory, a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Distance]:
    found = find(run)
    if found is None:
        return []
    rows = [_row(run, vectors_file(run, found.name, each["shard"]), each["key"], ["vector"]) for each in (a, b)]
    if any(row is None or row["vector"] is None for row in rows):
        return []
    first, second = (np.frombuffer(row["vector"], "<f2").astype(np.float32) for row in rows if row is not None)
    cosine = float(first @ second)
    identity = found.identity
    if cosine >= identity.alone:
        meaning = f"from {identity.alone:g} on one picture, also where a part is cut off or covered"
    elif cosine >= identity.proposes:
        meaning = f"from {identity.proposes:g} on alike, and one picture only if a second signal agrees"
    else:
        meaning = f"below {identity.proposes:g} not alike to {found.name}"
    return [Distance("embedding", round(1 - cosine, 4), f"cosine {cosine:.3f}: {meaning}")]


def _row(run: RunDirectory, file: str, key: str, columns: list[str]) -> dict[str, Any] | None:
    if not run.exists(run.place(file)):
        return None
    found: list[dict[str, Any]] = select_from(file, pc.field("key") == key, columns).to_pylist()
    return found[0] if found else None


def _differing(a: bytes, b: bytes) -> int:
    return (int.from_bytes(a) ^ int.from_bytes(b)).bit_count()
