"""Views that copiers make of pictures, on the device that trains: crops, turns, tone, marks, margins, compression."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

_BLOCK = 8
BLACK, WHITE = 0.35, 0.6
"""Grounds are black up to the first share, white up to the second, else of any color."""


class Views:
    """Makes views of pictures ``float[n, 3, s, s]`` in 0 to 1; the same ones from one seed."""

    def __init__(self, seed: int, device: str) -> None:
        self._random = torch.Generator().manual_seed(seed)  # on the CPU: the same draws on every device
        self._device = device
        frequency, place = torch.arange(_BLOCK)[:, None], torch.arange(_BLOCK)[None]
        basis = torch.cos((2 * place + 1) * frequency * math.pi / (2 * _BLOCK)) * math.sqrt(2 / _BLOCK)
        basis[0] /= math.sqrt(2)
        self._cosines = basis.to(device)

    def reference(self, pictures: Tensor, side: int) -> Tensor:
        """The whole pictures, as references are embedded."""
        return functional.interpolate(pictures, (side, side), mode="bilinear", antialias=True)

    def copy(self, pictures: Tensor, side: int) -> Tensor:
        """Copies as they are found: each with some of all changes."""
        views = self._moved(pictures, side)
        views = self._toned(views)
        views = self._covered(views)
        views = self._framed(views, pictures)
        views = self._blurred(views)
        return self._compressed(views).clamp(0, 1)

    def _draw(self, n: int, low: float, high: float) -> Tensor:
        return (torch.rand(n, generator=self._random) * (high - low) + low).to(self._device)

    def _now_and_then(self, n: int, share: float, values: Tensor, usual: Tensor) -> Tensor:
        """The values for a share of the pictures, what is usual for the others."""
        return torch.where(self._draw(n, 0, 1) < share, values, usual)

    def _chosen(self, n: int, share: float) -> Tensor:
        """Ones for a share of the pictures, zeros for the others: ``float[n, 1, 1, 1]``."""
        return (self._draw(n, 0, 1) < share).float()[:, None, None, None]

    def _color(self, n: int) -> Tensor:
        """A plain color for each: black, white or any."""
        kind, color = self._draw(n, 0, 1)[:, None], torch.rand((n, 3), generator=self._random).to(self._device)
        light = torch.where(kind < WHITE, torch.ones_like(color), color)
        return torch.where(kind < BLACK, torch.zeros_like(color), light)[:, :, None, None]

    def _moved(self, pictures: Tensor, side: int) -> Tensor:
        """A part of each picture, turned and mirrored; outside of it a color."""
        n = len(pictures)
        scale = self._now_and_then(n, 0.6, self._draw(n, 0.35, 1), torch.ones(n, device=self._device))
        stretch = torch.exp(self._draw(n, -0.25, 0.25))
        quarter = torch.randint(0, 4, (n,), generator=self._random).to(self._device) * (math.pi / 2)
        none = torch.zeros(n, device=self._device)
        angle = self._now_and_then(n, 0.3, self._draw(n, -0.5, 0.5), none) + self._now_and_then(n, 0.15, quarter, none)
        mirror = 1 - 2 * self._now_and_then(n, 0.35, torch.ones_like(none), none)
        right, down = ((1 - scale) * self._draw(n, -1, 1) for _ in range(2))
        cosine, sine = scale * angle.cos(), scale * angle.sin()
        across = torch.stack([cosine * stretch * mirror, -sine, right], 1)
        matrix = torch.stack([across, torch.stack([sine * mirror, cosine / stretch, down], 1)], 1)
        grid = functional.affine_grid(matrix, [n, 3, side, side], align_corners=False)
        moved = functional.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)
        inside = (grid.abs().amax(-1) <= 1)[:, None]
        return torch.where(inside, moved, self._color(n))

    def _toned(self, views: Tensor) -> Tensor:
        """Brightness, contrast, saturation, gamma and inversion."""
        n = len(views)
        spread = views.mean((1, 2, 3), keepdim=True)
        contrast = torch.exp(self._draw(n, -0.6, 0.4))[:, None, None, None]
        shift = self._draw(n, -0.15, 0.15)[:, None, None, None]
        toned = (views - spread) * contrast + spread + shift
        grey = toned.mean(1, keepdim=True)
        toned = grey + (toned - grey) * self._draw(n, 0, 1.4)[:, None, None, None]
        toned = toned.clamp(1e-3, 1).pow(torch.exp(self._draw(n, -0.5, 0.5))[:, None, None, None])
        toned = torch.where(self._chosen(n, 0.03) > 0, 1 - toned, toned)
        chosen = self._chosen(n, 0.6)
        return views * (1 - chosen) + toned * chosen

    def _covered(self, views: Tensor) -> Tensor:
        """Boxes and stripes of a color, as captions, logos and marks cover a picture."""
        n, side = len(views), views.shape[-1]
        line = (torch.arange(side, device=self._device) + 0.5) / side
        for share, width, height in ((0.35, 0.4, 0.12), (0.25, 0.2, 0.2), (0.1, 1.0, 0.2)):
            across = (line[None] - self._draw(n, 0, 1)[:, None]).abs() < self._draw(n, 0.03, width)[:, None] / 2
            down = (line[None] - self._draw(n, 0, 1)[:, None]).abs() < self._draw(n, 0.02, height)[:, None] / 2
            mark = (down[:, None, :, None] & across[:, None, None, :]).float() * self._chosen(n, share)
            mark = mark * self._draw(n, 0.4, 1)[:, None, None, None]
            views = views * (1 - mark) + self._color(n) * mark
        return views

    def _framed(self, views: Tensor, others: Tensor) -> Tensor:
        """The view smaller, on a color or on another picture."""
        n, side = len(views), views.shape[-1]
        ground = torch.where(
            self._chosen(n, 0.4) > 0, self.reference(others.roll(1, 0), side), self._color(n).expand_as(views)
        )
        size = torch.stack([self._draw(n, 1.0, 1.8), self._draw(n, 1.0, 1.8)], 1)
        place = (size - 1) * torch.stack([self._draw(n, -1, 1), self._draw(n, -1, 1)], 1)
        matrix = torch.cat([torch.diag_embed(size), place[:, :, None]], 2)
        grid = functional.affine_grid(matrix, list(views.shape), align_corners=False)
        placed = functional.grid_sample(views, grid, align_corners=False)
        inside = (grid.abs().amax(-1) <= 1)[:, None]
        chosen = self._chosen(n, 0.2) > 0
        return torch.where(chosen, torch.where(inside, placed, ground), views)

    def _blurred(self, views: Tensor) -> Tensor:
        """Smaller and larger again, and noise."""
        n, side = len(views), views.shape[-1]
        low = functional.interpolate(views, (side // 3, side // 3), mode="bilinear", antialias=True)
        low = functional.interpolate(low, (side, side), mode="bilinear")
        views = torch.where(self._chosen(n, 0.12) > 0, low, views)
        noise = torch.randn(views.shape, generator=self._random).to(self._device)
        return views + noise * self._draw(n, 0.01, 0.12)[:, None, None, None] * self._chosen(n, 0.2)

    def _compressed(self, views: Tensor) -> Tensor:
        """Rounded cosine coefficients of 8 x 8 blocks, coarser for finer detail, as JPEG has them."""
        n, _, height, width = views.shape
        blocks = views.reshape(n, 3, height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
        coefficients = torch.einsum("ua,ncxayb,vb->ncxuyv", self._cosines, blocks, self._cosines)
        detail = torch.arange(_BLOCK, device=self._device)
        step = torch.exp(self._draw(n, math.log(0.01), math.log(0.25)))[:, None, None, None, None, None]
        step = step * (1 + (detail[:, None] + detail[None])[None, None, None, :, None, :] / 3)
        rounded = torch.einsum(
            "ua,ncxuyv,vb->ncxayb", self._cosines, (coefficients / step).round() * step, self._cosines
        )
        return torch.where(self._chosen(n, 0.5) > 0, rounded.reshape(views.shape), views)
