"""Situations with their right conclusion, ``labelled/situations.jsonl``: wrong grants apart from wrong refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.columns import evidence_from_columns
from cleanset.rights.claims.reading import claims_from
from cleanset.rights.conclusion.conclude import Conclusion, conclude
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.policy import load_policy
from cleanset.schemas import Permission

LINES = (Path(__file__).parent / "labelled" / "situations.jsonl").read_text(encoding="utf-8").splitlines()
SITUATIONS = [json.loads(line) for line in LINES]
BOOK = LicenseBook.load()


def concluded(situation: Mapping[str, Any]) -> Conclusion:
    profile, url = situation.get("profile", "webdataset"), situation.get("url")
    evidence = evidence_from_columns(situation["columns"], profile)
    evidence += [Evidence(Layer(layer), locator, value) for layer, locator, value in situation.get("evidence", [])]
    claims = claims_from(evidence, url, profile, BOOK)
    return conclude(claims, load_policy(situation.get("policy", "commercial")), BOOK, url=url)


def test_there_are_at_least_a_hundred_and_each_has_a_source() -> None:
    assert len(SITUATIONS) >= 100
    assert all(situation["source"] for situation in SITUATIONS)


def test_no_situation_is_granted_wrongly() -> None:
    wrong = [
        (number, situation["source"])
        for number, situation in enumerate(SITUATIONS, start=1)
        if concluded(situation).permission is Permission.ALLOWED and situation["permission"] != Permission.ALLOWED
    ]
    assert not wrong


def test_no_situation_is_refused_wrongly() -> None:
    wrong = [
        (number, situation["source"])
        for number, situation in enumerate(SITUATIONS, start=1)
        if concluded(situation).permission is not Permission.ALLOWED and situation["permission"] == Permission.ALLOWED
    ]
    assert not wrong


@pytest.mark.parametrize("number", range(1, len(SITUATIONS) + 1))
def test_a_situation_has_its_permission_reason_and_license(number: int) -> None:
    situation = SITUATIONS[number - 1]
    conclusion = concluded(situation)
    first = conclusion.reasons[0] if conclusion.reasons else None
    assert (conclusion.permission, first) == (situation["permission"], situation["reason"]), conclusion
    if situation["concluded"] is not None:
        assert conclusion.concluded == situation["concluded"], conclusion
