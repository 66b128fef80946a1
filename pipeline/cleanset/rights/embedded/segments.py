"""From an image file to its raw metadata packets, by what the file is, never by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cleanset.rights.embedded.bmff import find_bmff_packets
from cleanset.rights.embedded.gif import find_gif_packets
from cleanset.rights.embedded.jpeg import find_jpeg_packets
from cleanset.rights.embedded.packet import Packet, PacketKind, Seen
from cleanset.rights.embedded.png import find_png_packets
from cleanset.rights.embedded.webp import find_webp_packets


def find_container(image: bytes) -> str:
    """``jpeg``, ``png``, ``webp``, ``gif``, ``tiff``, ``bmff`` (AVIF, HEIC), or ``other``: one that is not read."""
    head = image[:12]
    if head.startswith(b"\xff\xd8"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"RIFF") and head.endswith(b"WEBP"):
        return "webp"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "tiff"
    return "bmff" if head[4:8] == b"ftyp" else "other"


def find_packets(image: bytes, container: str) -> Iterator[Seen]:
    """The raw packets of ``image``, and a parse error for each part of it that could not be walked."""
    finder = _FINDERS.get(container)
    return iter(()) if finder is None else finder(image)


def _find_tiff_packets(image: bytes) -> Iterator[Seen]:
    """The file itself: a TIFF file is the structure that EXIF borrows."""
    yield Packet(PacketKind.TIFF_FILE, image)


_FINDERS: dict[str, Callable[[bytes], Iterator[Seen]]] = {
    "bmff": find_bmff_packets,
    "gif": find_gif_packets,
    "jpeg": find_jpeg_packets,
    "png": find_png_packets,
    "tiff": _find_tiff_packets,
    "webp": find_webp_packets,
}
