"""A release: an immutable copy of what a run decided, dated, with a digest over everything, and signed where asked.

A release is a folder that reads like a run: ``manifest/``, ``claims/``, ``clusters/``, ``run.json``, and the credits
of what is kept in ``credits/``. ``release.json`` is written last and names every file with its size and SHA-256; a
folder without it is no release. Its ``digest`` is over those names, sizes and digests alone, so the same set has the
same digest on any day.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec

from cleanset import __version__
from cleanset.errors import ConfigError, RunError
from cleanset.manifest.read import open_record
from cleanset.manifest.record import RECORD
from cleanset.release.attribution import COLUMNS, read_notices, write_attribution
from cleanset.release.signature import SIGNATURE, Signer, sign, verify_signature
from cleanset.rights.book import LicenseBook
from cleanset.rundir import RunDirectory, open_whole

SEAL = "release.json"
CREDITS = "credits"
FOLDER = "releases"
"""Where releases of a run go, beside it, unless another place is named."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a release that is not as it was released."""

    path: str
    message: str


def make_release(run: RunDirectory, name: str, parent: Path, key: Path | None = None) -> dict[str, Any]:
    """``parent/name`` holds the release; the result is its ``release.json``.

    Args:
        run: a finished run, which stays as it is.
        name: what the release is called: letters, digits, ``.``, ``_`` and ``-``.
        parent: folder of all releases; made where it is not there.
        key: the private SSH key to sign with; None leaves the release unsigned.

    Raises:
        ConfigError: the name is none, or a release of that name is there: releases never change.
        RunError: the run has no manifest.
        SignatureError: the key cannot sign.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} cannot be the name of a release: use letters, digits, '.', '_' and '-', up to 64")
    record = open_record(run)
    folder = parent / name
    if (folder / SEAL).exists():
        raise ConfigError(f"{folder} is a release already, and releases never change; give another --name")
    folder.mkdir(parents=True, exist_ok=True)
    _empty(folder)
    for path in [*record["files"], RECORD]:
        _copy(run.path(path), folder / path)
    (folder / CREDITS).mkdir(exist_ok=True)
    manifest = run.read_table("manifest", COLUMNS)
    write_attribution(manifest, read_notices(run), folder / CREDITS, LicenseBook.load())
    files = {path: _describe(folder / path) for path in sorted(_files_below(folder))}
    seal = {
        "name": name,
        "released_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cleanset_version": __version__,
        "policy": {part: record["policy"][part] for part in ("name", "digest")},
        "counts": record["counts"],
        "digest": digest_of(files),
        "files": files,
    }
    text = (json.dumps(seal, indent=2, ensure_ascii=False) + "\n").encode()
    if key:
        (folder / SIGNATURE).write_bytes(sign(text, key))
    with open_whole(str(folder / SEAL)) as stream:
        stream.write(text)
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o444)
    return seal


def digest_of(files: dict[str, dict[str, Any]]) -> str:
    """SHA-256, in hex, over the canonical JSON of every file's name, size and digest."""
    return hashlib.sha256(json.dumps(files, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read_release(folder: Path) -> dict[str, Any]:
    """The ``release.json`` of a release.

    Raises:
        RunError: the folder holds none, or one that is not whole.
    """
    seal = RunDirectory(str(folder)).read_json(SEAL, needs="`cleanset release RUN --name V` makes a release")
    if not isinstance(seal, dict) or not isinstance(seal.get("files"), dict):
        raise RunError(f"{folder / SEAL}: names no files, so it is not the seal of a release")
    return seal


def verify_release(folder: Path, signer: Path | None = None) -> tuple[list[Problem], Signer | None]:
    """Everything in which the folder differs from what was released, and who signed it.

    Args:
        folder: the release.
        signer: a public SSH key that has to have signed it; None accepts any signature, or none.

    Raises:
        RunError: the folder is no release.
    """
    seal = read_release(folder)
    problems = [*_differing(folder, seal)]
    if digest_of(seal["files"]) != seal.get("digest"):
        problems.append(Problem(SEAL, "its digest is not that of the files that it names"))
    text = (folder / SEAL).read_bytes()
    signature = folder / SIGNATURE
    if not signature.exists():
        if signer:
            problems.append(Problem(SIGNATURE, "is not there: the release is unsigned"))
        return problems, None
    found = verify_signature(text, signature.read_bytes(), signer)
    if isinstance(found, str):
        problems.append(Problem(SIGNATURE, found))
        return problems, None
    return problems, found


def _differing(folder: Path, seal: dict[str, Any]) -> Iterator[Problem]:
    there = set(_files_below(folder))
    for path, expected in seal["files"].items():
        if path not in there:
            yield Problem(path, "is missing")
        elif (found := _describe(folder / path)) != expected:
            what = "bytes" if found["bytes"] != expected["bytes"] else "sha256"
            yield Problem(path, f"has changed: {what} {found[what]}, released with {expected[what]}")
    for path in sorted(there - set(seal["files"])):
        yield Problem(path, "was not released: it came later")


def _files_below(folder: Path) -> Iterator[str]:
    """Names of every file of a release, its seal and signature left out."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if not path.is_dir() and name not in (SEAL, SIGNATURE):
            yield name


def _empty(folder: Path) -> None:
    """What a release that was stopped midway left is gone."""
    for path in folder.rglob("*"):
        if not path.is_dir():
            path.unlink()


def _copy(source: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with fsspec.open(source, "rb") as stream, target.open("wb") as copy:
        shutil.copyfileobj(stream, copy, _BLOCK)


def _describe(path: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}
