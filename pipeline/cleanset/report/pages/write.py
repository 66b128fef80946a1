"""The whole report: one folder of pages that needs nothing else."""

from __future__ import annotations

from cleanset.manifest.read import open_record
from cleanset.report.pages.evidence import claims_of, contested, largest, members_of, rows_of, thumbnails
from cleanset.report.pages.overview import overview_page
from cleanset.report.pages.samples import by_page, list_page, samples_page
from cleanset.report.pages.survey import FACETS, survey
from cleanset.rundir import RunDirectory, open_whole

PAGE = "index.html"


def write_report(run: RunDirectory, out: RunDirectory) -> int:
    """``out`` holds the report, its first page ``index.html``; the result is the number of its pages.

    Raises:
        RunError: the run has no manifest.
        OutputError: a page cannot be written.
    """
    record = open_record(run)
    found = survey(run)
    galleries = {"largest": largest(run), "contested": contested(run)}
    shown = [row for gallery in galleries.values() for members in gallery.members.values() for row in members]
    names = sorted({*found.samples(), *(row["sample_id"] for row in shown)})
    rows, claims = rows_of(run, names), claims_of(run, names)
    clusters = members_of(run, {row["cluster_id"] for own in rows.values() for row in own if row["cluster_id"]})
    lists: dict[tuple[str, str], str] = {}
    for facet, values in found.listed.items():
        for number, (value, chosen) in enumerate(values.items()):
            lists[facet, value] = f"lists/{facet}-{number}.html"
            title = f"{FACETS[facet].title}: {value}"
            total = found.facets[facet][value].samples
            _write(out, lists[facet, value], list_page(title, _query(run, facet, value), chosen, total, rows))
    pages = list(by_page(names))
    for prefix, some in pages:
        _write(out, f"samples/{prefix}.html", samples_page(prefix, {n: rows[n] for n in some}, claims, clusters))
    _write(out, PAGE, overview_page(record, found, galleries, thumbnails(run, shown), lists))
    return 1 + len(lists) + len(pages)


def _query(run: RunDirectory, facet: str, value: str) -> str:
    """SQL that gives all samples of a facet's value."""
    quoted = value.replace("'", "''")
    return f"SELECT * FROM '{run.path('manifest')}/*.parquet' WHERE {FACETS[facet].query} = '{quoted}'"  # noqa: S608 - shown to a person, never run here


def _write(out: RunDirectory, name: str, document: str) -> None:
    with open_whole(out.path(name)) as stream:
        stream.write(document.encode("utf-8", "backslashreplace"))
