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
    """Within the block BLAS has one thread, and what was there before is no garbage.

    Parallelism is the runner's, and BLAS threads that wait for each other cost four times the CPU. Looking for garbage
    through the modules of Beam and Arrow, which live as long as the process, is 3 % of extraction, 10 % of deciding.
    """
    gc.freeze()
    try:
        with threadpool_limits(1):
            yield
    finally:
        gc.unfreeze()


@contextmanager
def keeping_freed_memory() -> Iterator[None]:
    """Within the block up to 512 MiB of freed memory are kept for the next large arrays.

    By default glibc maps fresh pages for large arrays and unmaps them when they are freed, and the kernel clears each
    page again: a tenth of the CPU time of extraction, at the same peak. Other allocators are left as they are.
    """
    _keep_freed_memory()
    try:
        yield
    finally:
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
