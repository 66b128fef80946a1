"""Data sets as their sources give them, through the whole path: shards in, and what each policy makes of every sample.

Each case has the columns, values and quirks of one source, a picture of its own, and the conclusion that a careful
lawyer would come to.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleanset.cli import main
from embedded_files import ARTIST, COPYRIGHT, text_chunk, tiff, xmp
from pictures import encoded, photo, with_chunk

COMMERCIAL, SHARE_ALIKE, PUBLIC_DOMAIN = "commercial", "commercial-share-alike", "public-domain-only"
RESEARCH, US = "research-non-commercial", "us-only"
POLICIES = (COMMERCIAL, SHARE_ALIKE, PUBLIC_DOMAIN, RESEARCH, US)
NOT_ALLOWED, UNKNOWN, CONFLICT = "license-not-allowed", "license-unknown", "rights-conflict"
EXIF = b"Exif\0\0"
FLICKR = "https://live.staticflickr.com/65535/{}_o.jpg"
COMMONS = "https://upload.wikimedia.org/wikipedia/commons/a/aa/{}.jpg"
BY_4, BY_NC_4 = "https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/licenses/by-nc/4.0/"


def everywhere(reason: str | None) -> dict[str, str | None]:
    """One answer under every ready policy; None is kept."""
    return dict.fromkeys(POLICIES, reason)


FREE = everywhere(None)
BY = FREE | {PUBLIC_DOMAIN: NOT_ALLOWED}
BY_SA = BY | {COMMERCIAL: NOT_ALLOWED, US: NOT_ALLOWED}
NON_COMMERCIAL = everywhere(NOT_ALLOWED) | {RESEARCH: None}
BY_IN_CONFLICT = everywhere(CONFLICT) | {PUBLIC_DOMAIN: NOT_ALLOWED}
"""What is wrong first: without the conflict it would still not be of the public domain."""
NC_BESIDE_BY = BY_IN_CONFLICT | {RESEARCH: None}
"""The stricter stands where it is accepted itself."""


@dataclass(frozen=True)
class Case:
    """One sample: its columns, its file's metadata, and what has to come out."""

    name: str
    columns: Mapping[str, Any]
    reasons: Mapping[str, str | None]
    concluded: str
    url: str | None = None
    creator: str | None = None
    basis: str | None = "license"
    file: Mapping[str, bytes] = field(default_factory=dict)
    sidecar: bytes = b""


def case(name: str, columns: Mapping[str, Any], reasons: Mapping[str, str | None], concluded: str, **more: Any) -> Case:  # noqa: ANN401
    return Case(name, columns, reasons, concluded, **more)


def extmetadata(**fields: str) -> dict[str, str]:
    """Wikimedia's ``iiprop=extmetadata``: values are HTML, each with its source."""
    return {"extmetadata": json.dumps({k: {"value": v, "source": "commons-desc-page"} for k, v in fields.items()})}


