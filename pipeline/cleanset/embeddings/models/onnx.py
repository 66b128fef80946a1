"""Embedders that onnxruntime runs: cleanset's own, and any ONNX file with a card beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as refusals

from cleanset.embeddings.model import Identity, Vectors, unit
from cleanset.embeddings.models.card import Card, read_card
from cleanset.embeddings.models.choice import CPU, CUDA, OWN, Choice
from cleanset.embeddings.models.digest import digest_files
from cleanset.errors import ConfigError
from cleanset.images.modes import OPAQUE, Pixels

WEIGHTS = Path(__file__).resolve().parents[1] / "weights"
"""Where cleanset's own model lies."""

REFUSALS = (
    refusals.Fail, refusals.InvalidArgument, refusals.InvalidGraph, refusals.InvalidProtobuf, refusals.NoModel,
    refusals.NoSuchFile, refusals.NotImplemented, refusals.RuntimeException,
)  # fmt: skip
"""What onnxruntime raises for a file that it cannot run."""
PROVIDERS = {CPU: "CPUExecutionProvider", CUDA: "CUDAExecutionProvider"}
BATCH = {CPU: 1, CUDA: 256}
"""Pictures at once. On a CPU more are no faster, and one by one a vector cannot depend on what stands beside it."""


class OnnxEmbedder:
    """A session of onnxruntime with one thread: processes run beside each other, threads would wait for each other."""

    def __init__(self, path: Path, card: Card, device: str = CPU) -> None:
        """The model is in memory and has embedded one black picture.

        Raises:
            ConfigError: the file is no such model, or the device is not there.
        """
        self._path, self._card = path, card
        self._session = _open(path, device)
        self._input = self._session.get_inputs()[0]
        self._output = self._find_output()
        self.max_batch = BATCH[device]
        black = np.zeros((1, card.side, card.side, 3), np.uint8)
        try:
            shape = self._run(black).shape
        except REFUSALS as error:
            raise ConfigError(f"{path}: cannot be fed as its card says ({_first_line(error)}); correct it") from None
        if len(shape) != 2 or shape[0] != 1:  # noqa: PLR2004 - pictures and numbers
            raise ConfigError(f"{path}: output {self._output} of one picture has the shape {shape}, expected (1, n)")
        self.identity = Identity(
            card.name, "onnx", digest_weights(path), card.preprocessing, shape[1], "float32", device, card.alone,
            card.proposes,
        )  # fmt: skip

    def __call__(self, pictures: Pixels) -> Vectors:
        """As ``Embedder`` says."""
        return unit(self._run(pictures))

    def _run(self, pictures: Pixels) -> NDArray[np.float32]:
        fed = pictures if self._input.type == "tensor(uint8)" else self._normalized(pictures)
        (vectors,) = self._session.run([self._output], {self._input.name: fed})
        return np.asarray(vectors, np.float32)

    def _normalized(self, pictures: Pixels) -> NDArray[np.float32]:
        """Samples ``float[n, 3, side, side]`` as the card says."""
        samples = pictures.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(OPAQUE)
        if self._card.mean is not None and self._card.std is not None:
            mean, std = (np.array(v, np.float32).reshape(3, 1, 1) for v in (self._card.mean, self._card.std))
            samples = (samples - mean) / std
        return samples.astype(np.float16 if self._input.type == "tensor(float16)" else np.float32)

    def _find_output(self) -> str:
        names: list[str] = [output.name for output in self._session.get_outputs()]
        wanted = self._card.output or (names[0] if len(names) == 1 else None)
        if wanted is None or wanted not in names:
            raise ConfigError(f"{self._path}: its outputs are {', '.join(names)}; say which one as output in its card")
        return wanted


def _open(path: Path, device: str) -> Any:  # noqa: ANN401 - onnxruntime has no types
    if PROVIDERS[device] not in onnxruntime.get_available_providers():
        raise ConfigError(f"--device {device}: this onnxruntime has no {PROVIDERS[device]}; install onnxruntime-gpu")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors come as exceptions
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=[PROVIDERS[device]])
    except REFUSALS as error:
        raise ConfigError(f"{path}: onnxruntime cannot load it ({_first_line(error)}); give another file") from None


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def digest_weights(path: Path) -> str:
    """SHA-256, hex, of a model's file, and of the files of weights beside it that bear its name."""
    return digest_files([path, *sorted(p for p in path.parent.glob(f"{path.name}?*") if p.is_file())])


def load_onnx(choice: Choice) -> OnnxEmbedder:
    """The embedder of a file, or cleanset's own.

    Raises:
        ConfigError: as ``OnnxEmbedder``, or there is no card.
    """
    path = WEIGHTS / f"{OWN}.onnx" if choice.name == OWN else Path(choice.name)
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such model; correct the path")
    return OnnxEmbedder(path, read_card(path.with_suffix(".toml")), choice.device)
