"""Works that are protected: nothing that shows one is kept, nor any copy of it, and the run says which and how near."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from audit.damage import edit_record, found, rewrite
from cleanset.cli import main
from cleanset.dedup import across
from cleanset.manifest.withheld import followed_by
from cleanset.pipelines.compare import compare_policies
from cleanset.rights.policy import load_policy
from cleanset.rundir import RunDirectory, file_digest
from pictures import photo
from runs import SAMPLES, curate, picture, write_shards
from transforms.test_graphs import rules


@pytest.fixture
def works(tmp_path: Path) -> Path:
    """A portfolio: pictures 1 and 12 of the run as their maker has them, and one that nobody took."""
    folder = tmp_path / "works"
    folder.mkdir()
    photo(seed=1).resize((300, 200)).save(folder / "hills.jpg", quality=70)
    Image.open(io.BytesIO(picture(12))).convert("RGB").save(folder / "everybody.webp", quality=80)
    photo(seed=900).save(folder / "elsewhere.png")
    return folder


def _decide(run: RunDirectory, *arguments: str) -> dict[str, dict[str, Any]]:
    """The rows of the run once it is decided, by caption."""
    assert main(["decide", run.root, "--workers", "1", *arguments]) == 0
    return {row["caption"]: row for row in run.read_table("manifest").to_pylist()}


def _products(run: RunDirectory) -> dict[str, str]:
    return run.digests("manifest", "claims", "clusters", "withheld")


def test_what_shows_a_work_is_dropped_with_all_its_copies_and_says_which_and_how_near(
    own_run: RunDirectory, works: Path
) -> None:
    before = _decide(own_run)
    after = _decide(own_run, "--protect", str(works))
    clusters = {before[caption]["cluster_id"] for caption in ("hills at dawn", "for everybody")}
    for caption, row in after.items():
        if row["cluster_id"] in clusters:
            assert row["decision"] == "dropped"
            assert "protected" in row["reasons"]
            assert any(text.startswith("protected: ") for text in row["trace"])
        elif caption != "changing":  # two rows have that caption
            assert row == before[caption]
    hills = next(text for text in after["hills at dawn"]["trace"] if text.startswith("protected: "))
    assert "hills.jpg" in hills or "hills" in hills
    assert "distance" in hills
    assert found(own_run) == set()
    (told,) = own_run.read_json("run.json", needs="")["protected"]
    assert told["works"] == 3


def test_without_the_option_everything_is_as_it_was(own_run: RunDirectory, works: Path) -> None:
    before = _products(own_run)
    _decide(own_run, "--protect", str(works))
    assert own_run.files("withheld")
    _decide(own_run)
    assert _products(own_run) == before
    assert not own_run.files("withheld")
    assert own_run.read_json("run.json", needs="")["protected"] == []


def test_a_run_of_the_works_serves_as_their_folder_and_bytes_depend_on_no_block_and_no_order(
    own_run: RunDirectory, works: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.png").write_bytes(picture(2))
    _decide(own_run, "--protect", str(works), "--protect", str(other))
    wanted, described = _products(own_run), own_run.read_json("run.json", needs="")["protected"]
    monkeypatch.setattr(across, "BLOCK", 2)
    monkeypatch.setattr("cleanset.manifest.withheld.BLOCK", 1)
    _decide(own_run, "--protect", str(other), "--protect", str(works))
    assert _products(own_run) == wanted
    assert own_run.read_json("run.json", needs="")["protected"] == described
    monkeypatch.undo()
    assert main(["extract", str(works), "--out", str(tmp_path / "extracted"), "--workers", "1"]) == 0
    (works / "hills.jpg").unlink()
    _decide(own_run, "--protect", str(tmp_path / "extracted"), "--protect", str(other))
    assert _products(own_run) == wanted


def test_curate_protects_too_and_decides_again_when_the_works_change(tmp_path: Path, works: Path) -> None:
    shards = write_shards(tmp_path / "shards")
    command = ["curate", str(shards), "--out", str(tmp_path / "run"), "--workers", "1"]
    run = RunDirectory(str(tmp_path / "run"))
    assert main([*command, "--protect", str(works)]) == 0
    first = run.read_json("run.json", needs="")
    assert first["counts"]["dropped"]["protected"] >= 2
    assert main([*command, "--protect", str(works)]) == 0
    assert run.read_json("run.json", needs="") == first
    (works / "hills.jpg").unlink()
    assert main([*command, "--protect", str(works)]) == 0
    assert run.read_json("run.json", needs="")["counts"]["kept"] > first["counts"]["kept"]
    plain = curate(shards, tmp_path / "plain")
    assert main(command) == 0
    assert _products(run) == _products(plain)


def test_an_audit_finds_a_protected_row_that_is_kept_after_all(own_run: RunDirectory, works: Path) -> None:
    _decide(own_run, "--protect", str(works))

    def keep(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            if row["reasons"] == ["protected"]:
                row.update(decision="kept", reasons=[])

    rewrite(own_run, "manifest", keep)
    assert "conclusions-follow-from-claims" in found(own_run)


def test_an_audit_finds_hits_that_were_taken_out(own_run: RunDirectory, works: Path) -> None:
    _decide(own_run, "--protect", str(works))
    (file,) = own_run.files("withheld")
    own_run.remove("withheld")
    place = own_run.place(file)
    files = own_run.read_json("run.json", needs="")["files"]
    assert files.pop(place)
    edit_record(own_run, "files", to=files)
    assert found(own_run)


def test_what_is_protected_enters_under_no_other_policy(own_run: RunDirectory, works: Path) -> None:
    (works / "ours.png").write_bytes(picture(2))
    sample = _decide(own_run)["not for sale"]["sample_id"]
    policies = load_policy("commercial"), load_policy("research-non-commercial")
    changed = compare_policies(own_run, *policies, rules())["sample_id"].to_pylist()
    assert sample in changed
    _decide(own_run, "--protect", str(works))
    assert sample not in compare_policies(own_run, *policies, rules())["sample_id"].to_pylist()


def test_a_copy_that_is_far_from_the_work_itself_follows_the_one_that_is_near() -> None:
    near = {"sample_id": b"\1" * 16, "reasons": ["protected"], "trace": ["read: x", "protected: shows the work a"]}
    far = {"sample_id": "02" * 16, "reasons": ["too-small"], "trace": ["protected: words of another rule"]}
    own, copy = followed_by([near, far])
    assert own is None
    assert copy == f"protected: the copy {'01' * 16} shows the work a"
    assert followed_by([far]) == [None]


@pytest.mark.parametrize(
    ("name", "words"), [("nothing", "no such file"), ("empty", "nothing to read"), ("broken", "no picture")]
)
def test_a_place_without_works_is_told_in_one_line_and_the_run_stays(
    own_run: RunDirectory, tmp_path: Path, name: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = file_digest(own_run.path("run.json"))
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    assert main(["decide", own_run.root, "--protect", str(tmp_path / name), "--workers", "1"]) == 2
    (line,) = (text for text in capsys.readouterr().err.splitlines() if "onnxruntime" not in text)
    assert words in line
    assert file_digest(own_run.path("run.json")) == before


def test_a_run_does_not_protect_itself(own_run: RunDirectory, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decide", own_run.root, "--protect", own_run.root]) == 2
    assert "is the run itself" in capsys.readouterr().err


def test_the_record_names_no_place_of_the_works(own_run: RunDirectory, works: Path) -> None:
    assert len(SAMPLES) == len(_decide(own_run, "--protect", str(works))) + 1
    record = own_run.read_json("run.json", needs="")
    record.pop("engine")
    assert str(works) not in json.dumps(record)


def test_works_without_the_vectors_of_the_run_are_told_of(
    own_run: RunDirectory, works: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnxruntime")
    _decide(own_run, "--protect", str(works))
    assert "have no vectors" not in capsys.readouterr().err
    assert main(["decide", own_run.root, "--protect", str(works), "--embedder", "none", "--workers", "1"]) == 0
    assert "1 of 1 protected sets have no vectors" in capsys.readouterr().err


def test_another_runner_writes_the_same_bytes(own_run: RunDirectory, works: Path) -> None:
    _decide(own_run, "--protect", str(works))
    wanted = _products(own_run)
    portable = ("--runner", "PortableRunner", "--", "--job_endpoint=embed", "--environment_type=LOOPBACK")
    _decide(own_run, "--protect", str(works), *portable)
    assert _products(own_run) == wanted


def test_a_work_that_is_a_part_of_a_picture_is_found_by_vectors(own_run: RunDirectory, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    whole = Image.open(io.BytesIO(picture(1, 192))).convert("RGB")
    (tmp_path / "part").mkdir()
    whole.crop((15, 10, 180, 120)).save(tmp_path / "part" / "work.jpg", quality=85)
    rows = _decide(own_run, "--protect", str(tmp_path / "part"))
    assert "protected" in rows["the same picture larger"]["reasons"]
    assert {row["detector"] for row in own_run.read_table("withheld").to_pylist()} == {"embedding"}
