"""The first page of a report: what went in and out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cleanset.report.pages.evidence import Gallery
from cleanset.report.pages.html import Markup, bar, element, join, link, page, section, table, text
from cleanset.report.pages.samples import decision_word, distance_words, sample_link
from cleanset.report.pages.survey import FACETS, SHOWN, Survey
from cleanset.schemas import Decision

Row = Mapping[str, Any]
BARS = 24
"""Bars of a histogram."""
_SECTIONS = {
    "flow": "From read to kept",
    "licenses": "Licenses",
    "sources": "Sources",
    "largest": "What repeats most",
    "contested": "What is contested",
    "distances": "How near copies are",
    "sizes": "Sizes of what is kept",
    "opt-outs": "Opt-outs and corrections",
    "inputs": "Inputs",
    "warnings": "Warnings",
}


def overview_page(
    record: Row,
    found: Survey,
    galleries: Mapping[str, Gallery],
    pictures: Mapping[tuple[str, str], str],
    lists: Mapping[tuple[str, str], str],
) -> str:
    """The page.

    Args:
        record: ``run.json``.
        found: counts of the run.
        galleries: ``largest`` and ``contested``; the report has a page of each member.
        pictures: ``data:`` URL by shard and key.
        lists: the page that lists the samples of a facet and value.
    """
    parts = {
        "flow": _flow(record["counts"], lists),
        "licenses": join(
            [
                *(_facet(found, name, lists) for name in ("concluded", "declared")),
                _license_matrix(found),
                _facet(found, "unclear", lists),
            ]
        ),
        "sources": join([_facet(found, name, lists) for name in ("source", "host")]),
        "largest": _gallery(galleries["largest"], pictures),
        "contested": _gallery(galleries["contested"], pictures),
        "distances": _distances(found),
        "sizes": _sizes(found),
        "opt-outs": _opt_outs(record),
        "inputs": join([_inputs(record["inputs"]), _facet(found, "reencoded", lists)]),
        "warnings": _warnings(record["warnings"]),
    }
    links = [element("li", link(f"#{name}", text(title))) for name, title in _SECTIONS.items()]
    policy = record["policy"]
    head = element(
        "p",
        text(f"Policy {policy['name']}: {policy['fields']['summary']} For {policy['fields']['purpose']} use in "),
        text(f"{', '.join(policy['fields']['jurisdictions'])}. cleanset {record['cleanset_version']}; "),
        text("each number leads to samples, each sample to the evidence."),
        class_="note",
    )
    return page(
        "What this training set holds, and why",
        element("h1", text("What this training set holds, and why")),
        head,
        *(section(name, title, parts[name]) for name, title in _SECTIONS.items()),
        navigation=element("nav", element("ul", *links), aria_label="Sections"),
    )


def _flow(counts: Row, lists: Mapping[tuple[str, str], str]) -> Markup:
    read, kept = counts["read"], counts["kept"]
    dropped = sorted(counts["dropped"].items(), key=lambda item: (-item[1], item[0]))
    rows = [[text(f"{read:,}"), text("samples read"), text(""), bar(read, read, "kept")]]
    rows += [
        [
            _number(number, lists.get(("reason", reason))),
            text(f"dropped: {reason}"),
            text(_share(number, read)),
            bar(number, read, "dropped"),
        ]
        for reason, number in dropped
    ]
    rows.append(
        [
            _number(kept, lists.get(("decision", str(Decision.KEPT)))),
            text("kept"),
            text(_share(kept, read)),
            bar(kept, read, "kept"),
        ]
    )
    return table("Every sample read is kept or has a reason", ["samples", "what", "share", ""], rows, numbers=(0, 2))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2%}" if whole else ""


def _number(number: int, target: str | None) -> Markup:
    return link(target, text(f"{number:,}")) if target and number else text(f"{number:,}")


def _facet(found: Survey, name: str, lists: Mapping[tuple[str, str], str]) -> Markup:
    """A table of the values of a facet, the most frequent first."""
    counts = found.facets[name]
    whole = sum(count.samples for count in counts.values())
    rows = [
        [
            _number(count.samples, lists.get((name, value))),
            text(f"{count.kept:,}"),
            text(value or f"{found.values[name] - SHOWN:,} others"),
            bar(count.samples, whole),
        ]
        for value, count in counts.items()
    ]
    return table(FACETS[name].title, ["samples", "kept", "value", ""], rows, numbers=(0, 1))


def _license_matrix(found: Survey) -> Markup:
    most = sorted(found.licenses.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
    rows = [[text(f"{number:,}"), text(declared), text(concluded)] for (declared, concluded), number in most]
    return table("Declared against concluded", ["samples", "the sources say", "this set accepts"], rows)


def _gallery(gallery: Gallery, pictures: Mapping[tuple[str, str], str]) -> Markup:
    if not gallery.clusters:
        return element("p", text("None."), class_="note")
    return join([_cluster(row, gallery.members.get(row["cluster_id"], ()), pictures) for row in gallery.clusters])


def _cluster(row: Row, members: Sequence[Row], pictures: Mapping[tuple[str, str], str]) -> Markup:
    more = f"; {row['size'] - len(members):,} more" if row["size"] > len(members) else ""
    told = f"{row['size']:,} samples, {row['urls']:,} addresses, {row['captions']:,} captions{more}"
    return element(
        "div",
        element("h3", text("Cluster "), element("span", text(row["cluster_id"]), class_="mono")),
        element("p", text(told), class_="note"),
        element("ul", *(_member(member, pictures) for member in members), class_="gallery"),
    )


def _member(row: Row, pictures: Mapping[tuple[str, str], str]) -> Markup:
    source = pictures.get((row["shard"], row["key"]))
    told = row["caption"] or f"{row['shard']}/{row['key']}"
    image = [element_image(source, f"16 by 16 cells of: {told}")] if source else []
    return element(
        "li",
        *image,
        element("div", decision_word(row)),
        element("div", text(distance_words(row))),
        element("div", text(f"declared {row['license_declared']}")),
        element("div", text(row["license_evidence"] or "no evidence"), class_="note"),
        element("div", sample_link(row["sample_id"])),
    )


def element_image(source: str, words: str) -> Markup:
    """An image with its words for those who do not see it."""
    return Markup(f'<img src="{source}" alt="{text(words)}" width="160" height="160" loading="lazy">')


def _distances(found: Survey) -> Markup:
    """A histogram for each detector that measures one."""
    return join(
        [
            _histogram(f"Distance to the representative by {name}", found.distances[name])
            for name in sorted(found.distances)
            if any(found.distances[name])
        ]
    )


def _histogram(title: str, counts: Mapping[float, int]) -> Markup:
    farthest = max(counts)
    width = max(1.0, float(-(-farthest // BARS))) if farthest > 1 else farthest / BARS  # bits, or 1 - cosine
    bins: dict[int, int] = {}
    for value, number in counts.items():
        bins[int(value / width)] = bins.get(int(value / width), 0) + number
    most = max(bins.values())
    rows = [
        [text(f"{at * width:g} to {(at + 1) * width:g}"), text(f"{bins.get(at, 0):,}"), bar(bins.get(at, 0), most)]
        for at in range(max(bins) + 1)
    ]
    return table(title, ["distance", "samples", ""], rows, numbers=(0, 1))


def _sizes(found: Survey) -> Markup:
    most = max(found.sides.values(), default=0)
    rows = [
        [
            text(f"{2**power:,} to {2 ** (power + 1) - 1:,}"),
            text(f"{found.sides[power]:,}"),
            bar(found.sides[power], most),
        ]
        for power in sorted(found.sides)
    ]
    return table("Shorter side in pixels", ["pixels", "samples", ""], rows, numbers=(0, 1))


def _opt_outs(record: Row) -> Markup:
    """What lists and corrections took part, and what they hit where the record says so."""
    told = {name: record.get(name) for name in ("overlay", "opt_outs")}
    rows = [
        [text(name.replace("_", "-")), text(field), text(value)]
        for name, facts in told.items()
        for field, value in (facts or {"": "none was given"}).items()
        if not isinstance(value, list | dict)
    ]
    entries = [
        [text(name.replace("_", "-")), element("code", text(entry))]
        for name, facts in told.items()
        for value in (facts or {}).values()
        if isinstance(value, list)
        for entry in value
    ]
    return join(
        [
            table("Lists that took part", ["list", "fact", "value"], rows, numbers=()),
            table("Their entries, with what each hit", ["list", "entry"], entries, numbers=())
            if entries
            else Markup(""),
        ]
    )


def _inputs(inputs: Sequence[Row]) -> Markup:
    rows = [
        [text(f"{shard['rows']:,}"), text(shard["shard"]), text(shard["profile"]), text(shard["error"] or "whole")]
        for shard in inputs[:1000]
    ]
    return table("Shards that were read", ["samples", "shard", "read as", "state"], rows)


def _warnings(warnings: Sequence[str]) -> Markup:
    if not warnings:
        return element("p", text("None."), class_="note")
    return element("ul", *(element("li", text(warning)) for warning in warnings))
