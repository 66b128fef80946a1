"""OpenCLIP and SSCD, with small weights made here. They run where torch is installed: with CUDA it takes 5.5 GB."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cleanset.embeddings.models.choice import Choice
from cleanset.embeddings.models.load import load
from cleanset.embeddings.pixels import Preprocessing
from cleanset.errors import ConfigError

torch = pytest.importorskip("torch", reason="pip install 'cleanset[openclip]'")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 8, "vocab_size": 64, "width": 16, "heads": 2, "layers": 1},
}
PICTURES = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)


def _folder(folder: Path, **fed: Any) -> Path:  # noqa: ANN401 - settings of open_clip
    """A folder as open_clip saves a model: weights and configuration."""
    open_clip = pytest.importorskip("open_clip", reason="pip install 'cleanset[openclip]'")
    folder.mkdir()
    (folder / "tiny.json").write_text(json.dumps(TINY))
    open_clip.add_model_config(folder / "tiny.json")
    torch.manual_seed(0)
    model = open_clip.create_model("tiny", load_weights=False)
    torch.save(model.state_dict(), folder / "open_clip_pytorch_model.bin")
    config = {"model_cfg": TINY, "preprocess_cfg": {"mean": [0.1] * 3, "std": [0.4] * 3, "size": [32, 32], **fed}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    (folder / "tiny.json").unlink()
    return folder


def test_openclip_is_fed_as_the_configuration_of_its_folder_says(tmp_path: Path) -> None:
    squashed = load(Choice(f"openclip:{_folder(tmp_path / 'a', interpolation='bilinear', resize_mode='squash')}"))
    assert squashed.identity.preprocessing == Preprocessing(32, "bilinear", "squash", (0.1,) * 3, (0.4,) * 3)
    cropped = load(Choice(f"openclip:{_folder(tmp_path / 'b', interpolation='bicubic', resize_mode='shortest')}"))
    assert cropped.identity.preprocessing == Preprocessing(32, "bicubic", "crop", (0.1,) * 3, (0.4,) * 3)
    assert squashed.identity.name == "openclip-a"
    assert squashed.identity.digest() != cropped.identity.digest()
    vectors = np.concatenate([squashed(picture[None]) for picture in PICTURES])
    assert vectors.shape == (5, 16)
    np.testing.assert_allclose(np.linalg.norm(vectors.astype(np.float32), axis=1), 1, atol=2e-3)


def test_the_activation_of_the_configuration_changes_the_vectors(tmp_path: Path) -> None:
    plain, quick = (_folder(tmp_path / name) for name in ("plain", "quick"))
    config = json.loads((quick / "open_clip_config.json").read_text())
    config["model_cfg"]["quick_gelu"] = True
    (quick / "open_clip_config.json").write_text(json.dumps(config))
    a, b = (load(Choice(f"openclip:{folder}"))(PICTURES[:1]) for folder in (plain, quick))
    assert not np.array_equal(a, b)


def test_weights_that_do_not_say_how_they_are_fed_are_refused(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "a")
    weights = folder / "open_clip_pytorch_model.bin"
    for name, told in {
        f"tiny={weights}": "tiny has no published weights, so a bare file does not say how it is fed",
        f"MobileCLIP-S9={weights}": "open_clip knows no architecture 'MobileCLIP-S9'",
        "ViT-B-32=nothing": "nothing is neither a file nor a tag",
        f"ViT-B-32={weights}": "open_clip cannot load it|published weights that are fed in",
        str(tmp_path): "has no open_clip_config.json",
    }.items():
        with pytest.raises(ConfigError, match=told) as error:
            load(Choice(f"openclip:{name}"))
        assert "\n" not in str(error.value)


def _sscd(path: Path) -> Path:
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 16, 16), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()
    )
    torch.jit.save(torch.jit.trace(net, torch.zeros(1, 3, 320, 320)), str(path))
    return path


def test_sscd_is_read_from_its_torchscript(tmp_path: Path) -> None:
    embedder = load(Choice(f"sscd:{_sscd(tmp_path / 'sscd.pt')}"))
    assert (embedder.identity.name, embedder.identity.dim, embedder.identity.preprocessing.side) == ("sscd", 8, 320)
    picture = np.random.default_rng(0).integers(0, 256, (1, 320, 320, 3), dtype=np.uint8)
    np.testing.assert_array_equal(embedder(picture), embedder(picture))


def test_a_file_that_is_no_torchscript_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "no.pt").write_bytes(b"no")
    for path, told in {tmp_path / "no.pt": "is no TorchScript", tmp_path / "gone.pt": "there is no such file"}.items():
        with pytest.raises(ConfigError, match=told) as error:
            load(Choice(f"sscd:{path}"))
        assert "\n" not in str(error.value)


def test_a_batch_that_does_not_fit_is_halved_in_order_and_stays_small() -> None:
    in_halves = importlib.import_module("cleanset.embeddings.models.torch_runtime").in_halves
    tried, sizes = [], []

    def forward(pictures: np.ndarray[Any, np.dtype[np.uint8]]) -> np.ndarray[Any, np.dtype[np.float32]]:
        tried.append(len(pictures))
        if len(pictures) > 2:
            raise torch.cuda.OutOfMemoryError("out of memory")
        return pictures.reshape(len(pictures), -1).astype(np.float32)

    def is_memory(error: RuntimeError) -> bool:
        return isinstance(error, torch.cuda.OutOfMemoryError)

    vectors = np.concatenate(list(in_halves(forward, PICTURES, is_memory, sizes.append)))
    np.testing.assert_array_equal(vectors, PICTURES.reshape(5, -1).astype(np.float32))
    assert tried == [5, 3, 2, 1, 2]
    assert sizes == [3, 2]
    with pytest.raises(RuntimeError, match="other"):
        list(in_halves(lambda _: (_ for _ in ()).throw(RuntimeError("other")), PICTURES, is_memory, sizes.append))
