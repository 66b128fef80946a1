"""What a command costs: CPU seconds and peak memory of its whole process tree, and the time that passes."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PR_SET_CHILD_SUBREAPER = 36
PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 1 << 20
SAMPLING_SECONDS = 0.05
SESSION_FIELD = 3
"""Place of the session's id in /proc/PID/stat, counted after the program's name."""


class CommandFailedError(Exception):
    """A measured command that did not end with 0; the message has the end of what it said."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took.

    Attributes:
        cpu: seconds, user and system, of the process and everything that it started.
        wall: seconds from start to end.
        peak: MiB, the largest sum of resident memory over the tree; shared pages count in each process.
        output: standard output.
    """

    cpu: float
    wall: float
    peak: float
    output: str


def measure(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end, with nothing of it left behind, and say what it took.

    Raises:
        CommandFailedError: if it ends with another code than 0.
    """
    adopt_orphans()
    before = _children_cpu()
    begun = time.monotonic()
    with subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**_caching_environment(), **(environment or {})},
        start_new_session=True,
    ) as process:
        watch = MemoryWatch(process.pid)
        watch.start()
        try:
            output, errors = process.communicate()
        finally:
            peak = watch.stop()
            _end_session(process.pid)
    wall = time.monotonic() - begun
    _collect_session(process.pid)
    if process.returncode:
        last = (errors.strip() or output.strip() or "it said nothing").splitlines()[-1]
        raise CommandFailedError(f"{Path(command[0]).name} ended with {process.returncode}: {last}")
    return Cost(_children_cpu() - before, wall, peak, output)


def medians(costs: Sequence[Cost]) -> Cost:
    """The median of each quantity; the last output."""
    return Cost(
        cpu=median(c.cpu for c in costs),
        wall=median(c.wall for c in costs),
        peak=median(c.peak for c in costs),
        output=costs[-1].output,
    )


def in_turns(runs: int, **contestants: Callable[[], Cost]) -> dict[str, Cost]:
    """Medians of each contestant over ``runs`` rounds, so that a slow minute of the machine hits all of them."""
    costs: dict[str, list[Cost]] = {name: [] for name in contestants}
    for _ in range(runs):
        for name, run in contestants.items():
            costs[name].append(run())
            print(f"  {name}: {costs[name][-1].cpu:.1f} CPU s", flush=True)
    return {name: medians(of_one) for name, of_one in costs.items()}


class MemoryWatch(threading.Thread):
    """Samples the resident memory of a session until it is stopped."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self._session = session
        self._ended = threading.Event()
        self._peak = 0

    def run(self) -> None:
        while not self._ended.wait(SAMPLING_SECONDS):
            resident = sum(pages * PAGE for _, pages in session_members(self._session))
            self._peak = max(self._peak, resident)

    def stop(self) -> float:
        """The peak in MiB."""
        self._ended.set()
        self.join()
        return self._peak / MIB


def session_members(session: int) -> list[tuple[int, int]]:
    """(Process id, resident pages) of every process of a session."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
            if int(fields[SESSION_FIELD]) == session:
                members.append((int(stat.parent.name), int((stat.parent / "statm").read_text().split()[1])))
        except (OSError, IndexError, ValueError):
            continue  # it ended between the listing and the reading
    return members


def adopt_orphans() -> None:
    """From now on a grandchild whose parent ends becomes our child, so its CPU time is counted when we wait for it."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_session(session: int) -> None:
    """End what a command left running, or all of it when we are interrupted."""
    for pid, _ in session_members(session):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _collect_session(session: int) -> None:
    """Wait for every process of a session, all of which end now, so that its CPU time is counted."""
    while members := session_members(session):
        for pid, _ in members:
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:  # its parent is still ending; then it is ours
                time.sleep(SAMPLING_SECONDS)


def _caching_environment() -> dict[str, str]:
    """Our environment, less a setting by which Python would compile every module anew at each start."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
