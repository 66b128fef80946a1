"""Packages as archives: downloaded through apt-get and pip, read without installing or running anything."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from shutil import which
from urllib.parse import quote

from recipe import Package


class UnavailableError(Exception):
    """A package that cannot be had; the message says why, in one line."""


class NotOfferedError(UnavailableError):
    """A package that this system's sources do not have in any version; others may be there."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file or a link in an archive.

    Attributes:
        path: relative, with no part that climbs out.
        content: the bytes; None for a link.
        target: what a symbolic link points to; empty for a file.
    """

    path: str
    content: bytes | None
    target: str = ""


@dataclass(frozen=True, slots=True)
class Store:
    """Where archives are: folders that somebody prepared, and a cache that downloads go to."""

    cache: Path
    prepared: tuple[Path, ...] = ()

    def obtain(self, package: Package) -> Path:
        """The package's archive: from a prepared folder, else from the cache, else downloaded into the cache.

        Raises:
            UnavailableError: when it can be had in none of these ways.
        """
        for folder in [*self.prepared, self.cache]:
            found = sorted(folder.rglob(_file_pattern(package, package.version))) if folder.is_dir() else []
            if found:
                return found[0]
        download = _download_debian if package.registry == "debian" else _download_pypi
        return download(package, self.cache)


def control(archive: Path) -> Mapping[str, str]:
    """Fields of a Debian package's control file; none for a wheel."""
    if archive.suffix != ".deb":
        return {}
    lines = _run("dpkg-deb", "--field", str(archive), "Version", "Homepage", "Source").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def members(archive: Path) -> Iterator[Member]:
    """Every file and symbolic link of a .deb or a wheel, in the archive's order; unsafe names are left out."""
    read = _deb_members if archive.suffix == ".deb" else _wheel_members
    for member in read(archive):
        path = PurePosixPath(member.path)
        if not path.is_absolute() and ".." not in path.parts:
            yield Member(str(path), member.content, member.target)


def _deb_members(archive: Path) -> Iterator[Member]:
    command = [_tool("dpkg-deb"), "--fsys-tarfile", str(archive)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as unpack,
        tarfile.open(fileobj=unpack.stdout, mode="r|") as tar,
    ):
        for entry in tar:
            content = tar.extractfile(entry) if entry.isfile() else None
            if content:
                yield Member(entry.name, content.read())
            elif entry.issym():
                yield Member(entry.name, None, entry.linkname)


def _wheel_members(archive: Path) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as wheel:
        for entry in wheel.infolist():
            if not entry.is_dir():
                yield Member(entry.filename, wheel.read(entry))


def _file_pattern(package: Package, version: str) -> str:
    """A pattern for the archive's file name, as the two downloaders write it."""
    if package.registry == "debian":
        return f"{package.name}_{quote(version, safe='+~').lower()}_*.deb"
    return f"{package.name.replace('-', '_')}-{version}-*.whl"


def _download_debian(package: Package, cache: Path) -> Path:
    """The pinned version if apt offers it, else the current one, with a line that says so."""
    offered = _offered(package.name) or _offered_after_update(package.name)
    version = package.version if package.version in offered else offered[0]
    if version != package.version:
        _say(f"{package.name}: version {package.version} is gone, taking {version}")
        found = sorted(cache.glob(_file_pattern(package, version)))
        if found:
            return found[0]
    return _into(cache, [_tool("apt-get"), "--quiet=2", "download", f"{package.name}={version}"])


def _offered(name: str) -> list[str]:
    """The versions that apt's lists offer, newest first."""
    rows = _run("apt-cache", "madison", name).splitlines()
    return [row.split("|")[1].strip() for row in rows]


def _offered_after_update(name: str) -> list[str]:
    """The same after fetching apt's lists, if none were there yet."""
    if not any(Path("/var/lib/apt/lists").glob("*_Packages*")):
        if os.geteuid() != 0:
            raise UnavailableError("apt has no package lists yet: run `sudo apt-get update` once, then this again")
        _say("fetching apt's package lists")
        _run("apt-get", "--quiet=2", "update")
    offered = _offered(name)
    if not offered:
        raise NotOfferedError(f"{name}: this system's apt sources do not offer it")
    return offered


def _download_pypi(package: Package, cache: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    wheel_only = ["--only-binary", ":all:"]
    try:
        return _into(cache, [*pip, *wheel_only, f"{package.name}=={package.version}"])
    except UnavailableError:
        _say(f"{package.name}: version {package.version} is gone, taking the current one")
        return _into(cache, [*pip, *wheel_only, package.name])


def _into(cache: Path, command: list[str]) -> Path:
    """The one file that a downloader leaves in its working folder, moved into the cache when it is whole."""
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".download-", dir=cache) as folder:
        _run(*command, folder=folder)
        downloaded = next(f for f in Path(folder).iterdir() if f.suffix in {".deb", ".whl"})
        return downloaded.rename(cache / downloaded.name)


def _run(program: str, *arguments: str, folder: str | None = None) -> str:
    command = [_tool(program), *arguments]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise UnavailableError(f"`{Path(program).name} {' '.join(arguments)}` failed: {reason}")
    return done.stdout


def _tool(program: str) -> str:
    path = which(program)
    if not path:
        raise UnavailableError(
            f"{program} is not here: the corpus is made from Debian packages, on Debian or a relative of it"
        )
    return path


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
