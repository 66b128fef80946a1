"""Words about rights that nobody can read, from the evidence to a person's ruling."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import factories
from cleanset.cli import main
from cleanset.errors import ConfigError
from cleanset.manifest.judge import Rules, judge
from cleanset.rights.claims.overlay import Overlay, load_overlay
from cleanset.rights.evidence import Evidence, Layer

HEADER = "match,equals,action,value,who,when,why\n"


def overlay(folder: Path, *lines: str) -> Overlay:
    path = folder / "overlay.csv"
    path.write_text(HEADER + "\n".join(lines), encoding="utf-8")
    return load_overlay(path)


def judged(corrections: Overlay, **columns: str) -> tuple[str, list[str], str]:
    seen = [Evidence(Layer.COLUMN, name, value).to_row() for name, value in columns.items()]
    rules = Rules(factories.rules().book, factories.rules().policy, corrections)
    row = judge(factories.sample(evidence=seen), rules)
    return row["permission"], row["reasons"], row["license_concluded"]


def test_a_person_rules_once_on_words_wherever_they_stand(tmp_path: Path) -> None:
    harmless = overlay(tmp_path, "text,house rules apply,reads-as,nothing,Jane,2026-01-01,asked them")
    for name in ("rights", "usage_terms", "image_rights", "restrictions"):
        assert judged(Overlay(), license="CC BY 4.0", **{name: "House rules  apply"})[1] == ["unread-rights"]
        assert judged(harmless, license="CC BY 4.0", **{name: "House rules  apply"})[0] == "allowed"
    assert judged(harmless, license="CC BY 4.0", rights="House rules apply, and more")[0] == "unknown"


def test_words_may_read_as_a_license(tmp_path: Path) -> None:
    free = overlay(tmp_path, "text,our free license,reads-as,CC-BY-4.0,Jane,2026-01-01,its text was read")
    assert judged(free, license="Our Free License") == ("allowed", [], "CC-BY-4.0")
    strict = overlay(tmp_path, "text,our free license,reads-as,CC-BY-NC-4.0,Jane,2026-01-01,its text was read")
    assert judged(strict, license="Our Free License")[0] == "refused"
    assert judged(strict, license="CC BY 4.0", rights="our free license")[0] == "refused"


def test_of_two_authors_the_stricter_stands_and_of_one_the_later(tmp_path: Path) -> None:
    mild = "text,house rules,reads-as,nothing,Jane,2026-01-01,asked"
    two = overlay(tmp_path, mild, "text,house rules,reads-as,CC-BY-NC-4.0,Joe,2026-01-01,read them")
    assert judged(two, license="CC BY 4.0", rights="house rules")[0] == "refused"
    one = overlay(tmp_path, mild, "text,house rules,reads-as,CC-BY-NC-4.0,Jane,2026-02-01,read them")
    assert judged(one, license="CC BY 4.0", rights="house rules")[0] == "refused"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("text,house rules,reads-as,whatever,Jane,2026-01-01,x", "neither a license"),
        ("text,house rules,license,CC-BY-4.0,Jane,2026-01-01,x", "match text goes with action reads-as"),
        ("url,https://example.org/a,reads-as,nothing,Jane,2026-01-01,x", "match text goes with action reads-as"),
    ],
)
def test_a_ruling_that_cannot_be_read_is_refused_at_load(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        overlay(tmp_path, line)


@pytest.mark.parametrize("text", ["© Jane Doe, CC BY 4.0", "Licencia: CC BY 4.0", "Jane Doe, CC BY-SA 4.0, via Flickr"])
def test_the_command_reads_a_text_as_a_license_column_does(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["license", "--json", text]) == 0
    [told] = json.loads(capsys.readouterr().out)
    assert told["license"] == judged(Overlay(), license=text)[2]
