"""A choice becomes an embedder in memory, and its runtime is imported."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from cleanset.embeddings.model import Embedder
from cleanset.embeddings.models.choice import OWN, Choice
from cleanset.errors import ConfigError

INSTALL = {
    "onnxruntime": "pip install 'cleanset[embed]'",
    "open_clip": "pip install 'cleanset[openclip]'",
    "torch": "pip install 'cleanset[sscd]'",
}
"""What brings each runtime."""
KNOWN = f"{OWN}, none, FILE.onnx, openclip:DIR, openclip:ARCHITECTURE=WEIGHTS or sscd:FILE"


def is_installed(module: str) -> bool:
    """Whether the runtime can be imported; it is not."""
    return find_spec(module) is not None


@cache
def load(choice: Choice) -> Embedder:
    """The embedder, once for each process.

    Raises:
        ConfigError: there is no such embedder, its runtime is not installed, or its files cannot be used.
    """
    if choice.address:
        from cleanset.embeddings.serving import ServedEmbedder

        return ServedEmbedder(choice.address)
    if choice.name == OWN or choice.name.endswith(".onnx"):
        _need("onnxruntime", choice)
        from cleanset.embeddings.models.onnx import load_onnx

        return load_onnx(choice)
    if choice.name.startswith("openclip:"):
        _need("open_clip", choice)
        from cleanset.embeddings.models.openclip import load_openclip

        return load_openclip(choice)
    if choice.name.startswith("sscd:"):
        _need("torch", choice)
        from cleanset.embeddings.models.sscd import load_sscd

        return load_sscd(choice)
    raise ConfigError(f"--embedder {choice.name}: expected {KNOWN}")


def _need(module: str, choice: Choice) -> None:
    if not is_installed(module):
        raise ConfigError(f"--embedder {choice.name} needs {module}, which is not installed: {INSTALL[module]}")
