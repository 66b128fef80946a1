"""The fields of embedded metadata that readers are compared on, and each reader's way to them.

Peers are imported where they are called: this module also serves where only ExifTool is there.
"""

from __future__ import annotations

import importlib
import io
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from cleanset.rights.embedded.exif import decode_user_comment
from cleanset.rights.embedded.scan import scan_image
from cleanset.rights.embedded.text import Keep, decode, decode_utf16, is_evidence

Values: TypeAlias = dict[str, set[str]]
"""Field name -> values found in one file, white space evened out."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field, as each reader calls it.

    Attributes:
        name: ours, ``layer LOCATOR``; locators in brackets of one field are all read as it.
        exiftool: tag names with the family-1 group; a group that ends in ``*`` stands for all that begin so.
        pillow: EXIF tag, IIM dataset, XMP property or PNG keyword.
        exiv2: key in the exiv2 library.
        keep: when a value is evidence; others are left out of the comparison, for every reader.
    """

    name: str
    exiftool: tuple[str, ...]
    pillow: int | str | tuple[int, int]
    exiv2: tuple[str, ...] = ()
    keep: Keep = Keep.ALWAYS


def _xmp(prefix: str, local: str, tag: str, keep: Keep = Keep.ALWAYS) -> Field:
    return Field(f"xmp {prefix}:{local}", (f"XMP-{prefix}:{tag}",), local, (f"Xmp.{prefix}.{local}",), keep)


def _exif(name: str, tag: int, keep: Keep = Keep.ALWAYS, group: str = "Image") -> Field:
    return Field(f"exif {name}", (f"IFD*:{name}", f"ExifIFD:{name}"), tag, (f"Exif.{group}.{name}",), keep)


def _iptc(name: str, dataset: int, key: str, keep: Keep = Keep.ALWAYS) -> Field:
    return Field(f"iptc {name}", (f"IPTC*:{name}",), (2, dataset), (f"Iptc.Application2.{key}",), keep)


def _png(keyword: str, tag: str, keep: Keep = Keep.ALWAYS) -> Field:
    return Field(f"png-text {keyword}", (f"PNG:{tag}",), keyword, (), keep)


FIELDS = (
    _exif("Copyright", 0x8298),
    _exif("Artist", 0x013B),
    _exif("XPAuthor", 0x9C9D),
    _exif("ImageDescription", 0x010E, Keep.IF_TELLING),
    _exif("Software", 0x0131, Keep.IF_GENERATOR),
    _exif("UserComment", 0x9286, Keep.IF_TELLING, "Photo"),
    _iptc("CopyrightNotice", 116, "Copyright"),
    _iptc("By-line", 80, "Byline"),
    _iptc("Credit", 110, "Credit"),
    _iptc("Source", 115, "Source"),
    _iptc("SpecialInstructions", 40, "SpecialInstructions"),
    _iptc("Contact", 118, "Contact"),
    _xmp("dc", "rights", "Rights"),
    _xmp("dc", "creator", "Creator"),
    _xmp("dc", "title", "Title"),
    _xmp("dc", "source", "Source"),
    _xmp("xmpRights", "Marked", "Marked"),
    _xmp("xmpRights", "WebStatement", "WebStatement"),
    _xmp("xmpRights", "UsageTerms", "UsageTerms"),
    _xmp("xmpRights", "Owner", "Owner"),
    _xmp("cc", "license", "License"),
    _xmp("cc", "attributionName", "AttributionName"),
    _xmp("photoshop", "Credit", "Credit"),
    _xmp("photoshop", "Source", "Source"),
    _xmp("photoshop", "AuthorsPosition", "AuthorsPosition"),
    _xmp("plus", "DataMining", "DataMining"),
    _xmp("plus", "OtherConstraints", "OtherConstraints"),
    _xmp("plus", "LicensorURL", "LicensorURL"),
    Field(
        "xmp Iptc4xmpExt:DigitalSourceType",
        ("XMP-iptcExt:DigitalSourceType",),
        "DigitalSourceType",
        ("Xmp.iptcExt.DigitalSourceType",),
    ),
    Field("xmp Iptc4xmpExt:AISystemUsed", ("XMP-iptcExt:AISystemUsed",), "AISystemUsed", ("Xmp.iptcExt.AISystemUsed",)),
    _xmp("tiff", "Copyright", "Copyright"),
    _xmp("tiff", "Artist", "Artist"),
    _png("Author", "Author"),
    _png("Title", "Title"),
    _png("Copyright", "Copyright"),
    _png("Disclaimer", "Disclaimer"),
    _png("Source", "Source"),
    _png("Description", "Description"),
    _png("Comment", "Comment"),
    _png("parameters", "Parameters"),
    _png("prompt", "Prompt"),
    _png("workflow", "Workflow"),
)


