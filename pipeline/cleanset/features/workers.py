"""Several shards extracted at the same time, on one machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, forkserver

from cleanset.errors import WorkerError
from cleanset.features.store import ShardSummary
from cleanset.resources import keep_freed_memory, keeping_freed_memory
from cleanset.shards.sample import Shard

_LONGEST = 64
"""Characters of the folder for temporary files that leave room for a socket's name: the system takes 107 in all."""


def extract_shards(
    shards: Sequence[Shard], extract: Callable[[Shard], ShardSummary], processes: int
) -> Iterator[ShardSummary]:
    """Every shard of the list is extracted, several at a time; summaries come as shards are done.

    Processes and not threads, since decoding PNG holds the interpreter's lock. They are forked from a clean server
    process, which is safe beside the threads of a runner, and the death of one is an error at once.

    Raises:
        OutputError, OutageError: as ``extract_shard``.
        WorkerError: a process was killed, usually for want of memory.
    """
    if processes == 1 or len(shards) == 1:
        with keeping_freed_memory():
            yield from map(extract, shards)
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    _start_server()
    with ProcessPoolExecutor(min(processes, len(shards)), context, _begin) as pool:
        pending = [pool.submit(extract, shard) for shard in shards]
        try:
            yield from (done.result() for done in as_completed(pending))
        except BrokenProcessPool:
            raise WorkerError(
                "a worker process was killed, usually because memory ran out; run the same command again, with fewer"
                " --workers"
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _start_server() -> None:
    """The process that workers are forked from runs; its socket lies in a folder whose name is short enough for one."""
    given = tempfile.tempdir
    if len(tempfile.gettempdir()) > _LONGEST:
        tempfile.tempdir = "/tmp"  # noqa: S108 - a folder with a name of its own is made there
    try:
        forkserver.ensure_running()
    finally:
        tempfile.tempdir = given


def _begin() -> None:
    """This process ends when its parent does, however that ends, and leaves Ctrl-C to it."""
    keep_freed_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
