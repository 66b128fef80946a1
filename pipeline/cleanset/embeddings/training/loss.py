"""What training minimizes: views of one picture come together, and nearest strangers move apart (SSCD, 2022)."""

from __future__ import annotations

import torch
from torch.nn import functional

TEMPERATURE = 0.05
SPREAD = 10.0
"""Weight of the term that spreads vectors over the sphere; it makes one threshold serve everywhere."""


def copy_loss(vectors: torch.Tensor, picture: torch.Tensor, group: torch.Tensor) -> torch.Tensor:
    """The loss of views with vectors ``[v, dim]`` of length 1.

    ``picture[v]`` numbers the picture that a view shows: two views of one are a positive pair. ``group[v]`` numbers
    pictures that are the same but for scale or tone: of these, pairs are neither positive nor negative.
    """
    similarity = vectors @ vectors.T
    itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    positive = (picture[:, None] == picture[None]) & ~itself
    negative = group[:, None] != group[None]
    strangers = torch.logsumexp((similarity / TEMPERATURE).masked_fill(~negative, -1e4), dim=1, keepdim=True)
    share = positive / positive.sum(1, keepdim=True).clamp_min(1)
    together = (functional.softplus(strangers - similarity / TEMPERATURE) * share).sum(1).mean()
    nearest = similarity.masked_fill(~negative, -1).amax(1).clamp(max=1 - 1e-4)
    return together - SPREAD * (2 - 2 * nearest).sqrt().log().mean()
