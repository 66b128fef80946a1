from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, REPOSITORY]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and "No module named pip" in done.stderr:
        pytest.skip("this environment has no pip to build a wheel with")
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("cleanset-*.whl")
    return built


def test_the_wheel_carries_the_license_book_once(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tables = {path.name for path in (REPOSITORY / "licenses").glob("*.csv")}
    assert tables == {Path(n).name for n in names if n.startswith("cleanset/licenses/") and n.endswith(".csv")}
    assert len(names) == len(set(names))
    assert "cleanset/licenses/policies/commercial.toml" in names
    assert "cleanset/py.typed" in names


def test_the_wheel_carries_the_model_its_card_and_its_attribution_in_less_than_20_megabytes(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        f"cleanset/embeddings/weights/{name}" for name in ("cleanset.onnx", "cleanset.toml", "CARD.md", "data.csv")
    } <= names
    assert wheel.stat().st_size < 20 << 20


def test_the_wheel_reads_its_own_book(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = "import sys; sys.path.insert(0, sys.argv[1]); import cleanset.cli; sys.exit(cleanset.cli.main(sys.argv[2:]))"
    command = [sys.executable, "-c", code, str(tmp_path), "license", "CC-BY-4.0"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "cc-by-4.0: Creative Commons Attribution 4.0 International" in done.stdout
