import numpy as np
import pytest
from PIL import Image

from cleanset.images.thumbnail import shrink
from pictures import photo


@pytest.mark.parametrize("size", [(160, 96), (32, 16), (16, 16), (112, 240)])
def test_a_thumbnail_is_the_box_average(size: tuple[int, int]) -> None:
    image = photo(*size)
    expected = np.asarray(image.resize((16, 16), Image.Resampling.BOX)).astype(int)
    assert np.abs(shrink(np.asarray(image)) - expected).max() <= 1


def test_every_kth_row_of_a_tall_picture_is_enough() -> None:
    image = photo(320, 896)
    expected = np.asarray(image.resize((16, 16), Image.Resampling.BOX)).astype(int)
    difference = np.abs(shrink(np.asarray(image)) - expected)
    assert difference.mean() < 1
    assert difference.max() <= 8


def test_grey_is_spread_over_three_channels() -> None:
    grey = np.asarray(photo(mode="L"))[:, :, None]
    np.testing.assert_array_equal(shrink(grey), shrink(np.repeat(grey, 3, axis=2)))


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 20_000, 3), (20_000, 1, 4), (3, 2, 1)])
def test_a_picture_of_any_shape_has_a_thumbnail(shape: tuple[int, int, int]) -> None:
    assert shrink(np.full(shape, 200, np.uint8)).shape == (16, 16, 3)
