"""What a picture may cost, and the words for a file that gives none."""

from __future__ import annotations

from dataclasses import dataclass

from cleanset.errors import ConfigError
from cleanset.schemas import Status


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps that are checked against a file's own header before anything is allocated for its pixels.

    Attributes:
        max_bytes: size of the file as stored.
        max_pixels: width times height of the first frame; half of it for formats other than PNG and JPEG, whose
            decoders hold more copies. At the default, Pillow's own, a worker stays below 0.8 GiB beside the files
            it holds; of the corpus 14 images of 168 Mpx and more are refused, the next largest has 41.

    Raises:
        ConfigError: a cap is not positive.
    """

    max_bytes: int = 256 << 20
    max_pixels: int = 89_478_485

    def __post_init__(self) -> None:
        if self.max_bytes < 1 or self.max_pixels < 1:
            raise ConfigError(f"limits must be positive, found {self}")


class NoPictureError(Exception):
    """A file gives no picture: ``status`` says of which kind the failure is, ``detail`` tells a person."""

    def __init__(self, status: Status, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
