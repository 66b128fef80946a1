"""Which files and members are images: by suffix, and by their first bytes where there is no suffix."""

from __future__ import annotations

IMAGE_SUFFIXES = (
    *("jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "avif", "jxl", "heic", "img", "image"),
    *("jpe", "jfif", "heif", "jp2", "ico", "ppm", "svg"),
)
"""Lower-case suffixes of images. Where a sample has several images, the first in this order is its image."""
RANK = {suffix: rank for rank, suffix in enumerate(IMAGE_SUFFIXES)}
HEAD = 32
"""Bytes that ``looks_like_image`` needs."""

_MAGIC = (
    *(b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM", b"II*\x00", b"MM\x00*"),
    *(b"\xff\x0a", b"\x00\x00\x00\x0cJXL ", b"\x00\x00\x00\x0cjP  "),
)
_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")


def suffix_of(name: str) -> str:
    """The lower-case suffix after the last dot; empty without one."""
    return name.rpartition("/")[2].rpartition(".")[2].lower() if "." in name.rpartition("/")[2] else ""


def is_image_name(name: str) -> bool:
    """Whether the suffix is an image's."""
    return suffix_of(name) in RANK


def looks_like_image(head: bytes) -> bool:
    """Whether the first ``HEAD`` bytes are those of an image file."""
    if head.startswith(_MAGIC):
        return True
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    return head[4:8] == b"ftyp" and head[8:12] in _BRANDS


def rank_of(field: str) -> int | None:
    """Place of a WebDataset field among image fields; None for a field that is none.

    A plain suffix (``jpg``) goes before a field that ends in one (``thumb.jpg``).
    """
    if field in RANK:
        return RANK[field]
    last = field.rpartition(".")[2]
    return RANK[last] + len(RANK) if last in RANK else None
