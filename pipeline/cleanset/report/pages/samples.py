"""Pages of samples: one list behind each number, and for each listed sample why it is in or out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cleanset.report.pages.html import Markup, element, join, link, page, table, text

Row = Mapping[str, Any]
_FACTS = (
    ("where", "shard and key"),
    ("url", "address"),
    ("caption", "caption"),
    ("picture", "picture"),
    ("permission", "permission"),
    ("license_declared", "license as declared"),
    ("license_concluded", "license as concluded"),
    ("license_evidence", "strongest evidence"),
    ("basis", "rests on"),
    ("creator", "creator"),
    ("title", "title"),
    ("attribution", "credit"),
)


def sample_page_name(sample_id: str) -> str:
    """The page that holds a sample: one for each two leading digits."""
    return f"samples/{sample_id[:2]}.html"


def sample_link(sample_id: str, up: str = "") -> Markup:
    """A sample's id, as a link to its entry in this report. ``up`` leads to the report's folder."""
    return link(f"{up}{sample_page_name(sample_id)}#{sample_id}", element("span", text(sample_id), class_="mono"))


def decision_word(row: Row) -> Markup:
    """Kept, or dropped with its reasons."""
    why = f": {', '.join(row['reasons'])}" if row["reasons"] else ""
    return element("strong", text(row["decision"] + why), class_=f"{row['decision']}-word")


def list_page(title: str, query: str, names: Sequence[str], total: int, rows: Mapping[str, Sequence[Row]]) -> str:
    """The page behind one number: its first samples, and how to have them all."""
    shown = [(row, name) for name in names for row in rows.get(name, ())[:1]]
    cells = [
        [
            sample_link(name, up="../"),
            decision_word(row),
            text(row["license_declared"]),
            text(row["caption"] or row["url"] or f"{row['shard']}/{row['key']}"),
        ]
        for row, name in shown
    ]
    told = f"{total:,} samples; the first {len(shown):,} by sample_id." if total > len(shown) else f"{total:,} samples."
    return page(
        title,
        element("p", link("../index.html", text("Report"))),
        element("h1", text(title)),
        element("p", text(told), class_="note"),
        table("Samples", ["sample", "decision", "declared", "what it is"], cells, numbers=()),
        element("p", text("All of them, with duckdb:"), class_="note"),
        element("p", element("code", text(query))),
    )


def samples_page(
    prefix: str,
    rows: Mapping[str, Sequence[Row]],
    claims: Mapping[str, Sequence[Row]],
    clusters: Mapping[str, Sequence[Row]],
) -> str:
    """One page of samples, an article for each row: its decision, its rights with the evidence, and its copies."""
    articles = [
        _article(f"{name}-{again}" if again else name, row, claims.get(name, ()), clusters.get(row["cluster_id"], ()))
        for name in sorted(rows)
        for again, row in enumerate(rows[name])
    ]
    title = f"Samples {prefix}…"
    return page(title, element("p", link("../index.html", text("Report"))), element("h1", text(title)), *articles)


def _article(name: str, row: Row, claims: Sequence[Row], copies: Sequence[Row]) -> Markup:
    """One row; ``name`` is what links call it: its sample_id, and a number where a sample was read again."""
    facts = [(label, value) for field, label in _FACTS if (value := _fact(row, field))]
    own = [claim for claim in claims if (claim["shard"], claim["key"]) == (row["shard"], row["key"])]
    return element(
        "article",
        element("h2", element("span", text(row["sample_id"]), class_="mono"), id=f"{name}-title"),
        element("p", decision_word(row)),
        element("dl", *(join([element("dt", text(label)), element("dd", text(value))]) for label, value in facts)),
        element("h3", text("How it was decided")),
        element("ol", *(element("li", text(step)) for step in row["trace"])),
        table(
            "What the evidence claims",
            ["claim", "value", "said by", "strength of 4", "where it was seen", "the words"],
            [_claim(claim) for claim in own],
            numbers=(3,),
        ),
        _copies(row, copies),
        id=name,
        aria_labelledby=f"{name}-title",
    )


def _fact(row: Row, field: str) -> str | None:
    if field == "where":
        return f"{row['shard']}/{row['key']}, read as {row['source']}"
    if field == "picture":
        if row["width"]:
            return f"{row['format']}, {row['width']} x {row['height']}, {row['bytes']:,} bytes"
        return f"none: {row['status']}"
    value = row[field]
    return None if value is None else str(value)


def _claim(claim: Row) -> list[Markup]:
    place = f"{claim['layer']} {claim['locator']}" + (f", {claim['observed_at']}" if claim["observed_at"] else "")
    strength = text(claim["strength"])
    return [
        text(claim["kind"]),
        text(claim["value"]),
        text(claim["said_by"]),
        strength,
        text(place),
        text(claim["text"]),
    ]


def _copies(row: Row, copies: Sequence[Row]) -> Markup:
    others = [copy for copy in copies if (copy["shard"], copy["key"]) != (row["shard"], row["key"])]
    if not others:
        return element("p", text("No other sample shows this picture."), class_="note")
    return table(
        f"Copies: {row['cluster_size']} samples show this picture",
        ["sample", "distance", "decision", "declared", "where"],
        [
            [
                element("span", text(copy["sample_id"]), class_="mono"),
                text(distance_words(copy)),
                decision_word(copy),
                text(copy["license_declared"]),
                text(copy["url"] or f"{copy['shard']}/{copy['key']}"),
            ]
            for copy in others
        ],
        numbers=(),
    )


def distance_words(row: Row) -> str:
    """How a row is like the sample that stands for it."""
    if row["matched_by"] is None:
        return "stands for the others"
    return row["matched_by"] if not row["distance"] else f"{row['matched_by']} {row['distance']:g}"


def by_page(sample_ids: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """The leading digits of each page, and its samples."""
    pages: dict[str, list[str]] = {}
    for name in sample_ids:
        pages.setdefault(name[:2], []).append(name)
    yield from sorted(pages.items())
