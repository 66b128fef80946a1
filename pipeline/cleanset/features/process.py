"""What a process that extracts settles once: how it treats memory."""

from __future__ import annotations

import ctypes
import gc
import sys
from functools import cache

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
"""Parameters of glibc's ``mallopt`` (malloc.h)."""
_MIB = 1 << 20


@cache
def settle() -> None:
    """This process keeps freed memory, and looks for garbage only among what it makes from now on.

    By default glibc maps fresh pages for large arrays and unmaps them when they are freed, and the kernel clears each
    page again: a tenth of the CPU time of extraction. Up to 512 MiB are kept instead; peak memory is the same. Other
    allocators are left as they are. The modules of Beam and Arrow, which live as long as the process, are 3 % more.
    """
    gc.freeze()
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 32 * _MIB)  # the most that glibc accepts
        mallopt(_M_TRIM_THRESHOLD, 512 * _MIB)
        mallopt(_M_TOP_PAD, 64 * _MIB)
