import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.images.resample import box, lanczos_bands, tent

AXES = st.integers(1, 700)


def dense_lanczos(n: int) -> np.ndarray:
    matrix = np.zeros((32, n))
    for band in lanczos_bands(n, 32):
        rows = slice(band.first, band.first + band.weights.shape[1])
        matrix[rows, band.start : band.stop] = band.weights.T
    return matrix


def box_filter(n: int, width: int) -> np.ndarray:
    """The reference's moving average, written the slow way: cut off at both ends."""
    matrix = np.zeros((n, n))
    half = (width + 2) // 2
    for at in range(n):
        first, stop = max(0, at - (width - half)), min(n, at + half)
        matrix[at, first:stop] = 1 / (stop - first)
    return matrix


@given(AXES)
@settings(max_examples=30, deadline=None)
def test_tent_is_two_box_filters_and_a_decimation(n: int) -> None:
    twice = np.linalg.matrix_power(box_filter(n, -(-n // 128)), 2)
    sampled = twice[((np.arange(64) + 0.5) * n / 64).astype(int)]
    np.testing.assert_allclose(tent(n, 64).toarray(), sampled, atol=1e-6)


@given(AXES)
@settings(max_examples=30, deadline=None)
def test_every_map_keeps_a_constant(n: int) -> None:
    for matrix in (tent(n, 64).toarray(), box(n, 16).toarray(), dense_lanczos(n)):
        np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("n", [16, 32, 160])
def test_box_averages_equal_parts(n: int) -> None:
    values = np.arange(n, dtype=np.float32)
    np.testing.assert_allclose(box(n, 16) @ values, values.reshape(16, -1).mean(axis=1), rtol=1e-6)


def test_box_splits_a_pixel_between_two_parts() -> None:
    np.testing.assert_allclose(box(24, 16).toarray()[:2, :3], [[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]], rtol=1e-6)
