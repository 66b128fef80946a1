from __future__ import annotations

import numpy as np
import pytest

from cleanset.embeddings.models.choice import Choice
from cleanset.embeddings.models.load import load
from cleanset.images.decode import Picture
from embedding import measure
from pictures import photo

pytest.importorskip("onnxruntime", reason="pip install 'cleanset[embed]'")


def test_the_benchmark_counts_every_picture_once_in_both_passes() -> None:
    pictures = [Picture("PNG", 96, 64, np.asarray(photo(seed=seed))) for seed in range(3)]
    ticks = iter(range(1000))
    cost = measure(load(Choice()), pictures, lambda: float(next(ticks)))
    assert (cost.bare, cost.whole, cost.ratio) == (1 / 3, 1 / 3, 1.0)
