import imagehash
import numpy as np
import pdqhash
import pytest
from PIL import Image

from cleanset.images import pdq, phash
from cleanset.images.luma import luma_of
from pictures import photo

SIZES = [(96, 64), (64, 64), (5, 7), (31, 33), (640, 480), (1, 40), (129, 700)]


def pixels_of(image: Image.Image) -> np.ndarray:
    return np.asarray(image).reshape(image.height, image.width, -1)


def grey_of(image: Image.Image) -> np.ndarray:
    """What imagehash hashes."""
    return np.asarray(image.convert("L")).astype(np.float32)


def float_luma_of(image: Image.Image) -> np.ndarray:
    """What pdqhash hashes."""
    return np.asarray(np.asarray(image.convert("RGB")) @ np.array([0.299, 0.587, 0.114]), np.float32)


@pytest.mark.parametrize("size", [size for size in SIZES if size[1] < 2 * phash.ROWS])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_phash_equals_imagehash_bit_for_bit(size: tuple[int, int], mode: str) -> None:
    images = [photo(*size, mode, seed) for seed in range(4)]
    small = np.array([phash.shrink(grey_of(image)) for image in images])
    assert [row.tobytes().hex() for row in phash.hash_pictures(small)] == [str(imagehash.phash(i)) for i in images]


@pytest.mark.parametrize("size", [(640, 480), (129, 700), (500, 2 * phash.ROWS)])
def test_phash_of_a_tall_picture_is_imagehash_but_for_two_bits(size: tuple[int, int]) -> None:
    images = [photo(*size, seed=seed) for seed in range(4)]
    ours = phash.hash_pictures(np.array([phash.shrink(grey_of(image)) for image in images]))
    theirs = np.array([np.packbits(imagehash.phash(image).hash.ravel()) for image in images])
    assert np.bitwise_count(ours ^ theirs).sum(axis=1).max() <= 2


@pytest.mark.parametrize("size", SIZES)
def test_pdq_equals_pdqhash_in_all_eight_forms(size: tuple[int, int]) -> None:
    images = [photo(*size, seed=seed) for seed in range(4)]
    hashes = pdq.hash_pictures(np.array([pdq.shrink(float_luma_of(image)) for image in images]))
    for image, forms, quality in zip(images, hashes.forms, hashes.quality, strict=True):
        expected, expected_quality = pdqhash.compute_dihedral(pixels_of(image))
        assert quality == expected_quality
        assert [form.tobytes() for form in forms] == [np.packbits(np.asarray(e, np.uint8)).tobytes() for e in expected]


def test_the_forms_of_a_turned_picture_are_the_forms_of_the_picture() -> None:
    image = photo(640, 640)
    turned = image.transpose(Image.Transpose.ROTATE_90)
    forms = pdq.hash_pictures(np.array([pdq.shrink(float_luma_of(i)) for i in (image, turned)])).forms
    distances = [int(np.bitwise_count(form ^ forms[1, 0]).sum()) for form in forms[0]]
    assert min(distances) <= 16
    assert sorted(distances)[1] > 60


def test_no_pictures_have_no_hashes() -> None:
    assert phash.hash_pictures(np.zeros((0, 32, 32), np.uint8)).shape == (0, 8)
    hashes = pdq.hash_pictures(np.zeros((0, 64, 64), np.float32))
    assert (hashes.forms.shape, hashes.quality.shape) == ((0, 8, 32), (0,))


def test_a_hash_does_not_depend_on_its_batch() -> None:
    grey = np.array([phash.shrink(grey_of(photo(seed=seed))) for seed in range(5)])
    small = np.array([pdq.shrink(float_luma_of(photo(seed=seed))) for seed in range(5)])
    np.testing.assert_array_equal(phash.hash_pictures(grey)[2:3], phash.hash_pictures(grey[2:3]))
    np.testing.assert_array_equal(pdq.hash_pictures(small).forms[2:3], pdq.hash_pictures(small[2:3]).forms)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
@pytest.mark.parametrize("size", [(96, 64), (640, 480)])
def test_luma_is_pillows_grey_and_pdqs_luma(size: tuple[int, int], mode: str) -> None:
    image = photo(*size, mode)
    luma = luma_of(pixels_of(image))
    assert np.abs(luma.whole - grey_of(image)).max() <= 1
    assert (luma.whole == grey_of(image)).mean() > 0.998
    assert np.abs(luma.exact - float_luma_of(image)).max() <= (0.01 if size == (96, 64) else 0.51)


@pytest.mark.parametrize("size", [(1100, 1030), (30_000, 3), (2, 20_000)])
def test_a_large_picture_is_averaged_before_it_is_hashed(size: tuple[int, int]) -> None:
    image = photo(*size)
    luma = luma_of(pixels_of(image))
    assert max(luma.whole.shape) <= 8192
    ours = phash.hash_pictures(phash.shrink(luma.whole)[None])[0]
    theirs = np.packbits(imagehash.phash(image).hash.ravel())
    assert np.bitwise_count(ours ^ theirs).sum() <= (2 if min(size) > 1000 else 16)
