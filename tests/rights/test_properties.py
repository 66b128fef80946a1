"""Properties of whole samples: their columns and what their files say, read, claimed and concluded."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import embedded_files as files
from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.columns import evidence_from_columns
from cleanset.rights.claims.licensing import read_statement
from cleanset.rights.claims.reading import claims_from
from cleanset.rights.claims.wording import is_known
from cleanset.rights.conclusion.conclude import conclude
from cleanset.rights.embedded.scan import scan_image
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.policy import list_policies, load_policy
from cleanset.schemas import Permission

BOOK = LicenseBook.load()
LINES = (Path(__file__).parent / "labelled" / "adversary.jsonl").read_text(encoding="utf-8").splitlines()
VALUES = sorted({value for line in LINES for value in json.loads(line)["columns"].values() if len(value) < 400})
PLACES = [
    *(
        (Layer.COLUMN, name)
        for name in ("license", "license_url", "rights", "usage_terms", "copyright", "restrictions")
    ),
    *((Layer.COLUMN, name) for name in ("use_restrictions", "image_rights", "licenses", "license_note", "permission")),
    *((Layer.XMP, name) for name in ("dc:rights", "cc:license", "xmpRights:UsageTerms", "xmpRights:WebStatement")),
    *((Layer.EXIF, "Copyright"), (Layer.IPTC, "CopyrightNotice"), (Layer.IPTC, "SpecialInstructions")),
    *((Layer.PNG_TEXT, "License"), (Layer.PNG_TEXT, "Copyright"), (Layer.SIDECAR, "dc:rights")),
]
LICENSES = ["CC BY 4.0", "CC BY-NC 4.0", "CC BY-SA 4.0", "CC0", "CC BY-ND 4.0", "MIT", "All rights reserved", "CC BY"]
TEXTS = st.one_of(st.sampled_from(VALUES), st.sampled_from(LICENSES), st.text(max_size=40))
SEEN = st.builds(
    lambda place, value: Evidence(place[0], place[1], value), st.sampled_from(PLACES), TEXTS.filter(str.strip)
)
POLICIES = st.sampled_from(list_policies())
AUTHOR = Evidence(Layer.COLUMN, "author", "Jane Doe")


def permission(evidence: Iterable[Evidence], policy: str = "commercial") -> Permission:
    claims = claims_from(evidence, "https://example.org/a.jpg", "webdataset", BOOK)
    return conclude(claims, load_policy(policy), BOOK).permission


@given(st.lists(SEEN, max_size=4), SEEN, POLICIES)
@settings(max_examples=300, deadline=None)
def test_a_text_that_is_no_grant_never_lets_a_picture_in(seen: list[Evidence], added: Evidence, policy: str) -> None:
    assume(not is_known(read_statement(added.value, BOOK)))
    if permission([AUTHOR, *seen, added], policy) is Permission.ALLOWED:
        assert permission([AUTHOR, *seen], policy) is Permission.ALLOWED


@given(st.lists(SEEN, max_size=3), st.sampled_from(PLACES), st.permutations(LICENSES), POLICIES)
@settings(max_examples=200, deadline=None)
def test_a_second_license_in_one_place_never_allows_more(
    seen: list[Evidence], place: tuple[Layer, str], licenses: list[str], policy: str
) -> None:
    first, second = (Evidence(*place, name) for name in licenses[:2])
    seen = [one for one in seen if (one.layer, one.locator) != place]
    if permission([AUTHOR, *seen, first, second], policy) is Permission.ALLOWED:
        assert permission([AUTHOR, *seen, first], policy) is Permission.ALLOWED or (
            permission([AUTHOR, *seen, second], policy) is Permission.ALLOWED
        )


@given(st.permutations(LICENSES), POLICIES)
@settings(max_examples=60, deadline=None)
def test_a_list_of_licenses_allows_what_each_of_them_allows(licenses: list[str], policy: str) -> None:
    alone = [permission([AUTHOR, Evidence(Layer.COLUMN, "license", name)], policy) for name in licenses[:2]]
    listed = permission([AUTHOR, Evidence(Layer.COLUMN, "license", json.dumps(licenses[:2]))], policy)
    if listed is Permission.ALLOWED:
        assert Permission.REFUSED not in alone


@given(st.lists(SEEN, max_size=5), st.randoms(use_true_random=False), POLICIES)
@settings(max_examples=150, deadline=None)
def test_the_order_of_evidence_changes_no_claim(seen: list[Evidence], random: object, policy: str) -> None:
    shuffled = list(seen)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    told = [claims_from(order, None, "webdataset", BOOK) for order in (seen, shuffled)]
    assert told[0] == told[1]
    assert permission(seen, policy) is permission(shuffled, policy)


@given(st.dictionaries(st.sampled_from([name for layer, name in PLACES if layer is Layer.COLUMN]), TEXTS, max_size=5))
@settings(max_examples=100, deadline=None)
def test_the_order_of_columns_changes_no_evidence(columns: dict[str, str]) -> None:
    backwards = dict(reversed(columns.items()))
    assert evidence_from_columns(columns, "webdataset") == evidence_from_columns(backwards, "webdataset")


XMP = files.XMP_HEADER + files.xmp(
    '<cc:license rdf:resource="https://creativecommons.org/licenses/by/4.0/"/>'
    + files.alt("xmpRights:UsageTerms", "members only")
)
EXIF = b"Exif\0\0" + files.tiff({files.ARTIST: b"Jane Doe\0", files.COPYRIGHT: b"members only, ask the estate\0"})
IPTC = b"Photoshop 3.0\0" + files.photoshop(files.iptc({80: "Jane Doe", 116: "members only, ask the estate"}))
SIDECAR = files.xmp(files.alt("dc:rights", "members only")).decode()
METADATA = json.dumps({"license": "CC BY 4.0", "media": [{"usage_terms": "members only"}]})


@pytest.mark.parametrize(
    ("marker", "header", "payload"), [(0xE1, files.XMP_HEADER, XMP), (0xE1, b"Exif\0\0", EXIF), (0xED, IPTC[:14], IPTC)]
)
def test_a_packet_that_is_cut_at_any_byte_never_allows_more(marker: int, header: bytes, payload: bytes) -> None:
    beside = [Evidence(Layer.COLUMN, "license", "CC BY 4.0"), AUTHOR]
    for end in range(len(header), len(payload) + 1):
        image = files.jpeg(files.segment(marker, payload[:end]))
        found = permission([*beside, *scan_image(image).evidence])
        assert found is not Permission.ALLOWED, payload[:end][-60:]


@pytest.mark.parametrize("column", ["sidecar:xmp", "metadata"])
def test_a_column_that_is_cut_at_any_character_never_allows_more(column: str) -> None:
    whole = SIDECAR if column == "sidecar:xmp" else METADATA
    for end in range(2 if column == "metadata" else 0, len(whole) + 1):
        seen = evidence_from_columns({"license": "CC BY 4.0", "author": "Jane Doe", column: whole[:end]}, "webdataset")
        assert permission(seen) is not Permission.ALLOWED, whole[:end][-60:]
