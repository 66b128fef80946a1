from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.manifest.alike import Judge
from cleanset.manifest.judge import claim_from_row, claim_row, judge
from cleanset.manifest.rows import claim_rows
from cleanset.rights.claims.claim import Claim, Kind, Speaker
from cleanset.rights.evidence import Evidence, Layer
from cleanset.schemas import CLAIMS, JUDGED, Status, check
from factories import Row, batch, judged, png, rules, sample, seen


def test_judge_batch_keeps_rows_and_order_and_copies_what_was_seen() -> None:
    features = batch(sample(key="b"), sample(None, key="a"), sample(key="c", evidence=[]))
    rows = Judge(rules()).judge_batch(features)
    check(rows, JUDGED)
    assert rows["key"].to_pylist() == ["b", "a", "c"]
    assert rows["phash"].to_pylist() == features["phash"].to_pylist()
    assert rows["permission"].to_pylist() == ["allowed", "allowed", "unknown"]


def test_judge_batch_of_no_rows_has_the_right_columns() -> None:
    rows = Judge(rules()).judge_batch(batch())
    check(rows, JUDGED)
    assert rows.num_rows == 0


@pytest.mark.parametrize("status", [s.value for s in Status if s is not Status.OK])
def test_a_status_is_the_first_reason(status: str) -> None:
    row = judge(sample(None, status=status, evidence=[]), rules())
    assert row["reasons"] == [status, "no-evidence"]


@pytest.mark.parametrize(("size", "reasons"), [((31, 99), ["too-small"]), ((99, 31), ["too-small"]), ((32, 32), [])])
def test_the_shorter_side_decides_whether_a_picture_is_too_small(size: tuple[int, int], reasons: list[str]) -> None:
    assert judge(sample(width=size[0], height=size[1]), rules())["reasons"] == reasons


def test_a_sample_that_is_not_english_and_has_no_url_is_judged_like_any_other() -> None:
    row = judge(sample(url=None, caption=None, evidence=seen("CC-BY-4.0", "小林 一茶\u0000")), rules())
    assert row["permission"] == "allowed"
    assert "小林 一茶" in row["attribution"]


def test_claim_rows_come_in_the_order_of_the_manifest() -> None:
    rows = [sample(png(i), key=f"{i:09d}", url=f"https://example.org/{i}") for i in range(6)]
    claims = claim_rows(judged(*rows))
    check(claims, CLAIMS)
    assert claims["sample_id"].to_pylist() == sorted(claims["sample_id"].to_pylist())
    assert claims.num_rows == 2 * len(rows)


_words = st.text(max_size=8)
_claims = st.builds(
    Claim,
    kind=st.sampled_from(list(Kind)),
    value=_words,
    said_by=st.sampled_from(list(Speaker)),
    strength=st.integers(0, 4),
    evidence=st.builds(
        Evidence,
        st.sampled_from(list(Layer)),
        _words,
        _words,
        st.none() | st.binary(min_size=32, max_size=32),
        st.none() | _words,
    ),
    expression=st.none() | _words,
    jurisdiction=st.none() | _words,
)


@settings(max_examples=50, deadline=None)
@given(_claims)
def test_a_claim_survives_its_row(claim: Claim) -> None:
    row: Row = claim_row(claim)
    assert claim_from_row(row) == claim
