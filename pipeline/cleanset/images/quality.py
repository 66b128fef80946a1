"""Pictures too flat for a perceptual hash to mean anything."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cleanset.images.resample import FloatArray

FLAT_DEVIATION = 2.0
"""Standard deviation of luma, of 255, over PDQ's 64 x 64 picture."""
FEWEST_GRADIENTS = 5
"""PDQ quality. Flat by either measure are 0.8 % of 6,684 corpus images of the labeled pairs; 5 of 6 collisions of flat
pictures go away, the sixth having quality 9, and no labeled pair that should merge is lost. At quality 10 two are, at
PDQ's own 50 eleven of 1,734."""


def low_information(pictures: FloatArray, pdq_quality: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Whether each of pictures ``float32[n, 64, 64]`` is too flat for its hashes; they are matched exactly only."""
    deviation = pictures.std(axis=(1, 2))
    flat: npt.NDArray[np.bool_] = (deviation < FLAT_DEVIATION) | (pdq_quality < FEWEST_GRADIENTS)
    return flat
