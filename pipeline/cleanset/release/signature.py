"""Signatures with the user's own SSH key, made and checked by OpenSSH's ``ssh-keygen -Y`` (OpenSSH 8.1 or later).

SSH keys are what people have and guard already; anybody can check a signature with ``ssh-keygen`` alone:
``ssh-keygen -Y check-novalidate -n cleanset -s release.json.sig < release.json``. Format: PROTOCOL.sshsig of OpenSSH.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cleanset.errors import ConfigError

SIGNATURE = "release.json.sig"
_NAMESPACE = "cleanset"
_ANYBODY = "signer"
_PROGRAM = "ssh-keygen"
_GOOD = re.compile(r"Good \"cleanset\" signature .*?with (\S+) key (\S+)")


class SignatureError(ConfigError):
    """A key that cannot sign, or a machine without OpenSSH."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed: the kind of the key and its SHA-256 fingerprint, as ``ssh-keygen -l`` shows it."""

    kind: str
    fingerprint: str


def sign(text: bytes, key: Path) -> bytes:
    """The signature of the text by a private key, armored.

    Raises:
        SignatureError: there is no such key, it cannot sign, or OpenSSH is not installed.
    """
    if not key.is_file():
        raise SignatureError(f"{key}: there is no such key; `ssh-keygen -t ed25519 -f FILE` makes one")
    done = _ssh_keygen(["-Y", "sign", "-q", "-n", _NAMESPACE, "-f", str(key)], text)
    if done.returncode:
        raise SignatureError(f"{key}: cannot sign ({_said(done)})")
    return done.stdout


def verify_signature(text: bytes, signature: bytes, signer: Path | None) -> Signer | str:
    """Who signed the text; in words, why the signature does not hold.

    ``signer``: the public key that has to have signed; None for any.
    """
    with tempfile.TemporaryDirectory(prefix="cleanset-") as folder:
        file = Path(folder) / "signature"
        file.write_bytes(signature)
        command = ["-Y", "check-novalidate", "-n", _NAMESPACE, "-s", str(file)]
        if signer:
            allowed = Path(folder) / "allowed"
            allowed.write_text(f"{_ANYBODY} {_public(signer)}\n", encoding="utf-8")
            command = ["-Y", "verify", "-n", _NAMESPACE, "-s", str(file), "-f", str(allowed), "-I", _ANYBODY]
        done = _ssh_keygen(command, text)
    found = _GOOD.search(done.stdout.decode(errors="replace"))
    if done.returncode or not found:
        return f"does not hold{f' for {signer}' if signer else ''} ({_said(done)})"
    return Signer(found[1], found[2])


def _public(key: Path) -> str:
    try:
        return key.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SignatureError(f"{key}: is no public SSH key ({error})") from None


def _ssh_keygen(arguments: list[str], text: bytes) -> subprocess.CompletedProcess[bytes]:
    if not (program := shutil.which(_PROGRAM)):
        raise SignatureError("signing needs ssh-keygen of OpenSSH: install the package openssh-client")
    return subprocess.run([program, *arguments], input=text, capture_output=True, check=False)  # noqa: S603 - a fixed program; its arguments are files that the user named


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it gave no reason"
