"""Everything that the bytes of one image say about its rights, in one bounded pass without decoding a pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from cleanset.rights.embedded.exif import read_exif
from cleanset.rights.embedded.iptc import read_iptc, read_photoshop
from cleanset.rights.embedded.packet import (
    MAX_ERRORS,
    MAX_EVIDENCE,
    MAX_NESTED,
    MAX_PACKETS,
    PARSE_ERROR,
    Packet,
    PacketKind,
    Seen,
    parse_error,
)
from cleanset.rights.embedded.pngtext import read_png_text
from cleanset.rights.embedded.segments import find_container, find_packets
from cleanset.rights.embedded.text import Keep, decode, is_evidence
from cleanset.rights.embedded.xmp import read_xmp
from cleanset.rights.evidence import Evidence, Layer

_XMP_BEGINS = (b"<x:xmpmeta", b"<x:xapmeta", b"<?xpacket begin")

PARSER = "cleanset.embedded/1"
"""Name and version of this parser, for the claims that are drawn from its evidence."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What was seen in one image.

    Attributes:
        container: what ``find_container`` calls the file; ``other`` is a kind whose metadata is not read.
        evidence: in the order of the file, each once.
        packets: raw packets that gave evidence, by their SHA-256; empty unless they were asked for.
    """

    container: str
    evidence: tuple[Evidence, ...] = ()
    packets: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def has_c2pa(self) -> bool:
        """Whether there is a C2PA manifest for ``read_c2pa`` to read."""
        return any(e.layer is Layer.C2PA for e in self.evidence)


def scan_image(image: bytes, *, keep_packets: bool = False) -> Scan:
    """The evidence in ``image``; never raises, whatever the bytes are.

    A part that cannot be read gives evidence with the locator ``parse-error``. A TIFF file is its own packet, so what
    stands in its directories has no packet digest: the image's ``content_id`` is that.
    """
    container = find_container(image)
    evidence: dict[Evidence, None] = {}
    packets: dict[bytes, bytes] = {}
    packets_read: list[Packet] = []
    for packet, found in _read_all(find_packets(image, container), packets_read):
        if packet is None or packet.kind is PacketKind.TIFF_FILE:
            evidence.setdefault(found)
            continue
        evidence.setdefault(Evidence(found.layer, found.locator, found.value, packet.digest))
        if keep_packets:
            packets[packet.digest] = packet.raw
    if container != "other":
        evidence.update(dict.fromkeys(_strayed(image, packets_read)))
    return Scan(container, tuple(evidence), packets)


def _read_all(top: Iterator[Seen], found: list[Packet]) -> Iterator[tuple[Packet | None, Evidence]]:
    """Each piece of evidence with the packet that held it, in file order; None stands for the container.

    A packet is read where it is found, packets inside packets too, on a stack of our own and never by recursion.
    ``_Budget`` ends what would go on too long; every packet is put into ``found``.
    """
    budget = _Budget()
    stack: list[tuple[Packet | None, Iterator[Seen]]] = [(None, top)]
    while stack:
        packet, readings = stack[-1]
        seen = next(readings, None)
        if seen is None:
            stack.pop()
        elif (excess := budget.spend(seen, nested=packet is not None)) is not None:
            yield None, excess
            return
        elif isinstance(seen, Packet):
            found.append(seen)
            stack.append((seen, _READERS[seen.kind](seen)))
        else:
            yield packet, seen


def _strayed(image: bytes, found: Iterable[Packet]) -> Iterator[Evidence]:
    """A parse error if XMP lies where no reader of the container looks: behind its end, or under another name."""
    if any(mark in image for mark in _XMP_BEGINS) and not any(
        mark in packet.raw for packet in found for mark in _XMP_BEGINS
    ):
        yield parse_error(Layer.XMP, "XMP lies where the format has no place for it")


@dataclass(slots=True)
class _Budget:
    """What one file has cost so far."""

    packets: int = 0
    nested: int = 0
    rows: int = 0
    errors: int = 0

    def spend(self, seen: Seen, *, nested: bool) -> Evidence | None:
        """Counts ``seen``; the parse error that ends the scan when a cap is passed, else None."""
        if isinstance(seen, Packet):
            self.packets += 1
            self.nested += len(seen.raw) if nested else 0
        else:
            self.rows += 1
            self.errors += seen.locator == PARSE_ERROR
        for count, cap, what in (
            (self.packets, MAX_PACKETS, "packets"),
            (self.nested, MAX_NESTED, "bytes in packets inside packets"),
            (self.rows, MAX_EVIDENCE, "pieces of evidence"),
            (self.errors, MAX_ERRORS, "parse errors"),
        ):
            if count > cap:
                return parse_error(Layer.EXIF, f"more than {cap} {what}; the rest was not read")
        return None


def _read_comment(packet: Packet) -> Iterator[Seen]:
    """A JPEG or GIF comment that speaks of rights, or that a generator wrote."""
    if is_evidence(text := decode(packet.raw), Keep.IF_TELLING):
        yield Evidence(Layer.COMMENT, "Comment", text)


def _read_presence(_: Packet) -> Iterator[Seen]:
    """That there is a C2PA manifest."""
    yield Evidence(Layer.C2PA, "manifest", "present")


_READERS: dict[PacketKind, Callable[[Packet], Iterator[Seen]]] = {
    PacketKind.C2PA: _read_presence,
    PacketKind.COMMENT: _read_comment,
    PacketKind.EXIF: lambda packet: read_exif(packet.raw),
    PacketKind.IPTC: lambda packet: read_iptc(packet.raw),
    PacketKind.PHOTOSHOP: lambda packet: read_photoshop(packet.raw),
    PacketKind.PNG_DEFLATED_TEXT: read_png_text,
    PacketKind.PNG_INTERNATIONAL_TEXT: read_png_text,
    PacketKind.PNG_TEXT: read_png_text,
    PacketKind.TIFF_FILE: lambda packet: read_exif(packet.raw),
    PacketKind.XMP: lambda packet: read_xmp(packet.raw),
}
