"""Copies of a picture as people make them: cropped, turned, framed, drawn on, shot from a screen, pasted together.

Every strength, place, color and text is drawn anew for each picture and kind of copy, the same whenever these are the
same, so two sets of pictures never share one.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from picture_copies import _cropped as cropped
from picture_copies import _encoded as encoded
from picture_copies import _gamma as gamma
from picture_copies import _noisy as noisy
from picture_copies import _scaled as scaled

Draw = np.random.Generator
Other = Image.Image
Copy = Callable[[Image.Image, Draw, list[Other]], Image.Image]
Turn = Image.Transpose

LARGEST_SIDE = 640
BICUBIC = Image.Resampling.BICUBIC
LANCZOS = Image.Resampling.LANCZOS
TEXTS = (
    "When you see it",
    "SAMPLE",
    "Good morning!",
    "10 facts",
    "(c) A. Person 2026",
    "Breaking: news",
    "follow me",
    "LOL",
)
PAPERS = ("white", "black", "#808080", "#f4f0e6", "#102040", "#c03020")
PASTED = frozenset({"collage of 2", "collage of 4", "insert at .6", "insert at .4", "chain with insert"})
"""Copies that hold another picture too: a match with that one is not false."""


def copies_of(picture: Image.Image, name: str, others: list[Other]) -> Iterator[tuple[str, str, Image.Image]]:
    """(Family, kind, copy) of each kind, of a picture in RGB; ``name`` seeds what is drawn, ``others`` are pasted."""
    small = picture.copy()
    small.thumbnail((LARGEST_SIDE, LARGEST_SIDE), LANCZOS)
    for family, kinds in FAMILIES.items():
        for kind, make in kinds.items():
            draw = np.random.default_rng(zlib.crc32(f"{name}/{kind}".encode()))
            yield family, kind, make(small, draw, others)


def _plain(make: Callable[[Image.Image], Image.Image]) -> Copy:
    return lambda p, _, __: make(p)


def _drawn(make: Callable[[Image.Image, Draw], Image.Image]) -> Copy:
    return lambda p, r, _: make(p, r)


def _paper(draw: Draw) -> str:
    return PAPERS[draw.integers(len(PAPERS))]


def _jpeg(low: int, high: int) -> Copy:
    return _drawn(lambda p, r: encoded(p, "JPEG", quality=int(r.integers(low, high))))


def _crop_away(share: float) -> Copy:
    """That share of the area is cut away, somewhere, at about the same aspect."""

    def make(picture: Image.Image, draw: Draw) -> Image.Image:
        side = (1 - share) ** 0.5
        return cropped(picture, side, draw.uniform(), draw.uniform())

    return _drawn(make)


def _to_aspect(aspect: float) -> Copy:
    """The greatest part of that aspect, as wallpapers are cut for other screens."""

    def make(picture: Image.Image, draw: Draw) -> Image.Image:
        width = min(picture.width, round(picture.height * aspect))
        height = min(picture.height, round(picture.width / aspect))
        return ImageOps.fit(picture, (max(width, 8), max(height, 8)), centering=(draw.uniform(0.3, 0.7), 0.5))

    return _drawn(make)


def _turned(degrees: float, *, filled: bool) -> Copy:
    """Turned by about so much, with the corners of a paper's color or cut away."""

    def make(picture: Image.Image, draw: Draw) -> Image.Image:
        angle = draw.choice([-1, 1]) * draw.uniform(0.8, 1.05) * degrees
        if filled:
            return picture.rotate(angle, BICUBIC, expand=True, fillcolor=_paper(draw))
        w, h = picture.size
        sine, cosine = abs(np.sin(np.radians(angle))), abs(np.cos(np.radians(angle)))
        keep = min(w / (w * cosine + h * sine), h / (w * sine + h * cosine))
        return cropped(picture.rotate(angle, BICUBIC), keep)

    return _drawn(make)


