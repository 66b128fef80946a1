"""Copies of a picture as the web makes them, in families: one set to tune on, another to be judged by."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Copy = Callable[[Image.Image], Image.Image]
Families = dict[str, dict[str, Copy]]

LARGEST_SIDE = 900
"""Pictures are made this small at most before they are copied, to bound the time."""
OF_TRANSPARENT = ("flattened", "transparency kept")


def copies_of(file: bytes, families: Families) -> Iterator[tuple[str, bytes]]:
    """(Family, file) of each copy. Families ``OF_TRANSPARENT`` are made of transparent pictures only, in their size."""
    image = Image.open(io.BytesIO(file))
    clear = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    opaque = image.convert("RGB")
    opaque.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    for family, kinds in families.items():
        if family in OF_TRANSPARENT and not clear:
            continue
        for make in kinds.values():
            copy = make(image.convert("RGBA") if family in OF_TRANSPARENT else opaque)
            stream = io.BytesIO()
            copy.save(stream, "PNG" if copy.mode == "RGBA" else "BMP", compress_level=1)
            yield family, stream.getvalue()


def _encoded(picture: Image.Image, kind: str, mode: str = "RGB", **options: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return Image.open(file).convert(mode)


def _scaled(picture: Image.Image, across: float, down: float, how: Image.Resampling) -> Image.Image:
    return picture.resize((max(1, round(picture.width * across)), max(1, round(picture.height * down))), how)


def _cropped(picture: Image.Image, share: float, left: float = 0.5, top: float = 0.5) -> Image.Image:
    """The ``share`` of each side, cut ``left`` and ``top`` of the way in."""
    width, height = round(picture.width * share), round(picture.height * share)
    x, y = round((picture.width - width) * left), round((picture.height - height) * top)
    return picture.crop((x, y, x + width, y + height))


def _gamma(picture: Image.Image, power: float) -> Image.Image:
    return picture.point([round(255 * (i / 255) ** power) for i in range(256)] * 3)


def _noisy(picture: Image.Image, deviation: float) -> Image.Image:
    noise = np.random.default_rng(1).normal(0, deviation, (picture.height, picture.width, 3))
    return Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8))


def _salted(picture: Image.Image, share: float) -> Image.Image:
    chance = np.random.default_rng(2).random((picture.height, picture.width, 1))
    salted = np.where(chance < share / 2, 0, np.where(chance < share, 255, np.asarray(picture)))
    return Image.fromarray(salted.astype(np.uint8))


def _vignette(picture: Image.Image) -> Image.Image:
    y, x = np.linspace(-1, 1, picture.height)[:, None], np.linspace(-1, 1, picture.width)[None, :]
    light = 1 - 0.3 * (x * x + y * y) / 2
    return Image.fromarray((np.asarray(picture) * light[:, :, None]).astype(np.uint8))


def _warm(picture: Image.Image) -> Image.Image:
    return Image.fromarray((np.asarray(picture) * [1.0, 0.95, 0.85]).astype(np.uint8))


def _bars(picture: Image.Image, across: float, down: float, color: str) -> Image.Image:
    x, y = round(picture.width * across), round(picture.height * down)
    return ImageOps.expand(picture, (x, y, x, y), color)


def _uneven(picture: Image.Image) -> Image.Image:
    """Margins as of a scan: wide below, narrow above, with the noise of a JPEG."""
    w, h = picture.size
    return _encoded(ImageOps.expand(picture, (w // 20, h // 40, w // 30, h // 6), (238, 236, 225)), "JPEG", quality=70)


def _lettered(picture: Image.Image, share: float, text: str = "SAMPLE TEXT", *, low: bool = False) -> Image.Image:
    copy, size = picture.copy(), max(8, round(picture.height * share))
    font = ImageFont.load_default(size)
    place = (copy.width - 5 - font.getlength(text), copy.height - 5 - size * 1.2) if low else (5, 5)
    ImageDraw.Draw(copy).text(place, text, "white", font, stroke_width=1, stroke_fill="black" if low else "white")
    return copy


def _watermarked(picture: Image.Image) -> Image.Image:
    layer = Image.new("RGBA", picture.size)
    size = max(8, picture.height // 8)
    font, pen = ImageFont.load_default(size), ImageDraw.Draw(layer)
    for y in range(0, picture.height, 3 * size):
        for x in range(0, picture.width, 6 * size):
            pen.text((x, y), "(c) stock", (255, 255, 255, 90), font)
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


def _flattened(picture: Image.Image, color: str) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", picture.size, color), picture).convert("RGB")


def tuned() -> Families:
    """The copies that the defaults were chosen with."""
    bicubic, nearest = Image.Resampling.BICUBIC, Image.Resampling.NEAREST
    turns = {t.name.lower(): t for t in Image.Transpose}
    return {
        "JPEG, WebP": {
            **{str(q): lambda p, q=q: _encoded(p, "JPEG", quality=q) for q in (10, 30, 60, 90)},
            **{f"webp {q}": lambda p, q=q: _encoded(p, "WEBP", quality=q) for q in (40, 80)},
        },
        "palette": {"64": lambda p: p.quantize(64).convert("RGB")},
        "scale": {
            "half": lambda p: _scaled(p, 0.5, 0.5, bicubic),
            "third": lambda p: _scaled(p, 0.33, 0.33, nearest),
            "double": lambda p: _scaled(p, 2, 2, bicubic),
            "aspect": lambda p: _scaled(p, 1, 0.8, bicubic),
        },
        "tone": {
            "brighter": lambda p: ImageEnhance.Brightness(p).enhance(1.2),
            "darker": lambda p: ImageEnhance.Brightness(p).enhance(0.7),
            "contrast": lambda p: ImageEnhance.Contrast(p).enhance(1.4),
            "gamma up": lambda p: _gamma(p, 0.7),
            "gamma down": lambda p: _gamma(p, 1.5),
        },
        "color": {
            "pale": lambda p: ImageEnhance.Color(p).enhance(0.5),
            "grey": lambda p: p.convert("L").convert("RGB"),
        },
        "blur, sharpen": {
            "blur": lambda p: p.filter(ImageFilter.GaussianBlur(max(p.size) / 150)),
            "sharp": lambda p: p.filter(ImageFilter.UnsharpMask(3, 150)),
        },
        "noise": {str(d): lambda p, d=d: _noisy(p, d) for d in (10, 25)},
        "flip, quarter turn": {name: lambda p, t=turn: p.transpose(t) for name, turn in turns.items()},
        "crop to 97 %": {"97": lambda p: _cropped(p, 0.97)},
        "crop to 95, 90 %": {"95": lambda p: _cropped(p, 0.95, 0.3, 0.7), "90": lambda p: _cropped(p, 0.9)},
        "border, letterbox": {
            "border": lambda p: ImageOps.expand(p, max(1, p.height // 30)),
            "white": lambda p: ImageOps.expand(p, max(1, p.height // 10), "white"),
            "bars": lambda p: _bars(p, 0, 0.125, "black"),
            "pillars": lambda p: _bars(p, 0.15, 0, "white"),
        },
        "text": {"small": lambda p: _lettered(p, 0.06), "large": lambda p: _lettered(p, 0.16)},
        "flattened": {color: lambda p, c=color: _flattened(p, c) for color in ("white", "black", "grey")},
        "transparency kept": {
            "half": lambda p: _scaled(p, 0.5, 0.5, bicubic),
            "double": lambda p: _scaled(p, 2, 2, bicubic),
            "webp": lambda p: _encoded(p, "WEBP", "RGBA", quality=60),
            "palette": lambda p: p.quantize(128, Image.Quantize.FASTOCTREE).convert("RGBA"),
        },
    }


def unseen() -> Families:
    """Copies of other kinds, strengths and combinations than the defaults were chosen with."""
    lanczos, box = Image.Resampling.LANCZOS, Image.Resampling.BOX
    left_right = Image.Transpose.FLIP_LEFT_RIGHT
    return {
        "JPEG, WebP": {
            **{str(q): lambda p, q=q: _encoded(p, "JPEG", quality=q) for q in (15, 45, 75)},
            **{f"webp {q}": lambda p, q=q: _encoded(p, "WEBP", quality=q) for q in (20, 60)},
            "avif": lambda p: _encoded(p, "AVIF", quality=40),
        },
        "palette": {
            "32": lambda p: p.quantize(32, dither=Image.Dither.NONE).convert("RGB"),
            "web": lambda p: p.convert("P", palette=Image.Palette.WEB).convert("RGB"),
        },
        "scale": {
            "two fifths": lambda p: _scaled(p, 0.4, 0.4, lanczos),
            "256 square": lambda p: p.resize((256, 256), lanczos),
            "larger": lambda p: _scaled(p, 1.5, 1.5, box),
            "wider": lambda p: _scaled(p, 1.15, 1, lanczos),
        },
        "tone": {
            "equal": lambda p: ImageOps.autocontrast(p, cutoff=1),
            "flat": lambda p: ImageEnhance.Contrast(p).enhance(0.75),
            "gamma": lambda p: _gamma(p, 1.3),
            "vignette": _vignette,
        },
        "color": {"warm": _warm, "vivid": lambda p: ImageEnhance.Color(p).enhance(1.4)},
        "blur, sharpen": {
            "box": lambda p: p.filter(ImageFilter.BoxBlur(max(p.size) / 200)),
            "median": lambda p: p.filter(ImageFilter.MedianFilter(3)),
            "detail": lambda p: p.filter(ImageFilter.EDGE_ENHANCE),
        },
        "noise": {"18": lambda p: _noisy(p, 18), "salt": lambda p: _salted(p, 0.02)},
        "flip, quarter turn": {
            "mirrored JPEG": lambda p: _encoded(p.transpose(left_right), "JPEG", quality=40),
            "turned, small": lambda p: _scaled(p.transpose(Image.Transpose.ROTATE_90), 0.5, 0.5, lanczos),
        },
        "crop to 97 %": {"97": lambda p: _cropped(p, 0.97, 0.1, 0.9), "98": lambda p: _cropped(p, 0.98, 1, 0)},
        "crop to 95, 90 %": {"94": lambda p: _cropped(p, 0.94), "91": lambda p: _cropped(p, 0.91, 0.2, 0.6)},
        "border, letterbox": {
            "grey": lambda p: ImageOps.expand(p, max(1, p.width // 20), (90, 100, 110)),
            "wide bars": lambda p: _bars(p, 0, 0.2, (16, 16, 16)),
            "pillars": lambda p: _encoded(_bars(p, 0.22, 0, "black"), "JPEG", quality=60),
            "scan": _uneven,
        },
        "text": {
            "below": lambda p: _lettered(p, 0.05, "photo: somebody, 2026", low=True),
            "caption": lambda p: _lettered(p, 0.1, "Hello!", low=True),
            "watermark": _watermarked,
        },
        "together": {
            "web": lambda p: _encoded(_scaled(_cropped(p, 0.98), 0.6, 0.6, lanczos), "JPEG", quality=50),
            "mirrored": lambda p: _encoded(_scaled(_gamma(p.transpose(left_right), 0.85), 0.5, 0.5, box), "WEBP"),
            "turned by 1 degree": lambda p: p.rotate(1, Image.Resampling.BICUBIC),
            "framed": lambda p: _encoded(ImageOps.expand(_gamma(p, 1.2), p.height // 25, "white"), "JPEG", quality=60),
        },
        "flattened": {
            "white JPEG": lambda p: _encoded(_flattened(p, "white"), "JPEG", quality=70),
            "black, small": lambda p: _scaled(_flattened(p, "black"), 0.6, 0.6, lanczos),
            "grey": lambda p: _flattened(p, "#999"),
        },
        "transparency kept": {
            "two thirds": lambda p: _scaled(p, 0.67, 0.67, lanczos),
            "larger": lambda p: _scaled(p, 1.6, 1.6, box),
            "webp, small": lambda p: _encoded(_scaled(p, 0.5, 0.5, lanczos), "WEBP", "RGBA", quality=80),
            "palette": lambda p: p.quantize(64, Image.Quantize.FASTOCTREE).convert("RGBA"),
        },
    }


def _drawn(make: Callable[[Image.Image, np.random.Generator], Image.Image]) -> Copy:
    """A copy whose strength is drawn anew for each picture, the same whenever the picture is the same."""
    return lambda p: make(p, np.random.default_rng(zlib.crc32(p.tobytes())))


def _chained(picture: Image.Image, draw: np.random.Generator) -> Image.Image:
    """Two or three changes one after another, then JPEG: what a picture meets on its way through several sites."""
    changes: list[Copy] = [
        lambda p: _gamma(p, draw.uniform(0.7, 1.4)),
        lambda p: ImageEnhance.Color(p).enhance(draw.uniform(0.6, 1.5)),
        lambda p: ImageEnhance.Sharpness(p).enhance(draw.uniform(1.5, 3)),
        lambda p: ImageEnhance.Contrast(p).enhance(draw.uniform(0.8, 1.25)),
        lambda p: _noisy(p, draw.uniform(3, 15)),
        ImageOps.mirror,
    ]
    for place in draw.permutation(len(changes))[: draw.integers(2, 4)]:
        picture = changes[place](picture)
    small = draw.uniform(0.3, 0.9)
    return _encoded(_scaled(picture, small, small, Image.Resampling.LANCZOS), "JPEG", quality=60)


def drawn() -> Families:
    """Copies of strengths drawn at random, by other writers' settings than the two sets above."""
    lanczos, bilinear = Image.Resampling.LANCZOS, Image.Resampling.BILINEAR
    return {
        "JPEG, WebP": {
            "4:2:0": _drawn(lambda p, r: _encoded(p, "JPEG", quality=int(r.integers(20, 96)), subsampling=2)),
            "webp": _drawn(lambda p, r: _encoded(p, "WEBP", quality=int(r.integers(10, 90)))),
        },
        "scale": {
            "down": _drawn(lambda p, r: _scaled(p, *[r.uniform(0.25, 0.8)] * 2, lanczos)),
            "up": _drawn(lambda p, r: _scaled(p, *[r.uniform(1.2, 2.5)] * 2, bilinear)),
        },
        "tone": {
            "gamma": _drawn(lambda p, r: _gamma(p, r.uniform(0.6, 1.6))),
        },
        "color": {
            "grey": lambda p: p.convert("L").convert("RGB"),
        },
        "blur, sharpen": {
            "blur": _drawn(lambda p, r: p.filter(ImageFilter.GaussianBlur(r.uniform(0.5, 2)))),
        },
        "noise": {"noise": _drawn(lambda p, r: _noisy(p, r.uniform(3, 30)))},
        "flip, quarter turn": {
            "mirrored": ImageOps.mirror,
            "turned": _drawn(lambda p, r: _encoded(p.rotate(90 * int(r.integers(1, 4)), expand=True), "JPEG")),
        },
        "crop to 97 %": {"97": _drawn(lambda p, r: _cropped(p, 0.97, r.uniform(), r.uniform()))},
        "crop to 95, 90 %": {"90 to 96": _drawn(lambda p, r: _cropped(p, r.uniform(0.9, 0.96), r.uniform(), 0.5))},
        "border, letterbox": {
            "border": _drawn(lambda p, r: ImageOps.expand(p, int(r.integers(2, 30)), tuple(r.integers(0, 256, 3)))),
            "padded": lambda p: ImageOps.pad(p, (max(p.size), max(p.size)), color="white"),
        },
        "text": {
            "caption bar": lambda p: ImageOps.expand(p, (0, 0, 0, max(12, p.height // 8)), "black"),
            "signed": _drawn(lambda p, r: _lettered(p, r.uniform(0.03, 0.08), "(c) A. Person", low=True)),
        },
        "together": {"chain": _drawn(_chained)},
        "flattened": {
            "white JPEG": lambda p: _encoded(_flattened(p, "white"), "JPEG", quality=55),
            "black": lambda p: _flattened(p, "black"),
            "blue": lambda p: _flattened(p, "#204a87"),
        },
        "transparency kept": {
            "down": _drawn(lambda p, r: _scaled(p, *[r.uniform(0.3, 0.9)] * 2, lanczos)),
            "webp": _drawn(lambda p, r: _encoded(p, "WEBP", "RGBA", quality=int(r.integers(30, 90)))),
        },
    }
