"""Pictures too flat for a perceptual hash to mean anything."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cleanset.images.resample import FloatArray

FLAT_DEVIATION = 2.0
LEAST_PDQ_QUALITY = 5


def low_information(pictures: FloatArray, pdq_quality: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Whether each of pictures ``float32[n, 64, 64]`` is too flat for its hashes; they are matched exactly only."""
    deviation = pictures.std(axis=(1, 2))
    flat: npt.NDArray[np.bool_] = (deviation < FLAT_DEVIATION) | (pdq_quality < LEAST_PDQ_QUALITY)
    return flat
