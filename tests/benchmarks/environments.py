"""An environment of its own for cleanset and each peer, below ``bench/``: made when first asked for, then reused."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BENCH = HERE.parents[1] / "bench"
CZKAWKA = "12.0.2"


class MissingToolError(Exception):
    """A program that a peer is built with is not on this machine; the message says which."""


def python_of(name: str) -> Path:
    """The interpreter of the environment with ``requirements-NAME.txt`` installed."""
    folder = BENCH / "environments" / name
    requirements = HERE / f"requirements-{name}.txt"
    installed = folder / requirements.name
    python = folder / "bin" / "python"
    if not installed.is_file() or installed.read_bytes() != requirements.read_bytes():
        print(f"installing {name} into {folder}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(folder))
        _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements))
        shutil.copyfile(requirements, installed)
    return python


def czkawka() -> Path:
    """The program czkawka_cli, built from crates.io."""
    folder = BENCH / "environments" / f"czkawka-{CZKAWKA}"
    program = folder / "bin" / "czkawka_cli"
    if not program.is_file():
        print(f"building czkawka_cli {CZKAWKA} into {folder}: ten minutes on two cores", flush=True)
        _run("cargo", "install", "--quiet", "--locked", "--root", str(folder), "--version", CZKAWKA, "czkawka_cli")
    return program


def _run(program: str, *arguments: str) -> None:
    if not shutil.which(program):
        raise MissingToolError(f"{program} is not on this machine")
    subprocess.run([program, *arguments], check=True, cwd=HERE.parents[1])