OPENVERSE = {"license_version": "2.0", "foreign_landing_url": "https://www.flickr.com/photos/j/1", "provider": "flickr"}
OPENIMAGES = {"ImageID": "0a", "Subset": "train", "OriginalLandingURL": "https://www.flickr.com/photos/j/1"}
DATA_SETS: dict[str, tuple[Case, ...]] = {
    "laion400m": (
        case("laion-unknown", {"SAMPLE_ID": 1, "TEXT": "a", "LICENSE": "?", "NSFW": "UNLIKELY", "similarity": 0.3},
             everywhere("no-evidence"), "NOASSERTION", url="https://a.example/1.jpg"),
        case("laion-by", {"SAMPLE_ID": 2, "TEXT": "b", "LICENSE": BY_4, "NSFW": "UNLIKELY", "similarity": 0.3},
             BY, "CC-BY-4.0", url="https://a.example/2.jpg"),
    ),
    "relaion": (
        case("relaion", {"caption": "c", "punsafe": 0.1, "pwatermark": 0.2}, everywhere("no-evidence"), "NOASSERTION",
             url="https://a.example/3.jpg"),
    ),
    "pd12m": (
        case("pd12m-cc0", {"caption": "d", "mime_type": "image/jpeg", "source": "wikicommons",
                           "license": "https://creativecommons.org/publicdomain/zero/1.0/"},
             FREE, "CC0-1.0", url="https://pd12m.example/1.jpg"),
        case("pd12m-mark", {"caption": "e", "mime_type": "image/jpeg", "source": "wikicommons",
                            "license": "https://creativecommons.org/publicdomain/mark/1.0/"},
             everywhere(UNKNOWN), "CC-PDM-1.0", url="https://pd12m.example/2.jpg"),
    ),
    "commoncatalog": (
        case("commoncatalog", {"photoid": 7, "blip2_caption": "f", "licensename": "Attribution License",
                               "licenseurl": "http://creativecommons.org/licenses/by/2.0/", "unickname": "Jane+Doe",
                               "title": "Sunset+at+sea", "pageurl": "http://www.flickr.com/photos/1/2/"},
             BY, "CC-BY-2.0", url=FLICKR.format(7), creator="Jane Doe"),
        case("commoncatalog-nc", {"photoid": 8, "blip2_caption": "g", "unickname": "Jane+Doe", "title": "x",
                                  "licensename": "Attribution-NonCommercial-ShareAlike License",
                                  "licenseurl": "http://creativecommons.org/licenses/by-nc-sa/2.0/", "pageurl": ""},
             NON_COMMERCIAL, "CC-BY-NC-SA-2.0", url=FLICKR.format(8)),
    ),
    "openimages": (
        case("openimages", {**OPENIMAGES, "License": "https://creativecommons.org/licenses/by/2.0/", "Author": "Jane",
                            "Title": "Foo.jpg"},
             BY, "CC-BY-2.0", url=FLICKR.format(9), creator="Jane"),
    ),
    "flickr": tuple(
        case(f"flickr-{code}", {"flickr_license": code, "ownername": "Jane", "license_name": name},
             reasons, concluded, url=FLICKR.format(f"f{code}"), creator="Jane")
        for code, name, reasons, concluded in (
            (0, "All Rights Reserved", everywhere(NOT_ALLOWED), "NONE"),
            (1, "Attribution-NonCommercial-ShareAlike License", NON_COMMERCIAL, "CC-BY-NC-SA-2.0"),
            (4, "Attribution License", BY, "CC-BY-2.0"),
            (5, "CC BY-SA 2.0", BY_SA, "CC-BY-SA-2.0"),
            (7, "No known copyright restrictions", everywhere(UNKNOWN), "LicenseRef-Flickr-Commons-NKCR"),
            (8, "United States Government Work", everywhere(UNKNOWN) | {US: None},
             "LicenseRef-scancode-us-govt-public-domain"),
            (9, "Public Domain Dedication (CC0)", FREE, "CC0-1.0"),
            (10, "Public Domain Mark", everywhere(UNKNOWN), "CC-PDM-1.0"),
            (11, "CC BY 4.0", BY, "CC-BY-4.0"),
            (14, "CC BY-NC 4.0", NON_COMMERCIAL, "CC-BY-NC-4.0"),
        )
    ),
    "flickr-names": (
        case("flickr-name-by-host", {"license": "Attribution License", "author": "Jane"}, BY, "CC-BY-2.0",
             url=FLICKR.format("n1"), creator="Jane"),
        case("flickr-name-elsewhere", {"license": "Attribution License", "author": "Jane"}, everywhere(UNKNOWN),
             "NOASSERTION", url="https://a.example/n2.jpg"),
        case("flickr-number-without-vocabulary", {"license": "4", "author": "Jane"}, everywhere(UNKNOWN),
             "NOASSERTION", url=FLICKR.format("n3")),
    ),
    "inaturalist": (
        case("inaturalist", {"license_code": "cc-by", "attribution": "(c) Jane Doe, some rights reserved (CC BY)"},
             BY, "CC-BY-4.0", url="https://inaturalist-open-data.s3.amazonaws.com/photos/1/original.jpg",
             creator="Jane Doe"),
        case("inaturalist-reserved", {"license_code": None, "attribution": "(c) Jane Doe, all rights reserved"},
             everywhere(NOT_ALLOWED), "NONE", url="https://static.inaturalist.org/photos/2/original.jpg",
             creator="Jane Doe"),
    ),
    "gbif": (
        case("gbif", {"gbifID": "1", "type": "StillImage", "license": "http://creativecommons.org/licenses/by/4.0/",
                      "rightsHolder": "Jane Doe", "creator": "Jane", "title": "Bufo"},
             BY, "CC-BY-4.0", url="https://a.example/g1.jpg", creator="Jane"),
        case("gbif-text", {"gbifID": "2", "type": "StillImage", "license": "© Jane Doe (CC-BY-NC 4.0)",
                           "rightsHolder": "Jane Doe", "creator": "Jane", "title": "Bufo"},
             NON_COMMERCIAL, "CC-BY-NC-4.0", url="https://a.example/g2.jpg"),
    ),
    "openverse": (
        case("openverse", {**OPENVERSE, "license": "by", "creator": "Jane", "title": "Sea", "attribution":
                           '"Sea" by Jane is licensed under CC BY 2.0. To view a copy of this license, visit https://creativecommons.org/licenses/by/2.0/.'},
             BY, "CC-BY-2.0", url=FLICKR.format("o1"), creator="Jane"),
        case("openverse-by-sa", {**OPENVERSE, "license": "by-sa", "creator": "Jane", "title": "Sea", "attribution":
                                 None}, BY_SA, "CC-BY-SA-2.0", url=FLICKR.format("o2")),
        case("openverse-credit-contradicts", {**OPENVERSE, "license": "by", "creator": "Jane", "title": "Sea",
                                              "attribution": '"Sea" by Jane is licensed under CC BY-NC 2.0.'},
             NC_BESIDE_BY, "CC-BY-NC-2.0", url=FLICKR.format("o3")),
    ),
    "commons": (
        case("commons-by", extmetadata(
            License="cc-by-4.0", LicenseShortName="CC BY 4.0", UsageTerms="Creative Commons Attribution 4.0",
            LicenseUrl="https://creativecommons.org/licenses/by/4.0", Restrictions="personality|trademarked",
            Artist='<a href="//commons.wikimedia.org/wiki/User:Jane" title="User:Jane">Jane</a>',
            Credit='<span class="int-own-work" lang="en">Own work</span>', Copyrighted="True", ObjectName="Sea"),
             BY, "CC-BY-4.0", url=COMMONS.format("c1"), creator="Jane"),
        case("commons-public-domain", extmetadata(
            License="pd", LicenseShortName="Public domain", UsageTerms="Public domain", Copyrighted="False",
            Artist="Vincent van Gogh"), everywhere(UNKNOWN), "LicenseRef-scancode-public-domain",
             url=COMMONS.format("c2")),
        case("commons-non-free", extmetadata(LicenseShortName="Fair use", NonFree="true", Copyrighted="True"),
             everywhere(NOT_ALLOWED), "NONE", url=COMMONS.format("c3")),
        case("commons-deletion", extmetadata(License="cc-by-4.0", LicenseShortName="CC BY 4.0", Artist="Jane",
                                             DeletionReason="Copyright violation"),
             BY_IN_CONFLICT, "CC-BY-4.0", url=COMMONS.format("c4")),
        case("commons-agency", extmetadata(License="cc-by-4.0", LicenseShortName="CC BY 4.0", Artist="Jane",
                                           Credit="Getty Images"),
             BY_IN_CONFLICT, "NONE", url=COMMONS.format("c5")),
    ),
    "europeana": (
        case("europeana", {"edm:rights": "http://creativecommons.org/publicdomain/zero/1.0/", "dc:rights": None},
             FREE, "CC0-1.0", url="https://iiif.europeana.eu/image/1.jpg"),
        case("europeana-reserved", {"edm:rights": "http://creativecommons.org/licenses/by/4.0/",
                                    "dc:rights": "© Museum X. All rights reserved."},
             BY_IN_CONFLICT, "CC-BY-4.0", url="https://iiif.europeana.eu/image/2.jpg"),
        case("europeana-in-words", {"edm:rights": "http://creativecommons.org/licenses/by/4.0/",
                                    "dc:rights": "Nur für nicht-kommerzielle Nutzung"},
             BY_IN_CONFLICT, "CC-BY-4.0", url="https://iiif.europeana.eu/image/3.jpg"),
        case("europeana-contract", {"edm:rights": "http://rightsstatements.org/vocab/NoC-NC/1.0/", "dc:rights": None},
             everywhere(NOT_ALLOWED) | {RESEARCH: UNKNOWN}, "LicenseRef-RightsStatements-NoC-NC-1.0",
             url="https://iiif.europeana.eu/image/4.jpg"),
    ),
    "smithsonian": (
        case("smithsonian-media", {"metadata_usage": "CC0", "media": json.dumps({"usage": {"access": "CC0"}})},
             FREE, "CC0-1.0", url="https://ids.si.edu/ids/deliveryService?id=1"),
        case("smithsonian-record-only", {"metadata_usage": "CC0", "media": None}, everywhere("no-evidence"),
             "NOASSERTION", url="https://ids.si.edu/ids/deliveryService?id=2"),
        case("smithsonian-restricted", {"metadata_usage": "CC0", "media":
                                        json.dumps({"usage": {"access": "Usage conditions apply"}})},
             everywhere("no-evidence"), "NOASSERTION", url="https://ids.si.edu/ids/deliveryService?id=3"),
    ),
    "met": (
        case("met", {"isPublicDomain": "True", "artistDisplayName": "Raphael", "artistEndDate": "1520",
                     "medium": "Oil on wood", "creditLine": "Gift of J. Pierpont Morgan, 1916", "license": None},
             FREE, "LicenseRef-scancode-public-domain", url="https://images.metmuseum.org/CRDImages/ep/1.jpg",
             creator="Raphael", basis="public-domain"),
        case("met-copied", {"isPublicDomain": "True", "artistDisplayName": "Raphael", "artistEndDate": "1520",
                            "medium": "Oil on wood", "creditLine": None, "license": None},
             FREE, "LicenseRef-scancode-public-domain", url="https://mirror.example/1.jpg", basis="public-domain"),
        case("met-flag-contradicts", {"isPublicDomain": "False", "artistDisplayName": "Jane", "artistEndDate": None,
                                      "medium": "Oil", "creditLine": None, "license": "CC0"},
             everywhere(CONFLICT), "CC0-1.0", url="https://images.metmuseum.org/CRDImages/ep/2.jpg"),
    ),
    "cleveland": (
        case("cleveland", {"share_license_status": "CC0", "creators": "Raphael", "copyright": None}, FREE, "CC0-1.0",
             url="https://openaccess-cdn.clevelandart.org/1/1_web.jpg"),
        case("cleveland-copyrighted", {"share_license_status": "Copyrighted", "creators": "Jane", "copyright":
                                       "© Jane"}, everywhere(NOT_ALLOWED), "NONE",
             url="https://openaccess-cdn.clevelandart.org/2/2_web.jpg"),
    ),
    "catalog": (
        case("computed", {"license": "Public domain", "artist": "Johannes Vermeer", "artist_death_year": "1675",
                          "publication_year": "1800", "medium": "Oil on canvas"},
             FREE, "LicenseRef-scancode-public-domain", url="https://museum.example/1.jpg", basis="public-domain"),
        case("computed-copyist", {"license": "Public domain", "artist": "after Raphael", "artist_death_year": "1520",
                                  "publication_year": "1800", "medium": "Oil on canvas"},
             everywhere(UNKNOWN) | {US: None}, "LicenseRef-scancode-public-domain",
             url="https://museum.example/2.jpg", basis=None),
        case("computed-sculpture", {"license": "Public domain", "artist": "Antonio Canova", "artist_death_year": "1822",
                                    "publication_year": "1800", "medium": "Marble"},
             everywhere(UNKNOWN), "LicenseRef-scancode-public-domain", url="https://museum.example/3.jpg"),
    ),
    "huggingface": tuple(
        case(f"hf-{tag}", {"license": tag, "model": None}, reasons, concluded, url=f"https://hf.example/{tag}.jpg")
        for tag, reasons, concluded in (
            ("cc-by-4.0", BY, "CC-BY-4.0"),
            ("cc-by-sa-4.0", BY_SA, "CC-BY-SA-4.0"),
            ("cc0-1.0", FREE, "CC0-1.0"),
            ("cc", everywhere(UNKNOWN), "NOASSERTION"),
            ("other", everywhere(UNKNOWN), "NOASSERTION"),
            ("odbl", everywhere(UNKNOWN), "NOASSERTION"),
        )
    ),
    "debian": tuple(
        case(f"dep5-{number}", {"license_dep5": name, "author": "Jane"}, reasons, concluded,
             url=f"https://deb.example/{number}.png", creator="Jane")
        for number, (name, reasons, concluded) in enumerate((
            ("CC-BY", BY, "CC-BY-1.0"),
            ("CC-BY-3.0 or GPL-3+", BY, "CC-BY-3.0"),
            ("GPL-2+ and CC-BY-4.0", BY_SA, "CC-BY-4.0 AND GPL-2.0-or-later"),
            ("public-domain", everywhere(UNKNOWN), "LicenseRef-scancode-public-domain"),
        ))
    ),
    "headers": (
        case("noai", {"license": BY_4, "author": "Jane", "headers": '{"X-Robots-Tag": "noindex, NoAI"}', "html": None},
             everywhere("reserved"), "CC-BY-4.0", url="https://a.example/h1.jpg"),
        case("tdm", {"license": BY_4, "author": "Jane", "headers": '{"tdm-reservation": "1"}', "html": None},
             everywhere("reserved"), "CC-BY-4.0", url="https://a.example/h2.jpg"),
        case("other-crawler", {"license": BY_4, "author": "Jane", "headers": "X-Robots-Tag: otherbot: noai",
                               "html": None}, BY, "CC-BY-4.0", url="https://a.example/h3.jpg"),
        case("page-license", {"license": None, "author": "Jane", "headers": None,
                              "html": f'<link rel="license" href="{BY_4}">'},
             everywhere(UNKNOWN) | {PUBLIC_DOMAIN: NOT_ALLOWED}, "CC-BY-4.0", url="https://a.example/h4.jpg"),
        case("page-contradicts", {"license": BY_4, "author": "Jane", "headers": None,
                                  "html": f'<a rel="license" href="{BY_NC_4}">terms</a>'},
             NC_BESIDE_BY, "CC-BY-NC-4.0", url="https://a.example/h5.jpg"),
        case("page-of-the-picture", {"license": None, "author": None, "headers": None, "html":
             '<script type="application/ld+json">{"@type": "ImageObject", "contentUrl": "https://a.example/h6.jpg", '
             f'"license": "{BY_4}", "creator": {{"@type": "Person", "name": "Jane"}}}}</script>'},
             BY, "CC-BY-4.0", url="https://a.example/h6.jpg", creator="Jane"),
    ),
    "stock": (
        case("stock-host", {"license": BY_4, "author": "Jane", "source": None}, BY_IN_CONFLICT, "CC-BY-4.0",
             url="https://image.shutterstock.com/z/1.jpg"),
        case("stock-source", {"license": "CC0", "author": "Jane", "source": "https://www.istockphoto.com/photo/1"},
             everywhere(CONFLICT), "CC0-1.0", url="https://a.example/s2.jpg"),
    ),
    "embedded": (
        case("file-of-another", {"license": BY_4, "author": "Jane Doe"}, BY_IN_CONFLICT, "CC-BY-4.0",
             url="https://a.example/e1.jpg", file={"exif": EXIF + tiff({COPYRIGHT: b"(c) 2019 John Smith\0"})}),
        case("file-of-the-author", {"license": BY_4, "author": "Jane Doe"}, BY, "CC-BY-4.0",
             url="https://a.example/e2.jpg", creator="Jane Doe",
             file={"exif": EXIF + tiff({COPYRIGHT: b"(c) Jane Doe. All rights reserved.\0", ARTIST: b"Jane Doe\0"})}),
        case("file-is-stricter", {"license": BY_4, "author": "Jane Doe"}, NC_BESIDE_BY, "CC-BY-NC-4.0",
             url="https://a.example/e3.jpg", file={"xmp": xmp(f'<cc:license rdf:resource="{BY_NC_4}"/>')}),
        case("mining-prohibited", {"license": BY_4, "author": "Jane Doe"}, everywhere("reserved"), "CC-BY-4.0",
             url="https://a.example/e4.jpg",
             file={"xmp": xmp("<plus:DataMining>http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED</plus:DataMining>")}),
        case("generated", {"license": BY_4, "author": "Jane Doe"}, BY | dict.fromkeys((COMMERCIAL, SHARE_ALIKE,
             RESEARCH, US), "generated"), "CC-BY-4.0", url="https://a.example/e5.png",
             file={"text": text_chunk("parameters", "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1")}),
        case("unread-manifest", {"license": BY_4, "author": "Jane Doe"}, everywhere(UNKNOWN) |
             {PUBLIC_DOMAIN: NOT_ALLOWED}, "CC-BY-4.0", url="https://a.example/e6.png", file={"chunk": b"caBX"}),
    ),
    "flags": (
        case("flag-generated", {"license": BY_4, "author": "Jane", "is_ai_generated": "True", "generator": None},
             BY | dict.fromkeys((COMMERCIAL, SHARE_ALIKE, RESEARCH, US), "generated"), "CC-BY-4.0",
             url="https://a.example/a1.png"),
        case("generator", {"license": "CC0", "author": "Jane", "is_ai_generated": None, "generator": "Midjourney v6"},
             everywhere("generated"), "CC0-1.0", url="https://a.example/a2.png"),
        case("not-generated", {"license": "CC0", "author": "Jane", "is_ai_generated": "False", "generator": None},
             FREE, "CC0-1.0", url="https://a.example/a3.png", creator="Jane"),
    ),
    "plain": (
        case("plain-by", {"license": "CC BY 4.0", "author": "Jane"}, BY, "CC-BY-4.0", url="https://a.example/p1.jpg"),
        case("plain-unseen", {"license": "CC BY 4.0\u200b", "author": "Jane"}, BY, "CC-BY-4.0",
             url="https://a.example/p2.jpg"),
        case("plain-without-version", {"license": "CC BY", "author": "Jane"},
             everywhere(UNKNOWN) | {PUBLIC_DOMAIN: NOT_ALLOWED}, "LicenseRef-CC-BY", url="https://a.example/p3.jpg"),
        case("plain-mark", {"license": "Public Domain Mark 1.0", "author": None}, everywhere(UNKNOWN), "CC-PDM-1.0",
             url="https://a.example/p4.jpg"),
        case("plain-spoofed", {"license": "https://creativecommons.org.example/licenses/by/4.0/", "author": None},
             everywhere(UNKNOWN), "NOASSERTION", url="https://a.example/p5.jpg"),
    ),
    "marked": (
        case("mark-and-institution", {"license": "Public Domain Mark 1.0", "public_domain": "True"},
             everywhere(UNKNOWN), "CC-PDM-1.0", url="https://iip.smk.dk/iiif/1.jpg"),
        case("mark-and-stranger", {"license": "Public Domain Mark 1.0", "public_domain": "True"},
             everywhere(UNKNOWN), "CC-PDM-1.0", url="https://a.example/m2.jpg"),
    ),
}  # fmt: skip
FOLDER = (
    case("folder-by", {"license": "CC BY 4.0", "author": "Jane"}, BY, "CC-BY-4.0", creator="Jane"),
    case("folder-reserved", {"license": "All rights reserved", "author": "Jane"}, everywhere(NOT_ALLOWED), "NONE"),
    case("folder-sidecar", {}, FREE, "CC0-1.0", sidecar=xmp(
        '<cc:license rdf:resource="https://creativecommons.org/publicdomain/zero/1.0/"/>')),
    case("folder-sidecar-forbids", {"license": "CC0", "author": "Jane"}, everywhere(CONFLICT), "CC0-1.0", sidecar=xmp(
        "<xmpRights:UsageTerms><rdf:Alt><rdf:li xml:lang='x-default'>For editorial use only</rdf:li></rdf:Alt>"
        "</xmpRights:UsageTerms>")),
)  # fmt: skip
CASES = [*(one for cases in DATA_SETS.values() for one in cases), *FOLDER]


