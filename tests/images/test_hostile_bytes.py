"""Whatever happens to a file on its way, describing it never raises and never takes a part for the whole."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleanset.images.decode import decode
from cleanset.images.describe import describe_images
from cleanset.images.limits import Limits
from cleanset.schemas import DESCRIPTION, Status, check
from pictures import encoded, photo, turned_file

FILES = {
    "png": encoded(photo(40, 30), "PNG"),
    "png-palette": encoded(photo(40, 30, "P"), "PNG"),
    "png-bits": encoded(photo(40, 30, "1"), "PNG"),
    "png-grey-alpha": encoded(photo(40, 30, "RGBA").convert("LA"), "PNG"),
    "png-turned": turned_file(photo(40, 30), 6, "PNG"),
    "jpeg": encoded(photo(40, 30), "JPEG"),
    "jpeg-progressive": encoded(photo(40, 30), "JPEG", progressive=True),
    "jpeg-cmyk": encoded(photo(40, 30, "CMYK"), "JPEG"),
    "jpeg-turned": turned_file(photo(40, 30), 6, "JPEG"),
    "webp": encoded(photo(40, 30), "WEBP"),
    "webp-lossless": encoded(photo(40, 30, "RGBA"), "WEBP", lossless=True),
    "gif": encoded(photo(40, 30), "GIF"),
    "tiff": encoded(photo(40, 30), "TIFF"),
    "tiff-lzw": encoded(photo(40, 30), "TIFF", compression="tiff_lzw"),
    "tiff-jpeg": encoded(photo(40, 30), "TIFF", compression="jpeg"),
    "bmp": encoded(photo(40, 30), "BMP"),
    "avif": encoded(photo(40, 30), "AVIF"),
}
LIMITS = Limits(max_bytes=1 << 20, max_pixels=1 << 20)
FAST = settings(max_examples=60, suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow])


def status_of(data: bytes) -> str:
    batch = describe_images([data], LIMITS)
    check(batch, DESCRIPTION)
    status: str = batch.column("status")[0].as_py()
    return status


@pytest.mark.parametrize("name", FILES)
def test_the_undamaged_file_is_a_picture(name: str) -> None:
    assert status_of(FILES[name]) == Status.OK


@FAST
@given(st.sampled_from(sorted(FILES)), st.data())
def test_a_file_cut_anywhere_has_a_status_and_is_a_picture_only_if_it_is_whole(name: str, data: st.DataObject) -> None:
    whole = FILES[name]
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    if status_of(cut) == Status.OK:
        np.testing.assert_array_equal(decode(cut, LIMITS).pixels, decode(whole, LIMITS).pixels)


def test_a_progressive_jpeg_cut_between_scans_is_no_coarse_picture() -> None:
    whole = FILES["jpeg-progressive"]
    ends = [at for at in range(1, len(whole)) if whole[at - 1 : at + 1] in {b"\xff\xda", b"\xff\xc4"}]
    assert len(ends) > 10
    cuts = [at - 1 + more for at in ends for more in range(2)]
    assert {status_of(whole[:cut]) for cut in cuts} == {Status.TRUNCATED}
    assert status_of(whole[:-2]) == Status.OK


@FAST
@given(st.sampled_from(sorted(FILES)), st.data())
def test_flipped_bytes_never_raise(name: str, data: st.DataObject) -> None:
    damaged = bytearray(FILES[name])
    for at, mask in data.draw(st.lists(st.tuples(st.integers(0, len(damaged) - 1), st.integers(1, 255)), max_size=8)):
        damaged[at] ^= mask
    assert status_of(bytes(damaged)) in set(Status)


@FAST
@given(st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"GIF89a", b"BM"]), st.binary())
def test_random_bytes_behind_a_signature_never_raise(signature: bytes, rest: bytes) -> None:
    assert status_of(signature + rest) in set(Status)
