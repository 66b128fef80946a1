"""Any ONNX file with a card beside it; the file is cleanset's own under another name."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from cleanset.embeddings.models.choice import Choice
from cleanset.embeddings.models.load import load
from cleanset.errors import ConfigError
from invoke import cleanset
from runs import write_shards

onnxruntime = pytest.importorskip("onnxruntime", reason="pip install 'cleanset[embed]'")
OWN = Path(__file__).resolve().parents[3] / "pipeline" / "cleanset" / "embeddings" / "weights" / "cleanset.onnx"
CARD = 'name = "mine"\nside = 224\noutput = "embedding"\nalone = 0.9\n'


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return Path(shutil.copy(OWN, tmp_path / "mine.onnx"))


def _refused(model: Path, card: str | None) -> str:
    if card is not None:
        model.with_suffix(".toml").write_text(card)
    with pytest.raises(ConfigError) as told:
        load(Choice(str(model)))
    assert "\n" not in str(told.value)
    return str(told.value)


def test_a_model_with_a_card_embeds_as_the_card_says(model: Path, tmp_path: Path) -> None:
    model.with_suffix(".toml").write_text(CARD)
    embedder = load(Choice(str(model)))
    assert (embedder.identity.name, embedder.identity.dim, embedder.identity.alone) == ("mine", 512, 0.9)
    picture = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), dtype=np.uint8)
    np.testing.assert_array_equal(embedder(picture), load(Choice())(picture))
    shards = write_shards(tmp_path / "shards")
    assert cleanset("extract", shards, "--out", tmp_path / "run", "--embedder", model, "--workers", "2").code == 0
    assert len(list((tmp_path / "run" / "embeddings" / "mine").iterdir())) == 2


@pytest.mark.parametrize(
    ("card", "told"),
    [
        (None, "mine.toml: is missing; it says how the model is fed"),
        ("side = ", "cannot be read as TOML"),
        ('name = "mine"', "side: Field required"),
        (CARD + "colour = 3", "colour: Extra inputs are not permitted"),
        (CARD.replace("mine", "../up"), "name: String should match pattern"),
        (CARD + "mean = [0.5, 0.5, 0.5]", "mean and std are given together"),
        (CARD.replace("embedding", "logits"), "its outputs are embedding; say which one"),
        (CARD.replace("224", "192"), "cannot be fed as its card says"),
    ],
)
def test_a_card_that_is_missing_or_wrong_is_told_in_one_line(model: Path, card: str | None, told: str) -> None:
    assert told in _refused(model, card)


def test_a_file_that_is_no_model_is_told_in_one_line(model: Path) -> None:
    model.write_bytes(b"no model")
    assert "onnxruntime cannot load it" in _refused(model, CARD)


def test_a_device_that_is_not_there_is_told() -> None:
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has a GPU")
    with pytest.raises(ConfigError, match=r"--device cuda: this onnxruntime has no CUDAExecutionProvider"):
        load(Choice(device="cuda"))