def image_of(one: Case) -> bytes:
    """The case's own picture, as a file with the case's metadata."""
    picture = photo(seed=CASES.index(one) + 1)
    if "text" in one.file:
        png = encoded(picture, "PNG")
        return png[:33] + one.file["text"] + png[33:]
    if "chunk" in one.file:
        return with_chunk(encoded(picture, "PNG"), one.file["chunk"], b"\0" * 8)
    return encoded(picture, "JPEG", quality=95, **one.file)


def write_parquet(cases: Sequence[Case], path: Path) -> None:
    """A table with image bytes, as Hugging Face stores them."""
    rows = [
        {"image": {"bytes": image_of(one), "path": None}, "url": one.url, "key": one.name, **one.columns}
        for one in cases
    ]
    pq.write_table(pa.Table.from_pylist(rows), path)


def write_tar(cases: Sequence[Case], path: Path) -> None:
    """A WebDataset shard, a JSON file beside each picture."""
    with tarfile.open(path, "w") as tar:
        for number, one in enumerate(cases):
            described = json.dumps({"url": one.url, **one.columns}).encode()
            for end, content in (("jpg", image_of(one)), ("json", described)):
                member = tarfile.TarInfo(f"{number:09d}.{end}")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))


def write_folder(cases: Sequence[Case], folder: Path) -> None:
    """A folder with ``metadata.csv`` and XMP files."""
    folder.mkdir()
    lines = ["file_name,license,author"]
    for one in cases:
        (folder / f"{one.name}.jpg").write_bytes(image_of(one))
        lines.append(f"{one.name}.jpg,{one.columns.get('license', '')},{one.columns.get('author', '')}")
        if one.sidecar:
            (folder / f"{one.name}.xmp").write_bytes(one.sidecar)
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n")


