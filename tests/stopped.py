"""Run cleanset and stop it in the middle of a file: ``stopped.py WHAT PLACE COMMAND...``.

PLACE is a folder of the run. When the first file of it has been written and is not yet in its place, WHAT happens:
``kill`` ends the process that writes, ``kill-parent`` the one that started it, and ``interrupt`` sends Ctrl-C to all.
Workers read this file too when they start, so it holds in them as well.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import HasFileno

LONG = 60
"""Seconds that the writing then would take: nobody may wait for it."""


def stop_in_the_middle(what: str, place: str) -> None:
    """The next file below ``place`` is not finished."""
    sync = os.fsync

    def stop_or_sync(fd: int | HasFileno) -> None:
        file = Path(f"/proc/self/fd/{fd}").readlink()
        parent = multiprocessing.parent_process()
        if file.parent.name != place or file.stat().st_size == 0 or (what == "kill-worker" and parent is None):
            sync(fd)
            return
        if what == "interrupt":
            os.killpg(0, signal.SIGINT)
        else:
            os.kill(parent.pid if what == "kill-parent" and parent and parent.pid else os.getpid(), signal.SIGKILL)
        time.sleep(LONG)

    os.fsync = stop_or_sync


if __name__ in {"__main__", "__mp_main__"}:
    stop_in_the_middle(sys.argv[1], sys.argv[2])

if __name__ == "__main__":
    from cleanset.cli import main

    sys.exit(main(sys.argv[3:]))
