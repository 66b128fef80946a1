"""Views: what copies with margins and flattened copies look like."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps

from cleanset.config import MatchConfig
from cleanset.dedup.near import near_links
from cleanset.dedup.same import same_picture, signatures
from cleanset.images.describe import describe_images
from cleanset.images.limits import Limits
from cleanset.images.trim import Box, framed
from cleanset.schemas import VIEW_BYTES, View
from pictures import photo


def described(*images: Image.Image, kind: str = "PNG") -> pa.RecordBatch:
    files = []
    for image in images:
        stream = io.BytesIO()
        image.save(stream, kind)
        files.append(stream.getvalue())
    return describe_images(files, Limits())


def same(*images: Image.Image) -> list[bool]:
    """Whether the first is the same picture as each of the others, asked both ways."""
    seen = signatures(described(*images))
    others = np.arange(1, len(images))
    first = np.zeros_like(others)
    forward = same_picture(seen, first, seen, others, MatchConfig())
    back = same_picture(seen, others, seen, first, MatchConfig())
    assert (forward.same == back.same).all()
    assert (forward.distance == back.distance).all()
    return [bool(answer) for answer in forward.same]


def clear(size: int = 256) -> Image.Image:
    """A photograph in the shape of a disk, its hidden pixels in the wildest colors."""
    image = photo(size, size).convert("RGB")
    mask = Image.new("L", image.size)
    ImageDraw.Draw(mask).ellipse((size // 5, size // 8, size - size // 6, size - size // 5), fill=255)
    noise = np.random.default_rng(3).integers(0, 256, (size, size, 3), dtype=np.uint8)
    image.paste(Image.fromarray(noise), mask=ImageOps.invert(mask))
    image.putalpha(mask)
    return image


def on(image: Image.Image, color: str) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", image.size, color), image).convert("RGB")


@settings(max_examples=15, deadline=None)
@given(*[st.integers(0, 40)] * 4, st.sampled_from(["white", "black", "#5a6470"]))
def test_margins_are_found_to_the_pixel(top: int, bottom: int, left: int, right: int, color: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (100, 120), dtype=np.uint8)
    bordered = ImageOps.expand(Image.fromarray(noise), (left, top, right, bottom), color)
    box = framed(np.asarray(bordered, np.float32))
    if 100 * 120 / (bordered.width * bordered.height) > 0.985:
        assert box is None
    else:
        assert box == Box(top, top + 100, left, left + 120)


def test_too_little_within_a_margin_is_no_view_and_neither_is_a_flat_picture() -> None:
    luma = np.full((400, 400), 255, np.float32)
    assert framed(luma) is None
    luma[180:220, 180:220] = np.random.default_rng(1).integers(0, 256, (40, 40))
    assert framed(luma) is None
    assert framed(np.zeros((1, 1), np.float32)) is None


@pytest.mark.parametrize("margins", [(12, 12, 12, 12), (0, 60, 0, 60), (70, 0, 70, 0), (10, 4, 16, 40)])
@pytest.mark.parametrize("color", ["white", "black", "#5a6470"])
def test_a_copy_with_margins_is_the_same_picture(margins: tuple[int, int, int, int], color: str) -> None:
    image = photo(320, 240)
    bordered = ImageOps.expand(image, margins, color)
    assert same(image, bordered, ImageOps.expand(image, 30, "red"), ImageOps.mirror(bordered)) == [True] * 3
    assert same(bordered, ImageOps.expand(image, (30, 5), "white")) == [True]


def test_signs_on_plain_ground_are_not_the_same_for_their_ground() -> None:
    signs = []
    for shape in ("ellipse", "rectangle", "polygon"):
        sign = Image.new("RGB", (240, 240), "white")
        pen = ImageDraw.Draw(sign)
        if shape == "polygon":
            pen.polygon([(60, 180), (120, 60), (180, 180)], "navy")
        else:
            getattr(pen, shape)((60, 60, 180, 180), "navy")
        signs.append(sign)
    assert same(*signs) == [False, False]
    assert same(signs[1], signs[2]) == [False]


@pytest.mark.parametrize("color", ["white", "black", "#808080"])
def test_a_flattened_copy_of_a_transparent_picture_is_the_same(color: str) -> None:
    image = clear()
    assert same(image, on(image, color), ImageOps.flip(on(image, color)), image.convert("RGB")) == [True] * 3


def test_transparent_pictures_of_one_outline_are_not_the_same_for_it() -> None:
    image = clear()
    another = ImageOps.mirror(photo(256, 256)).convert("RGB").rotate(90)
    another.putalpha(image.getchannel("A"))
    cleaned = Image.composite(image, Image.new("RGBA", image.size), image.getchannel("A"))
    assert same(image, another, cleaned) == [False, True]


def test_an_opaque_picture_without_margins_has_no_further_view() -> None:
    column = described(photo(), clear(), ImageOps.expand(photo(), 20, "white")).column("views").to_pylist()
    kinds = [[packed[i] for i in range(0, len(packed), VIEW_BYTES)] for packed in column]
    assert kinds == [[], [View.ON_WHITE, View.ON_BLACK, View.ON_GREY], [View.TRIMMED]]


def test_match_finds_what_the_definition_calls_the_same() -> None:
    image, framed_photo = clear(), photo(320, 240)
    pictures = [image, on(image, "white"), on(image, "black"), framed_photo, ImageOps.expand(framed_photo, 25, "white")]
    table = pa.Table.from_batches([described(*pictures)])
    ids = pa.array([bytes([i]) * 16 for i in range(len(pictures))], pa.binary(16))
    links = near_links(table.append_column("sample_id", ids), MatchConfig())
    pairs = {(a[0], b[0]) for a, b in zip(links["a"].to_pylist(), links["b"].to_pylist(), strict=True)}
    assert pairs == {(0, 1), (0, 2), (3, 4)}
