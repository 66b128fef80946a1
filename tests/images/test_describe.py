import gc
import threading
from pathlib import Path

import numpy as np
import pytest

from cleanset.images.describe import describe_images
from cleanset.images.limits import Limits
from cleanset.schemas import DESCRIPTION, check
from pictures import encoded, photo, turned_file


def test_there_is_one_row_per_image_in_order() -> None:
    images = [encoded(photo(40 + n, 30), "PNG") for n in range(3)]
    rows = describe_images([images[0], None, b"text", images[1], images[2][:50], images[2]], Limits())
    check(rows, DESCRIPTION)
    assert rows.column("status").to_pylist() == ["ok", "missing", "unsupported", "ok", "truncated", "ok"]
    assert rows.column("width").to_pylist() == [40, None, None, 41, None, 42]
    assert [bool(detail) for detail in rows.column("detail").to_pylist()] == [False, True, True, False, True, False]
    assert rows.column("pdq").null_count == 3


@pytest.mark.parametrize("images", [[], [None], [b""], [None, b"x"]])
def test_no_picture_at_all_still_gives_a_valid_batch(images: list[bytes | None]) -> None:
    rows = describe_images(images, Limits())
    check(rows, DESCRIPTION)
    assert rows.num_rows == len(images)


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    images = [encoded(photo(300, 200, seed=seed), "JPEG") for seed in range(4)]
    together = describe_images(images, Limits()).to_pylist()
    assert together == [describe_images([image], Limits()).to_pylist()[0] for image in images]


def test_a_refused_image_does_not_keep_its_batch_in_memory() -> None:
    images = [encoded(photo(), "PNG"), encoded(photo(), "PNG")[:200], b"text"]
    gc.collect()
    gc.disable()
    try:
        describe_images(images, Limits())
        kept = gc.collect()
    finally:
        gc.enable()
    assert kept == 0, "an error that is kept holds the frames it passed, and their images"


def test_the_first_form_is_the_hash() -> None:
    rows = describe_images([encoded(photo(), "PNG")], Limits()).to_pylist()
    assert rows[0]["pdq_forms"][:32] == rows[0]["pdq"]


@pytest.mark.parametrize("orientation", range(2, 9))
def test_orientation_twins_have_equal_hashes(orientation: int) -> None:
    image = photo(200, 120)
    upright, turned = describe_images(
        [encoded(image, "PNG"), turned_file(image, orientation, "PNG")], Limits()
    ).to_pylist()
    assert upright == turned


def test_a_recompressed_copy_is_near_and_another_picture_far() -> None:
    image = photo(400, 300)
    files = [encoded(image, "PNG"), encoded(image, "JPEG", quality=60), encoded(photo(400, 300, seed=9), "PNG")]
    first, copy, other = (np.frombuffer(row["pdq"], np.uint8) for row in describe_images(files, Limits()).to_pylist())
    assert np.bitwise_count(first ^ copy).sum() <= 16
    assert np.bitwise_count(first ^ other).sum() > 80


def test_threads_agree_with_one_thread() -> None:
    images = [encoded(photo(60, 50, seed=seed), fmt) for seed in range(4) for fmt in ("PNG", "JPEG", "TIFF", "GIF")]
    expected = describe_images(images, Limits())
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(describe_images(images, Limits()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.equals(expected) for answer in answers] == [True] * 4


@pytest.mark.corpus
def test_the_real_images_give_valid_rows(corpus: Path) -> None:
    paths = sorted(
        p for p in corpus.rglob("*") if p.suffix.lower() in {".png", ".jpg", ".webp", ".gif", ".tif", ".bmp"}
    )
    rows = describe_images([path.read_bytes() for path in paths], Limits())
    check(rows, DESCRIPTION)
    assert rows.column("status").to_pylist().count("ok") > len(paths) // 2
