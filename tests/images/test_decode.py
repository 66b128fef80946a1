import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from cleanset.images.decode import decode
from cleanset.images.limits import Limits, NoPictureError
from cleanset.schemas import Status
from pictures import chunk, encoded, photo, png_header, turned_file, with_chunk

FORMATS: dict[str, dict[str, object]] = {
    "PNG": {},
    "JPEG": {"quality": 90},
    "WEBP": {"lossless": True},
    "GIF": {},
    "TIFF": {},
    "BMP": {},
    "AVIF": {},
}


def status_of(data: bytes, limits: Limits | None = None) -> Status:
    with pytest.raises(NoPictureError) as refusal:
        decode(data, limits or Limits())
    assert refusal.value.detail
    return refusal.value.status


@pytest.mark.parametrize(
    ("file_format", "mode"),
    [
        *((file_format, mode) for file_format in ("PNG", "TIFF") for mode in ("RGB", "L", "1", "P", "RGBA", "LA")),
        *((file_format, mode) for file_format in ("WEBP", "AVIF", "GIF") for mode in ("RGB", "L", "RGBA")),
        *((file_format, mode) for file_format in ("JPEG", "TIFF") for mode in ("RGB", "L", "CMYK")),
        *(("BMP", mode) for mode in ("RGB", "L", "1", "P")),
    ],
)
def test_decode_gives_pillows_pixels(file_format: str, mode: str) -> None:
    image = photo(mode="RGBA").convert("LA") if mode == "LA" else photo(mode=mode)
    data = encoded(image, file_format, **FORMATS[file_format])
    picture = decode(data, Limits())
    assert (picture.format, picture.width, picture.height) == (file_format, 96, 64)
    target = {1: "L", 3: "RGB", 4: "RGBA"}[picture.pixels.shape[2]]
    expected = np.asarray(Image.open(io.BytesIO(data)).convert(target))
    np.testing.assert_array_equal(picture.pixels.squeeze(), expected)


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_16_bit_samples_are_scaled_and_not_clipped(file_format: str) -> None:
    ramp = np.linspace(0, 65535, 64 * 32).astype(np.uint16).reshape(32, 64)
    picture = decode(encoded(Image.fromarray(ramp), file_format), Limits())
    np.testing.assert_array_equal(picture.pixels[:, :, 0], ramp >> 8)


def test_floating_point_samples_are_stretched_and_nan_counts_as_the_least() -> None:
    samples = np.linspace(-2, 3, 64 * 32, dtype=np.float32).reshape(32, 64)
    samples[0, 0] = np.nan
    pixels = decode(encoded(Image.fromarray(samples), "TIFF"), Limits()).pixels
    assert (pixels.min(), pixels.max(), pixels[0, 0, 0]) == (0, 255, 0)


@pytest.mark.parametrize("transparency", [0, b"\x00\x80\xff"])
def test_a_transparent_palette_becomes_rgba(transparency: int | bytes) -> None:
    data = encoded(photo(mode="P"), "PNG", transparency=transparency)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
    np.testing.assert_array_equal(decode(data, Limits()).pixels, expected)


def test_a_color_key_becomes_alpha() -> None:
    image = Image.new("RGB", (16, 16), (1, 2, 3))
    image.putpixel((3, 4), (9, 9, 9))
    pixels = decode(encoded(image, "PNG", transparency=(1, 2, 3)), Limits()).pixels
    assert pixels[0, 0].tolist() == [1, 2, 3, 0]
    assert pixels[4, 3].tolist() == [9, 9, 9, 255]


def test_an_alpha_channel_that_hides_nothing_is_dropped() -> None:
    image = photo()
    pixels = decode(encoded(image.convert("RGBA"), "PNG"), Limits()).pixels
    np.testing.assert_array_equal(pixels, np.asarray(image))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF", "JPEG"])
def test_exif_orientation_is_applied(orientation: int, file_format: str) -> None:
    image = photo(width=96, height=48)
    data = turned_file(image, orientation, file_format)
    picture = decode(data, Limits())
    assert (picture.width, picture.height) == (96, 48)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    np.testing.assert_array_equal(picture.pixels, np.asarray(expected))
    if file_format != "JPEG":
        np.testing.assert_array_equal(picture.pixels, np.asarray(image))


