from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from cleanset.embeddings.pixels import Preprocessing, model_input
from pictures import photo

BILINEAR = Preprocessing(32)


def test_the_whole_picture_is_squashed_as_pillow_does_it() -> None:
    image = photo(200, 90)
    expected = np.asarray(image.resize((32, 32), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(model_input(np.asarray(image), BILINEAR), expected)


def test_grey_becomes_rgb() -> None:
    grey = np.asarray(photo(mode="L"))[:, :, None]
    seen = model_input(grey, BILINEAR)
    assert seen.shape == (32, 32, 3)
    np.testing.assert_array_equal(seen, model_input(np.repeat(grey, 3, axis=2), BILINEAR))


def test_transparency_is_flattened_on_white() -> None:
    image = photo(mode="RGBA")
    white = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    seen, flat = (model_input(np.asarray(i), BILINEAR).astype(int) for i in (image, white))
    assert np.abs(seen - flat).max() <= 2


def test_a_color_behind_full_transparency_does_not_count() -> None:
    clear = np.zeros((40, 40, 4), np.uint8)
    clear[:, :, 0] = 200
    assert (model_input(clear, BILINEAR) == 255).all()


def test_crop_takes_the_middle_square() -> None:
    pixels = np.zeros((60, 180, 3), np.uint8)
    pixels[:, 60:120] = 255
    cropped, squashed = (model_input(pixels, Preprocessing(16, "bicubic", fit)) for fit in ("crop", "squash"))
    assert (cropped[:, 1:-1] == 255).all()  # the filter of a column at the edge sees beyond it
    assert (squashed[:, [2, -3]] == 0).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (3, 5)])
def test_a_picture_of_any_size_has_an_input(size: tuple[int, int]) -> None:
    for channels in (1, 3, 4):
        for how in (BILINEAR, Preprocessing(16, "bicubic", "crop")):
            assert model_input(np.full((*size, channels), 7, np.uint8), how).shape == (how.side, how.side, 3)
