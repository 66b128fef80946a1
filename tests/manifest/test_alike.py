"""Samples that are judged together are judged as each is alone, whatever they share and whatever they do not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.manifest import alike
from cleanset.manifest.alike import Judge
from cleanset.manifest.judge import Rules, judge
from cleanset.rights.claims.overlay import Correction, Overlay
from cleanset.rights.claims.reading import claims_from
from cleanset.rights.embedded.packet import PARSE_ERROR
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout.lists import Entry, Kind, OptOutLists
from cleanset.schemas import Status
from factories import Row, batch, rules, sample, seen

LICENSES = ("CC-BY-4.0", "CC BY", "CC-BY-NC-4.0", "CC0-1.0", "public domain", "other")
PIECES = [
    *(Evidence(Layer.COLUMN, "license", text) for text in LICENSES),
    *(Evidence(Layer.COLUMN, "author", name) for name in ("Ada Lovelace", "John Doe")),
    *(Evidence(Layer.COLUMN, "title", title) for title in ("A tree", "A house", "midjourney", "")),
    *(Evidence(Layer.COLUMN, "sha256", digit * 64) for digit in "abc"),
    Evidence(Layer.COLUMN, "license_version", "2.0"),
    Evidence(Layer.COLUMN, "license_location", "footer"),
    Evidence(Layer.COLUMN, "x_robots_tag", "noai"),
    Evidence(Layer.COLUMN, "opt_out", "true"),
    Evidence(Layer.COLUMN, "robots_txt", "User-agent: GPTBot\nDisallow: /closed/"),
    Evidence(Layer.COLUMN, "usage", "no AI training"),
    Evidence(Layer.COLUMN, "width", "640"),
    Evidence(Layer.COLUMN, "exif:EXIF CameraOwnerName", "Jane"),
    Evidence(Layer.COLUMN, PARSE_ERROR, "broken"),
    Evidence(Layer.ROBOTS, "robots.txt", "User-agent: *\nDisallow: /closed/"),
    Evidence(Layer.WELL_KNOWN, "tdmrep.json", '[{"location": "/closed/*", "tdm-reservation": 1}]'),
    Evidence(Layer.WELL_KNOWN, "ai.txt", "User-Agent: *\nDisallow: /closed/"),
    Evidence(Layer.HTML, "page", '<a rel="license" href="https://creativecommons.org/licenses/by-nd/4.0/">x</a>'),
    Evidence(Layer.HTTP_HEADER, "tdm-reservation", "1"),
    Evidence(Layer.PNG_TEXT, "Title", "A tree"),
    Evidence(Layer.PNG_TEXT, "Title", "Stable Diffusion"),
    Evidence(Layer.PNG_TEXT, "parameters", "Steps: 20, Sampler: Euler a, Seed: 1"),
    Evidence(Layer.EXIF, "Copyright", "(c) Jane Doe. All rights reserved", b"p" * 32),
    Evidence(Layer.EXIF, "Copyright", "(c) Jane Doe. All rights reserved", b"q" * 32, "2024-01-01"),
    Evidence(Layer.XMP, "dc:title", "A house"),
    Evidence(Layer.C2PA, "manifest", "urn:uuid:1"),
    Evidence(Layer.SIDECAR, "dc:title", "A tree"),
    Evidence(Layer.SIDECAR, "robots_txt", "User-agent: *\nDisallow: /closed/"),
]
URLS = (
    None,
    "https://example.org/closed/a.png",
    "https://example.org/open/a.png",
    "HTTPS://Example.ORG./open/a.png",
    "https://live.staticflickr.com/1/2.jpg",
    "https://media.gettyimages.com/photos/1.jpg",
    "https://media.gettyimages.com/photos/2.jpg",
    "https://listed.example/a.png?token=1",
    "https://user:word@media.gettyimages.com/photos/2.jpg",
    "media.gettyimages.com/photos/1.jpg",
)
OPT_OUTS = OptOutLists.of(
    [
        Entry(Kind.DOMAIN, "listed.example", who="Jane"),
        Entry(Kind.URL, "example.org/open/"),
        Entry(Kind.SHA256, "a" * 64),
    ]
)
OVERLAY = Overlay(
    tuple(
        Correction.model_validate(
            {"match": match, "equals": equals, "action": action, "value": value, "who": "me", "when": "2026-01-01"}
            | {"why": "a letter"}
        )
        for match, equals, action, value in [
            ("creator", "John Doe", "deny", ""),
            ("key", "000000003", "license", "CC-BY-4.0"),
            ("domain", "staticflickr.com", "grant", ""),
        ]
    )
)
RULES = [
    rules("commercial"),
    rules("us-only"),
    Rules(rules().book, rules().policy, OVERLAY),
    Rules(rules().book, rules().policy, opt_outs=OPT_OUTS),
    Rules(rules().book, rules("research-non-commercial").policy, OVERLAY, OPT_OUTS),
]
samples = st.builds(
    lambda number, url, source, evidence, status, side: sample(
        key=f"{number:09d}",
        url=url,
        source=source,
        evidence=[piece.to_row() for piece in evidence],
        status=status,
        width=side,
        height=side,
    ),
    st.integers(0, 9),
    st.sampled_from(URLS),
    st.sampled_from(["img2dataset", "fondant", "met", "huggingface"]),
    st.lists(st.sampled_from(PIECES), max_size=6),
    st.sampled_from([Status.OK.value, Status.TRUNCATED.value]),
    st.sampled_from([16, 64]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(samples, max_size=12), st.sampled_from(RULES))
def test_samples_are_judged_together_as_each_alone(rows: list[Row], under: Rules) -> None:
    together = Judge(under)
    for _ in range(2):  # the second time from what it remembers
        found = together.judge_batch(batch(*rows)).to_pylist()
        for row, got in zip(rows, found, strict=True):
            expected = judge(row, under)
            assert {name: got[name] for name in expected} == expected


def test_samples_that_differ_in_hashes_titles_and_paths_are_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[object] = []

    def counted(*given: Any, **more: Any) -> Any:  # noqa: ANN401 - those of the function that it counts
        judged.append(given)
        return claims_from(*given, **more)

    monkeypatch.setattr(alike, "claims_from", counted)
    own = [
        [Evidence(Layer.COLUMN, "sha256", f"{n:064x}").to_row(), Evidence(Layer.COLUMN, "title", f"No {n}").to_row()]
        for n in range(20)
    ]
    rows = [
        sample(key=f"{n:09d}", url=f"https://example.org/{n}.png", evidence=[*seen(), *pieces])
        for n, pieces in enumerate(own)
    ]
    together = Judge(rules())
    titles = [
        title for part in (rows[:10], rows[10:]) for title in together.judge_batch(batch(*part))["title"].to_pylist()
    ]
    assert titles == [f"No {n}" for n in range(20)]
    assert len(judged) == 1
