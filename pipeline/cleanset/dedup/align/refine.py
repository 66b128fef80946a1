"""A rough way to lay one picture on another, made exact by Gauss-Newton steps on what tone and shadow leave."""

from __future__ import annotations

import numpy as np

from cleanset.dedup.align.sampling import Floats, lattice, mapped, read_at, smooth, without_light

POINTS = 24
"""Per side of the lattice in x that is compared."""
SMOOTHED = (3, 3, 3, 1, 1, 1)
"""How smooth the pictures are in each step: first so that a far start is drawn in, then for exactness."""
LONGEST_STEP = 0.1
DAMPING = 1e-3


def refined(x: Floats, y: Floats, maps: Floats) -> Floats:
    """float32[n, 2, 3]: the affine maps that lay y on x best near ``maps``: luma float32[n, 64, 64].

    Points that differ much, as those under an overlay, count little.
    """
    side, half = x.shape[1], np.float32(0.5)
    across, down = lattice(POINTS)
    at_x = [np.broadcast_to(v * side - half, (len(x), POINTS**2)) for v in (across, down)]
    plain_x, plain_y = without_light(x), without_light(y)
    smoothness = -1
    for wanted in SMOOTHED:
        if wanted != smoothness:
            smoothness = wanted
            seen_x = read_at(smooth(plain_x, wanted)[:, :, :, None], *at_x)[:, :, 0]
            seen_y = smooth(plain_y, wanted)
            slopes = np.gradient(seen_y, axis=(2, 1))
            planes = np.stack([seen_y, slopes[0] * side, slopes[1] * side], axis=3).astype(np.float32)
        maps = maps + _step(seen_x, planes, maps, across, down)
    return maps


def _step(seen_x: Floats, planes: Floats, maps: Floats, across: Floats, down: Floats) -> Floats:
    """What to add to the maps."""
    side, half = planes.shape[1], np.float32(0.5)
    u, v = mapped(maps, across, down)
    inside = (u > 0) & (u < 1) & (v > 0) & (v < 1)
    there = read_at(planes, u * side - half, v * side - half)
    differs = seen_x - there[:, :, 0]
    usual = 2 * np.median(np.abs(differs * inside), axis=1, keepdims=True) + np.float32(0.1)
    weight = (inside / (1 + (differs / usual) ** 2)).astype(np.float32)
    slope_u, slope_v = there[:, :, 1], there[:, :, 2]
    moves = np.stack([slope_u * across, slope_u * down, slope_u, slope_v * across, slope_v * down, slope_v], axis=2)
    weighed = (moves * weight[:, :, None]).transpose(0, 2, 1)
    normal = (weighed @ moves).astype(np.float64)
    wanted = (weighed @ differs[:, :, None]).astype(np.float64)
    damping = DAMPING * (np.trace(normal, axis1=1, axis2=2) / 6 + 1)
    normal += np.eye(6) * damping[:, None, None]
    step = np.linalg.solve(normal, wanted).reshape(-1, 2, 3)
    return np.asarray(np.clip(step, -LONGEST_STEP, LONGEST_STEP), np.float32)
