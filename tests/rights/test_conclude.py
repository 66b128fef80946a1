from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.claim import Claim, Kind, Restriction, Speaker
from cleanset.rights.claims.columns import evidence_from_columns
from cleanset.rights.claims.reading import claims_from
from cleanset.rights.conclusion.conclude import conclude
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.policy import OnUnread, Policy, list_policies, load_policy
from cleanset.schemas import Permission, Reason

BOOK = LicenseBook.load()
COMMERCIAL = load_policy("commercial")
REFUSING = COMMERCIAL.model_copy(update={"conflicts": "refuse"})
LABELS = Policy.model_validate(
    {
        **COMMERCIAL.model_dump(),
        "public_domain_labels": "accept",
        "public_domain_statement": "we looked at each",
    }
)


def licensed(expression: str, place: str = "license", strength: int = 2, layer: Layer = Layer.COLUMN) -> Claim:
    reading = BOOK.read(expression)
    kind = Kind.PUBLIC_DOMAIN if reading.needs_basis else Kind.LICENSE
    value = reading.expression or "unread"
    evidence = Evidence(layer, place, expression)
    return Claim(kind, value, Speaker.AGGREGATOR, strength, evidence, reading.expression)


def restricted(value: str, layer: Layer = Layer.XMP, words: str = "") -> Claim:
    return Claim(Kind.RESTRICTION, value, Speaker.FILE, 0, Evidence(layer, "dc:rights", words or value))


RESERVED = Claim(
    Kind.RESERVATION, "reserved:tdm:tdmrep", Speaker.PLATFORM, 0, Evidence(Layer.HTTP_HEADER, "tdm-reservation", "1")
)
GENERATED = Claim(Kind.AI_ORIGIN, "ai-generated", Speaker.FILE, 0, Evidence(Layer.XMP, "type", "trained"))
DENY = Claim(Kind.RESTRICTION, "deny", Speaker.USER, 4, Evidence(Layer.OVERLAY, "deny", "{}"))
GRANT = Claim(Kind.LICENSE, "grant", Speaker.USER, 4, Evidence(Layer.OVERLAY, "grant", "{}"))


def test_a_conclusion_has_a_basis_only_where_it_permits_and_reasons_only_where_it_does_not() -> None:
    kept = conclude([licensed("CC-BY-4.0")], COMMERCIAL, BOOK)
    assert (kept.permission, kept.reasons, kept.basis) == (Permission.ALLOWED, (), "license")
    dropped = conclude([licensed("CC-BY-NC-4.0")], COMMERCIAL, BOOK)
    assert (dropped.permission, dropped.reasons, dropped.basis) == (
        Permission.REFUSED,
        (Reason.LICENSE_NOT_ALLOWED,),
        None,
    )


def test_no_claims_are_no_evidence_and_say_so_in_the_trace() -> None:
    nothing = conclude([], COMMERCIAL, BOOK)
    assert (nothing.permission, nothing.reasons) == (Permission.UNKNOWN, (Reason.NO_EVIDENCE,))
    assert (nothing.declared, nothing.concluded, nothing.evidence_text) == ("NOASSERTION", "NOASSERTION", None)
    assert nothing.trace == ("no-evidence: nothing was seen that speaks of a license",)


def test_several_licenses_in_one_place_all_hold_unless_the_place_offers_a_choice() -> None:
    both = conclude([licensed("CC-BY-NC-4.0"), licensed("CC-BY-4.0")], COMMERCIAL, BOOK)
    assert (both.permission, both.concluded) == (Permission.REFUSED, "CC-BY-NC-4.0")
    chosen = conclude([licensed("CC-BY-NC-4.0 OR CC-BY-4.0")], COMMERCIAL, BOOK)
    assert (chosen.permission, chosen.concluded) == (Permission.ALLOWED, "CC-BY-4.0")


def test_all_rights_reserved_is_no_license_to_choose() -> None:
    both = conclude([licensed("All rights reserved"), licensed("CC-BY-4.0")], COMMERCIAL, BOOK)
    assert (both.permission, both.reasons[0]) == (Permission.REFUSED, Reason.RIGHTS_CONFLICT)


