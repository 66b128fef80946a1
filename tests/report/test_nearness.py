"""Pictures held against a run: copies of what is in it are too close, others are not."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from cleanset.cli import main
from cleanset.dedup import across
from cleanset.rundir import RunDirectory
from pictures import photo
from runs import picture


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """A folder of pictures as a model might have made them: copies of pictures 1 and 2, and two of its own."""
    folder = tmp_path / "asked"
    folder.mkdir()
    (folder / "file.png").write_bytes(picture(1))
    Image.open(io.BytesIO(picture(1))).convert("RGB").save(folder / "jpeg.jpg", quality=60)
    photo(seed=2).resize((300, 200)).save(folder / "larger.webp", quality=80)
    photo(seed=2).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "mirrored.png")
    photo(seed=900).save(folder / "own.png")
    Image.new("RGB", (64, 64), (9, 9, 9)).save(folder / "flat.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    return folder


def _checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, dict[str, object]]]:
    capsys.readouterr()
    code = main(["check", *arguments, "--json", "--workers", "1"])
    return code, {Path(str(row["name"])).name: row for row in json.loads(capsys.readouterr().out)}


def test_copies_are_too_close_and_say_by_what_and_others_are_not(
    small_run: RunDirectory, asked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, rows = _checked(capsys, str(asked), "--against", small_run.root)
    assert code == 1
    close = {name.partition(".")[0] for name, row in rows.items() if row["too_close"]}
    assert close == {"file", "jpeg", "larger", "mirrored"}
    (exact,) = (row for name, row in rows.items() if name.startswith("file"))
    first = exact["nearest"][0]  # type: ignore[index]
    assert (first["detector"], first["distance"]) == ("content", 0)
    assert first["caption"] in {"hills at dawn", "the same file elsewhere"}
    assert first["license_concluded"]
    problems = {name.partition(".")[0]: str(row["problem"]) for name, row in rows.items() if row["problem"]}
    assert set(problems) == {"flat", "broken"}
    assert problems["flat"].startswith("too flat")


def test_a_folder_of_works_can_be_checked_against_and_nothing_near_is_exit_code_0(
    asked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    works = tmp_path / "works"
    works.mkdir()
    photo(seed=33).save(works / "work.png")
    code, rows = _checked(capsys, str(asked), "--against", str(works))
    assert code == 0
    assert not any(row["too_close"] for row in rows.values())
    photo(seed=900).resize((150, 100)).save(works / "ours.jpg", quality=70)
    code, rows = _checked(capsys, str(asked), "--against", str(works))
    assert code == 1
    assert [name.partition(".")[0] for name, row in rows.items() if row["too_close"]] == ["own"]


def test_the_cut_of_the_run_into_blocks_changes_nothing(
    small_run: RunDirectory, asked: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _checked(capsys, str(asked), "--against", small_run.root)
    monkeypatch.setattr(across, "BLOCK", 3)
    assert _checked(capsys, str(asked), "--against", small_run.root) == whole


def test_the_text_names_what_is_too_close_and_the_credit_that_is_due(
    small_run: RunDirectory, asked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(asked / "larger.webp"), "--against", small_run.root, "--workers", "1"]) == 1
    text = capsys.readouterr().out
    assert "too close" in text
    assert text.rstrip().endswith("1 pictures, 1 too close")


def test_a_place_that_is_neither_run_nor_images_is_told_in_one_line(
    asked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(asked), "--against", str(tmp_path / "nothing"), "--workers", "1"]) == 2
    assert "no such file or folder" in capsys.readouterr().err
