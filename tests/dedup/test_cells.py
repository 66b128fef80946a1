"""Thumbnails of transparent pictures must agree more closely than others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cleanset.config import MatchConfig
from cleanset.dedup.cells import CELLS, cells_agree

LIMITS = MatchConfig()


def _glyph(ink: tuple[int, int, int]) -> NDArray[np.uint8]:
    """A shape of one color on white, uint8[1, 256, 3]."""
    cells = np.full((CELLS, 3), 255, np.uint8)
    cells[np.random.default_rng(3).random(CELLS) < 0.3] = ink
    return cells[None]


def _agree(x: NDArray[np.uint8], y: NDArray[np.uint8], *, clear: bool) -> bool:
    answers = {bool(cells_agree(a, b, np.zeros(1, np.bool_), LIMITS, clear=clear)[0]) for a, b in ((x, y), (y, x))}
    (answer,) = answers
    return answer


def test_a_dark_and_a_light_theme_of_a_transparent_icon_are_two_pictures() -> None:
    dark, light = _glyph((40, 40, 40)), _glyph((190, 190, 190))
    assert _agree(dark, light, clear=False)
    assert not _agree(dark, light, clear=True)


def test_a_colored_and_a_grey_transparent_icon_are_two_pictures() -> None:
    red, grey = _glyph((220, 60, 60)), _glyph((107, 107, 107))
    assert _agree(red, grey, clear=False)
    assert not _agree(red, grey, clear=True)


def test_a_transparent_icon_and_its_slightly_noisy_copy_are_one_picture() -> None:
    icon = _glyph((220, 60, 60))
    noise = np.random.default_rng(4).integers(-4, 5, icon.shape)
    assert _agree(icon, np.clip(icon + noise, 0, 255).astype(np.uint8), clear=True)
