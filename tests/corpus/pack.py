#!/usr/bin/env python3
"""Packs the corpus into shards as img2dataset writes them: NNNNN.tar, NNNNN.parquet and NNNNN_stats.json.

The images stay byte for byte as they were (img2dataset would re-encode them unless told not to). The columns are those
of a crawl. Samples are shuffled by a digest, as a crawl's list of URLs is, so every shard costs about the same. The
same corpus gives the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import re
import shutil
import sys
import tarfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import ExifTags, Image

SAMPLES_PER_SHARD = 1_000
SHARD_DIGITS = 5
KEY_DIGITS = 9
LAYOUT = 1
"""Raised when this script's output changes, so that shards of an older one are packed again."""
EXTENSIONS = {"jpeg": "jpg", "tiff": "tif"}
HOLDS_EXIF = {"JPEG", "TIFF", "WEBP"}
"""Formats whose EXIF Pillow finds without decoding the picture."""
CSV_FIELD_LIMIT = 1 << 20

SIDECAR = pa.schema(
    [
        ("license", pa.string()),
        ("license_match", pa.string()),
        ("license_note", pa.string()),
        ("author", pa.string()),
        ("title", pa.string()),
        ("source", pa.string()),
        ("caption", pa.string()),
        ("url", pa.string()),
        ("key", pa.string()),
        ("status", pa.string()),
        ("error_message", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("original_width", pa.int32()),
        ("original_height", pa.int32()),
        ("exif", pa.string()),
        ("sha256", pa.string()),
    ]
)
"""img2dataset's order: the additional columns, the caption, the URL, then its own."""


@dataclass(frozen=True, slots=True)
class Packed:
    """One sample of a shard: its row in the sidecar, its image and the image's extension."""

    row: Mapping[str, Any]
    image: bytes
    extension: str


def main() -> int:
    """Pack the corpus below CORPUS into CORPUS/shards, unless that is done already."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="?", default=Path("corpus"), help="what fetch.py built")
    parser.add_argument("--per-shard", type=int, default=SAMPLES_PER_SHARD, metavar="N", help="samples in a shard")
    options = parser.parse_args()
    if not (options.corpus / "images.csv").is_file():
        print(f"pack: {options.corpus}/images.csv is not there: run tests/corpus/fetch.py first", file=sys.stderr)
        return 2
    print(pack(options.corpus, options.per_shard))
    return 0


def pack(corpus: Path, per_shard: int = SAMPLES_PER_SHARD) -> str:
    """Write the shards under a temporary name, then rename the folder; the answer says what is there now."""
    shards, done = corpus / "shards", corpus / "shards.digest"
    digest = _digest(corpus / "images.csv", per_shard)
    if shards.is_dir() and done.is_file() and done.read_text() == digest:
        return f"{len(list(shards.glob('*.tar')))} shards are there already in {shards}"
    partial = corpus / ".partial-shards"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    images = shuffled(read_images(corpus / "images.csv"))
    starts = range(0, len(images), per_shard)
    for shard, start in enumerate(starts):
        write_shard(partial, shard, [describe(row, corpus) for row in images[start : start + per_shard]])
    done.unlink(missing_ok=True)
    shutil.rmtree(shards, ignore_errors=True)
    partial.rename(shards)
    done.write_text(digest)
    return f"{len(images):,} samples in {len(starts)} shards in {shards}"


def read_images(path: Path) -> list[dict[str, str]]:
    """The rows of images.csv."""
    csv.field_size_limit(CSV_FIELD_LIMIT)
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def shuffled(images: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The rows ordered by a digest of their paths: mixed, and always in the same way."""
    return sorted(images, key=lambda row: hashlib.sha256(row["path"].encode()).digest())


def describe(row: Mapping[str, str], corpus: Path) -> Packed:
    """The sample that a crawl would have made of an image, its key still open."""
    image = (corpus / row["path"]).read_bytes()
    width, height = (int(row[side]) if row[side] else None for side in ("width", "height"))
    path = Path(row["installed_path"])
    extension = path.suffix[1:].lower()
    columns = {
        "license": row["license"] or None,
        "license_match": row["license_match"],
        "license_note": row["license_note"] or None,
        "author": row["copyright"] or None,
        "title": words(path.stem),
        "source": f"{row['package']} {row['version']}",
        "caption": words(f"{path.parent.name} {path.stem}"),
        "url": url(row),
        "status": "success",
        "error_message": None,
        "width": width,
        "height": height,
        "original_width": width,
        "original_height": height,
        "exif": exif(image) if row["format"] in HOLDS_EXIF else "{}",
        "sha256": row["sha256"],
    }
    return Packed(columns, image, EXTENSIONS.get(extension, extension))


def url(row: Mapping[str, str]) -> str | None:
    """A web address of the image: the package's source or home page, then package and installed path.

    One that would be plausible in a crawl and is unique; nothing answers there. Null where the package names no page.
    """
    pages = [
        page for page in f"{row['source_url']} {row['homepage']}".split() if page.startswith(("http://", "https://"))
    ]
    if not pages:
        return None
    return f"{pages[0].rstrip('/')}/{row['package']}/{quote(row['installed_path'])}"


def words(name: str) -> str | None:
    """The words of a file name, as the text beside an image on a web page often is; null when it has none."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    found = [word for word in re.split(r"[^\w']+|_", spaced) if word]
    return " ".join(found) if any(len(word) > 1 and word.isalpha() for word in found) else None


def exif(image: bytes) -> str:
    """EXIF tags as img2dataset stores them: JSON of ``Image NAME`` and ``EXIF NAME`` to text; ``{}`` without any."""
    tags: dict[str, str] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a damaged tag is skipped with a warning: the corpus has many on purpose
        try:
            with Image.open(io.BytesIO(image)) as opened:
                found = opened.getexif()
                tags = _named("Image", found) | _named("EXIF", found.get_ifd(ExifTags.IFD.Exif))
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            return "{}"
    return json.dumps(tags, ensure_ascii=False, sort_keys=True)


def _named(group: str, tags: Mapping[int, Any]) -> dict[str, str]:
    """Tags by name; blobs, which exifread shortens to nothing readable, are left out."""
    readable = {
        tag: value for tag, value in tags.items() if tag in ExifTags.TAGS and not isinstance(value, (bytes, dict))
    }
    return {f"{group} {ExifTags.TAGS[tag]}": str(value).strip("\0 ") for tag, value in readable.items()}


def write_shard(folder: Path, shard: int, samples: Sequence[Packed]) -> None:
    """Write one shard's tar, then its sidecar, then its statistics, which mark it as finished."""
    name = f"{shard:0{SHARD_DIGITS}d}"
    keys = [f"{name}{i:0{KEY_DIGITS - SHARD_DIGITS}d}" for i in range(len(samples))]
    rows = [{**sample.row, "key": key} for key, sample in zip(keys, samples, strict=True)]
    rows = [{column: row[column] for column in SIDECAR.names} for row in rows]
    with tarfile.open(folder / f"{name}.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
        for row, sample in zip(rows, samples, strict=True):
            for suffix, content in _members(row, sample):
                entry = tarfile.TarInfo(f"{row['key']}.{suffix}")
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
    pq.write_table(pa.Table.from_pylist(rows, SIDECAR), folder / f"{name}.parquet")
    (folder / f"{name}_stats.json").write_text(json.dumps(_statistics(len(rows)), indent=4))


def _members(row: Mapping[str, Any], sample: Packed) -> Iterator[tuple[str, bytes]]:
    """Extension and content of the three files of a sample."""
    yield sample.extension, sample.image
    yield "json", json.dumps(row, indent=4).encode()
    yield "txt", (row["caption"] or "").encode()


def _statistics(count: int) -> dict[str, Any]:
    """What img2dataset counts, with every clock at zero so that the same corpus gives the same bytes."""
    return {
        "count": count,
        "successes": count,
        "failed_to_download": 0,
        "failed_to_resize": 0,
        "duration": 0.0,
        "start_time": 0.0,
        "end_time": 0.0,
        "status_dict": {"success": count},
    }


def _digest(images: Path, per_shard: int) -> str:
    """Changes when the corpus or the way that it is packed changes."""
    return hashlib.sha256(f"{LAYOUT} {per_shard}\n".encode() + images.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
