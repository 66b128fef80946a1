"""A training at a small size, where torch and timm are installed: pip install 'cleanset[train]'."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from pictures import photo

for name in ("torch", "timm", "onnx", "onnxruntime"):
    pytest.importorskip(name, reason="pip install 'cleanset[train]'")
torch = import_module("torch")
onnxruntime = import_module("onnxruntime")
train, pictures, views, loss, export = (
    import_module(f"cleanset.embeddings.training.{name}") for name in ("train", "pictures", "views", "loss", "export")
)
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")
PLAN = train.Plan(steps=8, batch=6, side=64, rate=1e-3, every=3, width=0.5, dim=32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for seed in range(8):
        photo(seed=seed).save(folder / f"{seed}.png")
    photo(seed=0).resize((192, 128)).save(folder / "the-same-larger.png")
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_pictures_that_are_the_same_are_one_group(folder: Path) -> None:
    read = pictures.read_pictures(folder, 96, "cpu")
    assert read.samples.shape == (9, 3, 96, 96)
    assert read.groups.tolist()[0] == read.groups.tolist()[8]
    assert len(set(read.groups.tolist())) == 8


def test_views_are_pictures_again_and_the_same_from_one_seed(folder: Path) -> None:
    source = pictures.read_pictures(folder, 96, "cpu").take(torch.arange(9))
    first, again, other = (views.Views(seed, "cpu").copy(source, 64) for seed in (1, 1, 2))
    assert first.shape == (9, 3, 64, 64)
    assert (first.min() >= 0).item()
    assert (first.max() <= 1).item()
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_loss_is_least_where_views_of_one_picture_meet_and_strangers_do_not() -> None:
    number = torch.tensor([0, 1, 0, 1])
    apart, mixed = torch.eye(2).repeat(2, 1), torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    assert loss.copy_loss(apart, number, number) < loss.copy_loss(mixed, number, number)


def test_a_training_that_is_stopped_and_resumed_gives_the_same_weights(folder: Path, tmp_path: Path) -> None:
    read = pictures.read_pictures(folder, 96, "cpu")
    whole = train.Training(PLAN, "cpu", tmp_path / "whole").run(read)
    train.Training(PLAN, "cpu", tmp_path / "stopped").run(read, steps=5)
    resumed = train.Training(PLAN, "cpu", tmp_path / "stopped")
    assert resumed.step == 5
    for name, weights in resumed.run(read).state_dict().items():
        assert torch.equal(weights, whole.state_dict()[name]), name
    other = train.Training(replace(PLAN, seed=1), "cpu", tmp_path / "other").run(read)
    assert not torch.equal(other.proj.weight, whole.proj.weight)


def test_the_exported_model_gives_the_vectors_of_torch(folder: Path, tmp_path: Path) -> None:
    net = train.Training(PLAN, "cpu", tmp_path / "run").run(pictures.read_pictures(folder, 96, "cpu"), steps=2)
    export.export(net, tmp_path / "model.onnx", 64)
    samples = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    (vectors,) = session.run(None, {"image": samples})
    with torch.no_grad():
        expected = torch.nn.functional.normalize(
            export.rounded(net)(torch.from_numpy(samples).permute(0, 3, 1, 2) / 255), dim=1
        )
    assert np.abs(vectors - expected.numpy()).max() < 1e-4
