"""A choice becomes an embedder in memory, and its runtime is imported."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from cleanset.embeddings.model import Embedder
from cleanset.embeddings.models.choice import OWN, Choice
from cleanset.errors import ConfigError

INSTALL = {"onnxruntime": "pip install 'cleanset[embed]'"}
"""What brings each runtime."""


def is_installed(module: str) -> bool:
    """Whether the runtime can be imported; it is not."""
    return find_spec(module) is not None


@cache
def load(choice: Choice) -> Embedder:
    """The embedder, once for each process.

    Raises:
        ConfigError: there is no such embedder, its runtime is not installed, or its files cannot be used.
    """
    if choice.name == OWN or choice.name.endswith(".onnx"):
        _need("onnxruntime", choice)
        from cleanset.embeddings.models.onnx import load_onnx

        return load_onnx(choice)
    raise ConfigError(f"--embedder {choice.name}: expected {OWN}, none, or FILE.onnx with FILE.toml beside it")


def _need(module: str, choice: Choice) -> None:
    if not is_installed(module):
        raise ConfigError(f"--embedder {choice.name} needs {module}, which is not installed: {INSTALL[module]}")
