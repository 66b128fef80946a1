"""Releases: made once, the same for the same set, and every change to one is seen."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from cleanset.cli import main
from cleanset.release.version import SEAL, make_release, verify_release
from cleanset.rundir import RunDirectory


@pytest.fixture
def released(small_run: RunDirectory, tmp_path: Path) -> Path:
    make_release(small_run, "v1", tmp_path / "releases")
    return tmp_path / "releases" / "v1"


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """Two private SSH keys; beside each lies its public one."""
    if not (program := shutil.which("ssh-keygen")):
        pytest.skip("signing needs ssh-keygen: install the package openssh-client")
    for name in ("ours", "theirs"):
        subprocess.run([program, "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    return tmp_path / "ours", tmp_path / "theirs"


def test_a_release_holds_what_the_run_decided_and_reads_like_a_run(small_run: RunDirectory, released: Path) -> None:
    copy = RunDirectory(str(released))
    for table in ("manifest", "claims", "clusters"):
        assert copy.read_table(table).equals(small_run.read_table(table))
    assert (released / "credits" / "attribution.txt").exists()
    assert verify_release(released) == ([], None)
    kept = small_run.read_table("manifest").to_pylist()
    sample = next(row["sample_id"] for row in kept if row["decision"] == "kept")
    assert main(["explain", str(released), sample]) == 0


def test_the_same_set_has_the_same_digest_under_any_name(small_run: RunDirectory, tmp_path: Path) -> None:
    first, second = (make_release(small_run, name, tmp_path) for name in ("a", "b"))
    assert first["digest"] == second["digest"]


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "v" * 65, "v 1"])
def test_a_name_that_is_no_plain_name_is_refused(
    small_run: RunDirectory, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["release", small_run.root, "--name", name, "--to", str(tmp_path)]) == 2
    assert "cannot be the name of a release" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_release_is_never_made_again(
    small_run: RunDirectory, released: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (released / SEAL).read_bytes()
    assert main(["release", small_run.root, "--name", "v1", "--to", str(released.parent)]) == 2
    assert "releases never change" in capsys.readouterr().err
    assert (released / SEAL).read_bytes() == before


def test_a_release_that_was_stopped_midway_is_no_release_and_is_made_anew(
    small_run: RunDirectory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "v1" / "manifest").mkdir(parents=True)
    (tmp_path / "v1" / "manifest" / "part-0.parquet").write_bytes(b"half")
    assert main(["verify", str(tmp_path / "v1")]) == 2
    assert "has no release.json" in capsys.readouterr().err
    make_release(small_run, "v1", tmp_path)
    assert verify_release(tmp_path / "v1") == ([], None)


def _damage_content(folder: Path) -> None:
    file = next((folder / "manifest").iterdir())
    file.chmod(0o644)
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)


def _lose_file(folder: Path) -> None:
    next((folder / "claims").iterdir()).unlink()


def _add_file(folder: Path) -> None:
    (folder / "manifest" / "part-9.parquet").write_bytes(b"")


def _edit_seal(folder: Path) -> None:
    _damage_content(folder)
    (folder / SEAL).chmod(0o644)
    seal = json.loads((folder / SEAL).read_text(encoding="utf-8"))
    name = next(name for name in seal["files"] if name.startswith("manifest"))
    seal["files"][name]["sha256"] = "0" * 64
    (folder / SEAL).write_text(json.dumps(seal), encoding="utf-8")


@pytest.mark.parametrize("change", [_damage_content, _lose_file, _add_file, _edit_seal])
def test_whatever_is_changed_in_a_release_is_found(
    released: Path, change: object, capsys: pytest.CaptureFixture[str]
) -> None:
    change(released)  # type: ignore[operator]
    assert main(["verify", str(released), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"]


def test_a_signature_tells_who_signed_and_holds_for_that_key_alone(
    small_run: RunDirectory, tmp_path: Path, keys: tuple[Path, Path]
) -> None:
    ours, theirs = keys
    make_release(small_run, "signed", tmp_path, ours)
    release = tmp_path / "signed"
    problems, signer = verify_release(release, Path(f"{ours}.pub"))
    assert not problems
    assert signer
    assert (signer.kind, signer.fingerprint[:7]) == ("ED25519", "SHA256:")
    assert verify_release(release, Path(f"{theirs}.pub"))[0]


def test_a_sealed_set_cannot_be_resealed_without_the_key(
    small_run: RunDirectory, tmp_path: Path, keys: tuple[Path, Path]
) -> None:
    make_release(small_run, "signed", tmp_path, keys[0])
    folder = tmp_path / "signed"
    (folder / SEAL).chmod(0o644)
    text = (folder / SEAL).read_text(encoding="utf-8")
    (folder / SEAL).write_text(text.replace('"name": "signed"', '"name": "others"'), encoding="utf-8")
    problems, signer = verify_release(folder)
    assert [problem.path for problem in problems] == ["release.json.sig"]
    assert signer is None


def test_a_release_without_a_signature_is_not_taken_for_a_signed_one(released: Path, keys: tuple[Path, Path]) -> None:
    problems, _ = verify_release(released, Path(f"{keys[0]}.pub"))
    assert [problem.message for problem in problems] == ["is not there: the release is unsigned"]


def test_a_run_with_findings_is_not_released(
    own_run: RunDirectory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(own_run.path("claims"))
    assert main(["release", own_run.root, "--name", "v1", "--to", str(tmp_path / "releases")]) == 2
    assert "cleanset audit" in capsys.readouterr().err
    assert not (tmp_path / "releases").exists()


def test_a_key_that_is_not_there_is_told_in_one_line(
    small_run: RunDirectory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["release", small_run.root, "--name", "v1", "--to", str(tmp_path), "--key", "/no/key"]) == 2
    assert capsys.readouterr().err.startswith("cleanset: /no/key: there is no such key")
    assert not (tmp_path / "v1" / SEAL).exists()
