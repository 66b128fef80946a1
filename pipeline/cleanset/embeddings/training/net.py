"""The net: MobileNetV4-conv-small, wider, generalized mean pooling, a linear map to the vector."""

from __future__ import annotations

import torch
from timm.models.mobilenetv3 import _gen_mobilenet_v4  # the public constructor has no width
from torch import nn
from torch.nn import functional

WIDTH, DIM = 1.5, 512
MEAN, STD = (0.46, 0.44, 0.41), (0.27, 0.265, 0.275)
"""Of the training pictures, by channel; the net normalizes its input itself."""


class CopyNet(nn.Module):
    """Vectors ``float[n, dim]``, not yet of length 1, of pictures ``float[n, 3, h, w]`` in 0 to 1."""

    def __init__(self, width: float = WIDTH, dim: int = DIM) -> None:
        super().__init__()
        self.body = _gen_mobilenet_v4("mobilenetv4_conv_small", channel_multiplier=width, num_classes=0)
        self.body.conv_head, self.body.norm_head = nn.Identity(), nn.Identity()
        self.p = nn.Parameter(torch.tensor(3.0))
        self.proj = nn.Linear(self.body.num_features, dim)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """As the class says; pooling stays in single precision, since powers overflow in half."""
        features = self.body.forward_features((pictures - self.mean) / self.std)
        with torch.autocast(pictures.device.type, enabled=False):
            pooled = features.float().clamp(min=1e-5).pow(self.p).mean((2, 3)).pow(1 / self.p)
            return self.proj(pooled)


def embed(net: nn.Module, pictures: torch.Tensor) -> torch.Tensor:
    """Vectors of length 1."""
    return functional.normalize(net(pictures).float(), dim=1)
