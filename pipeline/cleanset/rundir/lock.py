"""One command at a time writes to a run: a lock file says which, and gives signs of life.

The file names its holder. A holder on this machine is dead when its process is; of one elsewhere only its signs of life
tell, which it gives every ``BEAT`` seconds.
"""

from __future__ import annotations

import getpass
import json
import os
import platform
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cleanset.errors import OutputError, RunError
from cleanset.rundir.directory import RunDirectory
from cleanset.stores import faults, open_store
from cleanset.trouble import patiently

LOCK = ".lock"
BEAT = 60.0
"""Seconds between two signs of life."""
SILENT = 900.0
"""Seconds without a sign of life after which a holder on another machine counts as dead; clocks may differ."""


TRIES = 20
SETTLING = 1.0
"""Seconds after which a store of objects shows the one lock that won."""
_ENDED = ("Z", "X")
"""States of a process that has ended, and that nobody has asked about yet (proc(5))."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who works on a run.

    Attributes:
        command: the command's name.
        user: who started it.
        host: name of the machine.
        machine: changes with every start of the machine, and differs between containers.
        pid: its process there.
        born: when the process began, as the machine counts.
        since: when it took the lock, UTC.
        seen: its latest sign of life, UTC.
        token: tells it from every other holder.
    """

    command: str
    user: str
    host: str
    machine: str
    pid: int
    born: str
    since: str
    seen: str
    token: str

    @classmethod
    def of_this_process(cls, command: str) -> Holder:
        """This process, which begins to work on a run now."""
        pid, now = os.getpid(), _now()
        return cls(command, _user(), platform.node(), _machine(), pid, _born(pid), now, now, secrets.token_hex(16))

    def is_here(self) -> bool:
        """Whether it is a process of this machine."""
        return self.machine == _machine()

    def is_dead(self) -> bool:
        """Whether it will give no sign of life any more."""
        if self.is_here():
            return _born(self.pid) != self.born
        silent = datetime.now(UTC) - datetime.fromisoformat(self.seen)
        return silent.total_seconds() > SILENT

    def __str__(self) -> str:
        """In words."""
        return f"`cleanset {self.command}` of {self.user} on {self.host} (process {self.pid}) since {self.since}"


@contextmanager
def locked(run: RunDirectory, command: str) -> Iterator[None]:
    """While the block runs, no other command takes the run. A lock whose holder is dead is taken over.

    Raises:
        RunError: another command works on the run; the message says which, since when, and what to do.
    """
    own = Holder.of_this_process(command)
    _take(run, own)
    _held.append((run, own.token))
    stop = threading.Event()
    beating = threading.Thread(target=_beat, args=(run, own, stop), daemon=True)
    beating.start()
    try:
        yield
    finally:
        stop.set()
        beating.join()
        _held.remove((run, own.token))
        release(run, own.token)


_held: list[tuple[RunDirectory, str]] = []
"""The runs that this process works on, each with the token of its lock."""


def release_local() -> None:
    """The locks of this process on runs of this machine are given back, since it ends without leaving its blocks."""
    for run, token in _held:
        if run.local() is not None:
            release(run, token)


def _take(run: RunDirectory, own: Holder) -> None:
    for _ in range(TRIES):
        if _create(run, own):
            return
        other = holder_of(run)
        if other is None:  # it is being written, or gone meanwhile
            time.sleep(0.1)
        elif other.is_dead():
            release(run, other.token)
        else:
            told = f"{run.root} is in use by {other}, last sign of life {other.seen}"
            raise RunError(f"{told}; wait for it, or, if you know that it is dead, run `cleanset unlock {run.root}`")
    raise RunError(f"{run.path(LOCK)}: is no lock that can be read; run `cleanset unlock {run.root}`")


def _create(run: RunDirectory, own: Holder) -> bool:
    """Whether the lock is ours now; it is not if there is one."""
    document = json.dumps(asdict(own), indent=2).encode()
    filesystem, path = open_store(run.path(LOCK))
    try:
        if run.local() is None:
            patiently(filesystem.pipe_file, path, document, mode="create")
        else:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            _create_whole(Path(path), document)
    except FileExistsError:  # maybe by a first try of ours, of which the store said that it failed
        return _is_of(run, own)
    except OSError as error:
        told = f"{run.path(LOCK)}: cannot be written ({error.strerror or error})"
        raise OutputError(f"{told}; make room or give access, and run the same command again") from error
    if run.local() is None:
        time.sleep(SETTLING)
    return _is_of(run, own)


def _is_of(run: RunDirectory, own: Holder) -> bool:
    found = holder_of(run)
    return found is not None and found.token == own.token


def _create_whole(path: Path, document: bytes) -> None:
    """The file is there with all its content, which nobody sees before.

    Raises:
        FileExistsError: it was there.
    """
    whole = path.with_name(f"{path.name}-{secrets.token_hex(8)}")
    whole.write_bytes(document)
    try:
        os.link(whole, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        with path.open("xb") as file:
            file.write(document)
    finally:
        whole.unlink()


def holder_of(run: RunDirectory) -> Holder | None:
    """Who holds the run; None where nobody does."""
    document = run.find_json(LOCK)
    try:
        return Holder(**document)
    except TypeError:
        return None


def release(run: RunDirectory, token: str) -> None:
    """The lock with that token is gone; another one stays.

    A local one is moved aside before it is looked at: of two that take over a dead holder's lock, neither removes that
    of the other.
    """
    found = holder_of(run)
    if found is None or found.token != token:
        return
    if run.local() is None:
        run.remove(LOCK)
        return
    path = Path(run.local() or "", LOCK)
    aside = path.with_name(f"{LOCK}-{secrets.token_hex(8)}")
    with suppress(FileNotFoundError):
        path.rename(aside)
        if json.loads(aside.read_bytes())["token"] != token:
            with suppress(FileExistsError):
                os.link(aside, path)
        aside.unlink()


def unlock(run: RunDirectory) -> Holder | None:
    """No lock is there; the result is who held it, if it could be read.

    Raises:
        RunError: the holder is alive, on this machine.
    """
    found = holder_of(run)
    if found is not None and found.is_here() and not found.is_dead():
        raise RunError(f"{run.root} is in use by {found}, which is alive; end it first")
    run.remove(LOCK)
    return found


def _beat(run: RunDirectory, own: Holder, stop: threading.Event) -> None:
    """Signs of life until the lock is given back, or taken away."""
    while not stop.wait(BEAT):
        with suppress(RunError, *faults()):  # the next one may come through
            if not _is_of(run, own):
                return
            run.write_json(LOCK, asdict(replace(own, seen=_now())))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())


def _machine() -> str:
    """This machine since it was started, and the space of its process numbers."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{platform.node()} {boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return platform.node()


def _born(pid: int) -> str:
    """When the process began, in ticks since the machine did; empty if there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return "" if stat[0] in _ENDED else stat[19]
    except FileNotFoundError:
        pass
    except (OSError, IndexError):
        return ""
    if Path("/proc/self").exists():
        return ""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "alive"
