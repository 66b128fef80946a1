from __future__ import annotations

from itertools import permutations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.rights.book import LicenseBook
from cleanset.rights.copies import Copy, contest, laundering, objection, rank_of
from cleanset.schemas import Permission, Reason

BOOK = LicenseBook.load()


def granted(sample_id: str, concluded: str = "CC-BY-4.0") -> Copy:
    return Copy(sample_id, Permission.ALLOWED, (), concluded, f"column license: {concluded}", f"by {sample_id}")


def refused(sample_id: str, *reasons: Reason, concluded: str = "CC-BY-NC-4.0") -> Copy:
    return Copy(sample_id, Permission.REFUSED, reasons, concluded, f"column license: {concluded}")


def silent(sample_id: str, reason: Reason = Reason.NO_EVIDENCE) -> Copy:
    return Copy(sample_id, Permission.UNKNOWN, (reason,), "NOASSERTION")


@pytest.mark.parametrize("reason", [Reason.LICENSE_NOT_ALLOWED, Reason.RESERVED, Reason.RIGHTS_CONFLICT])
def test_a_positive_claim_of_one_copy_contests_every_granted_copy(reason: Reason) -> None:
    outcomes = contest([granted("a"), refused("b", reason), granted("c", "CC0-1.0")], BOOK)
    assert [(o.permission, o.reason, o.conflicts_with) for o in outcomes] == [
        (Permission.REFUSED, Reason.RIGHTS_CONFLICT, "b"),
        (Permission.REFUSED, None, None),
        (Permission.REFUSED, Reason.RIGHTS_CONFLICT, "b"),
    ]
    assert outcomes[0].trace == (f"contested: b, {reason}: column license: CC-BY-NC-4.0",)


def test_a_copy_that_was_dropped_for_another_reason_still_contests() -> None:
    outcomes = contest([granted("a"), refused("b", Reason.GENERATED, Reason.LICENSE_NOT_ALLOWED)], BOOK)
    assert outcomes[0].reason == Reason.RIGHTS_CONFLICT


@pytest.mark.parametrize("reason", [Reason.NO_EVIDENCE, Reason.LICENSE_UNKNOWN])
def test_a_copy_that_merely_knows_nothing_contests_nobody(reason: Reason) -> None:
    outcomes = contest([granted("a"), silent("b", reason)], BOOK)
    assert outcomes[0].permission == Permission.ALLOWED
    assert outcomes[0].conflicts_with is None


def noticed(sample_id: str, *owners: str) -> Copy:
    return Copy(sample_id, Permission.UNKNOWN, (Reason.NO_EVIDENCE,), "NOASSERTION", owners=owners)


def test_a_copy_with_the_notice_of_somebody_else_contests_and_one_with_the_licensors_own_does_not() -> None:
    by_bob = Copy("a", Permission.ALLOWED, (), "CC-BY-4.0", creator="Bob Smith")
    outcome = contest([by_bob, noticed("b", "Ann Roe")], BOOK)[0]
    assert (outcome.permission, outcome.reason, outcome.conflicts_with) == (
        Permission.REFUSED,
        Reason.RIGHTS_CONFLICT,
        "b",
    )
    assert "Ann Roe" in outcome.trace[0]
    assert contest([by_bob, noticed("b", "Smith, Bob")], BOOK)[0].permission is Permission.ALLOWED
    assert contest([granted("a"), noticed("b", "Bob Smith")], BOOK)[0].permission is Permission.REFUSED


def test_a_copy_whose_words_or_metadata_nobody_can_read_contests() -> None:
    unread = Copy("b", Permission.UNKNOWN, (Reason.UNREAD_RIGHTS,), "NOASSERTION")
    cut = Copy("b", Permission.UNKNOWN, (Reason.LICENSE_UNKNOWN,), "NOASSERTION", unreadable=True)
    for copy in (unread, cut):
        assert contest([granted("a"), copy], BOOK)[0].permission is Permission.REFUSED


def test_a_copy_that_lacks_only_its_creator_contests_nobody() -> None:
    assert contest([granted("a"), refused("b", Reason.NO_CREATOR, concluded="CC-BY-4.0")], BOOK)[0].reason is None


def test_a_copy_that_a_model_made_drops_its_copies_too() -> None:
    outcome = contest([granted("a"), refused("b", Reason.GENERATED)], BOOK)[0]
    assert (outcome.reason, outcome.conflicts_with) == (Reason.GENERATED, "b")