def test_in_different_places_they_contradict_each_other() -> None:
    both = conclude([licensed("CC-BY-NC-4.0"), licensed("CC-BY-4.0", "rights")], COMMERCIAL, BOOK)
    assert (both.reasons, both.concluded) == ((Reason.RIGHTS_CONFLICT,), "CC-BY-NC-4.0")
    assert both.conflicts == ("column license: CC-BY-NC-4.0", "column rights: CC-BY-4.0")


def test_the_stricter_of_two_grants_stands_and_the_quarrel_is_told() -> None:
    claims = [licensed("CC0-1.0"), licensed("CC-BY-4.0", "rights")]
    stricter = conclude(claims, COMMERCIAL, BOOK)
    assert (stricter.permission, stricter.concluded) == (Permission.ALLOWED, "CC-BY-4.0")
    assert stricter.conflicts == ("column license: CC0-1.0", "column rights: CC-BY-4.0")
    assert any(line.startswith("differ: ") for line in stricter.trace)
    assert stricter.evidence_text == "column rights: CC-BY-4.0"


def test_a_policy_may_refuse_what_sources_dispute() -> None:
    claims = [licensed("CC0-1.0"), licensed("CC-BY-4.0", "rights")]
    assert conclude(claims, REFUSING, BOOK).reasons == (Reason.RIGHTS_CONFLICT,)


@pytest.mark.parametrize(
    ("one", "other", "stands"),
    [
        ("CC0-1.0", "MIT", "MIT"),
        ("CC-BY-3.0", "CC-BY-SA-4.0", "CC-BY-SA-4.0"),
        ("CC-BY-3.0", "CC-BY-4.0", "CC-BY-3.0 AND CC-BY-4.0"),
        ("CC-BY-4.0", "MIT", "CC-BY-4.0 AND MIT"),
        ("CC BY", "CC-BY-SA-4.0", "CC-BY-SA-4.0"),
        ("CC-BY-4.0 AND MIT", "MIT", "CC-BY-4.0 AND MIT"),
        ("CC-BY-SA-4.0", "GPL-2.0-only", "CC-BY-SA-4.0 AND GPL-2.0-only"),
    ],
)
def test_what_neither_of_two_grants_includes_applies_with_both(one: str, other: str, stands: str) -> None:
    for first, second in ((one, other), (other, one)):
        both = conclude([licensed(first), licensed(second, "rights")], load_policy("commercial-share-alike"), BOOK)
        assert (both.permission, both.concluded) == (Permission.ALLOWED, stands)


@pytest.mark.parametrize("other", ["CC-BY-ND-4.0", "CC-BY-NC-4.0", "All rights reserved", "GPL-3.0-only"])
def test_the_stricter_that_is_not_accepted_refuses(other: str) -> None:
    both = conclude([licensed("CC-BY-4.0"), licensed(other, "rights")], COMMERCIAL, BOOK)
    assert (both.permission, both.reasons[0]) == (Permission.REFUSED, Reason.RIGHTS_CONFLICT)


def test_of_two_licenses_in_one_place_the_one_that_is_strong_enough_is_taken() -> None:
    both = conclude([licensed("CC0-1.0", strength=0), licensed("CC-BY-4.0")], COMMERCIAL, BOOK)
    assert (both.permission, both.concluded) == (Permission.ALLOWED, "CC-BY-4.0")


def test_a_common_alternative_that_is_refused_hides_no_grant() -> None:
    claims = [licensed("CC0-1.0 OR GPL-3.0-only"), licensed("MIT OR GPL-3.0-only", "rights")]
    assert conclude(claims, REFUSING, BOOK).reasons == (Reason.RIGHTS_CONFLICT,)
    assert conclude(claims, COMMERCIAL, BOOK).concluded == "MIT"


def test_every_strength_below_the_policys_is_too_weak() -> None:
    for strength in range(5):
        conclusion = conclude([licensed("CC-BY-4.0", strength=strength)], COMMERCIAL, BOOK)
        assert (conclusion.permission is Permission.ALLOWED) == (strength >= COMMERCIAL.min_strength)


