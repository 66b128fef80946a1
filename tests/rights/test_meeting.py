"""Rights that meet by address and by file, through the command and by themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cleanset.cli import main
from cleanset.rights.book import LicenseBook
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.meeting import keys_of, meetings_of, object_to, objections_of
from factories import judged, png, sample

BOOK = LicenseBook.load()
URL = "https://example.org/a.jpg"


def row(key: str, image: bytes | None, url: str = URL, **columns: str) -> dict[str, Any]:
    evidence = [Evidence(Layer.COLUMN, name, text).to_row() for name, text in columns.items()]
    return sample(image, key=key, url=url, caption=key, evidence=evidence)


def permissions(*rows: dict[str, Any]) -> list[str]:
    table = judged(*rows)
    met = pa.Table.from_batches([meetings_of(batch) for batch in table.to_batches()])
    return object_to(table, objections_of(met, BOOK))["permission"].to_pylist()


@pytest.mark.parametrize(
    "columns",
    [
        {"license": "All rights reserved"},
        {"license": "CC BY-NC 4.0"},
        {"copyright": "\u00a9 2019 Bob Smith"},
        {"license": "CC BY 4.0", "noai": "1", "x_robots_tag": "noai"},
        {"license": "CC BY 4.0", "author": "Midjourney"},
    ],
)
@pytest.mark.parametrize("image", [None, b"no picture", png(7)])
def test_a_row_of_the_same_address_contests_whatever_picture_it_has(
    columns: dict[str, str], image: bytes | None
) -> None:
    granted = row("a", png(), license="CC BY 4.0", author="Jane Roe")
    other = row("b", image, "http://www.example.org:80/a.jpg#top", **columns)
    assert permissions(granted, other)[0] == permissions(other, granted)[1] == "refused"


def test_rows_of_other_addresses_and_rows_that_know_nothing_do_not_contest() -> None:
    granted = row("a", png(), license="CC BY 4.0", author="Jane Roe")
    assert permissions(granted, row("b", None, license="All rights reserved", url=URL + "?x"))[0] == "allowed"
    assert permissions(granted, row("b", None), row("c", None, license="CC0-1.0"))[0] == "allowed"
    assert permissions(granted, row("b", None, copyright="\u00a9 2019 Jane Roe"))[0] == "allowed"


def test_rows_of_one_file_meet_whatever_their_addresses() -> None:
    granted = row("a", b"cut", license="CC BY 4.0")
    assert permissions(granted, row("b", b"cut", "https://b.example/", license="All rights reserved"))[0] == "refused"


def test_what_is_no_address_meets_nobody() -> None:
    assert list(keys_of("no address", None)) == []
    assert list(keys_of(None, None)) == []


def test_through_the_command_a_row_without_a_file_drops_the_picture_and_its_copies(tmp_path: Path) -> None:
    source, run = tmp_path / "in", tmp_path / "run"
    source.mkdir()
    metadata = [
        {"file_name": "a.png", "url": URL, "license": "CC BY 4.0", "author": "Jane Roe"},
        {"file_name": "b.png", "url": "https://b.example/b.png", "license": "CC BY 4.0", "author": "Jane Roe"},
        {"file_name": "c.png", "url": "https://c.example/c.png", "license": "CC BY 4.0", "author": "Jane Roe"},
        {"file_name": "gone.png", "url": URL, "license": "All rights reserved"},
    ]
    (source / "metadata.jsonl").write_text("\n".join(map(json.dumps, metadata)), encoding="utf-8")
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        (source / f"{name}.png").write_bytes(png(seed))
    (source / "gone.png").write_bytes(b"undecodable")
    assert main(["curate", str(source), "--out", str(run), "--workers", "1"]) == 0
    assert main(["audit", str(run)]) == 0
    manifest = pa.concat_tables(pa.parquet.read_table(file) for file in sorted((run / "manifest").glob("*.parquet")))
    decisions = dict(
        zip(manifest["key"].to_pylist(), manifest.select(["decision", "reasons"]).to_pylist(), strict=True)
    )
    assert {key: one["decision"] for key, one in decisions.items()} == {
        "a.png": "dropped",
        "b.png": "dropped",
        "c.png": "kept",
        "gone.png": "dropped",
    }
    assert "rights-conflict" in decisions["b.png"]["reasons"]
