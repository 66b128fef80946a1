"""PDQ: 256-bit perceptual hashes with their quality, in all eight orientations, for many pictures at once.

Definition: Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019, and the
reference implementation in ThreatExchange (pdq/cpp). Luma is blurred twice by a box and sampled at 64 x 64; of its
discrete cosine transform the coefficients 1 to 16 along each axis are kept (no constant term); a bit is set where one
is above their median.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cleanset.images.resample import FloatArray, tent
from cleanset.schemas import FORMS

SIDE = 64
KEPT = 16
BITS = KEPT * KEPT
BYTES = BITS // 8
SMALLEST = 5
"""A picture with a side below this many pixels has the hash 0 and the quality 0."""
_MEDIAN = BITS // 2 - 1
"""The lower of the two middle values, as the reference's ``torben`` takes it."""
AT_ONCE = 32
"""Pictures hashed at once: their coefficients stay in a processor's cache."""
_GRADIENT_SCALE = 90
MOST_QUALITY = 100


@dataclass(frozen=True, slots=True, eq=False)
class Hashes:
    """Hashes of n pictures, in their order.

    Attributes:
        forms: ``uint8[n, 8, 32]``, the hash of each dihedral form; form 0 is the picture as it is. The forms are, as in
            ``pdqhash.compute_dihedral``: original, rotated by 90, 180 and 270 degrees, flipped in X, in Y, along the
            diagonal and along the other diagonal. Most significant bit first: bit 255 (coefficient 16, 16) leads, as
            ThreatExchange prints a hash and ``pdqhash`` orders its vector.
        quality: ``uint8[n]``, 0 to 100.
    """

    forms: npt.NDArray[np.uint8]
    quality: npt.NDArray[np.uint8]


def _cosines() -> npt.NDArray[np.float64]:
    rows = np.arange(1, KEPT + 1)[:, None]
    columns = 2 * np.arange(SIDE) + 1
    return np.asarray(np.sqrt(2 / SIDE) * np.cos(np.pi / (2 * SIDE) * rows * columns), np.float64)


_COSINES = _cosines()
_STEPS = 1 << 16
"""Steps that a coefficient is rounded to: far above the error of a sum, far below what tells coefficients apart."""


def shrink(luma: FloatArray) -> FloatArray:
    """The picture that is hashed, ``float32[64, 64]``, from luma ``float32[h, w]``."""
    height, width = luma.shape
    if min(height, width) < SMALLEST:
        return np.zeros((SIDE, SIDE), np.float32)
    low = tent(height, SIDE) @ luma
    small: FloatArray = (tent(width, SIDE) @ np.ascontiguousarray(low.T)).T
    return small


def hash_pictures(pictures: FloatArray) -> Hashes:
    """Hashes of pictures ``float32[n, 64, 64]``."""
    hashes = Hashes(np.empty((len(pictures), FORMS, BYTES), np.uint8), np.empty(len(pictures), np.uint8))
    for start in range(0, len(pictures), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        hashes.forms[some] = _hashed_forms(pictures[some])
        hashes.quality[some] = _quality(pictures[some])
    return hashes


def _hashed_forms(pictures: FloatArray) -> npt.NDArray[np.uint8]:
    """Hashes ``uint8[n, 8, 32]``.

    Coefficients are rounded before they are compared, so that the order in which a processor adds them up decides no
    bit: those of a symmetric picture are exactly 0.
    """
    coefficients = np.rint(_STEPS * np.matmul(np.matmul(_COSINES, pictures.astype(np.float64)), _COSINES.T))
    forms = _forms(coefficients).reshape(-1, FORMS, BITS)
    medians = np.partition(forms, _MEDIAN, axis=2)[:, :, _MEDIAN, None]
    return np.packbits(forms > medians, axis=2, bitorder="little")[:, :, ::-1]


def _forms(coefficients: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Coefficients ``[n, 8, 16, 16]`` of the eight forms: a flip negates every other coefficient, a turn transposes."""
    odd = np.where(np.arange(KEPT) % 2, 1.0, -1.0)
    down, across = odd[:, None], odd[None, :]
    across_turned, down_turned = (coefficients * across).swapaxes(1, 2), (coefficients * down).swapaxes(1, 2)
    both = coefficients * down * across
    return np.stack(
        [
            coefficients,
            across_turned,
            both,
            down_turned,
            coefficients * down,
            coefficients * across,
            coefficients.swapaxes(1, 2),
            both.swapaxes(1, 2),
        ],
        axis=1,
    )


def _quality(pictures: FloatArray) -> npt.NDArray[np.uint8]:
    """The sum of the gradients between neighbours, each cut to whole percent of the range, divided by 90."""
    total = np.zeros(len(pictures), np.int64)
    for axis in (1, 2):
        steps = np.diff(pictures, axis=axis)
        steps *= np.float32(100)  # in place: fresh memory for each step would cost more than the step
        steps /= np.float32(255)
        np.abs(np.trunc(steps, out=steps), out=steps)
        total += steps.sum(axis=(1, 2)).astype(np.int64)  # whole numbers below 2**24: exact
    return np.minimum(total // _GRADIENT_SCALE, MOST_QUALITY).astype(np.uint8)
