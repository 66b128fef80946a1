"""Laws of the whole chain, from evidence to the judged row, and every answer that it can give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import factories
from cleanset.manifest.judge import Rules, judge
from cleanset.rights.claims.columns import evidence_from_columns
from cleanset.rights.claims.forbidding import forbidden_by
from cleanset.rights.claims.overlay import Action, Correction, Match, Overlay
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.policy import OnLabel, list_policies
from cleanset.schemas import Permission, Reason

BY = "https://creativecommons.org/licenses/by/4.0/"
SAYING = [
    Evidence(Layer.COLUMN, locator, value)
    for locator, value in (
        ("license", "CC BY 4.0"), ("license", "CC0"), ("license", "CC BY-NC 4.0"), ("license", "who knows"),
        ("license_url", BY), ("rights", "Public domain"), ("author", "Jane Doe"), ("title", "Sea"),
        ("isPublicDomain", "True"), ("flickr_license", "4"), ("attribution", "(c) Jane Doe, some rights reserved"),
        ("artist_death_year", "1675"), ("publication_year", "1800"), ("medium", "Oil on canvas"),
    )
]  # fmt: skip
FORBIDDING = [
    Evidence(Layer.COLUMN, "x_robots_tag", "noai"),
    Evidence(Layer.HTTP_HEADER, "tdm-reservation", "1"),
    Evidence(Layer.COLUMN, "usage_terms", "For editorial use only"),
    Evidence(Layer.COLUMN, "usage_terms", "Nur mit schriftlicher Genehmigung"),
    Evidence(Layer.COLUMN, "source", "https://www.shutterstock.com/x"),
    Evidence(Layer.COLUMN, "isPublicDomain", "False"),
    Evidence(Layer.COLUMN, "is_ai_generated", "True"),
    Evidence(Layer.COLUMN, "license_note", "only the metadata is CC BY"),
    Evidence(Layer.EXIF, "Copyright", "(c) John Smith. All rights reserved."),
    Evidence(Layer.XMP, "plus:DataMining", "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"),
    Evidence(Layer.XMP, "cc:license", "https://creativecommons.org/licenses/by-nc-nd/4.0/"),
    Evidence(Layer.C2PA, "manifest", "urn:c2pa:x"),
    Evidence(Layer.HTML, "page", '<meta name="robots" content="noimageai">'),
]
URLS = ["https://a.example/1.jpg", "https://live.staticflickr.com/1/2.jpg", "https://images.metmuseum.org/1.jpg"]


def judged(evidence: Sequence[Evidence], rules: Rules, url: str = URLS[0]) -> dict[str, object]:
    return judge(factories.sample(url=url, evidence=[one.to_row() for one in evidence]), rules)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(SAYING), unique=True, max_size=6),
    st.lists(st.sampled_from(FORBIDDING), unique=True, min_size=1, max_size=2),
    st.sampled_from(list_policies()),
    st.sampled_from(URLS),
)
def test_a_prohibition_more_never_turns_dropped_into_kept(
    saying: list[Evidence], forbidding: list[Evidence], policy: str, url: str
) -> None:
    rules = factories.rules(policy)
    if judged([*saying, *forbidding], rules, url)["permission"] == Permission.ALLOWED:
        assert judged(saying, rules, url)["permission"] == Permission.ALLOWED


@pytest.mark.parametrize("opt_out", FORBIDDING[:2] + FORBIDDING[9:10])
@given(saying=st.lists(st.sampled_from(SAYING), unique=True, max_size=6), policy=st.sampled_from(list_policies()))
@settings(max_examples=20, deadline=None)
def test_an_opt_out_is_never_kept(opt_out: Evidence, saying: list[Evidence], policy: str) -> None:
    row = judged([*saying, opt_out], factories.rules(policy))
    assert row["permission"] == Permission.REFUSED


def columns(**of: str) -> list[Evidence]:
    return [Evidence(Layer.COLUMN, name, value) for name, value in of.items()]


WANTS_CREATOR = replace(
    factories.rules(), policy=factories.rules().policy.model_copy(update={"require_creator_for_attribution": True})
)
ACCEPTS_LABELS = replace(
    factories.rules(),
    policy=factories.rules().policy.model_copy(
        update={"public_domain_labels": OnLabel.ACCEPT, "public_domain_statement": "the labels were sampled"}
    ),
)


@pytest.mark.parametrize(
    ("evidence", "rules", "reason"),
    [
        ([], factories.rules(), Reason.NO_EVIDENCE),
        (columns(license="CC BY"), factories.rules(), Reason.LICENSE_UNKNOWN),
        (columns(license=BY, license_url="https://example.com/terms"), factories.rules(), Reason.UNREAD_RIGHTS),
        (columns(license="CC BY-NC 4.0"), factories.rules(), Reason.LICENSE_NOT_ALLOWED),
        (columns(license=BY, rights="All rights reserved"), factories.rules(), Reason.RIGHTS_CONFLICT),
        (columns(license=BY, x_robots_tag="noai"), factories.rules(), Reason.RESERVED),
        (columns(license=BY, generator="Midjourney"), factories.rules(), Reason.GENERATED),
        (columns(license=BY), WANTS_CREATOR, Reason.NO_CREATOR),
    ],
)
def test_every_reason_of_rights_is_reached(evidence: list[Evidence], rules: Rules, reason: Reason) -> None:
    assert judged(evidence, rules)["reasons"] == [reason]


VERMEER = columns(
    license="Public domain",
    artist="Johannes Vermeer (1632-1675)",
    publication_year="1800",
    medium="Oil on canvas",
)


def overlaid(action: Action, value: str = "") -> Rules:
    correction = Correction(
        match=Match.URL, equals=URLS[0], action=action, value=value, who="Jane", when="2026-03-01", why="a letter"
    )
    return replace(factories.rules(), overlay=Overlay((correction,)))


@pytest.mark.parametrize(
    ("evidence", "rules", "url", "basis"),
    [
        (columns(license=BY), factories.rules(), URLS[0], "license"),
        (VERMEER, factories.rules(), URLS[0], "public-domain:world-safe"),
        (VERMEER, factories.rules("us-only"), URLS[0], "public-domain:us-95"),
        (
            columns(license="Public domain", isPublicDomain="True"),
            factories.rules("us-only"),
            "https://images.metmuseum.org/1.jpg",
            "institution",
        ),
        (columns(license="Public domain"), ACCEPTS_LABELS, URLS[0], "policy"),
        ([], overlaid(Action.GRANT), URLS[0], "overlay"),
        (columns(license="who knows"), overlaid(Action.LICENSE, "CC-BY-4.0"), URLS[0], "overlay"),
    ],
)
def test_every_basis_is_reached(evidence: list[Evidence], rules: Rules, url: str, basis: str) -> None:
    row = judged(evidence, rules, url)
    assert (row["permission"], row["basis"], row["reasons"]) == (Permission.ALLOWED, basis, [])


def test_a_users_denial_wins_over_every_license() -> None:
    row = judged(columns(license="CC0"), overlaid(Action.DENY))
    assert row["permission"] == Permission.REFUSED


def test_a_license_without_its_version_says_what_would_do() -> None:
    trace = judged(columns(license="CC BY"), factories.rules())["trace"]
    assert isinstance(trace, list)
    assert "the version of the license is not stated" in trace[-1]
    assert "the full address, would do" in trace[-1]


@pytest.mark.parametrize(
    "text",
    [
        "For Editorial Use Only", "Personal use only", "not for commercial use", "Non-commercial use", "MAGS OUT",
        "nur zu nicht-kommerziellen Zwecken" , "Ausschließlich für private Nutzung", "nicht kommerzielle Nutzung",
        "usage non commercial", "à des fins non commerciales", "uso no comercial", "sin fines de lucro",
        "uso personale", "niet-commercieel gebruik", "fins não comerciais", "permission required", "do not copy",
        "without prior written consent", "may not be reproduced", "unauthorised use", "rights-managed", "NO SALES",
        "not for resale", "Nachdruck verboten", "nur mit schriftlicher Genehmigung", "Reproduction interdite",
        "prohibida la reproducción", "vietata la riproduzione", "cópia proibida", "does not apply to the pictures",
        "only the text", "metadata only", "images are under their own copyright", "except for the images",
        "not including photographs", "Uso comercial prohibido", "Utilisation commerciale interdite",
        "Uso commerciale vietato", "Некоммерческое использование", "禁止商用", "商用利用禁止", "non-commercial only",
        "No derivatives", "No modifications allowed", "may not be cropped", "keine Bearbeitung",
    ],
)  # fmt: skip
def test_a_phrase_that_forbids_is_heard_in_any_case(text: str) -> None:
    for said in (text, text.upper(), f"Terms: {text}.", text.replace(" ", "\n")):
        assert list(forbidden_by(said)), said


@pytest.mark.parametrize(
    "text",
    [
        "Free for commercial and non-commercial use",
        "Attribution No Derivatives 4.0",
        "You may crop and modify it",
        "No rights reserved",
        "Use it as you like",
        "© 2020 Jane Doe",
        "",
    ],
)
def test_words_that_permit_forbid_nothing(text: str) -> None:
    assert not list(forbidden_by(text))


LETTER = {"license": "Public domain", "medium": "Ink on paper", "unpublished": "yes"}


@pytest.mark.parametrize(
    ("facts", "basis"),
    [
        ({"artist": "unknown", "creation_date": "1840"}, "public-domain:us-303-unknown-author"),
        ({"artist": "Jane Doe (1850-1920)"}, "public-domain:us-303-unpublished"),
        ({"artist": "unknown", "creation_date": "1940"}, None),
        ({"artist": "unknown"}, None),
        ({"artist": "unknown", "creation_date": "1840", "unpublished": "no"}, None),
        ({"artist": "unknown", "creation_date": "long ago"}, None),
    ],
)
def test_facts_of_creation_and_publication_are_gathered_from_columns(facts: dict[str, str], basis: str | None) -> None:
    row = judged(columns(**{**LETTER, **facts}), factories.rules("us-only"))
    assert row["basis"] == basis
    assert (row["permission"] == Permission.ALLOWED) == (basis is not None)


def test_a_country_of_publication_is_evidence() -> None:
    found = evidence_from_columns({"country_of_publication": "FR", "object_date": "1890"}, "webdataset")
    assert [one.locator for one in found] == ["country_of_publication", "object_date"]