PLUS_VOCABULARY = "http://ns.useplus.org/ldf/vocab/"
"""ExifTool 13 prints the values of plus:DataMining without it."""


def even(value: object) -> str:
    """``value`` as text with single blanks and no padding; UTF-8 that a reader took for Latin-1 is put right."""
    text = " ".join(str(value).replace("\0", " ").split()).removeprefix(PLUS_VOCABULARY)
    try:
        return b"".join(c.encode("cp1252" if ord(c) > 0xFF else "latin-1") for c in text).decode()
    except UnicodeError:
        return text


def _kept(field: Field, values: Iterable[object]) -> set[str]:
    """Those of ``values`` that are evidence."""
    return {v for v in map(even, values) if is_evidence(v, field.keep)}


def collect(lookup: Callable[[Field], Iterable[object]]) -> Values:
    """The evidence of every field that ``lookup`` has values for."""
    found = {field.name: _kept(field, lookup(field)) for field in FIELDS}
    return {name: values for name, values in found.items() if values}


def read_ours(image: bytes) -> Values:
    """What ``scan_image`` sees."""
    rows: dict[str, list[str]] = {}
    for e in scan_image(image).evidence:
        rows.setdefault(f"{e.layer} {e.locator}", []).append(e.value)
    return collect(lambda field: rows.get(field.name, ()))


def read_exiftool(exiftool: Path, paths: list[Path]) -> dict[Path, Values]:
    """What ExifTool sees in each file: the truth of the comparison."""
    command = [exiftool, "-j", "-a", "-G1", "-n", "-struct", "-api", "largefilesupport=1", "-@", "-"]
    output = subprocess.run(
        list(map(str, command)), input="\n".join(map(str, paths)).encode(), capture_output=True, check=False
    ).stdout
    return {Path(tags["SourceFile"]): _exiftool_values(tags) for tags in json.loads(output or b"[]")}


def _exiftool_values(tags: Mapping[str, Any]) -> Values:
    """The fields in one file's tags."""
    leaves = [leaf for key, value in tags.items() for leaf in _flatten(key, value)]
    return collect(lambda field: (value for key, value in leaves if any(_is_tag(key, t) for t in field.exiftool)))


def _is_tag(key: str, wanted: str) -> bool:
    """Whether ``key`` is the wanted tag, in any language, in the wanted group or, with a star, one that begins so."""
    group, _, name = key.partition(":")
    wanted_group, _, wanted_name = wanted.partition(":")
    in_group = group.startswith(wanted_group[:-1]) if wanted_group.endswith("*") else group == wanted_group
    return in_group and (name == wanted_name or name.startswith(wanted_name + "-"))


def _flatten(key: str, value: object) -> Iterator[tuple[str, object]]:
    """Leaves of lists and structures; a structure's field takes the group of its property."""
    if isinstance(value, list):
        for member in value:
            yield from _flatten(key, member)
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _flatten(f"{key.partition(':')[0]}:{name}", member)
    else:
        yield key, value


