"""The training pictures: squashed to one size, in memory as bytes, with those that are the same in one group."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from cleanset.embeddings.pixels import Preprocessing, model_input
from cleanset.errors import InputError
from cleanset.images.decode import decode
from cleanset.images.limits import Limits, NoPictureError
from cleanset.images.modes import Pixels

SAME = 0.955
"""Correlation of 24 x 24 luma from which two pictures are one group: they are no negatives of each other."""
FLAT = 5.0
"""Added to the length of such luma, so that the noise of flat pictures does not correlate."""
_SIDE = 24


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """The pictures ``uint8[n, 3, side, side]`` and their groups ``int64[n]``."""

    samples: torch.Tensor
    groups: torch.Tensor

    def take(self, which: torch.Tensor) -> torch.Tensor:
        """Some of them, in 0 to 1."""
        return self.samples[which.to(self.samples.device)].float() / 255


def read_pictures(folder: Path, side: int, device: str) -> Pictures:
    """Every picture below the folder, ordered by path; files that are none are left out with a line in the log.

    Raises:
        InputError: fewer than two pictures lie there.
    """
    how, kept = Preprocessing(side), []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        try:
            kept.append(model_input(decode(path.read_bytes(), Limits()).pixels, how))
        except NoPictureError as refusal:
            logging.getLogger(__name__).warning("%s: left out, %s", path, refusal.detail)
    if len(kept) < 2:  # noqa: PLR2004 - a negative pair
        raise InputError(f"{folder}: holds {len(kept)} pictures, expected two or more; give a folder of pictures")
    samples = np.stack(kept)
    groups = torch.from_numpy(group_same(samples))
    return Pictures(torch.from_numpy(samples).permute(0, 3, 1, 2).contiguous().to(device), groups.to(device))


def group_same(samples: Pixels) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """A number for each picture, the same for pictures whose small luma correlate in some orientation."""
    small = torch.from_numpy(samples).permute(0, 3, 1, 2).float()
    small = torch.nn.functional.interpolate(small, (_SIDE, _SIDE), mode="bilinear", antialias=True).mean(1)
    small = small - small.mean((1, 2), keepdim=True)
    small = small / (small.flatten(1).norm(dim=1)[:, None, None] + FLAT)
    groups = np.arange(len(samples))
    for turns in range(4):
        for seen in (torch.rot90(small, turns, (1, 2)), torch.rot90(small.flip(2), turns, (1, 2))):
            near = (seen.flatten(1) @ small.flatten(1).T > SAME).nonzero().tolist()
            for a, b in near:
                if a < b and groups[a] != groups[b]:
                    groups[groups == groups[b]] = groups[a]
    return groups
