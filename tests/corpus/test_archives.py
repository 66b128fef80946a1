"""Reading packages without trusting them."""

import zipfile
from pathlib import Path

import pytest

import archives
from recipe import Package, read_packages


def wheel(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"content")
    return path


def test_members_that_climb_out_or_are_absolute_are_left_out(tmp_path: Path) -> None:
    archive = wheel(tmp_path / "a-1.whl", "a/b.png", "../evil.png", "/etc/evil.png", "a/../../evil.png", "./c.png")
    assert [member.path for member in archives.members(archive)] == ["a/b.png", "c.png"]


def test_a_prepared_archive_is_found_by_name_and_version(tmp_path: Path) -> None:
    wanted = wheel(tmp_path / "scikit_image-0.26.0-cp311-any.whl", "a.png")
    wheel(tmp_path / "scikit_image-0.26.1-cp311-any.whl", "a.png")
    store = archives.Store(tmp_path / "cache", prepared=(tmp_path,))
    assert store.obtain(Package("pypi", "scikit-image", "0.26.0")) == wanted


def test_an_epoch_in_a_version_is_escaped_in_the_archives_name(tmp_path: Path) -> None:
    archive = tmp_path / "openclipart-png_1%3a0.18+dfsg-19_all.deb"
    archive.write_bytes(b"")
    assert archives.Store(tmp_path).obtain(Package("debian", "openclipart-png", "1:0.18+dfsg-19")) == archive


def test_a_machine_without_apt_is_told_so_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(archives.UnavailableError, match="made from Debian packages"):
        archives.Store(tmp_path).obtain(Package("debian", "gnome-backgrounds", "43.1-1"))


def test_the_recipe_has_every_package_once() -> None:
    labels = [package.label for package in read_packages()]
    assert len(set(labels)) == len(labels) >= 25
