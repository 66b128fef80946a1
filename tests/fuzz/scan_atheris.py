"""Coverage-guided fuzzing of the embedded metadata reader: no exception, no value over its cap.

    pip install atheris
    python tests/fuzz/scan_atheris.py -runs=20000 -max_len=4096 [CORPUS_DIR]

``-runs`` bounds it; without a corpus directory it starts from small files of every container. A finding is written to
``crash-…`` in the working directory and fails the run. The hypothesis tests in ``tests/rights/embedded`` are the small,
always-on version of this.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["cleanset.rights.embedded"]):
    from cleanset.rights.embedded.packet import MAX_EVIDENCE, MAX_TEXT
    from cleanset.rights.embedded.scan import scan_image
    from cleanset.rights.embedded.secondhand import read_exif_column, scan_xmp_sidecar

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import embedded_files as files


def test_one_input(raw: bytes) -> None:
    """Scan ``raw`` as an image, and, decoded, as a sidecar and as an ``exif`` column."""
    evidence = scan_image(raw).evidence
    text = raw.decode("utf-8", "replace")
    for row in (*evidence, *scan_xmp_sidecar(text), *read_exif_column(text)):
        if len(row.value) > MAX_TEXT:
            raise AssertionError(f"{row.locator}: {len(row.value)} characters")
    if len(evidence) > MAX_EVIDENCE + 1:
        raise AssertionError(f"{len(evidence)} pieces of evidence")


def seeds() -> list[bytes]:
    """A small file of every container, with every kind of packet."""
    packet = files.xmp(files.alt("dc:rights", "(c) Jane"))
    exif = files.tiff({files.COPYRIGHT: b"(c) Jane Roe\0"}, sub={0x9286: b"ASCII\0\0\0comment"})
    iptc = files.photoshop(files.iptc({80: "Jane", 116: "(c) Jane"}))
    return [
        files.jpeg(
            files.segment(0xE1, b"Exif\0\0" + exif),
            files.segment(0xE1, files.XMP_HEADER + packet),
            files.segment(0xED, b"Photoshop 3.0\0" + iptc),
        ),
        files.png(
            files.chunk(b"eXIf", exif),
            files.text_chunk("Author", "Jane"),
            files.itxt_chunk("XML:com.adobe.xmp", packet),
        ),
        files.webp((b"EXIF", exif), (b"XMP ", packet)),
        files.gif(files.gif_xmp(packet), files.gif_comment(b"(c) Jane")),
        files.tiff({0x02BC: packet, 0x83BB: files.iptc({80: "Jane"})}),
        files.heif({b"Exif": exif, b"application/rdf+xml": packet}),
        files.jxl((b"Exif", bytes(4) + exif), (b"xml ", packet)),
    ]


def main() -> None:
    """Fuzz until ``-runs`` are over or something fails."""
    arguments = list(sys.argv)
    with tempfile.TemporaryDirectory() as folder:
        if not any(not a.startswith("-") for a in arguments[1:]):
            for i, seed in enumerate(seeds()):
                (Path(folder) / f"seed{i}").write_bytes(seed)
            arguments.append(folder)
        atheris.Setup(arguments, test_one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
