"""From bytes to text, and which text says anything about rights."""

from __future__ import annotations

import re
from enum import Enum, auto

from cleanset.rights.embedded.generators import is_generator_output, names_generator
from cleanset.rights.embedded.packet import MAX_TEXT

_PADDING = "\0 \t\r\n\ufeff"

_PLACEHOLDERS = frozenset(
    {
        # Written by software that had nothing to say.
        "x-default", "default", "unknown", "unspecified", "undefined", "untitled", "none", "null", "nil", "n/a", "na",
        "not available", "no name", "noname", "empty", "(none)", "<none>", "[none]", "tbd", "todo", "ascii", "unicode",
        "charset=ascii", "picasa", "created with gimp", "created with the gimp",
        # The label of the field, or what a form asks for.
        "copyright", "(c)", "copyright (c)", "c", "author", "artist", "creator", "photographer", "owner", "user",
        "user name", "username", "admin", "administrator", "name", "your name", "your name here", "[your name]",
        "<your name>", "enter your name", "enter your name here", "first last", "firstname lastname",
        "copyright your name", "copyright holder", "copyright owner", "title", "description", "comment", "source",
        # Camera makers, and what their cameras write into every picture.
        "canon", "canon inc.", "nikon", "nikon corporation", "sony", "sony dsc", "sony corporation", "olympus",
        "olympus digital camera", "olympus corporation", "olympus imaging corp.", "olympus optical co.,ltd",
        "om digital solutions", "panasonic", "fujifilm", "fuji photo film co., ltd.", "samsung",
        "samsung digital camera", "samsung techwin", "samsung electronics", "konica minolta digital camera",
        "konica minolta", "minolta", "minolta digital camera", "minolta dsc", "minolta co., ltd.", "dcf 1.0",
        "eastman kodak company", "kodak", "kodak digital still camera", "digital stillcamera", "digital still camera",
        "digital camera", "my camera", "dsc", "dcim", "pentax", "pentax corporation", "ricoh", "casio",
        "casio computer co.,ltd.", "hewlett-packard", "hewlett-packard company", "leica", "leica camera ag",
        "hasselblad", "sigma", "gopro", "dji", "huawei", "xiaomi", "lg electronics", "motorola", "htc", "nokia", "vivo",
        "oppo", "oneplus", "jpeg", "exif_jpeg_picture", "exif jpeg picture", "exif_jpeg", "binary comment",
    }
)  # fmt: skip

_RIGHTS_WORDS = (
    "©", "(c)", "copyright", "license", "licence", "licensing", "creative commons", "creativecommons", "all rights",
    "rights reserved", "public domain", "royalty", "courtesy", "permission", "usage", "prohibit", "data mining",
    "data-mining", "machine learning", "training", "watermark",
    "use of th", "only be used", "not be used", "may not", "must not", "forbid", "terms and conditions", "terms of",
    "unauthori", "reproduction", "restricted", "use only", "not for ", "do not ",
)  # fmt: skip
_SHORT_RIGHTS_WORDS = re.compile(r"\b(?:no-?ai|ai|tdm|cc[\s-]?(?:0|zero|by))\b")


class Keep(Enum):
    """When the value of a field is evidence."""

    ALWAYS = auto()
    IF_TELLING = auto()
    """When its words are about rights, or are what a generator writes: descriptions and comments."""
    IF_GENERATOR = auto()
    """When it names a program that generates pictures, or is what one writes: software and camera tags."""


def is_evidence(value: str, keep: Keep) -> bool:
    """Whether ``value`` is worth recording under the rule of its field; a placeholder never is."""
    if is_placeholder(value):
        return False
    if keep is Keep.IF_TELLING:
        return speaks_of_rights(value) or is_generator_output(value)
    return keep is Keep.ALWAYS or names_generator(value) or is_generator_output(value)


def is_placeholder(value: str) -> bool:
    """Whether ``value`` says nothing: blank, no letter or digit, one letter repeated, or a known filler.

    Camera makers and the labels of form fields are fillers; a name of a person or a company with more words is not.
    """
    folded = value.strip(_PADDING).casefold()
    if folded in _PLACEHOLDERS or not any(map(str.isalnum, folded)):
        return True
    return len(folded) > 1 and folded[0].isalpha() and folded == folded[0] * len(folded)


def speaks_of_rights(value: str) -> bool:
    """Whether a free text has a word about rights in it."""
    folded = value.casefold()
    return any(word in folded for word in _RIGHTS_WORDS) or _SHORT_RIGHTS_WORDS.search(folded) is not None


def clean(value: str) -> str:
    """``value`` without padding at its ends."""
    return value.strip(_PADDING)


def decode(raw: bytes) -> str:
    """Unpadded text of a field that declares no charset: UTF-8 if it is that, else Windows-1252; cut at the cap."""
    cut = raw[:MAX_TEXT]
    try:
        return clean(cut.decode())
    except UnicodeDecodeError as error:
        if len(raw) > MAX_TEXT and error.start >= MAX_TEXT - 3:  # whole but for the cut
            return clean(cut[: error.start].decode())
    try:
        return clean(cut.decode("cp1252"))
    except UnicodeDecodeError:
        return clean(cut.decode("latin-1"))


def decode_utf16(raw: bytes, *, big_endian: bool) -> str:
    """UTF-16 text up to its end mark, in the byte order that its zero bytes show, else in the given one."""
    cut = raw[: MAX_TEXT & ~1]
    high, low = cut[0::2].count(0), cut[1::2].count(0)
    if high != low:
        big_endian = high > low
    text = cut.decode("utf-16-be" if big_endian else "utf-16-le", "replace")
    return clean(text.lstrip(_PADDING).partition("\0")[0])
