"""A small whole run, made of generated pictures: one sample for each thing that can become of one."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from cleanset.cli import main
from cleanset.rundir import RunDirectory
from pictures import SIGNATURE, chunk, photo
from shards.writers import outcome, webdataset_tar

Row = dict[str, Any]


def stored_png(image: Image.Image) -> bytes:
    """The picture as a PNG that is not compressed: the same bytes whatever zlib there is."""
    pixels = np.asarray(image.convert("RGB"))
    lines = np.insert(pixels.reshape(len(pixels), -1), 0, 0, axis=1).tobytes()
    blocks = [lines[at : at + 65_535] for at in range(0, len(lines), 65_535)]
    deflated = b"\x78\x01"
    for block in blocks:
        size = len(block)
        deflated += struct.pack("<BHH", block is blocks[-1], size, size ^ 0xFFFF) + block
    deflated += struct.pack(">I", zlib.adler32(lines))
    header = struct.pack(">IIBBBBB", image.width, image.height, 8, 2, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", deflated) + chunk(b"IEND", b"")


def picture(seed: int, width: int = 96) -> bytes:
    """A picture of 3:2 that resembles no other seed's, and itself in every width."""
    image = photo(seed=seed)
    return stored_png(image.resize((width, width * 2 // 3), Image.Resampling.BICUBIC) if width != 96 else image)


def flat(level: int) -> bytes:
    """A picture of one grey."""
    return stored_png(Image.new("RGB", (48, 48), (level,) * 3))


def tell(index: int, caption: str, license_: str | None = "CC-BY-4.0", **over: Any) -> Row:  # noqa: ANN401 - any columns
    """What img2dataset says of a sample."""
    url = f"https://example.org/{caption.replace(' ', '-')}.png"
    rights = {"license": license_, "author": "Ada Lovelace" if license_ else None, "title": caption}
    return outcome(index, caption=caption, url=url, **rights) | over


SAMPLES: list[tuple[Row, bytes | None]] = [
    (tell(0, "hills at dawn"), picture(1)),
    (tell(1, "the same file elsewhere"), picture(1)),
    (tell(2, "the same picture larger", author="Charles Babbage"), picture(1, 192)),
    (tell(3, "not for sale", "CC BY-NC 4.0"), picture(2)),
    (tell(4, "said to be free", "CC0-1.0"), picture(3)),
    (tell(5, "all rights reserved", "© Example Agency. All rights reserved."), picture(3, 120)),
    (tell(6, "nobody says anything", None), picture(4)),
    (tell(7, "free they say", "free to use, ask me"), picture(5)),
    (tell(8, "cut short"), picture(6)[:9_000]),
    (tell(9, "gone", status="failed_to_download", error_message="HTTP Error 404: Not Found"), None),
    (tell(10, "an icon"), picture(7, 24)),
    (tell(11, "changing"), picture(8)),
    (tell(12, "changing"), picture(9)),
    (tell(13, "grey", "CC0-1.0"), flat(100)),
    (tell(14, "another grey", "CC0-1.0"), flat(101)),
    (tell(15, "富士山 “at dusk” é", "https://creativecommons.org/licenses/by/3.0/de/"), picture(10)),
    (tell(16, "two licenses", "MIT OR GPL-3.0-only"), picture(11)),
    (tell(17, "for everybody", "https://creativecommons.org/publicdomain/zero/1.0/"), picture(12)),
]
PER_SHARD = 9


def write_shards(folder: Path) -> Path:
    """The samples as img2dataset writes them, in shards of ``PER_SHARD``."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, start in enumerate(range(0, len(SAMPLES), PER_SHARD)):
        samples = SAMPLES[start : start + PER_SHARD]
        members = [member for row, image in samples if image is not None for member in _members(row, image)]
        (folder / f"{number:05d}.tar").write_bytes(webdataset_tar(members))
        pq.write_table(pa.Table.from_pylist([row for row, _ in samples]), folder / f"{number:05d}.parquet")
    return folder


def _members(row: Row, image: bytes) -> list[tuple[str, bytes]]:
    described = json.dumps(row).encode()
    return [
        (f"{row['key']}.png", image),
        (f"{row['key']}.json", described),
        (f"{row['key']}.txt", row["caption"].encode()),
    ]


def curate(shards: Path, run: Path) -> RunDirectory:
    """The run, through the command line."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as told:
        code = main(["curate", str(shards), "--out", str(run), "--workers", "1"])
    if code:
        raise RuntimeError(told.getvalue())
    return RunDirectory(str(run))