def test_of_grants_that_differ_the_stricter_stands_with_its_own_credit() -> None:
    outcomes = contest([granted("a", "CC0-1.0"), granted("b", "CC-BY-4.0"), granted("c", "CC-BY-3.0")], BOOK)
    assert [(o.concluded, o.attribution, o.conflicts_with) for o in outcomes] == [
        ("CC-BY-4.0", "by b", "b"),
        ("CC-BY-4.0", "by b", None),
        ("CC-BY-3.0", "by c", None),
    ]


def test_permissive_against_attribution_leaves_attribution() -> None:
    assert contest([granted("a", "BSD-3-Clause"), granted("b", "CC-BY-2.0")], BOOK)[0].concluded == "CC-BY-2.0"


def test_no_copies_have_no_outcomes_and_one_copy_keeps_its_own() -> None:
    assert contest([], BOOK) == []
    assert contest([granted("a")], BOOK)[0].trace == ()


def test_the_order_of_copies_does_not_matter() -> None:
    copies = [granted("a", "CC0-1.0"), granted("b"), silent("c"), refused("d", Reason.RESERVED)]
    for some in (copies, copies[:3]):
        expected = sorted(contest(some, BOOK), key=lambda o: o.sample_id)
        for order in permutations(some):
            assert sorted(contest(order, BOOK), key=lambda o: o.sample_id) == expected


def test_ranks_follow_what_licenses_ask_for() -> None:
    order = ["CC0-1.0", "MIT", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0"]
    ranks = [rank_of(e, BOOK) for e in order]
    assert ranks == sorted(ranks)
    assert rank_of("MIT OR CC-BY-NC-4.0", BOOK) == rank_of("MIT", BOOK)
    assert rank_of("MIT AND CC-BY-NC-4.0", BOOK) == rank_of("CC-BY-NC-4.0", BOOK)
    assert rank_of("NOASSERTION", BOOK) > rank_of("CC-BY-4.0", BOOK)


_copies = st.lists(
    st.one_of(
        st.sampled_from(["CC0-1.0", "MIT", "CC-BY-4.0"]).map(lambda e: granted("", e)),
        st.sampled_from(list(Reason)).map(lambda r: refused("", r)),
        st.just(silent("")),
    ),
    max_size=6,
)


@settings(max_examples=50, deadline=None)
@given(_copies, st.sampled_from([Reason.RESERVED, Reason.LICENSE_NOT_ALLOWED, Reason.GENERATED]))
def test_another_copy_never_turns_a_refusal_into_a_grant(copies: list[Copy], reason: Reason) -> None:
    named = [Copy(f"{i}", c.permission, c.reasons, c.concluded) for i, c in enumerate(copies)]
    before = contest(named, BOOK)
    for other in (refused("z", reason), granted("z"), silent("z")):
        after = contest([*named, other], BOOK)[: len(named)]
        for old, new in zip(before, after, strict=True):
            assert new.permission in {old.permission, Permission.REFUSED}


def test_the_words_against_a_picture_are_those_of_its_weightiest_objection() -> None:
    trace = ["read: MIT", "forbidden: stock, a", "forbidden: stock, b", "reserved: training, c", "contested: d"]
    assert objection(trace) == "reserved: training, c"
    assert objection(trace[:3]) == "forbidden: stock, a"
    assert objection(trace[:1]) is None


def test_laundering_lists_both_sides_of_contested_clusters_only() -> None:
    def row(sample_id: str, cluster: str, reasons: list[str], other: str | None = None) -> dict[str, object]:
        return {
            "sample_id": sample_id,
            "cluster_id": cluster,
            "url": f"https://e.org/{sample_id}",
            "license_concluded": "CC0-1.0",
            "license_evidence": f"column license: {sample_id}",
            "reasons": reasons,
            "trace": ["read: …", *([f"forbidden: {sample_id}"] if sample_id == "c" else [])],
            "conflicts_with": other,
        }

    manifest = pa.Table.from_pylist(
        [
            row("a", "x", ["rights-conflict"], "c"),
            row("b", "x", ["no-evidence"]),
            row("c", "x", ["license-not-allowed"]),
            row("d", "y", ["license-not-allowed"]),
            row("e", "y", ["duplicate"]),
        ]
    )
    listed = laundering(manifest).to_pylist()
    assert [(r["cluster_id"], r["side"], r["sample_id"], r["evidence"]) for r in listed] == [
        ("x", "granted", "a", "column license: a"),
        ("x", "against", "c", "forbidden: c"),
    ]
    assert laundering(manifest.slice(0, 0)).num_rows == 0
