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
        ("url,https://e.org/a,license,,Jane,2026-03-01,x", "needs a value"),
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
        (correction(match="sample_id", equals="AB12" * 8), correction(match="key", equals="000A", action="grant"))
    )
    assert actions(overlay, sample_id="ab12" * 8) == ["deny"]
    assert actions(overlay, key="000a") == []
    assert actions(overlay, key="000A", sample_id="AB12" * 8) == ["deny", "grant"]


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


@pytest.mark.parametrize(
    "equals",
    [
        "https://example.org/",
        "HTTPS://www.Example.ORG",
        "example.org.",
        "*.example.org",
        "example.org:8080",
        "example\u3002org",
        "//example.org",
    ],
)
@pytest.mark.parametrize("url", ["https://img.example.org:8443/a.jpg", "http://WWW.EXAMPLE.ORG./a.jpg?x#y"])
def test_a_host_is_recognised_however_it_is_spelled(equals: str, url: str) -> None:
    assert actions(Overlay((correction(match="domain", equals=equals),)), url=url) == ["deny"]


@pytest.mark.parametrize("equals", ["fa\u00df.de", "xn--fa-hia.de", "FA\u00df.DE"])
@pytest.mark.parametrize("host", ["fa\u00df.de", "xn--fa-hia.de", "www.fa%C3%9F.de"])
def test_unicode_and_punycode_name_one_host_by_idna_2008(equals: str, host: str) -> None:
    assert actions(Overlay((correction(match="domain", equals=equals),)), url=f"https://{host}/a.jpg") == ["deny"]
    assert actions(Overlay((correction(match="domain", equals=equals),)), url="https://fass.de/a.jpg") == []


@pytest.mark.parametrize(
    "url",
    [
        "http://www.example.org:80/a.jpg",
        "https://example.org:8443/a.jpg",
        "HTTPS://EXAMPLE.ORG/x/../a.jpg",
        "https://jane:pw@example.org/%61.jpg",
        "example.org/a.jpg",
    ],
)
def test_a_denied_url_is_recognised_however_it_is_spelled(url: str) -> None:
    assert actions(Overlay((correction(),)), url=url) == ["deny"]
    assert actions(Overlay((correction(),)), url="https://other.example/b.jpg", pages=[url]) == ["deny"]


def test_a_denied_folder_covers_all_below_it_and_nothing_beside() -> None:
    overlay = Overlay((correction(equals="https://example.org/jane/"),))
    assert actions(overlay, url="https://example.org/jane/a/b.jpg?x=/y") == ["deny"]
    assert actions(overlay, url="https://example.org/janet/a.jpg") == []


@pytest.mark.parametrize("creator", ["Jane Doe; John Roe", "Roe, John", "Ann and JOHN ROE", "\uff2aohn Roe"])
def test_a_denied_creator_is_recognised_among_others_and_as_an_owner(creator: str) -> None:
    overlay = Overlay((correction(match="creator", equals="John Roe"),))
    assert actions(overlay, creators=[creator]) == ["deny"]
    assert actions(overlay, owners=[creator]) == ["deny"]
    assert actions(overlay, creators=["Johnny Roe"]) == []


def test_a_denied_creator_covers_works_that_another_line_ascribes_to_them() -> None:
    ascribed = correction(action="creator", value="John Roe")
    overlay = Overlay((ascribed, correction(match="creator", equals="John Roe")))
    assert actions(overlay, url="https://example.org/a.jpg") == ["creator", "deny"]


def test_what_one_of_several_creators_grants_is_not_enough() -> None:
    overlay = Overlay((correction(match="creator", equals="John Roe", action="grant"),))
    assert actions(overlay, creators=["Jane Doe; John Roe"]) == []
    assert actions(overlay, creators=["John Roe"]) == ["grant"]


def test_a_denied_key_covers_its_repetitions() -> None:
    assert actions(Overlay((correction(match="key", equals="a"),)), key="a#2") == ["deny"]


def said(overlay: Overlay) -> list[str]:
    return [json.loads(e.value)["value"] for e in overlay.lookup(url="https://example.org/a.jpg")]


def licensed(value: str, when: str, **over: str) -> Correction:
    return correction(action="license", value=value, when=when, **over)


def test_the_latest_entry_of_one_author_supersedes() -> None:
    earlier, later = licensed("CC-BY-4.0", "2026-01-01"), licensed("CC-BY-NC-4.0", "2026-02-01", who="JANE ")
    assert said(Overlay((earlier, later))) == ["CC-BY-NC-4.0"]
    assert said(Overlay((earlier, licensed("CC-BY-NC-4.0", "2026-02-01", who="Bob")))) == ["CC-BY-4.0", "CC-BY-NC-4.0"]


def test_entries_of_one_day_both_stand_and_times_of_two_zones_are_compared() -> None:
    one, other = licensed("CC-BY-4.0", "2026-01-01"), licensed("CC-BY-NC-4.0", "2026-01-01T12:00:00Z")
    assert len(said(Overlay((one, other)))) == 2
    east = licensed("CC-BY-4.0", "2026-01-01T12:00:00+09:00")
    assert said(Overlay((east, other))) == ["CC-BY-NC-4.0"]


def test_a_later_broader_entry_leaves_a_narrower_one_standing() -> None:
    narrow = licensed("CC-BY-NC-4.0", "2026-01-01")
    broad = licensed("CC-BY-4.0", "2026-02-01", match="domain", equals="example.org")
    assert sorted(said(Overlay((narrow, broad)))) == ["CC-BY-4.0", "CC-BY-NC-4.0"]


def test_nothing_that_is_said_later_lifts_a_denial() -> None:
    later = licensed("CC0-1.0", "2026-05-01")
    assert set(actions(Overlay((correction(), later)), url="https://example.org/a.jpg")) == {"deny", "license"}


@pytest.mark.parametrize(
    ("over", "complaint"),
    [
        ({"match": "sample_id", "equals": "ab12"}, "expected all 32 hex digits"),
        ({"match": "content_id", "equals": "ab12" * 8}, "expected the 64 hex digits"),
        ({"match": "domain", "equals": "com"}, "expected a host name"),
        ({"match": "domain", "equals": "https://example.org/jane"}, "expected a host name"),
        ({"match": "domain", "equals": "exa mple.org"}, "expected a host name"),
        ({"equals": "no address"}, "expected a web address"),
        ({"action": "license", "value": "Proprietary"}, "is no license of the license book"),
        ({"action": "grant", "value": "for our website"}, "not understood as what is granted"),
        ({"action": "grant", "value": "research; in Mars"}, "not understood as what is granted"),
        ({"action": "grant", "equals": "https://example.org/jane/"}, "more than one picture"),
        ({"value": "CC0"}, "deny takes no value"),
        ({"when": "2026-02-31"}, "day"),
    ],
)
def test_what_cannot_be_read_or_would_match_nothing_is_refused(
    tmp_path: Path, over: dict[str, str], complaint: str
) -> None:
    fields = {"match": "url", "equals": "https://example.org/a.jpg", "action": "deny", "value": ""}
    row = {**fields, "who": "Jane", "when": "2026-03-01", "why": "x", **over}
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(ConfigError, match=complaint) as caught:
        load_overlay(path)
    assert "\n" not in str(caught.value)
