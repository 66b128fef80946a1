"""Members of a tar file, by one pass over its headers; contents are read later, by offset.

Reads ustar, pax (``path``, ``size``, ``linkpath``), GNU long names and base-256 sizes, and old headers without a
magic. Hard links to an earlier member give that member's content. Directories are left out. Sparse files, symbolic
links and devices come as members with a problem, for their content is not in the archive.

Nothing ends the listing early but the end of the file: zero blocks are skipped (concatenated archives), and after a
block that is no header the search goes on at the next one that is. Format: POSIX.1-2017, pax, "ustar Interchange
Format"; GNU tar manual, "Basic Tar Format".
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple
from zlib import adler32

from cleanset.shards.columns import decode

BLOCK = 512
WINDOW = 16 * 1024
"""Bytes read around a header: the small members beside an image come with one system call."""
MAX_EXTENSION = 1024 * 1024
"""Bytes of a pax or long-name header that are read; a longer one is skipped."""
_LARGEST_STEP = 1024 * 1024
_ADLER_BASE = 65521
_SPACES = 8 * ord(" ")
_ZERO = bytes(BLOCK)
_FILES = (b"\0", b"0")
_FOLDERS = (b"5", b"D", b"V")
"""Folders, GNU's lists of a folder's files, and labels of volumes."""
_SPECIAL = {b"2": "a symbolic link", b"3": "a device", b"4": "a device", b"6": "a pipe"}
_WITHOUT_CONTENT = (b"1", b"2", b"3", b"4", b"5", b"6")
_EXTENSIONS = (b"x", b"g", b"L", b"K", b"X")


class Member(NamedTuple):
    r"""One file in the archive.

    Attributes:
        name: as stored; bytes that are not UTF-8 as ``\xNN``. Empty for bytes that belong to no member.
        offset: where its content begins, in bytes.
        size: bytes of content, as its header says.
        problem: why the content cannot be read; empty if it can.
        cut: whether the archive ends before the content does.
    """

    name: str
    offset: int
    size: int
    problem: str = ""
    cut: bool = False


class Window:
    """Reads at any offset of a file with a descriptor, through one small buffer."""

    def __init__(self, file: BinaryIO) -> None:
        self._descriptor = file.fileno()
        self._start = 0
        self._bytes = b""
        self.size = os.fstat(self._descriptor).st_size
        self.has_end_mark = False
        """Whether ``list_members`` came to a block of zeros where a header could be: the archive's end, as a rule."""

    def read(self, offset: int, size: int) -> bytes:
        """Up to ``size`` bytes from ``offset``; fewer at the end of the file."""
        begin = offset - self._start
        if begin < 0 or begin + size > len(self._bytes):
            if size >= WINDOW:
                return self._read_whole(offset, size)
            self._bytes, self._start, begin = os.pread(self._descriptor, WINDOW, offset), offset, 0
        return self._bytes[begin : begin + size]

    def _read_whole(self, offset: int, size: int) -> bytes:
        content = os.pread(self._descriptor, size, offset)
        while len(content) < size and (more := os.pread(self._descriptor, size - len(content), offset + len(content))):
            content += more
        return content


class _Extension(NamedTuple):
    """What extended headers say about the member that follows."""

    name: str | None = None
    size: int | None = None
    link: str | None = None
    sparse: bool = False


_NONE = _Extension()


class _Header(NamedTuple):
    """One header with its extensions applied; ``offset`` is where the content begins."""

    kind: bytes
    name: str
    offset: int
    size: int
    link: str
    is_sparse: bool


def list_members(window: Window) -> Iterator[Member]:
    """Every member, in order; a member with an empty name stands for bytes that are no member's."""
    by_name: dict[str, Member] = {}
    offset, extension = 0, _NONE
    while offset < window.size:
        block = window.read(offset, BLOCK)
        size = _content_size(block)
        window.has_end_mark |= block == _ZERO
        if size is None:
            start, offset = offset, _next_header(window, offset, block)
            if problem := _gap(block, window, start, offset):
                yield problem
            continue
        content, kind = offset + BLOCK, block[156:157]
        if kind in _EXTENSIONS:
            extension = _extend(extension, kind, window.read(content, size) if size <= MAX_EXTENSION else b"")
            offset = content + _padded(size)
            continue
        header = _header(block, content, size, extension)
        extension = _NONE
        if member := _member(header, by_name, window.size):
            by_name[member.name] = member
            yield member
        offset = content + (0 if kind in _WITHOUT_CONTENT else _padded(header.size))


def _padded(size: int) -> int:
    return size + -size % BLOCK


def _header(block: bytes, offset: int, size: int, extension: _Extension) -> _Header:
    return _Header(
        kind=block[156:157],
        name=_name(block) if extension.name is None else extension.name,
        offset=offset,
        size=size if extension.size is None else extension.size,
        link=_text(block[157:257]) if extension.link is None else extension.link,
        is_sparse=extension.sparse or block[156:157] == b"S",
    )


