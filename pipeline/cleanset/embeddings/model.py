"""What an embedder is: a function from pictures of one size to unit vectors, and the facts that decide its vectors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cleanset.embeddings.pixels import Preprocessing
from cleanset.images.modes import Pixels

Vectors = NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Identity:
    """All that decides the vectors of an embedder, as run.json and each file of vectors name it.

    Attributes:
        name: the folder of its vectors in a run: letters, digits, dots, dashes and underscores.
        kind: what runs it: ``onnx``, ``openclip`` or ``sscd``.
        weights: SHA-256 of the weights, hex.
        preprocessing: how a picture becomes its input.
        dim: numbers of a vector.
        precision: of its arithmetic: ``float32``, ``float16`` or ``bfloat16``.
        device: ``cpu``, ``cuda``.
        alone: two pictures whose cosine is at least this are one picture: measured at a false-positive rate below 1e-6.
            More than 1 where nothing was measured, so that a cosine alone never suffices.
        proposes: two pictures whose cosine is at least this are worth another look.
    """

    name: str
    kind: str
    weights: str
    preprocessing: Preprocessing
    dim: int
    precision: str = "float32"
    device: str = "cpu"
    alone: float = 2.0
    proposes: float = 0.75

    def digest(self) -> str:
        """SHA-256, in hex, of all that decides a vector: thresholds do not, which say how vectors are read."""
        described = {k: v for k, v in self.to_json().items() if k not in ("alone", "proposes")}
        return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Plain values, for a JSON document."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Identity:
        """The identity that ``to_json`` gave."""
        said = document["preprocessing"]
        preprocessing = Preprocessing(**{**said, "mean": tuple(said["mean"]), "std": tuple(said["std"])})
        return cls(**{**document, "preprocessing": preprocessing})


class Embedder(Protocol):
    """A model in memory.

    Attributes:
        identity: what decides its vectors.
        max_batch: pictures that it takes at once.
    """

    @property
    def identity(self) -> Identity:
        """What decides its vectors."""

    @property
    def max_batch(self) -> int:
        """Pictures that it takes at once."""

    def __call__(self, pictures: Pixels) -> Vectors:
        """Vectors ``float16[n, dim]`` of length 1 of pictures ``uint8[n, side, side, 3]``, n at most ``max_batch``.

        On a CPU a picture has the same vector whatever stands beside it.
        """


def unit(vectors: NDArray[np.float32]) -> Vectors:
    """Vectors ``[n, dim]`` at length 1, rounded to float16; a vector of zeros stays one."""
    lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors, dtype=np.float64))[:, None]
    scaled = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return np.asarray(scaled, np.float16)