def test_a_license_refused_or_accepted_by_name_goes_before_its_class() -> None:
    denying = COMMERCIAL.model_copy(update={"deny": ("CC-BY-1.0",)})
    allowing = COMMERCIAL.model_copy(update={"allow": ("CC-BY-SA-4.0",)})
    assert conclude([licensed("CC-BY-1.0")], denying, BOOK).reasons == (Reason.LICENSE_NOT_ALLOWED,)
    assert conclude([licensed("CC-BY-SA-4.0")], allowing, BOOK).permission is Permission.ALLOWED
    assert conclude([licensed("CC-BY-SA-3.0")], allowing, BOOK).permission is Permission.REFUSED


def test_labels_pass_only_by_explicit_choice_and_the_basis_says_so() -> None:
    label = [licensed("public domain")]
    assert conclude(label, COMMERCIAL, BOOK).reasons == (Reason.LICENSE_UNKNOWN,)
    accepted = conclude(label, LABELS, BOOK)
    assert (accepted.permission, accepted.basis) == (Permission.ALLOWED, "policy")
    assert "we looked at each" in "".join(accepted.trace)


@pytest.mark.parametrize("name", ["commercial", "public-domain-only", "us-only", "research-non-commercial"])
def test_no_ready_policy_lets_a_bare_label_through(name: str) -> None:
    for label in ("public domain", "CC-PDM-1.0", "http://rightsstatements.org/vocab/NKC/1.0/"):
        assert conclude([licensed(label)], load_policy(name), BOOK).permission is not Permission.ALLOWED


def test_reservations_drop_beside_a_license_unless_the_policy_ignores_them() -> None:
    claims = [licensed("CC-BY-4.0"), RESERVED]
    assert conclude(claims, COMMERCIAL, BOOK).reasons == (Reason.RESERVED,)
    ignoring = COMMERCIAL.model_copy(update={"reservations": "ignore"})
    kept = conclude(claims, ignoring, BOOK)
    assert kept.permission is Permission.ALLOWED
    assert any(line.startswith("reservation-ignored: ") for line in kept.trace)


@pytest.mark.parametrize(
    ("switch", "value", "kept"),
    [
        ("drop", "ai-generated", False),
        ("drop", "ai-edited", True),
        ("drop-edited", "ai-edited", False),
        ("keep", "ai-generated", True),
    ],
)
def test_the_switch_for_generated_pictures(switch: str, value: str, kept: bool) -> None:  # noqa: FBT001  a case
    policy = COMMERCIAL.model_copy(update={"generated": switch})
    conclusion = conclude([licensed("CC0-1.0"), replace(GENERATED, value=value)], policy, BOOK)
    assert (conclusion.permission is Permission.ALLOWED) is kept
    assert (Reason.GENERATED in conclusion.reasons) is not kept


def test_attribution_without_a_creator_is_reported_and_the_policy_decides() -> None:
    reported = conclude([licensed("CC-BY-4.0")], COMMERCIAL, BOOK)
    assert reported.permission is Permission.ALLOWED
    assert "no-creator: credit is due, but no evidence names a creator or an owner" in reported.trace
    wanting = COMMERCIAL.model_copy(update={"require_creator_for_attribution": True})
    assert conclude([licensed("CC-BY-4.0")], wanting, BOOK).reasons == (Reason.NO_CREATOR,)
    assert conclude([licensed("CC0-1.0")], wanting, BOOK).permission is Permission.ALLOWED


def test_a_users_denial_wins_over_a_users_grant() -> None:
    assert conclude([GRANT, DENY], COMMERCIAL, BOOK).permission is Permission.REFUSED
    granted = conclude([GRANT, RESERVED, licensed("CC-BY-NC-4.0")], COMMERCIAL, BOOK)
    assert (granted.permission, granted.basis) == (Permission.ALLOWED, "overlay")