def test_a_large_jpeg_is_decoded_at_a_scale_that_keeps_512_pixels() -> None:
    picture = decode(encoded(photo(2100, 1050), "JPEG"), Limits())
    assert (picture.width, picture.height) == (2100, 1050)
    assert picture.pixels.shape == (525, 1050, 3)


@pytest.mark.parametrize("options", [{"progressive": True}, {"subsampling": 0}, {"subsampling": 1}, {"quality": 5}])
def test_every_kind_of_jpeg_is_accepted(options: dict[str, object]) -> None:
    assert decode(encoded(photo(), "JPEG", **options), Limits()).pixels.shape == (64, 96, 3)


def test_a_jpeg_that_lacks_only_its_end_marker_is_whole() -> None:
    data = encoded(photo(), "JPEG")
    np.testing.assert_array_equal(decode(data[:-2], Limits()).pixels, decode(data, Limits()).pixels)


@pytest.mark.parametrize("tail", [b"", b"\xff\xd9"])
def test_a_cut_jpeg_is_no_picture_even_when_an_end_marker_was_put_behind_the_cut(tail: bytes) -> None:
    data = encoded(photo(200, 200), "JPEG")
    assert status_of(data[: len(data) * 2 // 3] + tail) in (Status.TRUNCATED, Status.UNDECODABLE)


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.6, 0.9])
def test_a_truncated_file_is_no_picture(file_format: str, kept: float) -> None:
    data = encoded(photo(200, 150), file_format, **FORMATS[file_format])
    assert status_of(data[: max(int(len(data) * kept), 24)]) in (Status.TRUNCATED, Status.UNDECODABLE)


def test_a_truncated_png_or_jpeg_is_named_so() -> None:
    for file_format in ("PNG", "JPEG"):
        data = encoded(photo(200, 150), file_format)
        assert status_of(data[: len(data) // 2]) == Status.TRUNCATED


@pytest.mark.parametrize("mode", ["RGB", "1"])
def test_a_damaged_png_is_undecodable(mode: str) -> None:
    data = bytearray(encoded(photo(mode=mode), "PNG"))
    data[-30] ^= 1
    assert status_of(bytes(data)) == Status.UNDECODABLE


def test_a_damaged_palette_is_no_palette() -> None:
    data = bytearray(encoded(photo(mode="P"), "PNG"))
    data[data.index(b"PLTE") + 7] ^= 1
    assert status_of(bytes(data)) == Status.UNDECODABLE


@pytest.mark.parametrize(("depth", "color", "row"), [(8, 2, 24), (1, 0, 1), (16, 0, 16), (8, 3, 8), (8, 4, 16)])
def test_a_png_whose_pixels_end_early_is_no_picture(depth: int, color: int, row: int) -> None:
    def png(rows: int) -> bytes:
        palette = chunk(b"PLTE", bytes(9)) if color == 3 else b""
        pixels = chunk(b"IDAT", zlib.compress(bytes(1 + row) * rows))
        return png_header(8, 8, depth, color) + palette + pixels + chunk(b"IEND", b"")

    assert decode(png(8), Limits()).height == 8
    assert status_of(png(7)) == Status.UNDECODABLE


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (8, 8), (33, 17)])
def test_an_interlaced_png_decodes(size: tuple[int, int]) -> None:
    """Pillow writes none, so one is made by hand: Adam7 passes of a grey picture, rows unfiltered."""
    image = photo(*size, "L")
    samples = np.asarray(image)
    starts = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    passes = (samples[y::down, x::across] for x, y, across, down in starts)
    raw = b"".join(b"\0" + row.tobytes() for part in passes if part.size for row in part)
    header = struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 1)
    beginning = png_header(1, 1)[:8] + chunk(b"IHDR", header)
    whole, short = (chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"") for pixels in (raw, raw[:-1]))
    np.testing.assert_array_equal(decode(beginning + whole, Limits()).pixels[:, :, 0], samples)
    assert status_of(beginning + short) == Status.UNDECODABLE


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", Status.MISSING),
        (b"<html>not found</html>", Status.UNSUPPORTED),
        (b"\0" * 100, Status.UNSUPPORTED),
        (b"\x89PNG\r\n\x1a\n", Status.TRUNCATED),
        (b"\xff\xd8\xff", Status.TRUNCATED),
        (b"GIF89a", Status.UNDECODABLE),
        (b"RIFF\xff\0\0\0WEBP", Status.TRUNCATED),
        (b"II*\0\x08\0\0\0", Status.TRUNCATED),
    ],
)
def test_what_is_no_image_has_a_status(data: bytes, status: Status) -> None:
    assert status_of(data) == status


