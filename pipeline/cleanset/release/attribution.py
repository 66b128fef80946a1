"""Attribution files: the credit of every kept image that needs one, as text, HTML and JSON lines.

Written from a manifest alone. Rows are in the manifest's order, so equal manifests give equal bytes.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from cleanset.rights.attribution import Credit
from cleanset.rights.book import LicenseBook
from cleanset.schemas import Decision

TEXT = "attribution.txt"
HTML = "attribution.html"
JSON = "attribution.jsonl"

COLUMNS = ["sample_id", "url", "title", "creator", "license_concluded", "attribution", "decision"]
"""Columns of the manifest that are needed."""
_HEAD = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Attribution</title>
<style>
body {{ max-width: 50rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }}
li {{ margin: 0.5rem 0; overflow-wrap: anywhere; }}
li:target {{ background: #ffc; }}
</style>
</head>
<body>
<h1>Attribution</h1>
<p>Pictures of this training set whose licenses ask for credit: {number:,}. The address of this page with #SAMPLE_ID
behind it leads to the credit of one sample.</p>
<ul>
"""
_FOOT = "</ul>\n</body>\n</html>\n"


def credits_due(manifest: pa.Table, book: LicenseBook) -> Iterator[tuple[str, Credit]]:
    """sample_id and credit of every kept row whose license asks for one, in the manifest's order."""
    for row in manifest.select(COLUMNS).to_pylist():
        if row["decision"] == Decision.KEPT and row["attribution"]:
            yield row["sample_id"], _credit(row, book)


def _credit(row: dict[str, Any], book: LicenseBook) -> Credit:
    entries = book.read(row["license_concluded"]).entries
    licenses = tuple((entry.name, entry.url) for entry in entries) or ((row["license_concluded"], None),)
    return Credit(row["title"], row["creator"], row["url"], licenses)


def write_attribution(manifest: pa.Table, folder: Path, book: LicenseBook) -> int:
    """Write the three files into ``folder``, which exists; the number of credits.

    Raises:
        OSError: a file cannot be written.
    """
    due = list(credits_due(manifest, book))
    lines = {
        TEXT: [f"{sample_id}  {credit.to_text()}\n" for sample_id, credit in due],
        HTML: [_HEAD.format(number=len(due)), *(_list_item(sample_id, credit) for sample_id, credit in due), _FOOT],
        JSON: [_json_line(sample_id, credit) for sample_id, credit in due],
    }
    for name, texts in lines.items():
        (folder / name).write_text("".join(texts), encoding="utf-8", errors="backslashreplace")
    return len(due)


def _list_item(sample_id: str, credit: Credit) -> str:
    return f'<li id="{html.escape(sample_id)}">{credit.to_html()}</li>\n'


def _json_line(sample_id: str, credit: Credit) -> str:
    return json.dumps({"sample_id": sample_id, **credit.to_json()}, ensure_ascii=False, sort_keys=True) + "\n"


def unnamed(manifest: pa.Table) -> list[str]:
    """sample_id of every kept row whose license asks for credit and that names no creator, in order."""
    rows = manifest.select(["sample_id", "decision", "attribution", "creator"]).to_pylist()
    return [r["sample_id"] for r in rows if r["decision"] == Decision.KEPT and r["attribution"] and not r["creator"]]
