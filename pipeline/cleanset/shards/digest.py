"""Two identities of a shard: a cheap one that decides whether to skip it, and a sure one for the record of the run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from cleanset.shards import storage
from cleanset.shards.sample import Kind, Shard
from cleanset.trouble import fault_of


def stamp(shard: Shard) -> str:
    """Changes when a file of the shard is written again, added or taken away: size and time of change of each.

    No content is read. A resumed run skips a shard whose stamp it has seen. A copy of a shard may have another stamp,
    and is then read again; never the other way around, unless a file is changed within its size and its time set back.
    """
    digest = hashlib.sha256()
    for path in shard.files:
        _add(digest, storage.relative_name(path, _root(shard)), _unless_unreadable(storage.mark, path, shard))
    _add(digest, shard.profile, *shard.span)
    return digest.hexdigest()


def digest_files(shard: Shard) -> str:
    """SHA-256 over the names of the shard's files and the BLAKE3 of each, hexadecimal. Every byte is read.

    Names are relative to the shard, so the digest is the same wherever the tree lies and whenever it was written.
    """
    digest = hashlib.sha256()
    for path in shard.files:
        _add(digest, storage.relative_name(path, _root(shard)), _unless_unreadable(storage.content_digest, path, shard))
    _add(digest, *shard.span)
    return digest.hexdigest()


def _unless_unreadable(look: Callable[[str], str], path: str, shard: Shard) -> str:
    """What ``look`` says of a file; of one of a folder that cannot be read, that: it is one sample and not the shard.

    Raises:
        OSError: it is a shard's own file, or the disk or store fails.
    """
    try:
        return look(path)
    except OSError as error:
        if shard.kind is not Kind.FOLDER:
            raise
        fault_of(error)
        return "unreadable"


def _root(shard: Shard) -> str:
    return storage.parent(shard.path) if shard.files[:1] == (shard.path,) else shard.path


def _add(digest: hashlib._Hash, *texts: str) -> None:
    """Length-prefixed, so that no two lists of texts run together to the same bytes."""
    for text in texts:
        raw = text.encode("utf-8", "surrogateescape")
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
