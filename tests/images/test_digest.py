import numpy as np
import pytest
from PIL import Image

from cleanset.images.decode import decode
from cleanset.images.digest import pixel_id
from cleanset.images.limits import Limits
from pictures import encoded, photo


def identity(image: Image.Image, file_format: str = "PNG", **options: object) -> bytes:
    return pixel_id(decode(encoded(image, file_format, **options), Limits()))


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA"])
def test_equal_pixels_agree_across_formats(mode: str) -> None:
    image = photo(mode=mode)
    ids = {
        identity(image),
        identity(image, "PNG", compress_level=1),
        identity(image, "WEBP", lossless=True, exact=True),
        identity(image, "TIFF"),
        identity(image.convert("RGBA")),
    }
    if mode != "RGBA":
        ids |= {identity(image, "BMP"), identity(image.convert("RGB"))}
    assert len(ids) == 1


def test_one_pixel_one_color_or_one_transparency_makes_another_picture() -> None:
    image = photo(mode="RGBA")
    changed = np.asarray(image).copy()
    changed[5, 6, 0] ^= 1
    veiled = np.asarray(image).copy()
    veiled[5, 6, 3] ^= 1
    recolored = Image.fromarray(np.asarray(image)[:, :, [1, 2, 0, 3]])
    images = [image, Image.fromarray(changed), Image.fromarray(veiled), recolored, image.convert("RGB")]
    assert len({identity(i) for i in images}) == len(images)


def test_the_shape_counts_also_where_the_bytes_are_equal() -> None:
    assert identity(Image.new("RGB", (6, 4))) != identity(Image.new("RGB", (4, 6)))


def test_the_digest_is_pinned() -> None:
    assert identity(Image.new("RGB", (2, 1), (1, 2, 3))).hex() == "1e4967278f04e6ce319d7f0e5a2c942c"
