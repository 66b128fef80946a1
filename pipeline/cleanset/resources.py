"""The resources of a process that works on a run: its threads, its memory, its garbage."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import threadpool_limits

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
"""Parameters of glibc's ``mallopt`` (malloc.h)."""
_MIB = 1 << 20


@contextmanager
def settled() -> Iterator[None]:
    """Within the block BLAS has one thread, freed memory is kept, and what was there before is no garbage.

    Threads: parallelism is the runner's, and BLAS threads that wait for each other cost four times the CPU. Memory: by
    default glibc maps fresh pages for large arrays and unmaps them when they are freed, and the kernel clears each page
    again, a tenth of the CPU time of extraction; up to 512 MiB are kept instead until the block ends. Garbage: looking
    through the modules of Beam and Arrow, which live as long as the process, is 3 % of it, and 10 % of deciding. Peak
    memory is the same.
    """
    _keep_freed_memory()
    gc.freeze()
    try:
        with threadpool_limits(1):
            yield
    finally:
        gc.unfreeze()
        _give_back()


def _glibc() -> ctypes.CDLL | None:
    """The C library, if its allocator is the one that is meant here."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None


@cache
def _keep_freed_memory() -> None:
    glibc = _glibc()
    if glibc is not None:
        glibc.mallopt(_M_MMAP_THRESHOLD, 32 * _MIB)  # the most that glibc accepts
        glibc.mallopt(_M_TRIM_THRESHOLD, 512 * _MIB)
        glibc.mallopt(_M_TOP_PAD, 64 * _MIB)


def _give_back() -> None:
    glibc = _glibc()
    if glibc is not None:
        glibc.malloc_trim(0)
