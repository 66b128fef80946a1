"""A short vector of each view of a picture, the same for all of its eight orientations: what cells are made of.

The thumbnail's luma, standardized, is turned into its 8 x 8 lowest cosine coefficients. A mirror image changes only
their signs, a transposed one only their places, so |c_ij| + |c_ji| is the same for all orientations.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.fft import dct

from cleanset.dedup.columns import fixed_bytes
from cleanset.dedup.propose.cells import Floats, Index, Small, shrink
from cleanset.dedup.views import unpack
from cleanset.schemas import FORMS, THUMBNAIL_SIDE

DESCRIBED = ("thumbnail", "views")
"""Columns of ``schemas.FEATURES`` that are read here."""
SIDE = 8
DIM = SIDE * (SIDE + 1) // 2 - 1
NEAR = 0.97
"""Cosine of two descriptors above which their pictures are worth comparing: .93 of the 3,048 pairs that bands find in
the corpus, at .12 % of all pairs of views. At .985 it is .87 at .02 %, at .95 .97 at 1.9 %."""
_LUMA = np.array([77, 150, 29], np.float32)


def describe_views(batch: pa.RecordBatch) -> tuple[Index, Small]:
    """int64[m], the row of each view of a batch's pictures, and int8[m, 35]; needs ``DESCRIBED`` without nulls."""
    row, packed = unpack(batch.column("views"))
    thumbnails = np.concatenate([fixed_bytes(batch.column("thumbnail")), packed[:, 2 + 32 * FORMS :]])
    return np.concatenate([np.arange(batch.num_rows), row]), shrink(descriptors(thumbnails))


def descriptors(thumbnails: NDArray[np.uint8]) -> Floats:
    """float32[n, 35] of thumbnails uint8[n, 768]."""
    luma = thumbnails.reshape(-1, THUMBNAIL_SIDE, THUMBNAIL_SIDE, 3).astype(np.float32) @ _LUMA
    waves = np.abs(dct(dct(luma, axis=1, norm="ortho"), axis=2, norm="ortho")[:, :SIDE, :SIDE])
    i, j = np.triu_indices(SIDE)
    both = (waves[:, i, j] + waves[:, j, i])[:, 1:]
    return np.asarray(np.sqrt(np.rint(both)), np.float32)
