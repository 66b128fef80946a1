"""Pictures laid on each other: which copies are found, and which other pictures are not taken for copies."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from cleanset.config import MatchConfig
from cleanset.dedup.align.align import align
from cleanset.dedup.confirm import Looks, confirmed

LIMITS = MatchConfig()
SIZE = (320, 240)
NEAR = np.float32(0.8)


def scene(seed: int) -> Image.Image:
    """A picture with structure of every size, and some color."""
    draw = np.random.default_rng(seed)
    picture = np.zeros((SIZE[1], SIZE[0], 3))
    for side in (3, 6, 12, 24, 48, 96):
        layer = Image.fromarray(draw.integers(0, 256, (side, side, 3), np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)
        picture += np.asarray(layer, float)
    picture = (picture - picture.min()) / (picture.max() - picture.min())
    whole = Image.fromarray((255 * picture).astype(np.uint8))
    for _ in range(25):
        x, y, w, h = (int(v) for v in draw.uniform(0, [320, 240, 60, 60]))
        ImageDraw.Draw(whole).ellipse((x, y, x + w, y + h), tuple(int(v) for v in draw.integers(0, 256, 3)))
    return whole


def card(pips: int) -> Image.Image:
    """A playing card: a frame and spots on even ground."""
    picture = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((10, 10, SIZE[0] - 10, SIZE[1] - 10), outline="black", width=4)
    for pip in range(pips):
        x, y = 50 + 80 * (pip % 4), 60 + 90 * (pip // 4)
        pen.ellipse((x - 16, y - 16, x + 16, y + 16), "red")
    return picture


def looks(*pictures: Image.Image) -> Looks:
    """What is laid on each other."""
    luma = [np.asarray(p.convert("L").resize((64, 64), Image.Resampling.BOX)) for p in pictures]
    colors = [np.asarray(p.resize((16, 16), Image.Resampling.BOX)).reshape(256, 3) for p in pictures]
    aspect = np.array([p.width / p.height for p in pictures], np.float32)
    return Looks(np.stack(luma), aspect, np.stack(colors))


def same(a: Image.Image, b: Image.Image, cosine: float = NEAR) -> bool:
    """The verdict, which is the same both ways."""
    cosines = np.full(1, cosine, np.float32)
    forward, back = confirmed(looks(a), looks(b), cosines, LIMITS), confirmed(looks(b), looks(a), cosines, LIMITS)
    assert forward.tolist() == back.tolist()
    return bool(forward[0])


def overlaid(picture: Image.Image) -> Image.Image:
    copy = picture.copy()
    ImageDraw.Draw(copy).ellipse((200, 30, 280, 110), "yellow", "black", 4)
    ImageDraw.Draw(copy).rectangle((20, 200, 220, 225), "white")
    return copy


def framed(picture: Image.Image) -> Image.Image:
    screen = Image.new("RGB", (400, 400), "white")
    screen.paste(picture, (40, 70))
    return screen


COPIES = {
    "cropped": lambda p: p.crop((40, 50, 290, 220)),
    "cropped to another aspect": lambda p: p.crop((60, 0, 220, 240)),
    "turned": lambda p: p.rotate(8, Image.Resampling.BICUBIC).crop((40, 30, 280, 210)),
    "mirrored and cropped": lambda p: p.transpose(Image.Transpose.FLIP_LEFT_RIGHT).crop((30, 30, 300, 230)),
    "turned by a quarter": lambda p: p.transpose(Image.Transpose.ROTATE_90),
    "overlaid": overlaid,
    "in a screenshot": framed,
    "grey": lambda p: p.convert("L").convert("RGB"),
}


@pytest.mark.parametrize("kind", COPIES)
def test_a_copy_is_confirmed(kind: str) -> None:
    assert [same(scene(seed), COPIES[kind](scene(seed))) for seed in range(3)] == [True] * 3


@pytest.mark.parametrize("kind", COPIES)
def test_another_picture_is_not_confirmed_however_it_is_laid(kind: str) -> None:
    assert [same(scene(seed), COPIES[kind](scene(seed + 50))) for seed in range(3)] == [False] * 3


def test_a_recolored_picture_is_another() -> None:
    hue, saturation, value = scene(1).convert("HSV").split()
    recolored = Image.merge("HSV", (hue.point(lambda v: (v + 90) % 256), saturation, value)).convert("RGB")
    assert not same(scene(1), recolored)


def test_drawings_of_one_layout_differ_and_a_copy_of_one_is_found() -> None:
    assert not same(card(4), card(5))
    assert not same(card(4), card(5), cosine=0.85)
    assert same(card(5), card(5).resize((200, 150)), cosine=0.97)


def test_a_different_picture_in_one_frame_is_another() -> None:
    assert not same(framed(scene(1)), framed(scene(2)))


def test_an_answer_does_not_depend_on_the_company_of_a_pair() -> None:
    pictures = [scene(seed) for seed in range(9)]
    copies = [make(picture) for make, picture in zip([*COPIES.values(), framed], pictures, strict=True)]
    x, y = looks(*pictures), looks(*copies)
    whole = align(x.luma, x.aspect, y.luma, y.aspect)
    order = np.array([5, 2, 8, 0, 1, 7, 3, 6, 4])
    for rows in (order, order[:1], order[3:7]):
        some = align(x.luma[rows], x.aspect[rows], y.luma[rows], y.aspect[rows])
        for name in ("maps", "form", "luma", "share", "covered", "even"):
            assert np.array_equal(getattr(some, name), getattr(whole.take(rows), name))


def test_no_pairs_give_no_answers() -> None:
    none = looks(scene(1)).take(np.zeros(0, np.int64))
    empty: NDArray[np.float32] = np.zeros(0, np.float32)
    assert len(confirmed(none, none, empty, LIMITS)) == 0
