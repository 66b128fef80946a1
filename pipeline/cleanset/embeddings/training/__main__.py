"""``python -m cleanset.embeddings.training PICTURES --out DIR``: train, and export; the same command resumes."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from cleanset.embeddings.training.export import export
from cleanset.embeddings.training.pictures import read_pictures
from cleanset.embeddings.training.train import Plan, Training
from cleanset.errors import CleansetError

SIDE = 224
"""Of the pictures that are embedded, in pixels; training sees smaller ones."""


def main(argv: Sequence[str] | None = None) -> int:
    """Train to the end of the plan; ``OUT/model.onnx`` is what an embedder loads."""
    usual = Plan()
    parser = argparse.ArgumentParser(prog="make train", description=__doc__)
    parser.add_argument("pictures", type=Path, help="a folder of pictures that the model may be trained on")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=usual.steps)
    parser.add_argument("--batch", type=int, default=usual.batch)
    parser.add_argument("--side", type=int, default=usual.side)
    parser.add_argument("--rate", type=float, default=usual.rate)
    parser.add_argument("--seed", type=int, default=usual.seed)
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    plan = Plan(options.steps, options.batch, options.side, options.rate, seed=options.seed)
    try:
        net = Training(plan, device, options.out).run(read_pictures(options.pictures, SIDE, device))
    except CleansetError as error:
        print(f"make train: {error}", file=sys.stderr)  # noqa: T201 - messages are a program's trade
        return 2
    export(net, options.out / "model.onnx", SIDE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
