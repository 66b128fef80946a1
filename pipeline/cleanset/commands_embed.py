"""The commands that deal with embedders."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from cleanset.embeddings.models.choice import OWN
from cleanset.terminal import say

AUTO, NONE = "auto", "none"


def choose_embedder(options: argparse.Namespace) -> Any:  # noqa: ANN401 - its type is the field's
    """The embedder that the user names, or cleanset's own where its runtime is found; None for none.

    Raises:
        ConfigError: it cannot be loaded.
    """
    from cleanset.embeddings.models.choice import Choice
    from cleanset.embeddings.models.load import INSTALL, is_installed, load

    name = options.embedder
    if name == AUTO and not is_installed("onnxruntime"):
        say(f"cleanset: copies are found by hashes alone, since onnxruntime is not installed: {INSTALL['onnxruntime']}")
    if name == NONE or (name == AUTO and not is_installed("onnxruntime")):
        return None
    choice = Choice(OWN if name == AUTO else _absolute(name), options.device)
    load(choice)
    return choice


def _absolute(name: str) -> str:
    """The name with its path as every process finds it, whatever its folder."""
    if name == OWN or name.endswith(".onnx"):
        return name if name == OWN else str(Path(name).resolve())
    head, separator, path = name.rpartition("=" if "=" in name else ":")
    return f"{head}{separator}{Path(path).resolve()}" if separator and Path(path).exists() else name
