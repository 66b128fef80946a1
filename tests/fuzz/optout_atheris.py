"""Coverage-guided fuzzing of the opt-out parsers: no exception, and a ban is lifted by no evidence beside it.

pip install atheris
python tests/fuzz/optout_atheris.py -runs=20000 -max_len=4096 [CORPUS_DIR]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["cleanset.rights.optout", "cleanset.rights.publicdomain"]):
    from cleanset.rights.evidence import Evidence, Layer
    from cleanset.rights.optout import columns
    from cleanset.rights.optout.lists import OptOutLists
    from cleanset.rights.optout.read import combine, read_signals
    from cleanset.rights.optout.signal import State
    from cleanset.rights.publicdomain.workfacts import work_facts_from
    from cleanset.rights.publicdomain.years import parse_death, parse_years

PLACES = (
    (Layer.HTTP_HEADER, "x-robots-tag"),
    (Layer.HTTP_HEADER, "tdm-reservation"),
    (Layer.HTTP_HEADER, "content-usage"),
    (Layer.HTTP_HEADER, "content-signal"),
    (Layer.HTTP_HEADER, "link"),
    (Layer.COLUMN, "http_headers"),
    (Layer.COLUMN, "robots"),
    (Layer.HTML, "page"),
    (Layer.ROBOTS, "robots.txt"),
    (Layer.WELL_KNOWN, "tdmrep.json"),
    (Layer.WELL_KNOWN, "ai.txt"),
    (Layer.WELL_KNOWN, "rsl"),
    (Layer.XMP, "plus:DataMining"),
    (Layer.XMP, "xmpRights:UsageTerms"),
    (Layer.C2PA, "cawg.training-mining/cawg.ai_training"),
)
SEEDS = (
    b"\x00noai, otherbot: all",
    b"\x02train-ai=n;a, search=y",
    b'\x05{"x-robots-tag": ["all", "noai"]}',
    b'\x07<meta name="robots" content="noai"><!-- x --><script></script>',
    b"\x08User-agent: *\nDisallow: /*.jpg$\nContent-Usage: /a train-ai=n",
    b'\x09[{"location": "/*", "tdm-reservation": 1}]',
    b'\x0b<rsl><prohibits type="usage">all</prohibits></rsl>',
    b"\x0ec. 1890-95 (1840-1910)",
)
NOAI = Evidence(Layer.HTTP_HEADER, "x-robots-tag", "noai")
NO_LISTS = OptOutLists.of([])


def check(blob: bytes) -> None:
    """Every reader takes the bytes as text without an exception, and a ban beside them still reserves."""
    layer, locator = PLACES[blob[0] % len(PLACES)] if blob else PLACES[0]
    text = blob[1:].decode("utf-8", "replace" if len(blob) % 2 else "surrogateescape")
    seen = [Evidence(layer, locator, text)]
    for url in (None, text, "https://a.example/a.jpg"):
        read_signals(seen, url=url, lists=NO_LISTS)
    if combine(read_signals([*seen, NOAI], url=None)) is not State.RESERVED:
        raise RuntimeError(f"{layer} {locator} lifted a ban: {text!r}")
    read_signals(columns.header_evidence({locator: text, "fetch_time": text}), url=None)
    parse_years(text)
    parse_death(text)
    work_facts_from({"artist_death_year": text, "artist": text, "publication_year": text})


def main() -> None:
    """Fuzz until the bound is met or something fails."""
    arguments = list(sys.argv)
    with tempfile.TemporaryDirectory() as folder:
        if not any(not a.startswith("-") for a in arguments[1:]):
            for i, seed in enumerate(SEEDS):
                (Path(folder) / f"seed{i}").write_bytes(seed)
            arguments.append(folder)
        atheris.Setup(arguments, check)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
