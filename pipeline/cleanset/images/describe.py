"""Everything that the bytes of an image say, as one row: the function that extract calls."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from cleanset.images import pdq, phash, quality, thumbnail, views
from cleanset.images.decode import Picture, decode
from cleanset.images.digest import pixel_id
from cleanset.images.limits import Limits, NoPictureError
from cleanset.images.luma import luma_of
from cleanset.images.modes import Pixels
from cleanset.images.resample import FloatArray
from cleanset.schemas import DESCRIPTION, Status, View


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """What is kept of a picture until its batch is hashed: about 18 kB, however large it was.

    Attributes:
        phash: ``uint8[32, 32]``.
        pdq: ``float32[64, 64]``.
        thumbnail: ``uint8[16, 16, 3]``.
        views: seen trimmed or on a background.
    """

    format: str
    width: int
    height: int
    pixel_id: bytes
    phash: Pixels
    pdq: FloatArray
    thumbnail: Pixels
    views: views.Views

    @property
    def whole(self) -> FloatArray:
        """``float32[64, 64]``: luma as an embedding sees the picture, on white where it is transparent."""
        return self.views.pdq[self.views.kinds.index(View.ON_WHITE)] if View.ON_WHITE in self.views.kinds else self.pdq


class _Refusal(NamedTuple):
    """What a ``NoPictureError`` said; the error itself holds the frames it passed, and so all images of the batch."""

    status: Status
    detail: str


def sketch(picture: Picture) -> Sketch:
    """The small arrays from which a picture's hashes are computed."""
    luma = luma_of(picture.pixels)
    return Sketch(
        picture.format,
        picture.width,
        picture.height,
        pixel_id(picture),
        phash.shrink(luma.whole),
        pdq.shrink(luma.exact),
        thumbnail.shrink(picture.pixels),
        views.further_views(picture.pixels, luma.exact),
    )


Onlooker = Callable[[Picture, bytes], None]
"""Sees each decoded picture and its ``pixel_id``, and keeps neither the picture nor its pixels."""


def describe_images(images: Sequence[bytes | None], limits: Limits, onlooker: Onlooker | None = None) -> pa.RecordBatch:
    """One row of ``schemas.DESCRIPTION`` for each image, in the order given.

    An image that gives no picture has its status, the reason, and nulls; None has the status ``missing``. One picture
    is in memory at a time, and the onlooker sees it then.
    """
    outcomes = [_outcome(image, limits, onlooker) for image in images]
    return _batch(outcomes)


def _outcome(image: bytes | None, limits: Limits, onlooker: Onlooker | None) -> Sketch | _Refusal:
    if image is None:
        return _Refusal(Status.MISSING, "there is no image")
    try:
        picture = decode(image, limits)
    except NoPictureError as error:
        return _Refusal(error.status, error.detail)
    sketched = sketch(picture)
    if onlooker is not None:
        onlooker(picture, sketched.pixel_id)
    return sketched


def _batch(outcomes: Sequence[Sketch | _Refusal]) -> pa.RecordBatch:
    sketches = [outcome for outcome in outcomes if isinstance(outcome, Sketch)]
    rows = _columns(sketches)
    place = iter(range(len(sketches)))
    indices = pa.array([next(place) if isinstance(o, Sketch) else None for o in outcomes], pa.int64())
    refusals = [outcome if isinstance(outcome, _Refusal) else None for outcome in outcomes]
    columns = {
        "status": pa.array([Status.OK if r is None else r.status for r in refusals], pa.string()),
        "detail": pa.array([None if r is None else r.detail for r in refusals], pa.string()),
        **{name: values.take(indices) for name, values in rows.items()},
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in DESCRIPTION.names], schema=DESCRIPTION.arrow)


def _columns(sketches: Sequence[Sketch]) -> dict[str, pa.Array]:
    """The columns that only a picture has, without nulls."""
    small = np.array([s.pdq for s in sketches], np.float32).reshape(-1, pdq.SIDE, pdq.SIDE)
    grey = np.array([s.phash for s in sketches], np.uint8).reshape(-1, phash.SIDE, phash.SIDE)
    hashes = pdq.hash_pictures(small)
    thumbnails = np.array([s.thumbnail for s in sketches], np.uint8)
    values = {
        "format": [s.format for s in sketches],
        "width": [s.width for s in sketches],
        "height": [s.height for s in sketches],
        "pixel_id": [s.pixel_id for s in sketches],
        "phash": _fixed(phash.hash_pictures(grey)),
        "pdq": _fixed(np.ascontiguousarray(hashes.forms[:, 0])),
        "pdq_quality": hashes.quality,
        "pdq_forms": _fixed(hashes.forms),
        "low_information": quality.low_information(small, hashes.quality),
        "luma": _fixed(thumbnail.rounded(np.array([s.whole for s in sketches], np.float32).reshape(small.shape))),
        "thumbnail": _fixed(thumbnails.reshape(-1, *thumbnail.SHAPE)),
        "views": _views(sketches),
    }
    schema = DESCRIPTION.arrow
    return {
        name: column if isinstance(column, pa.Array) else pa.array(column, schema.field(name).type)
        for name, column in values.items()
    }


def _fixed(rows: Pixels) -> pa.Array:
    """Rows ``uint8[n, ...]``, contiguous, as a column of fixed-size binary, without a copy."""
    kind = pa.binary(math.prod(rows.shape[1:]))
    return pa.FixedSizeBinaryArray.from_buffers(kind, len(rows), [None, pa.py_buffer(rows)])


def _views(sketches: Sequence[Sketch]) -> list[bytes]:
    """The column ``views``; a view too flat to be hashed is left out."""
    small = np.concatenate([views.NO_VIEWS.pdq, *(s.views.pdq for s in sketches)])
    hashes = pdq.hash_pictures(small)
    flat = quality.low_information(small, hashes.quality)
    thumbnails = (cells for s in sketches for cells in s.views.thumbnails)
    kinds = (kind for s in sketches for kind in s.views.kinds)
    packed = iter(
        b"" if flat[i] else bytes([kind, hashes.quality[i]]) + hashes.forms[i].tobytes() + cells.tobytes()
        for i, (kind, cells) in enumerate(zip(kinds, thumbnails, strict=True))
    )
    return [b"".join(next(packed) for _ in s.views.kinds) for s in sketches]
