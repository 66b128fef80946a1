"""Our reader against ExifTool, field by field, on generated and on real files, with Pillow beside it."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

import embedded_files as files
from benchmarks.embedded_fields import FIELDS, read_exiftool, read_ours, read_pillow
from benchmarks.oracle import INSTALL, find_exiftool

URL = "https://creativecommons.org/licenses/by/4.0/"
DMI = "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING"
DST = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

EXIF_SIGNALS = {
    "copyright": files.tiff({files.COPYRIGHT: b"(c) Jane Roe\0"}),
    "artist": files.tiff({files.ARTIST: "Jörg Roe\0".encode()}, order=">"),
    "xp-author": files.tiff({0x9C9D: "Jörg\0".encode("utf-16-le")}),
    "parameters": files.tiff({}, sub={0x9286: b"ASCII\0\0\0a cat\nSteps: 20, Sampler: Euler a, Seed: 1"}),
    "software": files.tiff({files.SOFTWARE: b"NovelAI\0"}),
}
XMP_SIGNALS = {
    "dc": files.xmp(
        files.alt("dc:rights", "(c) Jörg Roe")
        + "<dc:creator><rdf:Seq><rdf:li>Jörg</rdf:li></rdf:Seq></dc:creator>"
        + files.alt("dc:title", "Dawn")
    ),
    "rights": files.xmp(files.alt("xmpRights:UsageTerms", "no AI"), attributes=f'xmpRights:WebStatement="{URL}"'),
    "marked": files.xmp("<xmpRights:Marked>True</xmpRights:Marked>"),
    "license": files.xmp(f'<cc:license rdf:resource="{URL}"/><cc:attributionName>Jane</cc:attributionName>'),
    "mining": files.xmp(f"<plus:DataMining>{DMI}</plus:DataMining>" + files.alt("plus:OtherConstraints", "ask first")),
    "licensor": files.xmp(
        "<plus:Licensor><rdf:Seq><rdf:li rdf:parseType='Resource'>"
        "<plus:LicensorURL>https://stock.example</plus:LicensorURL></rdf:li></rdf:Seq></plus:Licensor>"
    ),
    "origin": files.xmp(f"<Iptc4xmpExt:DigitalSourceType>{DST}</Iptc4xmpExt:DigitalSourceType>"),
    "system": files.xmp("<Iptc4xmpExt:AISystemUsed>Model 9</Iptc4xmpExt:AISystemUsed>"),
    "credit": files.xmp("", attributes='photoshop:Credit="Agency" photoshop:Source="Wire"'),
}
IIM = files.iptc({80: "Jörg", 116: "(c) Jörg", 110: "Agency", 115: "Wire", 40: "ask first", 118: "+1 555"})
TEXTS = {
    "Author": "Jane Roe",
    "Copyright": "(c) Jane Roe",
    "Disclaimer": "no warranty",
    "Comment": "Licensed under CC BY 4.0",
    "parameters": "a cat\nSteps: 20, Sampler: Euler a, Seed: 1",
    "workflow": '{"nodes": [], "links": []}',
}


@pytest.fixture(scope="module")
def exiftool() -> Path:
    found = find_exiftool()
    if found is None:
        pytest.skip(f"ExifTool 13 is not here; to have it: {INSTALL}")
    return found


def picture(kind: str, **metadata: bytes) -> bytes:
    """A small real picture."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 100, 50)).save(stream, kind, **metadata)
    return stream.getvalue()


def generated() -> dict[str, bytes]:
    """Every signal in every container that can carry it, by file name."""
    base = picture("JPEG")
    made = {}
    for name, exif in EXIF_SIGNALS.items():
        made[f"exif-{name}.jpg"] = base[:2] + files.segment(0xE1, b"Exif\0\0" + exif) + base[2:]
        made[f"exif-{name}.png"] = files.png(files.chunk(b"eXIf", exif))
        made[f"exif-{name}.webp"] = picture("WEBP", exif=b"Exif\0\0" + exif)
        made[f"exif-{name}.avif"] = files.heif({b"Exif": exif})
    for name, packet in XMP_SIGNALS.items():
        made[f"xmp-{name}.jpg"] = base[:2] + files.segment(0xE1, files.XMP_HEADER + packet) + base[2:]
        made[f"xmp-{name}.png"] = files.png(files.itxt_chunk("XML:com.adobe.xmp", packet))
        made[f"xmp-{name}.webp"] = picture("WEBP", xmp=packet)
        made[f"xmp-{name}.avif"] = files.heif({b"application/rdf+xml": packet})
        made[f"xmp-{name}.gif"] = files.gif(files.gif_xmp(packet))
        made[f"xmp-{name}.tif"] = files.tiff({0x02BC: packet})
    made["iptc.jpg"] = base[:2] + files.segment(0xED, b"Photoshop 3.0\0" + files.photoshop(IIM)) + base[2:]
    made["iptc.tif"] = files.tiff({0x83BB: IIM})
    hexadecimal = f"\niptc\n{len(IIM) + 12:8}\n{files.photoshop(IIM).hex()}\n"
    made["iptc.png"] = files.png(files.text_chunk("Raw profile type iptc", hexadecimal))
    made["text.png"] = files.png(*(files.text_chunk(keyword, text) for keyword, text in TEXTS.items()))
    return made


def count(exiftool: Path, paths: list[Path]) -> tuple[Counter[str], Counter[str], Counter[str], list[str]]:
    """Files per field: with evidence by ExifTool, found by us, found by Pillow; and what we miss, in words."""
    truth, ours, pillow, misses = Counter[str](), Counter[str](), Counter[str](), []
    for path, expected in read_exiftool(exiftool, paths).items():
        image = path.read_bytes()
        found, peer = read_ours(image), read_pillow(image)
        truth.update(expected.keys())
        ours.update(f for f, values in expected.items() if values & found.get(f, set()))
        pillow.update(f for f, values in expected.items() if values & peer.get(f, set()))
        misses += [f"{path.name} {f}: {v}" for f, v in expected.items() if not v <= found.get(f, set())]
    return truth, ours, pillow, misses


def test_every_generated_signal_is_read_as_exiftool_reads_it(exiftool: Path, tmp_path: Path) -> None:
    for name, image in generated().items():
        (tmp_path / name).write_bytes(image)
    truth, ours, _, misses = count(exiftool, sorted(tmp_path.iterdir()))
    assert misses == []
    assert ours == truth
    assert len(truth) >= len(FIELDS) - 10, "the generated files no longer cover the fields"


@pytest.mark.corpus
@pytest.mark.filterwarnings("ignore")
def test_on_real_pictures_no_field_is_read_worse_than_by_pillow(exiftool: Path, corpus: Path) -> None:
    paths = sorted(p for p in (corpus / "images").rglob("*") if p.is_file())
    truth, ours, pillow, misses = count(exiftool, paths)
    assert misses == []
    assert all(ours[field] >= pillow[field] for field in truth)
