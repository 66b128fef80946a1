"""From an image file to its raw metadata packets, by what the file is, never by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cleanset.rights.embedded.bmff import find_bmff_packets, find_jxl_packets
from cleanset.rights.embedded.gif import find_gif_packets
from cleanset.rights.embedded.jpeg import find_jpeg_packets
from cleanset.rights.embedded.packet import Packet, PacketKind, Seen
from cleanset.rights.embedded.png import find_png_packets
from cleanset.rights.embedded.webp import find_webp_packets

_BEGINNINGS = (
    (b"\xff\xd8", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "jxl"),
)


def find_container(image: bytes) -> str:
    """The kind of the file: one that begins as ``_BEGINNINGS`` say, ``webp``, ``bmff`` (AVIF, HEIC), or ``other``.

    The metadata of the other kinds is not read.
    """
    head = image[:12]
    for beginning, container in _BEGINNINGS:
        if head.startswith(beginning):
            return container
    if head.startswith(b"RIFF") and head.endswith(b"WEBP"):
        return "webp"
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
    "jxl": find_jxl_packets,
    "png": find_png_packets,
    "tiff": _find_tiff_packets,
    "webp": find_webp_packets,
}
