"""Where files lie: the file system of a path or URL, and one line on what is missing where it cannot be reached."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import fsspec
from fsspec.core import url_to_fs

from cleanset.errors import OutageError, StoreError

_NEEDS = {
    **dict.fromkeys(("gs", "gcs"), "pip install 'cleanset[gcs]'"),
    **dict.fromkeys(("s3", "s3a"), "pip install 'cleanset[s3]'"),
    **dict.fromkeys(("http", "https"), "pip install 'cleanset[http]'"),
    **dict.fromkeys(("abfs", "abfss", "adl", "az"), "pip install adlfs"),
    **dict.fromkeys(("hdfs", "viewfs"), "install Java and Hadoop, and set JAVA_HOME, HADOOP_HOME and CLASSPATH"),
    **dict.fromkeys(("sftp", "ssh"), "pip install paramiko"),
    "hf": "pip install huggingface_hub",
    "smb": "pip install smbprotocol",
}
"""How to get what opens a protocol."""
_FAULTS = (
    ("aiohttp", "ClientError"),
    ("azure.core.exceptions", "AzureError"),
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
    ("gcsfs.retry", "HttpError"),
    ("google.auth.exceptions", "GoogleAuthError"),
    ("paramiko.ssh_exception", "SSHException"),
    ("tarfile", "TarError"),
    ("zipfile", "BadZipFile"),
)
"""What the packages behind fsspec raise, apart from ``OSError``, when a store cannot be reached or read."""

LONGEST = 160
"""Characters of what a package says that are repeated."""


def open_store(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """The file system of a local path or an fsspec URL, and the path in it.

    Raises:
        StoreError: fsspec knows no such store, lacks the package that opens it, or cannot reach it.
    """
    protocol = protocol_of(url)
    if not protocol and "::" not in url:
        return _local_files(), _local_files()._strip_protocol(url)  # noqa: SLF001 - as fsspec does, which first parses the URL
    try:
        filesystem, path = url_to_fs(url)
    except (ImportError, ValueError) as error:
        known = ", ".join(f"{name}://" for name in ("gs", "s3", "http", "hdfs"))
        advice = _NEEDS.get(protocol, f"correct the URL ({known}, …), or install what it needs")
        raise StoreError(f"{url}: fsspec cannot open it ({_line(error)}); {advice}") from None
    except faults() as error:
        advice = _NEEDS.get(protocol, "check the address, the network and your access")
        raise StoreError(f"{url}: cannot be opened ({_line(error)}); {advice}") from None
    return filesystem, path


@cache
def _local_files() -> fsspec.AbstractFileSystem:
    return fsspec.filesystem("file")


def protocol_of(url: str) -> str:
    """The protocol of an fsspec URL, the first one of a chain; empty for a local path."""
    protocol, mark, _ = url.partition("://")
    return protocol if mark else ""


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """What goes wrong in the block because a store does not answer is told in one line.

    Raises:
        StoreError: the network, the address or the access to the store is not what it has to be.
    """
    try:
        yield
    except OutageError as error:
        told = reason(error.__cause__ or error)
        raise StoreError(f"{url}: cannot be reached ({told}); check address, network and access") from None
    except faults() as error:
        raise StoreError(f"{url}: cannot be reached ({reason(error)}); check address, network and access") from None


def faults() -> tuple[type[Exception], ...]:
    """The errors of the world outside: ``OSError``, and those of the store packages that are loaded."""
    loaded = (getattr(sys.modules[name], kind, None) for name, kind in _FAULTS if name in sys.modules)
    return (OSError, *(kind for kind in loaded if kind is not None))


def reason(error: BaseException) -> str:
    """What an error of the world outside says, in one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror if error.filename is None else f"{error.strerror}: {error.filename}"
    return _line(error)


def _line(error: BaseException) -> str:
    return textwrap.shorten(str(error), LONGEST, placeholder=" …") or type(error).__name__