def _member(header: _Header, by_name: dict[str, Member], end: int) -> Member | None:
    name, offset, size = header.name, header.offset, header.size
    if header.kind in _FOLDERS or (header.kind in _FILES and name.endswith("/")):
        return None
    if header.kind == b"1":
        linked = by_name.get(header.link)
        return linked._replace(name=name) if linked else Member(name, offset, 0, f"a link to {header.link!r}, not here")
    if header.is_sparse:
        return Member(name, offset, size, "a sparse file, which is not read")
    if header.kind in _SPECIAL:
        return Member(name, offset, 0, f"{_SPECIAL[header.kind]}, which is not followed")
    if offset + size > end:
        return Member(name, offset, size, f"the archive ends after {max(end - offset, 0)} of {size} bytes", cut=True)
    return Member(name, offset, size)


def _name(block: bytes) -> str:
    name = _text(block[:100])
    if block[257:263] == b"ustar\0" and block[345]:
        return f"{_text(block[345:500])}/{name}"
    return name


def _text(raw: bytes) -> str:
    return decode(raw.partition(b"\0")[0])


def _content_size(block: bytes) -> int | None:
    """The size that a header gives; None when the block is no header."""
    if len(block) < BLOCK or block == _ZERO:
        return None
    stored, size = _number(block[148:156]), _number(block[124:136])
    if stored is None or size is None:
        return None
    expected = stored + sum(block[148:156]) - _SPACES
    # Adler-32's low half is 1 + the sum of the bytes, modulo 65521: the sum at the speed of C.
    if (adler32(block) & 0xFFFF) == (1 + expected) % _ADLER_BASE or _signed_sum(block) == stored:
        return size
    return None


def _signed_sum(block: bytes) -> int:
    """The checksum of some old writers, who took bytes as signed."""
    signed = sum(byte - 256 if byte > 127 else byte for byte in block)  # noqa: PLR2004 - the sign bit
    return signed - sum(block[148:156]) + _SPACES


def _number(field: bytes) -> int | None:
    """An octal or base-256 number; None when it is neither, or negative."""
    if field[0] == 0x80:  # noqa: PLR2004 - GNU's mark of a base-256 number
        return int.from_bytes(field[1:], "big")
    try:
        number = int(field.rstrip(b" \0") or b"0", 8)
    except ValueError:
        return None
    return number if number >= 0 else None


def _extend(extension: _Extension, kind: bytes, raw: bytes) -> _Extension:
    if kind == b"L":
        return extension._replace(name=_text(raw))
    if kind == b"K":
        return extension._replace(link=_text(raw))
    if kind == b"g" or not any(word in raw for word in (b"path=", b"size=", b"GNU.sparse.")):
        return extension
    keywords = dict(_pax_records(raw))
    name = keywords.get("GNU.sparse.name", keywords.get("path", extension.name))
    size = keywords.get("size", "")
    return _Extension(
        name=name,
        size=int(size) if size.isdecimal() and len(size) < 20 else extension.size,  # noqa: PLR2004 - 64 bits
        link=keywords.get("linkpath", extension.link),
        sparse=extension.sparse or any(word.startswith("GNU.sparse.") for word in keywords),
    )


def _pax_records(raw: bytes) -> Iterator[tuple[str, str]]:
    r"""Records ``LENGTH KEYWORD=VALUE\n``, up to the first that is malformed."""
    while raw:
        digits, _, _ = raw.partition(b" ")
        if not digits.isdigit() or len(digits) > 7 or not len(digits) < int(digits) <= len(raw):  # noqa: PLR2004 - 1 MB
            return
        record, raw = raw[len(digits) + 1 : int(digits) - 1], raw[int(digits) :]
        keyword, _, value = record.partition(b"=")
        yield decode(keyword), decode(value)


def _next_header(window: Window, offset: int, block: bytes) -> int:
    """Offset of the next block that may be a header, after one that is none; the end of the file without one.

    Steps grow from small to large, so that neither many short gaps nor a long one costs more than its bytes.
    """
    find = _first_content if block == _ZERO else _first_header
    offset += BLOCK
    step = 8 * BLOCK
    while offset < window.size:
        chunk = window.read(offset, step)
        place = find(chunk)
        if place is not None:
            return offset + place
        offset += len(chunk)
        step = min(2 * step, _LARGEST_STEP)
    return window.size


def _first_content(chunk: bytes) -> int | None:
    """Offset of the first block that is not zero."""
    rest = len(chunk.lstrip(b"\0"))
    return (len(chunk) - rest) // BLOCK * BLOCK if rest else None


def _first_header(chunk: bytes) -> int | None:
    """Offset of the first block that is a header with a magic."""
    for start in range(0, len(chunk), BLOCK):
        if chunk[start + 257 : start + 262] == b"ustar" and _content_size(chunk[start : start + BLOCK]) is not None:
            return start
    return None


def _gap(block: bytes, window: Window, start: int, end: int) -> Member | None:
    """What to say of the bytes from ``start`` to ``end``; nothing of zeros."""
    if not block.strip(b"\0"):
        return None
    if len(block) < BLOCK:
        return Member("", start, len(block), "the archive ends inside a header", cut=True)
    if start == 0 and end == window.size:
        return Member("", start, end, "this is not a tar file")
    return Member(
        "", start, end - start, f"{end - start} bytes at {start} are no tar header; the search went on after them"
    )
