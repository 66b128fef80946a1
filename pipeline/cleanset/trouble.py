"""Errors of reading and writing: those that a file is to blame for, and those that pass."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from gzip import BadGzipFile
from tarfile import TarError
from typing import ParamSpec, TypeVar
from zipfile import BadZipFile

from cleanset.errors import OutageError
from cleanset.stores import faults, reason

P = ParamSpec("P")
T = TypeVar("T")

PAUSES = (0.5, 2.0, 8.0)
"""Seconds before each further try: enough for a store that asks to slow down, short enough to wait for."""
_OF_THE_FILE = (
    *(FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError),
    *(BadGzipFile, BadZipFile, TarError),
)
_NUMBERS_OF_THE_FILE = frozenset({errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL, errno.ENXIO})
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})


def is_fault_of_file(error: Exception) -> bool:
    """Whether the file is not there, may not be read, or is not what it has to be.

    Any other error of the world outside is that of a disk, a network or a store, and says nothing of the file.
    """
    if isinstance(error, _OF_THE_FILE) or not isinstance(error, faults()):
        return True
    number = error.errno if isinstance(error, OSError) else None
    return number in _NUMBERS_OF_THE_FILE or (number is None and _is_of_arrow(error))


def _is_of_arrow(error: Exception) -> bool:
    """Whether Arrow raised it, about content; an error of the stream that Arrow reads from passes through it."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return place is not None and place.tb_frame.f_code.co_filename.startswith("pyarrow/")


def fault_of(error: Exception) -> str:
    """What is wrong with a file, in one line.

    Raises:
        Exception: the error itself, where the file is not to blame.
    """
    if not is_fault_of_file(error):
        raise error
    told = error.strerror if isinstance(error, OSError) else None
    return (told or str(error)).partition("\n")[0]


def patiently(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of the call, which is repeated after each of ``PAUSES`` while an error may pass.

    Raises:
        Exception: an error of the file, or that there is no room; at once.
        OutageError: an error that did not pass.
    """
    for pause in PAUSES:
        try:
            return _once(call, *args, **kwargs)
        except OutageError:
            time.sleep(pause)
    return _once(call, *args, **kwargs)


def _once(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return call(*args, **kwargs)
    except faults() as error:
        if is_fault_of_file(error) or (isinstance(error, OSError) and error.errno in _NO_ROOM):
            raise
        raise OutageError(f"a disk or a store fails ({reason(error)}); run the same command again") from error
