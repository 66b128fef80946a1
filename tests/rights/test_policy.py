from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pyarrow as pa
import pytest

from cleanset.errors import PolicyError
from cleanset.rights.book.license import LicenseClass
from cleanset.rights.knowledge import knowledge_digest
from cleanset.rights.policy import POLICIES, Policy, describe, diff, list_policies, load_policy


def test_the_ready_policies_are_the_five_that_the_readme_names() -> None:
    assert list_policies() == [
        "commercial",
        "commercial-share-alike",
        "public-domain-only",
        "research-non-commercial",
        "us-only",
    ]


@pytest.mark.parametrize("name", list_policies())
def test_a_ready_policy_is_named_as_its_file_and_never_lets_bare_labels_through(name: str) -> None:
    policy = load_policy(name)
    assert policy.name == name
    assert policy.public_domain_labels == "refuse"
    assert policy.reservations == "drop"
    assert policy.unread_rights == "block"
    assert policy.min_strength >= 2


def test_only_the_policies_named_so_accept_share_alike_and_non_commercial() -> None:
    accepting = {name: set(load_policy(name).accept) for name in list_policies()}
    assert [n for n, a in accepting.items() if LicenseClass.SHARE_ALIKE in a] == [
        "commercial-share-alike",
        "research-non-commercial",
    ]
    assert [n for n, a in accepting.items() if LicenseClass.NON_COMMERCIAL in a] == ["research-non-commercial"]


def test_a_policy_can_be_copied_changed_and_loaded_by_its_path(tmp_path: Path) -> None:
    text = (POLICIES / "commercial.toml").read_text(encoding="utf-8")
    mine = tmp_path / "mine.toml"
    mine.write_text(text.replace("deny = []", 'deny = ["CC-BY-1.0"]'), encoding="utf-8")
    assert load_policy(mine).deny == ("CC-BY-1.0",)
    assert load_policy(mine).digest() != load_policy("commercial").digest()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("min_strength = 2", "min_strength = 9", "min_strength"),
        ("allow = []", "alow = []", "alow: Extra inputs"),
        ('purpose = "commercial"', 'purpose = "fun"', "purpose"),
        ('"permissive"', '"unknown"', "an unknown license grants nothing"),
        ('"permissive"', '"all-rights-reserved"', "nothing is granted there"),
        ('"permissive"', '"non-commercial"', "purpose is commercial, yet accept names non-commercial"),
        ('public_domain_labels = "refuse"', 'public_domain_labels = "accept"', "needs a public_domain_statement"),
        ('jurisdictions = ["WORLD"]', "jurisdictions = []", "jurisdictions"),
        ("year = 2026", "", "year: Field required"),
        ("year = 2026", "year = ", "cannot be read"),
    ],
)
def test_a_bad_policy_is_refused_in_one_line_that_names_the_field(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    text = (POLICIES / "commercial.toml").read_text(encoding="utf-8")
    assert old in text
    bad = tmp_path / "bad.toml"
    bad.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(PolicyError, match=complaint) as caught:
        load_policy(bad)
    assert "\n" not in str(caught.value)


def test_a_policy_that_does_not_exist_is_refused_with_the_names_that_do() -> None:
    with pytest.raises(PolicyError, match="no policy comercial: expected a file, or one of commercial, "):
        load_policy("comercial")


def test_describe_says_every_field_in_words() -> None:
    policy = load_policy("commercial")
    words = describe(policy)
    assert "public-domain, permissive, attribution" in words
    assert "strength 2 of 4" in words
    assert "kept, credited by title and source" in words
    stricter = Policy.model_validate({**policy.model_dump(), "require_creator_for_attribution": True})
    assert "Attribution due but no creator known: dropped." in describe(stricter)


def _decisions(*rows: tuple[str, str, list[str]]) -> pa.Table:
    return pa.Table.from_pylist(
        [{"sample_id": i, "decision": d, "reasons": r, "license_concluded": "CC-BY-SA-4.0"} for i, d, r in rows],
        schema=pa.schema(
            [
                ("sample_id", pa.string()),
                ("decision", pa.string()),
                ("reasons", pa.list_(pa.string())),
                ("license_concluded", pa.string()),
            ]
        ),
    )


def test_diff_lists_what_enters_and_what_leaves_and_why() -> None:
    before = _decisions(("a", "kept", []), ("b", "dropped", ["license-not-allowed"]), ("c", "kept", []))
    after = _decisions(("c", "kept", []), ("b", "kept", []), ("a", "dropped", ["reserved", "generated"]))
    assert diff(before, after).to_pylist() == [
        {"sample_id": "b", "change": "enters", "license": "CC-BY-SA-4.0", "why": "license-not-allowed"},
        {"sample_id": "a", "change": "leaves", "license": "CC-BY-SA-4.0", "why": "reserved, generated"},
    ]
    assert diff(before, before).num_rows == 0
    assert diff(before.slice(0, 0), after.slice(0, 0)).num_rows == 0


def test_diff_of_a_sample_that_was_read_twice_looks_at_the_row_that_is_kept() -> None:
    before = _decisions(("a", "dropped", ["reserved"]), ("a", "dropped", ["reserved", "duplicate"]))
    after = _decisions(("a", "kept", []), ("a", "dropped", ["duplicate"]))
    entered = {"sample_id": "a", "change": "enters", "license": "CC-BY-SA-4.0", "why": "reserved"}
    assert diff(before, after).to_pylist() == [entered]
    assert diff(after, before).to_pylist() == [entered | {"change": "leaves"}]


def test_every_field_of_a_policy_is_described_for_the_person_who_writes_one() -> None:
    page = (POLICIES.parent / "POLICIES.md").read_text(encoding="utf-8")
    assert [name for name in Policy.model_fields if f"`{name}`" not in page] == []


def test_every_ready_policy_states_every_field_but_the_statement() -> None:
    for name in list_policies():
        fields = tomllib.loads((POLICIES / f"{name}.toml").read_text(encoding="utf-8"))
        assert set(Policy.model_fields) - set(fields) == {"public_domain_statement"}


def test_the_knowledge_has_a_digest() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", knowledge_digest())