def test_the_extension_does_not_matter_the_content_does() -> None:
    assert decode(encoded(photo(), "WEBP"), Limits()).format == "WEBP"


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG"])
def test_an_animation_shows_its_first_frame(file_format: str) -> None:
    frames = [photo(seed=seed) for seed in range(3)]
    still = encoded(frames[0], file_format, lossless=True)
    moving = encoded(frames[0], file_format, save_all=True, append_images=frames[1:], lossless=True, duration=40)
    np.testing.assert_array_equal(decode(moving, Limits()).pixels, decode(still, Limits()).pixels)


@pytest.mark.parametrize("size", [(1, 1), (1, 10_000), (10_000, 1), (3, 4)])
def test_the_smallest_and_the_longest_pictures_decode(size: tuple[int, int]) -> None:
    picture = decode(encoded(photo(*size), "PNG"), Limits())
    assert (picture.width, picture.height) == size


def test_a_claimed_billion_pixels_cost_nothing() -> None:
    assert status_of(png_header(40_000, 40_000) + b"rest") == Status.TOO_LARGE
    gif = b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + encoded(photo(8, 8), "GIF")[10:]
    assert status_of(gif) == Status.TOO_LARGE
    jpeg = bytearray(encoded(photo(), "JPEG"))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 65_000, 65_000)
    assert status_of(bytes(jpeg)) == Status.TOO_LARGE
    webp = bytearray(encoded(photo(mode="RGBA"), "WEBP"))
    assert webp[12:16] == b"VP8X"
    webp[24:30] = b"\xff\x3f\0\xff\x3f\0"
    assert status_of(bytes(webp)) == Status.TOO_LARGE


def test_caps_are_the_callers() -> None:
    data = encoded(photo(), "PNG")
    assert status_of(data, Limits(max_bytes=len(data) - 1)) == Status.TOO_LARGE
    assert status_of(data, Limits(max_pixels=96 * 64 - 1)) == Status.TOO_LARGE
    assert decode(data, Limits(len(data), 96 * 64)).width == 96


@pytest.mark.parametrize("mode", ["RGB", "LA"])
def test_compressed_text_and_profiles_are_never_inflated(mode: str) -> None:
    bomb = zlib.compress(bytes(20_000_000), 9)
    image = photo(mode="RGBA").convert("LA") if mode == "LA" else photo()
    plain = encoded(image, "PNG")
    for name, content in ((b"zTXt", b"k\0\0" + bomb), (b"iCCP", b"k\0\0" + bomb), (b"iTXt", b"k\0\1\0\0\0" + bomb)):
        hostile = with_chunk(plain, name, content)
        np.testing.assert_array_equal(decode(hostile, Limits()).pixels, decode(plain, Limits()).pixels)


def test_a_tiff_whose_entries_all_point_at_the_whole_file_is_refused() -> None:
    size = 4096
    entries = b"".join(struct.pack("<HHII", 40_000 + n, 7, size, 0) for n in range(100))
    data = b"II*\0" + struct.pack("<IH", 8, 100) + entries + bytes(size)
    assert status_of(data) == Status.UNDECODABLE


def test_a_png_of_very_many_chunks_is_refused() -> None:
    data = png_header(8, 8) + chunk(b"teSt", b"") * 140_000
    assert status_of(data) == Status.UNDECODABLE
