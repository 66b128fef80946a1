"""Where ExifTool 13 is: the oracle of embedded metadata, in tests and benchmarks only."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from environments import MissingToolError

FOLDER = Path(__file__).resolve().parents[2] / "bench" / "environments" / "exiftool"
PACKAGE = "exiftool-vendored.pl@13"
INSTALL = f"npm install --prefix {FOLDER.relative_to(FOLDER.parents[2])} {PACKAGE}"
OLDEST = 13
"""Major version; earlier ones do not know PLUS data mining."""


def install_exiftool() -> Path:
    """ExifTool, installed from npm below ``bench/`` if it is not there.

    Raises:
        MissingToolError: npm is not on this machine, or did not bring it.
    """
    if found := find_exiftool():
        return found
    npm = shutil.which("npm")
    if npm is None:
        raise MissingToolError("npm is not on this machine")
    subprocess.run([npm, "install", "--silent", "--prefix", str(FOLDER), PACKAGE], check=True)
    if found := find_exiftool():
        return found
    raise MissingToolError(f"{PACKAGE} brought no ExifTool of version {OLDEST}")


def find_exiftool() -> Path | None:
    """ExifTool of at least version 13: named by $CLEANSET_EXIFTOOL, installed below ``bench/``, or on the path."""
    vendored = FOLDER / "node_modules" / "exiftool-vendored.pl" / "bin" / "exiftool"
    for candidate in (os.environ.get("CLEANSET_EXIFTOOL"), str(vendored), shutil.which("exiftool")):
        if candidate and Path(candidate).is_file():
            answer = subprocess.run([candidate, "-ver"], capture_output=True, text=True, check=False).stdout
            if answer.partition(".")[0].strip().isdigit() and int(answer.partition(".")[0]) >= OLDEST:
                return Path(candidate)
    return None