def test_a_license_that_the_user_corrected_rests_on_the_overlay() -> None:
    correction = replace(licensed("CC-BY-4.0", layer=Layer.OVERLAY, strength=4), said_by=Speaker.USER)
    corrected = conclude([licensed("CC-BY-NC-4.0"), correction], COMMERCIAL, BOOK)
    assert (corrected.permission, corrected.concluded, corrected.basis) == (
        Permission.ALLOWED,
        "CC-BY-4.0",
        "overlay",
    )


def test_unreadable_evidence_leaves_the_permission_unknown() -> None:
    conclusion = conclude([licensed("CC-BY-4.0"), restricted(Restriction.UNREADABLE)], COMMERCIAL, BOOK)
    assert (conclusion.permission, conclusion.reasons) == (Permission.UNKNOWN, (Reason.LICENSE_UNKNOWN,))


_EXPRESSIONS = (
    "CC0-1.0", "CC-BY-4.0", "CC-BY-3.0", "CC BY", "MIT", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-ND-4.0", "GPL-3.0-only",
    "CC-BY-4.0 OR CC-BY-NC-4.0", "CC0-1.0 OR GPL-3.0-only", "MIT OR GPL-3.0-only", "CC-BY-4.0 AND MIT",
    "CC-BY-3.0 AND GPL-2.0-only", "CC-PDM-1.0", "public domain", "All rights reserved", "ODbL-1.0", "gibberish",
    "http://rightsstatements.org/vocab/InC/1.0/", "http://rightsstatements.org/vocab/NoC-US/1.0/",
)  # fmt: skip
_PLACES = ("license", "rights", "license_url")
_licenses = st.builds(
    licensed,
    st.sampled_from(_EXPRESSIONS),
    st.sampled_from(_PLACES),
    st.integers(0, 4),
    st.sampled_from([Layer.COLUMN, Layer.XMP]),
)
_prohibitions = st.one_of(
    st.sampled_from([r.value for r in Restriction if r is not Restriction.NOTE]).map(restricted),
    st.sampled_from(["stock:getty-images", "deny"]).map(restricted),
    st.builds(
        lambda value, layer: restricted(value, layer, "(c) Jane Doe. All rights reserved."),
        st.sampled_from(["all-rights-reserved-notice", "not-public-domain"]),
        st.sampled_from([Layer.COLUMN, Layer.XMP]),
    ),
    st.sampled_from([RESERVED, GENERATED, DENY]),
)
_names = st.builds(
    lambda name, kind, layer: Claim(kind, name, Speaker.FILE, 2, Evidence(layer, "name", name)),
    st.sampled_from(["Jane Doe", "John Roe", "Getty Images"]),
    st.sampled_from([Kind.CREATOR, Kind.OWNER, Kind.TITLE]),
    st.sampled_from([Layer.COLUMN, Layer.EXIF]),
)
_claims = st.lists(st.one_of(_licenses, _prohibitions, _names), max_size=6)
_ready = st.sampled_from([load_policy(name) for name in list_policies()])
_policies = st.one_of(_ready, st.sampled_from([REFUSING, LABELS]))


def allows(claims: list[Claim], policy: Policy) -> bool:
    return conclude(claims, policy, BOOK).permission is Permission.ALLOWED


def grants_alone(claim: Claim, policy: Policy) -> bool:
    """What a grant is: a claim for which alone the policy would keep a picture, were it as strong as a claim can be."""
    return allows([replace(claim, strength=4)], policy)


@settings(max_examples=150, deadline=None)
@given(_claims, _policies, st.randoms(use_true_random=False))
def test_the_order_of_claims_and_repetitions_do_not_matter(
    claims: list[Claim], policy: Policy, rng: random.Random
) -> None:
    shuffled = [*claims, *claims[:2]]
    rng.shuffle(shuffled)
    assert conclude(shuffled, policy, BOOK) == conclude(claims, policy, BOOK)


@settings(max_examples=150, deadline=None)
@given(_claims, _prohibitions, _policies)
def test_adding_a_prohibition_never_turns_a_refusal_into_a_grant(
    claims: list[Claim], prohibition: Claim, policy: Policy
) -> None:
    assert not allows([*claims, prohibition], policy) or allows(claims, policy)


