"""On what a benchmark ran: processor, versions, commit, and which zlib Pillow inflates with."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from PIL import features

REPOSITORY = Path(__file__).resolve().parents[2]


def describe() -> str:
    """Two lines of Markdown."""
    hardware = f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"
    packages = ", ".join(f"{name} {version(name)}" for name in ("pillow", "pyarrow", "apache-beam"))
    zlib = f"zlib {features.version('zlib')}, linked to {_linked_zlib()}"
    return (
        f"{hardware}, Python {platform.python_version()}, {packages}; commit {_commit()}.  \n"
        f"Pillow decodes PNG with {zlib}; the ratios depend on it."
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _commit() -> str:
    """The commit's short id, with ``+`` when files of the package differ from it."""
    commit = _answer("git", "-C", str(REPOSITORY), "rev-parse", "--short", "HEAD") or "unknown"
    changed = _answer("git", "-C", str(REPOSITORY), "status", "--porcelain", "--", "pipeline", "licenses")
    return f"{commit}+" if changed else commit


def _linked_zlib() -> str:
    """What the loader finds for Pillow's libz: the system's, or one that the wheel brings."""
    from PIL import _imaging  # noqa: PLC0415 - only its file's name is wanted, and it is private

    lines = [line.strip() for line in _answer("ldd", str(_imaging.__file__)).splitlines() if "libz" in line]
    return " ".join(lines[0].split()[:3]) if lines else "no shared libz"


def _answer(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout.strip() if not done.returncode else ""


if __name__ == "__main__":
    sys.stdout.write(describe() + "\n")