def _perspective(most: float) -> Copy:
    """As photographed from aside: the corners moved inwards by up to that share."""

    def make(picture: Image.Image, draw: Draw) -> Image.Image:
        w, h = picture.size
        x, y = draw.uniform(0, most, 4) * w, draw.uniform(0, most, 4) * h
        to = [(x[0], y[0]), (w - x[1], y[1]), (w - x[2], h - y[2]), (x[3], h - y[3])]
        rows, values = [], []
        for (u, v), (s, t) in zip(to, [(0, 0), (w, 0), (w, h), (0, h)], strict=True):
            rows += [[u, v, 1, 0, 0, 0, -s * u, -s * v], [0, 0, 0, u, v, 1, -t * u, -t * v]]
            values += [s, t]
        numbers = np.linalg.solve(np.array(rows, float), np.array(values, float))
        return picture.transform(
            picture.size, Image.Transform.PERSPECTIVE, list(numbers), BICUBIC, fillcolor=_paper(draw)
        )

    return _drawn(make)


def _bordered(low: float, high: float) -> Copy:
    return _drawn(lambda p, r: ImageOps.expand(p, max(1, round(min(p.size) * r.uniform(low, high))), _paper(r)))


def _boxed(across: float, down: float, color: str | None) -> Copy:
    """Bars on two sides; without a color they show the picture, blurred."""

    def make(picture: Image.Image, draw: Draw) -> Image.Image:
        share = draw.uniform(0.6, 1.1)
        w, h = round(picture.width * (1 + across * share)), round(picture.height * (1 + down * share))
        if color:
            ground = Image.new("RGB", (w, h), color)
        else:
            ground = ImageOps.fit(picture, (w, h)).filter(ImageFilter.GaussianBlur(min(w, h) / 20))
        ground.paste(picture, ((w - picture.width) // 2, (h - picture.height) // 2))
        return ground

    return _drawn(make)


def _written(size: float, where: tuple[float, float], *, opacity: float = 1.0, lines: int = 1) -> Copy:
    """Text with an outline, as wide as it gets."""

    def make(picture: Image.Image, draw: Draw) -> Image.Image:
        layer = Image.new("RGBA", picture.size)
        height = max(8, round(picture.height * size * draw.uniform(0.8, 1.2)))
        font, pen, alpha = ImageFont.load_default(height), ImageDraw.Draw(layer), round(255 * opacity)
        ink, edge = ((255, 255, 255), (0, 0, 0)) if draw.uniform() < 0.7 else ((20, 20, 20), (255, 255, 255))
        for line in range(lines):
            text = TEXTS[draw.integers(len(TEXTS))]
            x = where[0] * max(0, picture.width - font.getlength(text))
            y = where[1] * max(0, picture.height - 1.3 * height * lines) + line * 1.3 * height
            pen.text((x, y), text, (*ink, alpha), font, stroke_width=max(1, height // 14), stroke_fill=(*edge, alpha))
        return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")

    return _drawn(make)


def _tiled(picture: Image.Image, draw: Draw) -> Image.Image:
    """A watermark over everything, askew."""
    side, size = 2 * max(picture.size), max(10, picture.height // int(draw.integers(7, 14)))
    layer = Image.new("RGBA", (side, side))
    font, pen = ImageFont.load_default(size), ImageDraw.Draw(layer)
    for row, y in enumerate(range(0, side, round(2.6 * size))):
        for x in range(-(row % 2) * 3 * size, side, 7 * size):
            pen.text((x, y), "stock photo", (255, 255, 255, int(draw.integers(70, 120))), font)
    layer = layer.rotate(draw.uniform(15, 40), BICUBIC)
    x, y = (side - picture.width) // 2, (side - picture.height) // 2
    layer = layer.crop((x, y, x + picture.width, y + picture.height))
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


def _smiley(side: int, draw: Draw) -> Image.Image:
    """A round face."""
    face = Image.new("RGBA", (128, 128))
    pen = ImageDraw.Draw(face)
    pen.ellipse(
        (4, 4, 124, 124),
        tuple(draw.choice([(255, 204, 77), (250, 170, 60), (230, 90, 70), (120, 190, 90)])),
        "#7a5210",
        3,
    )
    pen.ellipse((34, 36, 52, 62), "#5a3a10")
    pen.ellipse((76, 36, 94, 62), "#5a3a10")
    pen.chord((28, 56, 100, 110), 0, 180, "#5a3a10" if draw.uniform() < 0.5 else "white")
    return face.rotate(draw.uniform(-25, 25), BICUBIC).resize((side, side), LANCZOS)


def _stuck(least: float, most: float, count: int) -> Copy:
    """Faces, each with a side of that share of the shorter side."""

    def make(picture: Image.Image, draw: Draw) -> Image.Image:
        copy = picture.copy()
        for _ in range(count):
            side = max(8, round(min(copy.size) * draw.uniform(least, most)))
            face = _smiley(side, draw)
            copy.paste(
                face, (int(draw.uniform() * (copy.width - side)), int(draw.uniform() * (copy.height - side))), face
            )
        return copy

    return _drawn(make)


def _logo(area: float) -> Copy:
    """A sign on a plate in a corner that covers that share of the area."""

    def make(picture: Image.Image, draw: Draw) -> Image.Image:
        copy = picture.copy()
        height = max(6, round((area * copy.width * copy.height / 2) ** 0.5))
        plate = Image.new("RGB", (2 * height, height), tuple(int(v) for v in draw.integers(0, 256, 3)))
        ImageDraw.Draw(plate).text((height // 8, height // 8), "ACME", "white", ImageFont.load_default(0.6 * height))
        margin = round(0.02 * copy.width)
        x = (margin, copy.width - plate.width - margin)[draw.integers(2)]
        y = (margin, copy.height - plate.height - margin)[draw.integers(2)]
        copy.paste(plate, (x, y))
        return copy

    return _drawn(make)


def _hue(degrees: float) -> Copy:
    def make(picture: Image.Image, draw: Draw) -> Image.Image:
        hue, saturation, value = picture.convert("HSV").split()
        shift = round(draw.choice([-1, 1]) * degrees / 360 * 256)
        return Image.merge("HSV", (hue.point(lambda v: (v + shift) % 256), saturation, value)).convert("RGB")

    return _drawn(make)


def _sepia(picture: Image.Image) -> Image.Image:
    return ImageOps.colorize(picture.convert("L"), "#1a0d00", "#fff2d9", "#a08050")


def _on_phone(picture: Image.Image, draw: Draw) -> Image.Image:
    """A screenshot of a post: bars, a name, the picture, buttons, a caption."""
    width, page = 480, _paper(draw) if draw.uniform() < 0.3 else "white"
    shown = picture.resize((width, max(1, round(width * picture.height / picture.width))), LANCZOS)
    top, below = int(draw.integers(70, 150)), int(draw.integers(90, 330))
    screen = Image.new("RGB", (width, top + shown.height + below), page)
    pen, ink = ImageDraw.Draw(screen), "#888888"
    pen.rectangle((0, 0, width, 24), "black")
    pen.ellipse((14, top - 42, 46, top - 10), "#3080d0")
    pen.text((56, top - 38), "some_body 2 h", ink, ImageFont.load_default(20))
    screen.paste(shown, (0, top))
    for x in (20, 70, 120):
        pen.ellipse((x, top + shown.height + 12, x + 26, top + shown.height + 38), outline=ink, width=3)
    for y in range(top + shown.height + 55, screen.height - 30, 26):
        pen.text((16, y), " ".join(TEXTS[i] for i in draw.integers(0, len(TEXTS), 3)), ink, ImageFont.load_default(18))
    return screen


def _in_window(picture: Image.Image, draw: Draw) -> Image.Image:
    """A screenshot of a viewer: title, tool bar, a dark or light ground around the picture."""
    ground = ("#202020", "#e8e8e8")[draw.integers(2)]
    w, h = round(picture.width * draw.uniform(1.1, 1.6)), round(picture.height * draw.uniform(1.25, 1.6))
    window = Image.new("RGB", (w, h), ground)
    pen = ImageDraw.Draw(window)
    bar = max(12, h // 16)
    pen.rectangle((0, 0, w, bar), "#3c3c3c")
    pen.rectangle((0, bar, w, 2 * bar), "#5a5a5a")
    pen.text((bar, 1), "IMG_2041.jpg - viewer", "white", ImageFont.load_default(0.6 * bar))
    for x in range(bar, w - 4 * bar, 2 * bar):
        pen.rectangle((x, bar + 3, x + bar - 6, 2 * bar - 4), "#b0b0b0")
    window.paste(picture, ((w - picture.width) // 2, 2 * bar + (h - 2 * bar - picture.height) // 2))
    return window


def _collage(columns: int, rows: int) -> Copy:
    def make(picture: Image.Image, draw: Draw, others: list[Other]) -> Image.Image:
        w, h = 480 // columns * 2 // 2, 480 // rows
        board = Image.new("RGB", (w * columns, h * rows), _paper(draw))
        own = draw.integers(columns * rows)
        for place in range(columns * rows):
            shown = picture if place == own else others[draw.integers(len(others))]
            board.paste(ImageOps.fit(shown, (w - 4, h - 4)), (place % columns * w + 2, place // columns * h + 2))
        return board

    return make


def _inserted(share: float) -> Copy:
    """Pasted onto another picture, each side ``share`` of that one's."""

    def make(picture: Image.Image, draw: Draw, others: list[Other]) -> Image.Image:
        ground = others[draw.integers(len(others))].copy()
        shown = ImageOps.contain(picture, (round(ground.width * share), round(ground.height * share)))
        at = draw.uniform(size=2) * (np.array(ground.size) - shown.size)
        ground.paste(shown, tuple(int(v) for v in at))
        return ground

    return make


def _chain(*steps: Copy) -> Copy:
    def make(picture: Image.Image, draw: Draw, others: list[Other]) -> Image.Image:
        for step in steps:
            picture = step(picture, draw, others)
        return picture

    return make


def _resized(low: float, high: float) -> Copy:
    return _drawn(lambda p, r: scaled(p, *[r.uniform(low, high)] * 2, LANCZOS))


FAMILIES: dict[str, dict[str, Copy]] = {
    "JPEG 30 to 90": {"JPEG 30 to 50": _jpeg(30, 50), "JPEG 50 to 90": _jpeg(50, 90)},
    "JPEG 10": {"JPEG 10": _jpeg(10, 11)},
    "size": {"smaller": _resized(0.25, 0.7), "larger": _resized(1.3, 2.0)},
    "aspect": {
        "narrower": _drawn(lambda p, r: scaled(p, r.uniform(0.7, 0.85), 1, BICUBIC)),
        "lower": _drawn(lambda p, r: scaled(p, 1, r.uniform(0.7, 0.85), BICUBIC)),
    },
    "mirror": {"mirror": _plain(ImageOps.mirror)},
    "quarter turn": {
        "turn 90": _plain(lambda p: p.transpose(Turn.ROTATE_90)),
        "turn 180": _plain(lambda p: p.transpose(Turn.ROTATE_180)),
        "turn 270": _plain(lambda p: p.transpose(Turn.ROTATE_270)),
        "upside down": _plain(ImageOps.flip),
    },
    "grey": {"grey": _plain(lambda p: p.convert("L").convert("RGB")), "sepia": _plain(_sepia)},
    "crop 10": {"crop 10": _crop_away(0.1)},
    "crop 20": {"crop 20": _crop_away(0.2)},
    "crop 30": {"crop 30": _crop_away(0.3), "crop 30, JPEG": _chain(_crop_away(0.3), _jpeg(40, 80))},
    "crop 50": {"crop 50": _crop_away(0.5), "crop 50, small": _chain(_crop_away(0.5), _resized(0.4, 0.8))},
    "crop 70": {"crop 70": _crop_away(0.7)},
    "aspect crop": {"4:3": _to_aspect(4 / 3), "16:9": _to_aspect(16 / 9), "portrait": _to_aspect(9 / 16)},
    "rotation 5": {"turn 5, filled": _turned(5, filled=True), "turn 5, cut": _turned(5, filled=False)},
    "rotation 20": {"turn 20, filled": _turned(20, filled=True), "turn 20, cut": _turned(20, filled=False)},
    "perspective": {"perspective": _perspective(0.12)},
    "border": {"thin border": _bordered(0.02, 0.06), "wide border": _bordered(0.1, 0.2)},
    "letterbox": {
        "letterbox": _boxed(0, 0.35, "black"),
        "pillars": _boxed(0.5, 0, "white"),
        "blurred bars": _boxed(0.6, 0, None),
    },
    "text": {
        "caption": _written(0.09, (0.5, 0.95)),
        "two lines": _written(0.12, (0.5, 0.05), lines=2),
        "signed": _written(0.05, (0.95, 0.97)),
    },
    "watermark": {"tiled": _drawn(_tiled), "across": _written(0.2, (0.5, 0.5), opacity=0.4)},
    "emoji": {"one face": _stuck(0.2, 0.35, 1), "three faces": _stuck(0.12, 0.22, 3)},
    "logo": {"logo 5": _logo(0.05), "logo 2": _logo(0.02)},
    "tone": {
        "bright 140": _plain(lambda p: ImageEnhance.Brightness(p).enhance(1.4)),
        "dark": _drawn(lambda p, r: ImageEnhance.Brightness(p).enhance(r.uniform(0.5, 0.7))),
        "contrast": _drawn(lambda p, r: ImageEnhance.Contrast(p).enhance(r.uniform(1.3, 1.7))),
        "gamma": _drawn(lambda p, r: gamma(p, r.choice([r.uniform(0.55, 0.75), r.uniform(1.4, 1.9)]))),
    },
    "color": {
        "vivid": _drawn(lambda p, r: ImageEnhance.Color(p).enhance(r.uniform(1.4, 2))),
        "hue": _hue(25),
    },
    "blur": {
        "blur": _drawn(lambda p, r: p.filter(ImageFilter.GaussianBlur(min(p.size) * r.uniform(0.006, 0.012)))),
        "pixels": _plain(
            lambda p: p.resize((max(1, p.width // 8), max(1, p.height // 8))).resize(p.size, Image.Resampling.NEAREST)
        ),
    },
    "noise": {"noise": _drawn(lambda p, r: noisy(p, r.uniform(15, 35)))},
    "combination": {
        "crop, tone, JPEG": _chain(_crop_away(0.15), _drawn(lambda p, r: gamma(p, r.uniform(0.7, 1.4))), _jpeg(30, 60)),
        "mirror, crop, text": _chain(_plain(ImageOps.mirror), _crop_away(0.2), _written(0.08, (0.5, 0.9))),
        "border, turn, JPEG": _chain(_bordered(0.04, 0.1), _turned(4, filled=True), _jpeg(40, 70)),
        "grey, faces, small": _chain(
            _plain(lambda p: p.convert("L").convert("RGB")), _stuck(0.15, 0.25, 2), _resized(0.3, 0.6)
        ),
    },
    "screenshot": {"on a phone": _drawn(_on_phone), "in a window": _drawn(_in_window)},
    "chain": {
        "chain of 3": _chain(_crop_away(0.3), _turned(10, filled=True), _written(0.1, (0.5, 0.1))),
        "chain of 4": _chain(_plain(ImageOps.mirror), _perspective(0.1), _stuck(0.15, 0.3, 2), _jpeg(15, 40)),
        "chain with insert": _chain(_inserted(0.75), _drawn(lambda p, r: gamma(p, r.uniform(0.7, 1.4))), _jpeg(20, 50)),
    },
    "collage": {"collage of 2": _collage(2, 1), "collage of 4": _collage(2, 2)},
    "insert": {"insert at .6": _inserted(0.6), "insert at .4": _inserted(0.4)},
    "inversion": {"inversion": _plain(ImageChops.invert)},
}


def file_of(copy: Image.Image) -> bytes:
    """The copy as a file without loss."""
    stream = io.BytesIO()
    copy.save(stream, "BMP")
    return stream.getvalue()
