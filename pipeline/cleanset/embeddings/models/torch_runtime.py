"""Embedders that torch runs, on a CPU or a GPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cleanset.embeddings.model import Identity, Vectors, unit
from cleanset.embeddings.models.choice import CPU, CUDA
from cleanset.embeddings.pixels import Preprocessing
from cleanset.errors import ConfigError
from cleanset.images.modes import OPAQUE, Pixels

BATCH = {CPU: 1, CUDA: 512}
"""Pictures at once. On a CPU one by one, so that a vector cannot depend on what stands beside it."""
PRECISIONS = {CPU: "float32", CUDA: "float16"}
REFUSALS = (OSError, RuntimeError, ValueError, KeyError, AttributeError, EOFError, TypeError)
"""What torch and those who build on it raise for files that are no weights, or weights of another architecture."""


class TorchEmbedder:
    """A module of torch that maps samples ``float[n, 3, side, side]`` to vectors.

    A batch that does not fit into the memory of a GPU is halved and tried again, and later ones are that small at once.
    """

    def __init__(self, module: Callable[[Any], Any], identity: Identity) -> None:
        """The module is on the identity's device, in its precision."""
        self._module = module
        self.identity = identity
        self.max_batch = BATCH[identity.device]
        how = identity.preprocessing
        shape, device = (1, 3, 1, 1), identity.device
        self._mean = torch.tensor(how.mean or (0.0, 0.0, 0.0), device=device).reshape(shape)
        self._std = torch.tensor(how.std or (1.0, 1.0, 1.0), device=device).reshape(shape)
        self._type = getattr(torch, identity.precision)
        if device == CPU:
            torch.set_num_threads(1)  # processes run beside each other, threads would wait for each other

    def __call__(self, pictures: Pixels) -> Vectors:
        """As ``Embedder`` says."""
        return unit(np.concatenate(list(in_halves(self._forward, pictures, _is_out_of_memory, self._shrink))))

    def _shrink(self, size: int) -> None:
        self.max_batch = min(self.max_batch, size)

    def _forward(self, pictures: Pixels) -> NDArray[np.float32]:
        with torch.inference_mode():
            raw = torch.from_numpy(np.ascontiguousarray(pictures))
            if self.identity.device != CPU:
                raw = raw.pin_memory().to(self.identity.device, non_blocking=True)
            samples = raw.permute(0, 3, 1, 2).float().div_(OPAQUE).sub_(self._mean).div_(self._std)
            return np.asarray(self._module(samples.to(self._type)).float().cpu().numpy(), np.float32)


def _is_out_of_memory(error: RuntimeError) -> bool:
    return isinstance(error, torch.cuda.OutOfMemoryError)


def in_halves(
    forward: Callable[[Pixels], NDArray[np.float32]],
    pictures: Pixels,
    does_not_fit: Callable[[RuntimeError], bool],
    shrink: Callable[[int], None],
) -> Iterator[NDArray[np.float32]]:
    """The vectors of the pictures, in order; a batch that does not fit is halved until it does.

    Raises:
        RuntimeError: another error, or a single picture that does not fit.
    """
    try:
        yield forward(pictures)
    except RuntimeError as error:
        if len(pictures) == 1 or not does_not_fit(error):
            raise
        half = (len(pictures) + 1) // 2
        shrink(half)
        yield from in_halves(forward, pictures[:half], does_not_fit, shrink)
        yield from in_halves(forward, pictures[half:], does_not_fit, shrink)


def check_device(device: str) -> None:
    """The device is there.

    Raises:
        ConfigError: it is not.
    """
    if device == CUDA and not torch.cuda.is_available():
        raise ConfigError("--device cuda: torch finds no GPU here; use --device cpu")


def count_numbers(module: Callable[[Any], Any], how: Preprocessing, device: str, named: str) -> int:
    """Numbers of the module's vector, by the vector of a black picture.

    Raises:
        ConfigError: what it gives is no vector.
    """
    black = torch.zeros(1, 3, how.side, how.side, device=device, dtype=getattr(torch, PRECISIONS[device]))
    try:
        with torch.inference_mode():
            shape: Sequence[int] = tuple(module(black).shape)
    except REFUSALS as error:
        raise ConfigError(f"{named}: cannot embed a picture ({first_line(error)}); give another file") from None
    if len(shape) != 2:  # noqa: PLR2004 - pictures and numbers
        raise ConfigError(f"{named}: gives {shape} for one picture, expected a vector; give another file")
    return int(shape[1])


def first_line(error: Exception) -> str:
    """What the error says, in one line."""
    return (str(error).strip() or type(error).__name__).partition("\n")[0]
