"""SSCD (Pizzi et al. 2022), from the TorchScript files that its authors publish; cleanset brings none."""

from __future__ import annotations

from pathlib import Path

import torch

from cleanset.embeddings.model import Identity
from cleanset.embeddings.models.choice import Choice
from cleanset.embeddings.models.digest import digest_files
from cleanset.embeddings.models.torch_runtime import (
    PRECISIONS,
    REFUSALS,
    TorchEmbedder,
    check_device,
    count_numbers,
    first_line,
)
from cleanset.embeddings.pixels import Preprocessing
from cleanset.errors import ConfigError

PREPROCESSING = Preprocessing(320, "bilinear", "squash", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""What its authors advise for batches: the whole picture squashed to 320 x 320, normalized as ImageNet."""
PROPOSES = 0.7


def load_sscd(choice: Choice) -> TorchEmbedder:
    """The embedder of ``sscd:FILE``.

    Raises:
        ConfigError: there is no such file, or it is no TorchScript of an embedder.
    """
    path = Path(choice.name.removeprefix("sscd:"))
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such file; correct the path")
    check_device(choice.device)
    try:
        module = torch.jit.load(str(path), map_location=choice.device).eval()
    except REFUSALS as error:
        raise ConfigError(f"{path}: is no TorchScript ({first_line(error)}); give SSCD's torchscript.pt") from None
    precision = PRECISIONS[choice.device]
    module = module.to(getattr(torch, precision))
    dim = count_numbers(module, PREPROCESSING, choice.device, str(path))
    identity = Identity(
        "sscd", "sscd", digest_files([path]), PREPROCESSING, dim, precision, choice.device, proposes=PROPOSES
    )
    return TorchEmbedder(module, identity)
