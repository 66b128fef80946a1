"""The hash codes of many pictures: all that proposing pairs needs of them, about 300 bytes each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cleanset.dedup.columns import fixed_bytes, sort_rows
from cleanset.dedup.places import Index
from cleanset.dedup.propose.bands import Codes
from cleanset.dedup.views import views_of
from cleanset.schemas import FORMS

CODED = ("sample_id", "pixel_id", "phash", "pdq_quality", "pdq_forms", "low_information", "views")
"""Columns of ``schemas.FEATURES`` that are read here."""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """n pictures, ordered by sample_id; of those with equal pixels, which are linked as such, the first.

    Attributes:
        place: int64[n], where each lies.
        phash: uint64[n, 1].
        reliable: int64[m], the pictures that have the views whose PDQ hashes can be trusted, ascending.
        forms: uint8[k, 256] each: all PDQ hashes of views in chunks, in the order of reading.
        at: int64[m], where those of each trusted view are, counted through the chunks.
    """

    place: Index
    phash: Codes
    reliable: Index
    forms: tuple[NDArray[np.uint8], ...]
    at: Index

    def __len__(self) -> int:
        """The number of pictures."""
        return len(self.place)

    def pdq(self, form: int) -> Codes:
        """uint64[m, 4]: the PDQ hashes, in one orientation, of the views of the pictures ``reliable``."""
        width = 32
        octets = np.concatenate([chunk[:, form * width : (form + 1) * width] for chunk in self.forms])
        return octets.take(self.at, axis=0).view(">u8").astype(np.uint64)


def with_codes(batch: pa.RecordBatch, place: int) -> pa.RecordBatch:
    """The rows that have hashes which mean something, with their ``place``; ``place`` is that of the first row."""
    usable = pc.fill_null(pc.invert(batch.column("low_information")), fill_value=False)
    for name in CODED:
        usable = pc.and_(usable, pc.is_valid(batch.column(name)))
    places = pa.array(np.arange(place, place + batch.num_rows))
    return batch.append_column("place", places).filter(usable)


def gather_codes(batches: Iterable[pa.RecordBatch], least_quality: int) -> Coded:
    """The pictures of batches ``with_codes``; a PDQ hash of less quality than ``least_quality`` is not reliable."""
    chunks: list[NDArray[np.uint8]] = []
    names: list[list[NDArray[np.uint8]]] = [[], [], []]
    places, owners, trusted, rows = [], [], [], 0
    for batch in batches:
        views = views_of(batch)
        chunks.append(views.forms)
        for kept, column in zip(names, ("sample_id", "pixel_id", "phash"), strict=True):
            kept.append(fixed_bytes(batch.column(column)).copy())
        places.append(batch.column("place").to_numpy().copy())
        owners.append(views.row + rows)
        trusted.append(views.quality >= least_quality)
        rows += batch.num_rows
    if not chunks:
        return Coded(_NONE, np.zeros((0, 1), np.uint64), _NONE, (np.zeros((0, 32 * FORMS), np.uint8),), _NONE)
    sample_id, pixel_id, phash = (np.concatenate(kept) for kept in names)
    first = first_of_equal_pixels(sample_id, pixel_id)
    number = np.full(rows, -1)
    number[first] = np.arange(len(first))
    picture = number[np.concatenate(owners)]
    at = np.flatnonzero(np.concatenate(trusted) & (picture >= 0))
    at = at[np.argsort(picture[at], kind="stable")]
    return Coded(np.concatenate(places)[first], _words(phash[first]), picture[at], tuple(chunks), at)


_NONE = np.zeros(0, np.int64)


def first_of_equal_pixels(sample_id: NDArray[np.uint8], pixel_id: NDArray[np.uint8]) -> Index:
    """Rows in order of sample_id, of those with one pixel_id the first only."""
    order = sort_rows(_words(sample_id))
    pixels = _words(pixel_id[order])
    by_pixels = sort_rows(pixels)
    new = np.ones(len(order), np.bool_)
    new[1:] = (pixels[by_pixels[1:]] != pixels[by_pixels[:-1]]).any(axis=1)
    return order[np.sort(by_pixels[new])]


def _words(octets: NDArray[np.uint8]) -> Codes:
    """uint64[n, w] of uint8[n, 8 * w], big-endian, so that order is kept."""
    return np.ascontiguousarray(octets).view(">u8").astype(np.uint64)
