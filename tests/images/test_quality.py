import numpy as np
import pytest
from PIL import Image

from cleanset.images.describe import describe_images
from cleanset.images.limits import Limits
from pictures import encoded, photo


def is_flat(image: Image.Image) -> bool:
    answer: bool = describe_images([encoded(image, "PNG")], Limits()).column("low_information")[0].as_py()
    return answer


def test_a_plain_picture_a_faint_one_and_a_tiny_one_carry_no_information() -> None:
    faint = 200 + np.random.default_rng(0).integers(0, 3, (100, 100), dtype=np.uint8)
    assert is_flat(Image.new("RGB", (64, 64), (200, 10, 10)))
    assert is_flat(Image.fromarray(faint))
    assert is_flat(photo(4, 40))


def test_a_shape_that_only_transparency_draws_carries_none_for_the_hashes() -> None:
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 255))
    image.putalpha(photo(64, 64, "L"))
    assert is_flat(image)


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_photograph_carries_information(mode: str) -> None:
    assert not is_flat(photo(mode=mode))
