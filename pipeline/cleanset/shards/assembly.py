"""One sample in the making: every reader hands over what it found, in whatever form, and gets a ``Sample``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cleanset.schemas import Status
from cleanset.shards.columns import clean, decode, flatten, is_utf8, parse_object, put
from cleanset.shards.hashes import compare
from cleanset.shards.profiles import Profile
from cleanset.shards.sample import Sample

MAX_TEXT_BYTES = 4 * 1024 * 1024
"""Bytes of a caption, JSON or XMP file that are read; a longer one is noted as unreadable."""
CAPTION_FIELDS = ("txt", "caption", "text", "cap")
TEXT_FIELDS = (*CAPTION_FIELDS, "json", "xmp")


def unique_key(key: str, taken: dict[str, int]) -> str:
    """``key``, or ``key#2``, ``key#3``, … so that no key occurs twice; ``taken`` remembers."""
    number = taken.get(key, 0) + 1
    candidate = key if number == 1 else f"{key}#{number}"
    while number > 1 and candidate in taken:
        number += 1
        candidate = f"{key}#{number}"
    taken[key] = number
    taken.setdefault(candidate, 1)
    return candidate


class Assembly:
    """What was read of one sample so far, and what went wrong."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.columns: dict[str, str] = {}
        self.notes: list[str] = []
        self.uid: str | None = None
        self._caption = ""
        self._row: Mapping[str, Any] | None = None

    def add_field(self, name: str, raw: bytes) -> None:
        """A file beside the image: JSON is opened, a caption becomes the caption, other text a column of that name."""
        if name == "json" or name.endswith(".json"):
            self._add_json(name, raw)
        elif name in CAPTION_FIELDS:
            self._add_caption(name, raw)
        elif is_utf8(raw) and b"\0" not in raw:
            put(self.columns, "sidecar:xmp" if name == "xmp" else name, clean(decode(raw)) or None)
        elif name == "xmp":
            self.fail(name, "not UTF-8", raw)
        else:
            self.leave_out(name, f"{len(raw)} bytes")

    def add_row(self, row: Mapping[str, Any], origin: str = "") -> None:
        """The values of a row; one that differs from what is there comes under ``ORIGIN.NAME``."""
        if row == self._row:  # as a rule a sidecar repeats the JSON
            return
        texts = flatten(row)
        if self.columns:
            for column, text in texts.items():
                put(self.columns, column, text, origin)
        else:
            self.columns, self._row = texts, row

    def fail(self, name: str, why: str, raw: bytes = b"") -> None:
        """A field was there and could not be read; its bytes, if any, stay as text."""
        self.notes.append(f"{name}: {why}")
        put(self.columns, f"unreadable:{name}", clean(decode(raw)) or why)

    def doubt(self, name: str, why: str, *, is_described: bool) -> None:
        """What may have been about the sample could not be read: it counts against one that nothing else describes."""
        if is_described:
            self.notes.append(f"{name}: {why}")
        else:
            self.fail(name, why)

    def leave_out(self, name: str, what: str) -> None:
        """Bytes that are not read: a second image, an array, a sound."""
        put(self.columns, f"extra:{name}", what)

    def sample(self, profile: Profile, image: bytes | None = None, status: Status = Status.OK) -> Sample:
        """The sample; a caption file goes before a caption column, which stays a column if it differs."""
        fields = profile.split(self.columns)
        if self._caption and fields.caption not in {None, self._caption}:
            put(fields.columns, "caption", fields.caption)
        reencoded, content_id = compare(image, fields.columns) if image is not None else (None, None)
        return Sample(
            key=self.key,
            image=image,
            status=status,
            detail=clean("; ".join(self.notes)),
            url=fields.url,
            caption=self._caption or fields.caption,
            uid=self.uid or fields.uid,
            columns=fields.columns,
            reencoded=reencoded,
            content_id=content_id,
        )

    def _add_json(self, name: str, raw: bytes) -> None:
        try:
            row = parse_object(decode(raw))
        except ValueError as error:
            self.fail(name, f"not JSON: {error}", raw)
            return
        if not is_utf8(raw):
            self.notes.append(f"{name} is not UTF-8")
        row.pop("key", None)
        self.add_row(row, origin=name)

    def _add_caption(self, name: str, raw: bytes) -> None:
        if not is_utf8(raw):
            self.notes.append(f"{name} is not UTF-8")
        text = clean(decode(raw).rstrip("\r\n"))
        if self._caption:
            put(self.columns, name, text or None)
        self._caption = self._caption or text
