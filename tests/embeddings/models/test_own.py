"""cleanset's own model, as it is shipped."""

from __future__ import annotations

import csv
import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from cleanset.embeddings.model import Vectors
from cleanset.embeddings.models.choice import Choice
from cleanset.embeddings.models.load import load
from cleanset.embeddings.pixels import model_input
from pictures import photo

pytest.importorskip("onnxruntime", reason="pip install 'cleanset[embed]'")
WEIGHTS = Path(__file__).resolve().parents[3] / "pipeline" / "cleanset" / "embeddings" / "weights"


def _embed(*images: Image.Image) -> Vectors:
    embedder = load(Choice())
    return embedder(np.stack([model_input(np.asarray(i), embedder.identity.preprocessing) for i in images]))


def test_its_identity_names_its_weights_and_its_card_names_both_forms() -> None:
    identity = load(Choice()).identity
    assert (identity.name, identity.dim, identity.preprocessing.side) == ("cleanset", 512, 224)
    assert identity.weights == hashlib.sha256((WEIGHTS / "cleanset.onnx").read_bytes()).hexdigest()
    assert identity.weights in (WEIGHTS / "CARD.md").read_text(encoding="utf-8")


def test_it_ships_in_less_than_20_megabytes_with_the_attribution_of_every_picture() -> None:
    assert sum(path.stat().st_size for path in WEIGHTS.iterdir()) < 20 << 20
    with (WEIGHTS / "data.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    stated = re.search(r"([\d,]+) pictures", (WEIGHTS / "CARD.md").read_text(encoding="utf-8"))
    assert stated is not None
    assert len(rows) == int(stated[1].replace(",", ""))
    assert all(row["license"] and row["author"] for row in rows)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 16])
def test_a_picture_has_the_same_vector_whatever_stands_beside_it(size: int) -> None:
    images = [photo(seed=seed) for seed in range(size)]
    alone = np.concatenate([_embed(image) for image in images])
    np.testing.assert_array_equal(_embed(*images), alone)


def test_a_crop_and_a_written_over_copy_stay_near_and_other_pictures_do_not() -> None:
    original = photo(300, 200, seed=1)
    crop = original.crop((40, 25, 270, 180))
    text = original.copy()
    ImageDraw.Draw(text).text((60, 90), "sample text", fill="white", font_size=40)
    vectors = _embed(original, crop, text, *(photo(300, 200, seed=seed) for seed in range(2, 12))).astype(np.float32)
    cosines = vectors[1:] @ vectors[0]
    assert cosines[:2].min() > cosines[2:].max() + 0.05