def read_pillow(image: bytes) -> Values:
    """What Pillow sees, each of its calls guarded: one that raises loses only its own fields."""
    from PIL import ExifTags, Image, IptcImagePlugin  # noqa: PLC0415 - peers are imported where they are called

    try:
        opened = Image.open(io.BytesIO(image))
    except Exception:  # noqa: BLE001 - a peer may raise anything
        return {}
    exif = _guarded(lambda: dict(opened.getexif()), {})
    exif |= _guarded(lambda: dict(opened.getexif().get_ifd(ExifTags.IFD.Exif)), {})
    iim = _guarded(lambda: IptcImagePlugin.getiptcinfo(opened) or {}, {})
    xmp = _guarded(opened.getxmp, {}) if hasattr(opened, "getxmp") else {}
    leaves = list(_local_leaves("", xmp))
    _guarded(opened.load, None)  # PNG text behind the pixels
    text = _guarded(lambda: dict(opened.text), {}) if hasattr(opened, "text") else {}

    def lookup(field: Field) -> Iterator[object]:
        if field.name.startswith("exif "):
            yield from _texts(exif.get(field.pillow))
        elif field.name.startswith("iptc "):
            yield from _texts(iim.get(field.pillow))
        elif field.name.startswith("xmp "):
            yield from (value for name, value in leaves if name == field.pillow)
        else:
            yield from (value for name, value in text.items() if name.casefold() == str(field.pillow).casefold())

    return collect(lookup)


def _guarded(call: Callable[[], Any], otherwise: Any) -> Any:  # noqa: ANN401 - whatever the peer gives
    try:
        return call()
    except Exception:  # noqa: BLE001 - a peer may raise anything
        return otherwise


def _texts(value: object) -> Iterator[str]:
    """Text of what Pillow gives for a tag: text, bytes, or a list of them."""
    if isinstance(value, list | tuple) and value and isinstance(value[0], int):
        yield decode_utf16(bytes(value), big_endian=False)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)
    elif isinstance(value, bytes):
        named = value[:8].rstrip(b"\0 ") in (b"ASCII", b"UNICODE")
        wide = value[1::2].count(0) > len(value) // 4
        yield (
            decode_user_comment(value, big_endian=False)
            if named
            else decode_utf16(value, big_endian=False)
            if wide
            else decode(value)
        )
    elif value is not None:
        yield str(value)


def _local_leaves(name: str, value: object) -> Iterator[tuple[str, object]]:
    """(local name, text) of Pillow's nested XMP dictionary; members of arrays go by the name of their property."""
    if isinstance(value, dict):
        for key, member in value.items():
            inner = name if key in ("Alt", "Bag", "Seq", "li", "text", "resource", "value") else key
            yield from _local_leaves(inner, member)
    elif isinstance(value, list):
        for member in value:
            yield from _local_leaves(name, member)
    else:
        yield name, value


def read_exiv2(image: bytes) -> Values:
    """What the exiv2 library sees through pyexiv2."""
    pyexiv2 = importlib.import_module("pyexiv2")
    pyexiv2.set_log_level(4)  # nothing
    try:
        opened = pyexiv2.ImageData(image)
    except Exception:  # noqa: BLE001 - a peer may raise anything
        return {}
    tags = {**_guarded(opened.read_exif, {}), **_guarded(opened.read_iptc, {}), **_guarded(opened.read_xmp, {})}
    opened.close()
    leaves = [(key.rsplit("/", 1)[-1], value) for key, value in tags.items()]

    def lookup(field: Field) -> Iterator[object]:
        for key, value in leaves:
            if key in field.exiv2 or any(key == f"{k.split('.')[1]}:{k.split('.')[-1]}" for k in field.exiv2):
                members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
                yield from (str(m).removeprefix("charset=Ascii ").removeprefix("charset=Unicode ") for m in members)

    return collect(lookup)
