"""Bytes to a bounded, upright picture of 8-bit samples.

The header is read first and held against ``Limits``; only then is anything allocated for pixels. JPEG and the common
kinds of PNG go to kornia-rs, which gives the same pixels as Pillow in less time and refuses damaged data; a large JPEG
is decoded by Pillow at the scale of the discrete cosine transform that leaves ``SHORT_SIDE`` pixels; all else is
Pillow's. A picture is whole or there is none: a file that ends early never yields a half-grey picture.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import kornia_rs.io
from PIL import Image

from cleanset.images import exif, jpeg, png, riff
from cleanset.images.limits import Limits, NoPictureError
from cleanset.images.modes import Pixels, looked_up, pixels_of, without_idle_alpha
from cleanset.schemas import Status

SHORT_SIDE = 512
"""A JPEG is decoded at 1/2, 1/4 or 1/8 of its size where its shorter side keeps this many pixels: PDQ then moves by
0.07 bits on average (FACTS section 7), at 256 pixels by 1.5."""
COPIES = 2
"""Formats other than JPEG and PNG may have half of ``max_pixels``: their decoders hold a second copy."""
MAGIC = {
    "GIF": (b"GIF87a", b"GIF89a"),
    "TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    "BMP": (b"BM",),
}
"""How files of Pillow's formats begin; JPEG, PNG, WEBP and AVIF are told apart in ``format_of``."""
PILLOW_ERRORS = (
    OSError, SyntaxError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, EOFError, RuntimeError,
    MemoryError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow is known to raise for damaged files: its plugins let the errors of their parsing through."""
_KORNIA_ERRORS = ("Exception", "PanicException")


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture, upright.

    Attributes:
        format: the file's format as Pillow names it.
        width: of the file in pixels, after EXIF orientation.
        height: likewise.
        pixels: ``uint8[h, w, c]``, contiguous; c is 1 for grey, 3 for RGB, 4 for RGBA of which a pixel is not opaque.
            Smaller than ``height x width`` where a JPEG was decoded at a scale.
    """

    format: str
    width: int
    height: int
    pixels: Pixels


def format_of(data: bytes) -> str:
    """The format that the first bytes claim, as Pillow names it.

    Raises:
        NoPictureError: none that is supported.
    """
    if data.startswith(jpeg.SIGNATURE):
        return "JPEG"
    if data.startswith(png.SIGNATURE):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:12] in (b"ftypavif", b"ftypavis"):
        return "AVIF"
    for name, beginnings in MAGIC.items():
        if data.startswith(beginnings):
            return name
    raise NoPictureError(Status.UNSUPPORTED, f"no supported image format begins with {data[:12]!r}")


