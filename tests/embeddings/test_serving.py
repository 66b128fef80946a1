from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from cleanset.config import ExtractConfig
from cleanset.embeddings.extract import embed_shard
from cleanset.embeddings.model import Vectors
from cleanset.embeddings.models.choice import Choice
from cleanset.embeddings.models.load import load
from cleanset.embeddings.serving import ServedEmbedder, serving
from cleanset.errors import WorkerError
from cleanset.features.workers import extract_shards
from cleanset.images.modes import Pixels
from cleanset.rundir import RunDirectory
from cleanset.shards.find import find_shards
from embeddings.vectors import IDENTITY
from runs import write_shards


class Failing:
    """A model that has no room for any picture."""

    identity = IDENTITY
    max_batch = 4

    def __call__(self, pictures: Pixels) -> Vectors:
        raise RuntimeError(f"no room for {len(pictures)}")


def _vectors(run: RunDirectory) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(run.path("embeddings", "cleanset")).iterdir()}


def test_processes_that_share_one_model_leave_the_bytes_of_those_that_have_their_own(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="pip install 'cleanset[embed]'")
    shards = find_shards([str(write_shards(tmp_path / "shards"))]).shards
    own, shared = (RunDirectory(str(tmp_path / name)) for name in ("own", "shared"))
    list(extract_shards(shards, partial(embed_shard, config=ExtractConfig(), run=own, choice=Choice()), 2))
    with serving(load(Choice()), Choice()) as choice:
        list(extract_shards(shards, partial(embed_shard, config=ExtractConfig(), run=shared, choice=choice), 2))
    assert _vectors(own) == _vectors(shared)


def test_what_the_model_raises_ends_the_workers_and_is_raised() -> None:
    def embed_one() -> None:
        with serving(Failing(), Choice()) as choice:
            served = ServedEmbedder(choice.address)
            assert (served.identity, served.max_batch) == (IDENTITY, 4)
            with pytest.raises(WorkerError, match="the process that embeds is gone"):
                served(np.zeros((2, 8, 8, 3), np.uint8))

    with pytest.raises(RuntimeError, match="no room for 2"):
        embed_one()


def test_an_address_where_nobody_serves_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="run the same command again"):
        ServedEmbedder(str(tmp_path / "nobody"))
