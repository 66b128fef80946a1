from __future__ import annotations

import json
from pathlib import Path

import pytest

from cleanset.errors import ConfigError
from cleanset.rights.claims.overlay import Correction, Overlay, load_overlay
from cleanset.rights.evidence import Layer


def correction(**over: str) -> Correction:
    fields = {
        "match": "url",
        "equals": "https://example.org/a.jpg",
        "action": "deny",
        "who": "Jane",
        "when": "2026-03-01",
        "why": "letter of the owner",
    }
    return Correction.model_validate({**fields, **over})


def actions(overlay: Overlay, **place: str) -> list[str]:
    return [evidence.locator for evidence in overlay.lookup(**place)]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["corrections.csv", "corrections.jsonl"])
def test_csv_and_json_lines_load_to_the_same_overlay(tmp_path: Path, name: str) -> None:
    rows = [correction(), correction(match="creator", equals="John Doe", action="license", value="CC-BY-4.0")]
    path = tmp_path / name
    if name.endswith("csv"):
        header = "match,equals,action,value,who,when,why\n"
        lines = [",".join(str(v) for v in row.model_dump(mode="json").values()) for row in rows]
        path.write_text("\ufeff" + header + "\n".join(lines), encoding="utf-8")
    else:
        path.write_text("\n".join(row.model_dump_json() for row in rows) + "\n\n", encoding="utf-8")
    assert load_overlay(path) == Overlay(tuple(rows))
    assert load_overlay(path).digest() == Overlay(tuple(reversed(rows))).digest()


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("url,https://e.org,deny,,Jane,2026-03-01,", "line 2: why"),
        ("url,https://e.org,forbid,,Jane,2026-03-01,x", "line 2: action"),
        ("url,https://e.org,license,,Jane,2026-03-01,x", "needs a value"),
        ("url,https://e.org,deny,,Jane,yesterday,x", "line 2: when"),
        ("url,https://e.org,deny,,Jane,2026-03-01,x,more", "line 2"),
        ('url,"https', "not CSV"),
    ],
)
def test_a_bad_line_is_an_error_that_names_it(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("match,equals,action,value,who,when,why\n" + line, encoding="utf-8")
    with pytest.raises(ConfigError, match=complaint):
        load_overlay(path)


def test_a_line_that_is_no_json_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError, match="line 1"):
        load_overlay(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_overlay(tmp_path / "none.csv")


def test_a_domain_covers_its_subdomains_and_nothing_that_only_looks_like_it() -> None:
    overlay = Overlay((correction(match="domain", equals="example.org"),))
    assert actions(overlay, url="https://img.example.org/a.jpg") == ["deny"]
    assert actions(overlay, url="https://EXAMPLE.org/a.jpg") == ["deny"]
    assert actions(overlay, url="https://notexample.org/a.jpg") == []
    assert actions(overlay, url="https://example.org.evil.example/a.jpg") == []
    assert actions(overlay, url="http://[broken") == []


def test_a_url_matches_with_either_scheme_and_without_its_fragment() -> None:
    overlay = Overlay((correction(),))
    assert actions(overlay, url="http://example.org/a.jpg#top") == ["deny"]
    assert actions(overlay, url="http://example.org/a.jpg?x") == []


def test_ids_match_without_case_and_keys_with_it() -> None:
    overlay = Overlay(
        (correction(match="sample_id", equals="AB12"), correction(match="key", equals="000A", action="grant"))
    )
    assert actions(overlay, sample_id="ab12") == ["deny"]
    assert actions(overlay, key="000a") == []
    assert actions(overlay, key="000A", sample_id="AB12") == ["deny", "grant"]


def test_creators_match_without_case_and_blanks() -> None:
    overlay = Overlay((correction(match="creator", equals="John  DOE"),))
    assert [e.locator for e in overlay.lookup(creators=["Jane", "john doe"])] == ["deny"]


def test_a_correction_is_evidence_with_who_when_and_why() -> None:
    evidence = correction(action="creator", value="Ann").evidence
    assert evidence.layer is Layer.OVERLAY
    assert evidence.locator == "creator"
    assert evidence.observed_at == "2026-03-01"
    assert json.loads(evidence.value) == {
        "match": "url",
        "equals": "https://example.org/a.jpg",
        "action": "creator",
        "value": "Ann",
        "who": "Jane",
        "when": "2026-03-01",
        "why": "letter of the owner",
    }


def test_an_empty_overlay_finds_nothing() -> None:
    assert Overlay().lookup(url="https://example.org/a.jpg", sample_id="ab") == ()