def decode(data: bytes, limits: Limits) -> Picture:
    """The first frame of an image file.

    Raises:
        NoPictureError: with the status and the reason.
    """
    if not data:
        raise NoPictureError(Status.MISSING, "the file is empty")
    if len(data) > limits.max_bytes:
        raise NoPictureError(Status.TOO_LARGE, f"{len(data)} bytes, the limit is {limits.max_bytes}")
    name = format_of(data)
    if name == "JPEG":
        return _decode_jpeg(data, limits)
    if name == "PNG":
        return _decode_png(data, limits)
    return _decode_other(name, data, Limits(limits.max_bytes, -(-limits.max_pixels // COPIES)))


def _check_area(size: tuple[int, int], limits: Limits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        raise NoPictureError(Status.TOO_LARGE, f"{width} x {height} pixels, the limit is {limits.max_pixels} pixels")


def _picture(name: str, size: tuple[int, int], pixels: Pixels, orientation: int) -> Picture:
    width, height = reversed(size) if exif.turned(orientation) else size
    return Picture(name, width, height, exif.upright(pixels, orientation))


def _by_kornia(decoder: Callable[..., Pixels], *arguments: object) -> Pixels | None:
    """What kornia-rs decodes, or None where it refuses: it says so by a bare ``Exception`` or a Rust panic."""
    try:
        return decoder(*arguments)
    except BaseException as refusal:
        if type(refusal).__name__ not in _KORNIA_ERRORS:
            raise
        return None


def _decode_jpeg(data: bytes, limits: Limits) -> Picture:
    header = jpeg.read_header(data)
    size = (header.width, header.height)
    _check_area(size, limits)
    pixels = None
    if min(size) < 2 * SHORT_SIDE and header.components in (1, 3) and header.precision == jpeg.BYTE:
        mode = "mono" if header.components == 1 else "rgb"
        pixels = _by_kornia(kornia_rs.io.decode_image_jpegturbo, data, mode)
        if pixels is None and not data.endswith(jpeg.END) and jpeg.has_every_scan(data):
            pixels = _by_kornia(kornia_rs.io.decode_image_jpegturbo, data + jpeg.END, mode)
        if pixels is None:
            _refuse_damaged_jpeg(data)
    if pixels is None:
        pixels = pixels_of(_load("JPEG", data, limits, draft=SHORT_SIDE))
    return _picture("JPEG", size, pixels, header.orientation)


def _refuse_damaged_jpeg(data: bytes) -> None:
    """Return only if the strict decoder does not know this kind of JPEG; what it knows and refuses is damaged.

    Pillow fills what is missing in the pixel data with grey and says nothing.
    """
    if _by_kornia(kornia_rs.io.ImageDecoder().read_header, data) is None:
        return
    _load("JPEG", data, Limits(), draft=1)
    raise NoPictureError(Status.UNDECODABLE, "JPEG data are damaged: a part of the picture is missing or wrong")


def _decode_png(data: bytes, limits: Limits) -> Picture:
    size = png.read_size(data)
    _check_area(size, limits)
    header = png.read_chunks(data)
    pixels = _plain_png(data, header) if png.is_plain(header) else None
    if pixels is None:
        png.check_scans(data, header)
        try:
            pixels = pixels_of(_load("PNG", png.bare(data, header, header.color, header.depth), limits))
        except NoPictureError as refusal:
            status = refusal.status if header.complete else Status.TRUNCATED
            raise NoPictureError(status, refusal.detail) from refusal
    return _picture("PNG", size, pixels, header.orientation)


_PLAIN = {
    png.GREY: (png.GREY, "mono"),
    png.PALETTE: (png.GREY, "mono"),
    png.RGB: (png.RGB, "rgb"),
    png.RGBA: (png.RGBA, "rgba"),
}
"""The color type that the fast decoder is told, and the mode that it is asked for."""


def _plain_png(data: bytes, header: png.Png) -> Pixels | None:
    """Pixels of a PNG that ``is_plain``, or None where the fast decoder refuses it."""
    shape = (header.height, header.width)
    if header.color == png.GREY_ALPHA:
        both = _by_kornia(kornia_rs.io.decode_image_png_u16, png.bare(data, header, png.GREY, 16), shape, "mono")
        return None if both is None else without_idle_alpha(looked_up(both, png.GREY_ALPHA_COLORS))
    color, mode = _PLAIN[header.color]
    samples = _by_kornia(kornia_rs.io.decode_image_png_u8, png.bare(data, header, color, header.depth), shape, mode)
    if samples is None or header.color in (png.GREY, png.RGB):
        return samples
    if header.color == png.PALETTE:
        samples = looked_up(samples, png.palette_colors(header))
    return without_idle_alpha(samples)


def _decode_other(name: str, data: bytes, limits: Limits) -> Picture:
    if name == "WEBP":
        _check_area(riff.read_size(data), limits)
    if name == "TIFF":
        exif.check_directory(data)
    image = _load(name, data, limits)
    orientation = exif.UPRIGHT
    if name != "TIFF":  # Pillow has turned a TIFF already
        orientation = exif.orientation(image.info.get("exif", b""))
    return _picture(name, image.size, pixels_of(image), orientation)


def _load(name: str, data: bytes, limits: Limits, draft: int = 0) -> Image.Image:
    """The first frame, loaded by Pillow; a JPEG at the smallest scale whose sides keep ``draft`` pixels.

    Raises:
        NoPictureError: Pillow raised, or the header claims more than the limits allow.
    """
    warnings.filterwarnings("ignore", module=r"PIL\.")  # what is wrong with metadata is no concern of the pixels
    file = io.BytesIO(data)
    try:
        image = Image.open(file, formats=(name,))
        _check_area(image.size, limits)
        if draft:
            image.draft("RGB", (draft, draft))
        image.load()
    except PILLOW_ERRORS as error:
        detail = str(error).replace(repr(file), "it")  # an address in memory, another in each run
        raise NoPictureError(_status_of(error), f"{name}: {detail}") from error
    return image


def _status_of(error: Exception) -> Status:
    """What an error of Pillow's means."""
    if isinstance(error, Image.DecompressionBombError | MemoryError):
        return Status.TOO_LARGE
    text = str(error).lower()
    if isinstance(error, EOFError) or "truncated" in text or "unexpected end" in text:
        return Status.TRUNCATED
    return Status.UNDECODABLE
