"""Pictures and image files for tests, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def photo(width: int = 96, height: int = 64, mode: str = "RGB", seed: int = 0) -> Image.Image:
    """A picture with broad shapes, edges and a little noise, the same for the same arguments."""
    random = np.random.default_rng(seed)
    broad = Image.fromarray(random.integers(0, 256, (6, 8, 4), dtype=np.uint8), "RGBA").resize(
        (width, height), Image.Resampling.BICUBIC
    )
    noisy = np.asarray(broad).astype(int) + random.integers(-4, 5, (height, width, 4))
    image = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8), "RGBA")
    return image if mode == "RGBA" else image.convert("RGB").convert(mode)


def encoded(image: Image.Image, file_format: str, **options: object) -> bytes:
    """The image as a file."""
    file = io.BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def turned_file(image: Image.Image, orientation: int, file_format: str) -> bytes:
    """A file whose stored pixels, turned as its EXIF orientation says, are the image."""
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose that leads back to the stored pixels
    stored = image if orientation == 1 else image.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[274] = orientation
    return encoded(stored, file_format, exif=exif, **({"lossless": True} if file_format == "WEBP" else {}))


def chunk(name: bytes, content: bytes) -> bytes:
    """A PNG chunk with its length and checksum."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_header(width: int, height: int, depth: int = 8, color: int = 2) -> bytes:
    """The beginning of a PNG of any claimed size."""
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))


def with_chunk(png: bytes, name: bytes, content: bytes) -> bytes:
    """The PNG with one more chunk behind its header."""
    return png[:33] + chunk(name, content) + png[33:]
