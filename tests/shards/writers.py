"""Inputs written as outsiders write them: tars, img2dataset's output, Parquet, folders."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

LIMIT = 64 * 1024**2
Members = Iterable[tuple[str, bytes]]


def jpeg(seed: int = 0, side: int = 8) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (side, side), (seed % 256, 9, 7)).save(stream, "JPEG", comment=b"%d" % seed)
    return stream.getvalue()


def png(seed: int = 0, side: int = 8) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (side, side), (seed % 256, 3, 7)).save(stream, "PNG")
    return stream.getvalue()


def tar_bytes(members: Members, tar_format: int = tarfile.PAX_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tar_format) as archive:
        for name, content in members:
            header = tarfile.TarInfo(name)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    return stream.getvalue()


def write_tar(path: Path, members: Members) -> Path:
    path.write_bytes(tar_bytes(members))
    return path


def webdataset_tar(members: Members, mtime: float = 1_795_503_552.8403924) -> bytes:
    """A tar as webdataset's ShardWriter makes it, which img2dataset uses: a pax header for the time of each member."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w|") as archive:
        for name, content in members:
            header = tarfile.TarInfo(name)
            header.size, header.mtime, header.mode = len(content), mtime, 0o444
            header.uname = header.gname = "bigdata"
            archive.addfile(header, io.BytesIO(content))
    return stream.getvalue()


def outcome(index: int, **over: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of any columns
    """One row of img2dataset's Parquet, with its columns in its order, for a picture that it re-encoded."""
    row = {
        "LICENSE": "?",
        "similarity": index / 7,
        "NSFW": "UNLIKELY",
        "caption": f"caption {index}",
        "url": f"http://127.0.0.1/{index}.jpg",
        "key": f"{index:07d}",
        "status": "success",
        "error_message": None,
        "width": 300,
        "height": 200,
        "original_width": 300,
        "original_height": 200,
        "exif": "{}",
        "sha256": hashlib.sha256(b"as downloaded %d" % index).hexdigest(),
    }
    return row | over


def failure(
    index: int, status: str = "failed_to_download", message: str = "HTTP Error 404: Not Found"
) -> dict[str, Any]:
    absent = dict.fromkeys(("width", "height", "original_width", "original_height", "exif", "sha256"))
    return outcome(index, status=status, error_message=message, **absent)


SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("LICENSE",)),
        ("similarity", pa.float64()),
        *((name, pa.string()) for name in ("NSFW", "caption", "url", "key", "status", "error_message")),
        *((name, pa.int32()) for name in ("width", "height", "original_width", "original_height")),
        *((name, pa.string()) for name in ("exif", "sha256")),
    ]
)


def sample_members(row: Mapping[str, Any], image: bytes) -> list[tuple[str, bytes]]:
    """Members of one sample as img2dataset writes them: image, JSON of the row, caption (empty for null)."""
    key = row["key"]
    described = json.dumps(row, indent=4).encode()
    return [(f"{key}.jpg", image), (f"{key}.json", described), (f"{key}.txt", (row["caption"] or "").encode())]


def write_img2dataset(folder: Path, rows: list[dict[str, Any]], stem: str = "00000") -> Path:
    """``stem``.tar with the successes, .parquet with all rows, _stats.json; gives the tar."""
    folder.mkdir(parents=True, exist_ok=True)
    good = [row for row in rows if row["status"] == "success"]
    members = [member for row in good for member in sample_members(row, jpeg(int(row["key"])))]
    (folder / f"{stem}.tar").write_bytes(webdataset_tar(members))
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), folder / f"{stem}.parquet")
    statuses: dict[str, int] = {}
    for row in rows:
        name = row["error_message"] or row["status"]
        statuses[name] = statuses.get(name, 0) + 1
    stats = {
        "count": len(rows),
        "successes": len(good),
        "failed_to_download": sum(row["status"] == "failed_to_download" for row in rows),
        "failed_to_resize": sum(row["status"] == "failed_to_resize" for row in rows),
        "duration": 0.07,
        "start_time": 1795503552.7836156,
        "end_time": 1795503552.8579857,
        "status_dict": statuses,
    }
    (folder / f"{stem}_stats.json").write_text(json.dumps(stats, indent=4))
    return folder / f"{stem}.tar"


def write_parquet(path: Path, columns: Mapping[str, Any], **settings: Any) -> Path:  # noqa: ANN401 - passed on
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(dict(columns)), path, **settings)
    return path


def write_files(folder: Path, files: Mapping[str, bytes | str]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder
