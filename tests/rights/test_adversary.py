"""What an adversary would try, ``labelled/adversary.jsonl``: columns, pages, sidecars, crafted files; kept or not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import embedded_files as files
from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.columns import evidence_from_columns
from cleanset.rights.claims.reading import claims_from
from cleanset.rights.conclusion.conclude import conclude
from cleanset.rights.embedded.scan import scan_image
from cleanset.rights.policy import load_policy
from cleanset.schemas import Permission

LINES = (Path(__file__).parent / "labelled" / "adversary.jsonl").read_text(encoding="utf-8").splitlines()
SITUATIONS = [json.loads(line) for line in LINES]
BOOK = LicenseBook.load()


def _exif(tags: Mapping[str, str]) -> bytes:
    return files.tiff({int(tag): text.encode() + b"\0" for tag, text in tags.items()})


def _jpeg_xmp(packets: list[str]) -> bytes:
    return files.jpeg(*(files.segment(0xE1, files.XMP_HEADER + files.xmp(packet)) for packet in packets))


def _jpeg_iptc(datasets: Mapping[str, str]) -> bytes:
    resource = files.photoshop(files.iptc({int(number): text for number, text in datasets.items()}))
    return files.jpeg(files.segment(0xED, b"Photoshop 3.0\0" + resource))


def _webp(parts: Mapping[str, Any]) -> bytes:
    chunks = [(b"XMP ", files.xmp(parts["xmp"]))] if "xmp" in parts else [(b"EXIF", _exif(parts["exif"]))]
    return files.webp(*chunks)


def _jxl(parts: Mapping[str, Any]) -> bytes:
    exif = b"\0\0\0\0" + _exif(parts["exif"]) if "exif" in parts else b""
    return files.jxl((b"xml ", files.xmp(parts["xmp"])) if "xmp" in parts else (b"Exif", exif))


BUILDERS: dict[str, Callable[[Any], bytes]] = {
    "xmp": _jpeg_xmp,
    "raw_xmp": lambda text: files.jpeg(files.segment(0xE1, files.XMP_HEADER + text.encode())),
    "exif": lambda tags: files.jpeg(files.segment(0xE1, b"Exif\0\0" + _exif(tags))),
    "iptc": _jpeg_iptc,
    "png": lambda texts: files.png(*(files.itxt_chunk(key, text.encode()) for key, text in texts.items())),
    "comment": lambda text: files.jpeg(files.segment(0xFE, text.encode())),
    "gif_comment": lambda text: files.gif(files.gif_comment(text.encode())),
    "webp": _webp,
    "jxl": _jxl,
    "avif": lambda parts: files.heif({b"application/rdf+xml": files.xmp(parts["xmp"])}),
}
"""What a situation's file holds -> the bytes of such a file."""


def is_allowed(situation: Mapping[str, Any]) -> bool:
    profile, url = situation.get("profile", "webdataset"), situation.get("url")
    evidence = evidence_from_columns(situation["columns"], profile)
    for kind, content in situation.get("file", {}).items():
        evidence += scan_image(BUILDERS[kind](content)).evidence
    claims = claims_from(evidence, url, profile, BOOK)
    conclusion = conclude(claims, load_policy(situation.get("policy", "commercial")), BOOK, url=url)
    return conclusion.permission is Permission.ALLOWED


def test_there_are_at_least_two_hundred_and_fifty_of_both_kinds() -> None:
    assert len(SITUATIONS) >= 250
    assert {situation["allowed"] for situation in SITUATIONS} == {True, False}


@pytest.mark.parametrize("number", [n for n, s in enumerate(SITUATIONS, 1) if not s["allowed"]])
def test_nothing_is_granted_wrongly(number: int) -> None:
    assert not is_allowed(SITUATIONS[number - 1]), SITUATIONS[number - 1]


def test_less_than_two_percent_of_clear_grants_are_refused() -> None:
    clear = [situation for situation in SITUATIONS if situation["allowed"]]
    refused = [situation for situation in clear if not is_allowed(situation)]
    assert len(refused) < 0.02 * len(clear), refused
