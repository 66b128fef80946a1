"""The resources of a process that works on a run: its threads, its memory, its garbage."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache, wraps
from threading import Lock

from threadpoolctl import threadpool_limits

_RAYON_THREADS = "RAYON_NUM_THREADS"
"""Read when kornia-rs first works on several rows at once, and never again."""
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD, _M_MMAP_MAX = -1, -2, -3, -4
"""Parameters of glibc's ``mallopt`` (malloc.h)."""
_MIB = 1 << 20
_KEPT = {_M_MMAP_MAX: 0, _M_TRIM_THRESHOLD: 512 * _MIB, _M_TOP_PAD: 64 * _MIB}
_USUAL = {_M_MMAP_MAX: 1 << 16, _M_TRIM_THRESHOLD: 64 * _MIB, _M_TOP_PAD: _MIB // 8, _M_MMAP_THRESHOLD: 32 * _MIB}
"""What glibc arrives at once an array of 32 MiB was freed. It adapts no more after a ``mallopt``, and its first
thresholds, 128 KiB, would map every array anew."""


def _shared(state: Callable[[], AbstractContextManager[None]]) -> Callable[[], AbstractContextManager[None]]:
    """A state of the process that threads may ask for at the same time: the first brings it, the last ends it."""
    lock, users, ends = Lock(), 0, ExitStack()

    @contextmanager
    @wraps(state)
    def use() -> Iterator[None]:
        nonlocal users
        with lock:
            if not users:
                ends.enter_context(state())
            users += 1
        try:
            yield
        finally:
            with lock:
                users -= 1
                if not users:
                    ends.close()

    return use


@_shared
@contextmanager
def settled() -> Iterator[None]:
    """Within the block BLAS and kornia-rs have one thread each, and what was there before is no garbage.

    Parallelism is the runner's: BLAS threads that wait for each other cost four times the CPU, those of kornia-rs 4 %
    of extraction. Looking for garbage through the modules of Beam and Arrow, which live as long as the process, is 3 %
    of extraction, 10 % of deciding.
    """
    gc.freeze()
    threads = os.environ.get(_RAYON_THREADS)
    os.environ[_RAYON_THREADS] = threads or "1"
    try:
        with threadpool_limits(1):
            yield
    finally:
        gc.unfreeze()
        if threads is None:
            del os.environ[_RAYON_THREADS]


@_shared
@contextmanager
def keeping_freed_memory() -> Iterator[None]:
    """Within the block freed memory, up to 512 MiB at the end of the heap, is kept for the next large arrays.

    By default glibc maps fresh pages for large arrays and unmaps them when they are freed, and the kernel clears each
    page again: an eighth of the CPU time of extraction, at the same peak. Other allocators are left as they are.
    """
    keep_freed_memory()
    try:
        yield
    finally:
        _set(_USUAL)
        glibc = _glibc()
        if glibc is not None:
            glibc.malloc_trim(0)


def keep_freed_memory() -> None:
    """Until the process ends, as within a block of ``keeping_freed_memory``."""
    _set(_KEPT)


def _set(parameters: Mapping[int, int]) -> None:
    glibc = _glibc()
    if glibc is not None:
        for parameter, value in parameters.items():
            glibc.mallopt(parameter, value)


@cache
def _glibc() -> ctypes.CDLL | None:
    """The C library, if its allocator is the one that is meant here."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
