"""Training that may be stopped: the same seed, pictures and device give the same weights, stopped or not."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cleanset.embeddings.training.loss import copy_loss
from cleanset.embeddings.training.net import DIM, WIDTH, CopyNet, embed
from cleanset.embeddings.training.pictures import Pictures
from cleanset.embeddings.training.views import Views

CHECKPOINT, LOG = "checkpoint.pt", "log.csv"
COPIES = 2
"""Copies of each picture in a step, beside its reference."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, how large, how fast.

    Attributes:
        steps: in all.
        batch: pictures a step, three views each.
        side: of the views, in pixels, a multiple of 32.
        rate: of learning at its height; it rises for a while and falls to a hundredth along a cosine.
        decay: of weights.
        seed: of everything that is drawn.
        every: steps between checkpoints.
    """

    steps: int = 7300
    batch: int = 1024
    side: int = 160
    rate: float = 2e-3
    decay: float = 0.05
    seed: int = 0
    every: int = 200
    width: float = WIDTH
    dim: int = DIM

    def rate_at(self, step: int) -> float:
        """The learning rate of a step."""
        rise = min(1.0, (step + 1) / min(300, max(self.steps // 10, 1)))
        return self.rate * rise * (0.5 * (1 + math.cos(math.pi * step / self.steps)) * 0.99 + 0.01)


class Training:
    """Nets, optimizer and step, which a checkpoint holds whole."""

    def __init__(self, plan: Plan, device: str, out: Path) -> None:
        """As the checkpoint in ``out`` left it, or at the beginning."""
        torch.manual_seed(plan.seed)
        self.plan, self.device, self.out = plan, device, out
        self.net = CopyNet(plan.width, plan.dim).to(device)
        self.mean = torch.optim.swa_utils.AveragedModel(self.net, avg_fn=_lean, use_buffers=True)
        matrices = [p for p in self.net.parameters() if p.ndim > 1]
        others = [p for p in self.net.parameters() if p.ndim <= 1]
        weights: list[dict[str, Any]] = [
            {"params": matrices, "weight_decay": plan.decay},
            {"params": others, "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(weights, lr=plan.rate, betas=(0.9, 0.99))
        self.step = 0
        if (out / CHECKPOINT).exists():
            self._load()

    def run(self, pictures: Pictures, steps: int | None = None) -> CopyNet:
        """Trained to the end of the plan, or for so many steps more; the moving average of the net."""
        end = self.plan.steps if steps is None else min(self.plan.steps, self.step + steps)
        while self.step < end:
            loss = self._advance(pictures)
            if not math.isfinite(loss):
                raise FloatingPointError(f"step {self.step}: the loss is {loss}; a lower --rate helps")
            if self.step % self.plan.every == 0 or self.step == end:
                self._save(loss)
        averaged: CopyNet = self.mean.module
        return averaged

    def _advance(self, pictures: Pictures) -> float:
        """One step; what it draws depends on the seed and the step alone."""
        seed = self.plan.seed * 1_000_003 + self.step
        random = torch.Generator().manual_seed(seed)
        which = torch.randperm(len(pictures.samples), generator=random)[: self.plan.batch]
        with torch.no_grad():
            views, shown = self._views(pictures.take(which), Views(seed, self.device))
            group = pictures.groups[which.to(self.device)].repeat(COPIES + 1)
        for weights in self.optimizer.param_groups:
            weights["lr"] = self.plan.rate_at(self.step)
        self.net.train()
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.device != "cpu"):
            vectors = embed(self.net, views)
        loss = copy_loss(vectors, shown, group)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimizer.step()
        self.mean.update_parameters(self.net)
        self.step += 1
        return float(loss)

    def _views(self, sources: torch.Tensor, views: Views) -> tuple[torch.Tensor, torch.Tensor]:
        side, number = self.plan.side, torch.arange(len(sources), device=self.device)
        copies = [views.copy(sources, side) for _ in range(COPIES)]
        return torch.cat([views.reference(sources, side), *copies]), number.repeat(COPIES + 1)

    def _save(self, loss: float) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        state = {
            "step": self.step,
            "net": self.net.state_dict(),
            "mean": self.mean.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        unfinished = self.out / f".{CHECKPOINT}"
        torch.save(state, unfinished)
        unfinished.replace(self.out / CHECKPOINT)
        with (self.out / LOG).open("a", newline="") as file:
            csv.writer(file).writerow([self.step, f"{loss:.4f}", f"{self.plan.rate_at(self.step - 1):.6f}"])

    def _load(self) -> None:
        state = torch.load(self.out / CHECKPOINT, map_location=self.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.mean.load_state_dict(state["mean"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]


def _lean(averaged: torch.Tensor, current: torch.Tensor, seen: torch.Tensor | int) -> torch.Tensor:
    """The moving average: short at first, of some 500 steps later."""
    kept = min(0.998, (1 + float(seen)) / (20 + float(seen)))
    return averaged * kept + current * (1 - kept) if current.is_floating_point() else current
