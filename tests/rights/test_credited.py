from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.claim import Kind
from cleanset.rights.claims.columns import evidence_from_columns
from cleanset.rights.claims.credited import without_credits
from cleanset.rights.claims.licensing import credited_license
from cleanset.rights.claims.reading import claims_from

BOOK = LicenseBook.load()


@pytest.mark.parametrize(
    ("text", "expression", "names"),
    [
        ("© Jane, CC BY 4.0", "CC-BY-4.0", ("Jane",)),
        ("Photo: Jane Doe / CC BY-SA 4.0", "CC-BY-SA-4.0", ("Jane Doe",)),
        ("Copyright 2019 X. Licensed under CC BY 4.0.", "CC-BY-4.0", ("X",)),
        ("CC BY 4.0 (© Jane Doe)", "CC-BY-4.0", ("Jane Doe",)),
        ("CC BY 4.0, © 2015-2019 Jane Doe", "CC-BY-4.0", ("Jane Doe",)),
        ("Foto: Max Müller, CC BY-SA 3.0 DE", "CC-BY-SA-3.0-DE", ("Max Müller",)),
        ("© J. R. Smith (CC BY 4.0)", "CC-BY-4.0", ("J. R. Smith",)),
        ("© 2019 Jane Doe, some rights reserved (CC BY-NC 4.0)", "CC-BY-NC-4.0", ("Jane Doe",)),
        ("Jane Doe, CC BY-SA 4.0, via Wikimedia Commons", "CC-BY-SA-4.0", ("Jane Doe",)),
        ("© Jane / Photo by Joe / CC0", "CC0-1.0", ("Jane", "Joe")),
        ("© Jane, https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0", ("Jane",)),
    ],
)
def test_credits_are_taken_off_a_license(text: str, expression: str, names: tuple[str, ...]) -> None:
    found = credited_license(text, BOOK)
    assert found is not None
    assert (BOOK.read(found.rest).expression, (*found.owners, *found.creators)) == (expression, names)


@pytest.mark.parametrize(
    "text",
    [
        "CC BY 4.0 (Jane)", "CC BY 4.0 (text only)", "Text: Jane, CC BY 4.0", "© text only, CC BY 4.0",
        "© Jane, CC BY 4.0 except logo", "© Jane, not CC BY 4.0", "© Jane, images excluded, CC BY 4.0",
        "© Jane. All rights reserved. CC BY 4.0", "Photo: not Jane, CC BY 4.0", "© bysa, CC0", "by SA, MIT",
        "© Jane, CC BY 4.0, Text: Joe", "© Jane, nicht CC BY 4.0", "© Jane, pas CC BY 4.0", "© Jane, CC BY 4.0 (Logo)",
        "© Jane, CC BY 4.0, https://evil.example/", "Jane, no longer CC BY 4.0, via Flickr", "© Jane", "CC BY 4.0",
        "© Jane, free to use", "by Jane, CC BY 4.0 unless noted", "© Jane (images © Joe) CC BY 4.0",
    ],
)  # fmt: skip
def test_what_may_be_more_than_a_credit_is_none(text: str) -> None:
    assert credited_license(text, BOOK) is None


def test_the_credited_are_claimed_as_owner_and_creator() -> None:
    evidence = evidence_from_columns({"rights": "© Jane Doe / photo by Joe Roe / CC BY 4.0"}, "webdataset")
    claims = claims_from(evidence, None, "webdataset", BOOK)
    assert {(c.kind, c.value) for c in claims if c.kind in {Kind.OWNER, Kind.CREATOR}} == {
        (Kind.OWNER, "Jane Doe"),
        (Kind.CREATOR, "Joe Roe"),
    }


@given(st.text(alphabet="© abyCJn(),.;:/|-0124", max_size=60), st.sampled_from(["CC BY 4.0", "CC BY 4.0 only", ""]))
def test_every_credit_taken_off_leaves_less(text: str, license_name: str) -> None:
    whole = f"{text}, {license_name}"
    lengths = [len(whole), *(len(one.rest) for one in without_credits(whole))]
    assert lengths == sorted(set(lengths), reverse=True)
