"""Image towers of OpenCLIP: every architecture that it knows, with weights from a folder, a file, or a hub's tag.

Weights that are fed with another mean, size or activation than they were trained with give vectors without a word of
warning, and worse ones. So all of that is taken from the configuration of the checkpoint: ``open_clip_config.json`` in
its folder, or what OpenCLIP knows of a published tag. A bare file is taken where all published weights of its
architecture agree.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import open_clip
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
from cleanset.embeddings.pixels import RESAMPLING, Preprocessing
from cleanset.errors import ConfigError

CONFIG = "open_clip_config.json"
FITS = {"shortest": "crop", "squash": "squash"}
_OF_PICTURES = ("mean", "std", "interpolation", "resize_mode")
_WEIGHTS = (".safetensors", ".bin", ".pt", ".pth")


def load_openclip(choice: Choice) -> TorchEmbedder:
    """The embedder of ``openclip:DIR``, ``openclip:ARCHITECTURE=FILE`` or ``openclip:ARCHITECTURE=TAG``.

    Raises:
        ConfigError: there are no such weights, they are of another architecture, or nothing says how they are fed.
    """
    check_device(choice.device)
    named = choice.name.removeprefix("openclip:")
    try:
        model, digest = _create(named, choice.device)
    except REFUSALS as error:
        raise ConfigError(f"openclip:{named}: open_clip cannot load it ({first_line(error)})") from None
    how, precision = _preprocessing(model, named), PRECISIONS[choice.device]
    tower = model.visual.eval().to(getattr(torch, precision))

    def embed(samples: torch.Tensor) -> torch.Tensor:
        vectors = tower(samples)
        return vectors[0] if isinstance(vectors, tuple) else vectors

    dim = count_numbers(embed, how, choice.device, f"openclip:{named}")
    name = "openclip-" + re.sub(r"[^A-Za-z0-9.]+", "-", Path(named).name if Path(named).is_dir() else named)[:50]
    return TorchEmbedder(embed, Identity(name, "openclip", digest, how, dim, precision, choice.device))


def _create(named: str, device: str) -> tuple[Any, str]:
    """The model, and the digest of its weights."""
    if Path(named).is_dir():
        if not (Path(named) / CONFIG).is_file():
            raise ConfigError(f"{named}: has no {CONFIG}, which says how its weights are fed; save it beside them")
        files = [path for path in sorted(Path(named).iterdir()) if path.name == CONFIG or path.suffix in _WEIGHTS]
        return open_clip.create_model(f"local-dir:{named}", device=device), digest_files(files)
    architecture, _, weights = named.partition("=")
    if architecture not in open_clip.list_models():
        raise ConfigError(f"openclip:{named}: open_clip knows no architecture {architecture!r}; see its list_models()")
    if weights in open_clip.list_pretrained_tags_by_model(architecture):
        model = open_clip.create_model(architecture, weights, device=device, require_pretrained=True)
        return model, digest_state(model)
    if not Path(weights).is_file():
        raise ConfigError(f"openclip:{named}: {weights or 'nothing'} is neither a file nor a tag that open_clip knows")
    fed = _agreed(architecture, weights)
    model = open_clip.create_model(
        architecture,
        weights,
        device=device,
        require_pretrained=True,
        force_quick_gelu=fed.pop("quick_gelu"),
        force_preprocess_cfg=fed,
    )
    return model, digest_files([Path(weights)])


def _agreed(architecture: str, weights: str) -> dict[str, Any]:
    """How all published weights of an architecture are fed.

    Raises:
        ConfigError: they disagree, or there are none.
    """
    known = []
    for tag in open_clip.list_pretrained_tags_by_model(architecture):
        published = open_clip.get_pretrained_cfg(architecture, tag)
        fed = {name: published[name] for name in _OF_PICTURES}
        fed["quick_gelu"] = published.get("quick_gelu", False)
        if fed not in known:
            known.append(fed)
    if len(known) != 1:
        found = "no published weights" if not known else f"published weights that are fed in {len(known)} ways"
        raise ConfigError(
            f"{weights}: {architecture} has {found}, so a bare file does not say how it is fed; put it into a folder"
            f" with its {CONFIG}, and name the folder"
        )
    return dict(known[0])


def _preprocessing(model: Any, named: str) -> Preprocessing:  # noqa: ANN401 - one of many classes of open_clip
    """How pictures become the model's input, as its configuration says."""
    said = dict(model.visual.preprocess_cfg)
    size = said["size"] if isinstance(said["size"], int) else said["size"][0]
    if said["resize_mode"] not in FITS or said["interpolation"] not in RESAMPLING:
        what = f"{said['resize_mode']} by {said['interpolation']}"
        raise ConfigError(f"openclip:{named}: resizes pictures to the {what}, which cleanset does not do")
    mean, std = tuple(said["mean"]), tuple(said["std"])
    return Preprocessing(size, said["interpolation"], FITS[said["resize_mode"]], mean, std)


def digest_state(model: Any) -> str:  # noqa: ANN401 - as above
    """SHA-256, hex, over the weights that were loaded by a tag, by name."""
    digest = hashlib.sha256()
    for name, weights in sorted(model.visual.state_dict().items()):
        digest.update(name.encode())
        digest.update(weights.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