@settings(max_examples=150, deadline=None)
@given(_claims, _licenses, _policies)
def test_adding_a_license_that_the_policy_refuses_never_turns_a_refusal_into_a_grant(
    claims: list[Claim], license_: Claim, policy: Policy
) -> None:
    if not grants_alone(license_, policy):
        assert not allows([*claims, license_], policy) or allows(claims, policy)


@settings(max_examples=300, deadline=None)
@given(_claims, st.one_of(_ready, st.just(LABELS)))
def test_removing_a_grant_never_turns_a_refusal_into_a_grant(claims: list[Claim], policy: Policy) -> None:
    for claim in claims:
        if claim.kind in {Kind.LICENSE, Kind.PUBLIC_DOMAIN} and grants_alone(claim, policy):
            assert not allows([c for c in claims if c != claim], policy) or allows(claims, policy)


@settings(max_examples=150, deadline=None)
@given(_claims, _ready)
def test_nothing_is_kept_that_one_of_the_sources_does_not_grant(claims: list[Claim], policy: Policy) -> None:
    if allows(claims, policy):
        for place in {c.source for c in claims if c.expression and c.kind is Kind.LICENSE}:
            said = [c for c in claims if c.source == place and c.expression]
            known = [c for c in said if BOOK.read(c.expression).image_license or c.kind is Kind.PUBLIC_DOMAIN]
            is_label = all(c.kind is Kind.PUBLIC_DOMAIN for c in known)
            assert is_label or any(grants_alone(c, policy) for c in known)


@settings(max_examples=150, deadline=None)
@given(_claims, _policies)
def test_a_conclusion_is_consistent(claims: list[Claim], policy: Policy) -> None:
    conclusion = conclude(claims, policy, BOOK)
    allowed = conclusion.permission is Permission.ALLOWED
    assert allowed == (not conclusion.reasons) == (conclusion.basis is not None)
    assert conclusion.trace
    if allowed:
        assert conclusion.evidence_text
        assert BOOK.read(conclusion.concluded).expression


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["license", "rights", "usage_terms", "copyright", "source"]), st.text()))
def test_arbitrary_text_never_grants(columns: dict[str, str]) -> None:
    claims = claims_from(evidence_from_columns(columns, "webdataset"), None, "webdataset", BOOK)
    known = any(claim.expression for claim in claims)
    assert known or conclude(claims, COMMERCIAL, BOOK).permission is not Permission.ALLOWED


UNREAD = Claim(
    Kind.UNREAD, "our terms apply", Speaker.AGGREGATOR, 0, Evidence(Layer.COLUMN, "license_terms", "our terms apply")
)


def test_words_about_rights_that_nobody_read_leave_a_license_unknown_unless_the_policy_says_otherwise() -> None:
    claims = [licensed("CC-BY-4.0"), UNREAD]
    unknown = conclude(claims, COMMERCIAL, BOOK)
    assert (unknown.permission, unknown.reasons) == (Permission.UNKNOWN, (Reason.UNREAD_RIGHTS,))
    assert any(text.startswith("unread: ") and "our terms apply" in text for text in unknown.trace)
    ignoring = COMMERCIAL.model_copy(update={"unread_rights": OnUnread.IGNORE})
    assert conclude(claims, ignoring, BOOK).permission is Permission.ALLOWED
    assert conclude([*claims, GRANT], COMMERCIAL, BOOK).permission is Permission.ALLOWED


def test_a_users_license_takes_the_place_of_an_unread_one_but_not_of_other_unread_words() -> None:
    corrected = replace(
        licensed("CC-BY-4.0"), said_by=Speaker.USER, strength=4, evidence=Evidence(Layer.OVERLAY, "license", "{}")
    )
    in_license = replace(UNREAD, evidence=Evidence(Layer.COLUMN, "license", "our terms apply"))
    assert conclude([corrected, in_license], COMMERCIAL, BOOK).permission is Permission.ALLOWED
    assert conclude([corrected, UNREAD], COMMERCIAL, BOOK).reasons == (Reason.UNREAD_RIGHTS,)
