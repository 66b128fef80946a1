"""Margins of one color around a picture: borders, letterbox and pillarbox bars, the paper of a scan."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cleanset.images.resample import FloatArray

TOLERANCE = 10.0
"""Levels of luma, of 255, that a pixel of a margin may differ from the margin's color: JPEG leaves some noise."""
STRAY = 0.015
"""Share of a margin's row that may differ by more."""
ROWS_AT_ONCE = 16
ROUNDS = 2
"""The four sides are tried this often: bars within bars."""
LEAST_SIDE = 48
"""Pixels that a side must keep."""
LEAST_SHARE = 1 / 3
"""Share of each side that must be kept: less is a sign on plain ground rather than a framed picture."""
LEAST_AREA = 0.2
"""Share of the area that must be kept."""
MOST_AREA = 0.985
"""Where more of the area is kept, the whole picture is as good."""


class Box(NamedTuple):
    """Rows ``top`` to ``bottom`` and columns ``left`` to ``right``, the ends not included."""

    top: int
    bottom: int
    left: int
    right: int

    def scaled(self, down: float, across: float) -> Box:
        """The same part of a picture that has ``down`` times the rows and ``across`` times the columns."""
        return Box(
            round(self.top * down), round(self.bottom * down), round(self.left * across), round(self.right * across)
        )


def framed(luma: FloatArray) -> Box | None:
    """The part of luma ``float32[h, w]`` within margins of one color each.

    None where there is no margin worth the name, or too little within.
    """
    height, width = luma.shape
    box = Box(0, height, 0, width)
    for _ in range(ROUNDS):
        before = box
        for side in ("top", "bottom", "left", "right"):
            box = _without(luma, box, side)
        if box == before:
            break
    rows, columns = box.bottom - box.top, box.right - box.left
    share = rows * columns / (height * width)
    if share > MOST_AREA or share < LEAST_AREA or min(rows, columns) < LEAST_SIDE:
        return None
    return box if min(rows / height, columns / width) >= LEAST_SHARE else None


def _without(luma: FloatArray, box: Box, side: str) -> Box:
    """The box without the margin at one side."""
    part = luma[box.top : box.bottom, box.left : box.right]
    if not part.size:
        return box
    if side == "top":
        return box._replace(top=box.top + _margin(part))
    if side == "bottom":
        return box._replace(bottom=box.bottom - _margin(part[::-1]))
    if side == "left":
        return box._replace(left=box.left + _margin(part.T))
    return box._replace(right=box.right - _margin(part.T[::-1]))


def _margin(rows: FloatArray) -> int:
    """How many rows, from the first on, have the color that most of the first row has."""
    first = rows[0]
    color = np.partition(first, len(first) // 2)[len(first) // 2]
    most = STRAY * len(first)
    if np.count_nonzero(np.abs(first - color) > TOLERANCE) > most:
        return 0  # no margin, as most pictures have none
    for start in range(1, len(rows), ROWS_AT_ONCE):
        strays = np.abs(rows[start : start + ROWS_AT_ONCE] - color) > TOLERANCE
        many = strays.view(np.uint8).sum(axis=1, dtype=np.uint16) > most  # half the time of a sum of truth values
        if many.any():
            return start + int(many.argmax())
    return len(rows)
