"""Who runs a command, where, when and with what: told in ``run.json``, among what may differ between equal runs."""

from __future__ import annotations

import getpass
import platform
import re
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime

from cleanset import __version__

_SIGN_IN = re.compile(r"(?<=://)[^/?#\s]*@")
"""Name and password in an address."""
_SECRET = re.compile(r"((?:password|secret|token|api[-_]?key)[\w-]*[= ])\S+", re.IGNORECASE)


def describe_invocation(command: Sequence[str]) -> dict[str, str]:
    """The command as it was given, without passwords, and its surroundings."""
    told = _SECRET.sub(r"\1…", _SIGN_IN.sub("", shlex.join(["cleanset", *command])))
    return {
        "by": _user(),
        "host": platform.node(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": told,
        "cleanset": __version__,
        "python": platform.python_version(),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"
