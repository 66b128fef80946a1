"""What users say in overlays and policies, down to the permission."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.manifest.judge import Rules, claim_all, judge
from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.overlay import Correction, Overlay
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.policy import Policy, load_policy
from factories import sample

BOOK = LicenseBook.load()
URL = "https://example.org/a.jpg"


def line(action: str, value: str = "", **over: str) -> Correction:
    fields = {"match": "url", "equals": URL, "who": "Jane", "when": "2026-03-01", "why": "letter"}
    return Correction.model_validate({**fields, "action": action, "value": value, **over})


def policy(**over: Any) -> Policy:  # noqa: ANN401 - fields of any type
    return Policy.model_validate({**load_policy("commercial").model_dump(), **over})


def judged(overlay: Overlay, under: Policy, columns: dict[str, str]) -> dict[str, Any]:
    evidence = [Evidence(Layer.COLUMN, name, text).to_row() for name, text in columns.items()]
    return judge(sample(None, url=URL, evidence=evidence), Rules(BOOK, under, overlay))


@pytest.mark.parametrize(
    ("value", "purpose", "jurisdictions", "permission"),
    [
        ("", "commercial", ["WORLD"], "allowed"),
        ("any use", "commercial", ["WORLD"], "allowed"),
        ("research only", "commercial", ["WORLD"], "refused"),
        ("non-commercial use only", "commercial", ["WORLD"], "refused"),
        ("research", "research", ["WORLD"], "allowed"),
        ("in US, EU", "commercial", ["WORLD"], "unknown"),
        ("in the US and the EU", "commercial", ["US", "DE"], "allowed"),
        ("US only", "commercial", ["EU"], "unknown"),
        ("research; DE", "research", ["DE"], "allowed"),
        ("CC-BY-NC-4.0", "commercial", ["WORLD"], "refused"),
        ("CC BY 4.0; in US", "commercial", ["US"], "allowed"),
        ("NoC-US", "commercial", ["WORLD"], "unknown"),
    ],
)
def test_a_permission_goes_as_far_as_it_says(
    value: str, purpose: str, jurisdictions: list[str], permission: str
) -> None:
    row = judged(Overlay((line("grant", value),)), policy(purpose=purpose, jurisdictions=jurisdictions), {})
    assert row["permission"] == permission


def test_of_two_authors_the_stricter_stands() -> None:
    overlay = Overlay((line("license", "CC-BY-4.0"), line("license", "CC-BY-NC-4.0", who="Bob")))
    assert judged(overlay, policy(), {})["permission"] == "refused"
    overlay = Overlay((line("grant"), line("license", "CC-BY-NC-4.0", who="Bob")))
    assert judged(overlay, policy(), {})["permission"] == "refused"
    overlay = Overlay((line("grant"), line("grant", "research", who="Bob")))
    assert judged(overlay, policy(), {})["permission"] == "refused"


@pytest.mark.parametrize("name", ["CC BY 4.0", "cc-by-4.0", "https://creativecommons.org/licenses/by/4.0/", "CC BY"])
def test_a_policy_denies_a_license_however_it_is_spelled(name: str) -> None:
    assert judged(Overlay(), policy(deny=[name]), {"license": "CC BY 4.0"})["permission"] == "refused"
    assert judged(Overlay(), policy(deny=[name]), {"license": "CC0-1.0"})["permission"] == "allowed"


def test_a_denied_license_denies_its_ports_and_a_denied_port_only_itself() -> None:
    port, plain = {"license": "CC-BY-3.0-US"}, {"license": "CC-BY-3.0"}
    assert judged(Overlay(), policy(deny=["CC BY 3.0"]), port)["permission"] == "refused"
    assert judged(Overlay(), policy(deny=["CC-BY-3.0-US"]), plain)["permission"] == "allowed"


LICENSES = st.sampled_from(["CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0", "MIT"])
LINES = st.one_of(
    LICENSES.map(lambda value: line("license", value)),
    st.sampled_from(["", "research", "in US", "CC-BY-4.0"]).map(lambda value: line("grant", value)),
    st.just(line("creator", "John Roe")),
)
DENIALS = st.sampled_from(
    [
        line("deny"),
        line("deny", match="domain", equals="www.example.org"),
        line("deny", match="creator", equals="John Roe"),
        line("deny", equals="http://example.org/", when="2020-01-01"),
        line("deny", match="domain", equals="shop.example", who="Bob"),
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(LINES, max_size=4), DENIALS, LICENSES, st.sampled_from(["commercial", "research-non-commercial"]))
def test_a_denial_always_wins(lines: list[Correction], denial: Correction, license_: str, name: str) -> None:
    columns = {"license": license_, "author": "Ann; John Roe", "page_url": "https://shop.example/view"}
    assert judged(Overlay((*lines, denial)), load_policy(name), columns)["permission"] == "refused"


@settings(max_examples=50, deadline=None)
@given(st.permutations([line("license", "CC-BY-4.0"), line("grant", who="B"), line("deny", who="C"), line("grant")]))
def test_the_order_of_lines_changes_nothing(lines: list[Correction]) -> None:
    row = sample(None, url=URL, evidence=[])
    ordered = Rules(BOOK, policy(), Overlay(tuple(sorted(lines, key=str))))
    assert claim_all(row, Rules(BOOK, policy(), Overlay(tuple(lines)))) == claim_all(row, ordered)
