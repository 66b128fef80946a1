"""What the corpus is made of: ``packages.toml`` and ``small.csv`` as values."""

from __future__ import annotations

import csv
import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dep5 import Rewrite

HERE = Path(__file__).resolve().parent
PACKAGES = HERE / "packages.toml"
SMALL = HERE / "small.csv"
MIN_SIDE = 64


@dataclass(frozen=True, slots=True)
class Package:
    """One package by registry, name and version, and which of its images are wanted; packages.toml explains each."""

    registry: str
    name: str
    version: str
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    min_side: int = MIN_SIDE
    source_path: tuple[Rewrite, ...] = ()
    license: str = ""
    homepage: str = ""

    @property
    def label(self) -> str:
        """The name of its folder: unique over both registries."""
        return self.name if self.registry == "debian" else f"{self.registry}-{self.name}"

    @property
    def digest(self) -> str:
        """Changes whenever the entry does."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:12]

    def wants(self, installed_path: str) -> bool:
        """Whether the recipe takes an image at this path."""
        taken = not self.only or any(re.search(p, installed_path) for p in self.only)
        return taken and not any(re.search(p, installed_path) for p in self.never)


def read_packages(path: Path = PACKAGES) -> list[Package]:
    """The packages of the recipe, in its order."""
    return [_package(entry) for entry in tomllib.loads(path.read_text("utf-8"))["package"]]


def read_small(path: Path = SMALL) -> dict[str, dict[str, str]]:
    """The small fixed part: package label -> installed path -> SHA-256, hex."""
    wanted: dict[str, dict[str, str]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            wanted.setdefault(row["package"], {})[row["installed_path"]] = row["sha256"]
    return wanted


def _package(entry: dict[str, Any]) -> Package:
    return Package(
        registry=entry["registry"],
        name=entry["name"],
        version=entry["version"],
        only=tuple(entry.get("only", ())),
        never=tuple(entry.get("never", ())),
        min_side=entry.get("min_side", MIN_SIDE),
        source_path=tuple((pattern, replacement) for pattern, replacement in entry.get("source_path", ())),
        license=entry.get("license", ""),
        homepage=entry.get("homepage", ""),
    )