IN_TARS = frozenset({"openverse", "flickr", "plain"})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All data sets, curated under the default policy."""
    root = tmp_path_factory.mktemp("sources")
    inputs = root / "in"
    inputs.mkdir()
    for name, cases in DATA_SETS.items():
        write = write_tar if name in IN_TARS else write_parquet
        write(cases, inputs / f"{name}.{'tar' if name in IN_TARS else 'parquet'}")
    write_folder(FOLDER, root / "folder")
    places = [str(path) for path in sorted(inputs.iterdir())]
    assert main(["curate", *places, str(root / "folder"), "--out", str(root / "run")]) == 0
    return root / "run"


def rows_of(run: Path) -> Iterator[tuple[Case, dict[str, Any]]]:
    """Each case with its row of the manifest, found by its URL, or in the folder by its name."""
    manifest = pq.read_table(run / "manifest").to_pylist()
    by_place = {row["url"] or Path(row["key"]).name.partition(".")[0]: row for row in manifest}
    assert len(by_place) == len(CASES)
    return ((one, by_place[one.url or one.name]) for one in CASES)


def told(one: Case, row: Mapping[str, Any], policy: str) -> Iterator[str]:
    """How the row differs from what the case demands."""
    first = row["reasons"][0] if row["reasons"] else None
    if first != one.reasons[policy]:
        yield f"{one.name}: {first} for {one.reasons[policy]}: {row['trace']}"
    if policy == COMMERCIAL and row["license_concluded"] != one.concluded:
        yield f"{one.name}: concluded {row['license_concluded']} for {one.concluded}"
    if one.creator and row["creator"] != one.creator:
        yield f"{one.name}: creator {row['creator']} for {one.creator}"
    if first is None and one.basis and not (row["basis"] or "").startswith(one.basis):
        yield f"{one.name}: rests on {row['basis']}, not {one.basis}"


@pytest.mark.parametrize("policy", POLICIES)
def test_every_source_is_concluded_as_a_lawyer_would(run: Path, policy: str) -> None:
    assert main(["decide", str(run), "--policy", policy]) == 0
    wrong = [difference for one, row in rows_of(run) for difference in told(one, row, policy)]
    assert not wrong, "\n".join(wrong)


def test_a_run_of_all_sources_passes_its_audit(run: Path) -> None:
    assert main(["audit", str(run)]) == 0


def test_whoever_is_due_credit_is_credited_and_nobody_else(run: Path) -> None:
    assert main(["decide", str(run), "--policy", COMMERCIAL]) == 0
    for one, row in rows_of(run):
        if row["decision"] == "kept" and row["license_concluded"].startswith("CC-BY"):
            assert (one.creator or "an unknown creator") in row["attribution"] or row["creator"] in row["attribution"]
        else:
            assert row["attribution"] is None
