"""Attribution files: the credit of every kept image that needs one, as text, HTML and JSON lines.

The notices and the license texts that licenses such as BSD, MIT and Apache ask for lie in the same folder, so that it
can be shipped as it is. Rows are in the manifest's order, so equal manifests and claims give equal bytes.
"""

from __future__ import annotations

import html
import json
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleanset.manifest.read import select_rows
from cleanset.rights.attribution import Credit
from cleanset.rights.book import LicenseBook
from cleanset.rights.book.texts import license_text
from cleanset.rights.claims.claim import Kind
from cleanset.rundir import RunDirectory
from cleanset.schemas import CLAIMS, Decision

TEXT = "attribution.txt"
HTML = "attribution.html"
JSON = "attribution.jsonl"

TEXTS = "licenses"
"""Folder of the license texts, beside the credits."""
COLUMNS = ["sample_id", "shard", "key", "url", "title", "creator", "license_concluded", "attribution", "decision"]
"""Columns of the manifest that are needed."""
NOTICES = ["shard", "key", "text"]
"""Columns of the claims that are needed."""
_LONGEST = 1_000
"""Characters of a notice that are repeated."""
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


def credits_due(manifest: pa.Table, claims: pa.Table, book: LicenseBook) -> Iterator[tuple[str, Credit]]:
    """sample_id and credit of every kept row whose license asks for one, in the manifest's order."""
    kept = manifest.select(COLUMNS).filter(pc.equal(manifest["decision"], Decision.KEPT.value))
    notices = _notices(claims, kept)
    for row in kept.to_pylist():
        if row["attribution"]:
            yield row["sample_id"], _credit(row, tuple(notices[row["shard"], row["key"]]), book)


def _notices(claims: pa.Table, kept: pa.Table) -> dict[tuple[str, str], dict[str, None]]:
    """What was found of each kept row about who owns the copyright, in the order of the claims."""
    found: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for row in claims.filter(pc.is_in(claims["key"], kept["key"].combine_chunks())).to_pylist():
        found[row["shard"], row["key"]][textwrap.shorten(row["text"], _LONGEST, placeholder=" …")] = None
    return found


def _credit(row: dict[str, Any], notices: tuple[str, ...], book: LicenseBook) -> Credit:
    entries = book.read(row["license_concluded"]).entries
    licenses = tuple((entry.name, entry.url) for entry in entries) or ((row["license_concluded"], None),)
    texts = tuple(f"{TEXTS}/{entry.spdx}.txt" for entry in entries if license_text(entry.spdx))
    return Credit(row["title"], row["creator"], row["url"], licenses, notices, texts)


def write_attribution(manifest: pa.Table, claims: pa.Table, folder: Path, book: LicenseBook) -> int:
    """Write the three files and the license texts into ``folder``, which exists; the number of credits.

    Args:
        manifest: columns ``COLUMNS``.
        claims: the notices of the same samples.
        folder: where to.
        book: names the licenses.

    Raises:
        OSError: a file cannot be written.
    """
    due = list(credits_due(manifest, claims, book))
    lines = {
        TEXT: [f"{sample_id}  {credit.to_text()}\n" for sample_id, credit in due],
        HTML: [_HEAD.format(number=len(due)), *(_list_item(sample_id, credit) for sample_id, credit in due), _FOOT],
        JSON: [_json_line(sample_id, credit) for sample_id, credit in due],
    }
    for name, texts in lines.items():
        (folder / name).write_text("".join(texts), encoding="utf-8", errors="backslashreplace")
    for place in sorted({text for _, credit in due for text in credit.texts}):
        (folder / TEXTS).mkdir(exist_ok=True)
        (folder / place).write_text(license_text(Path(place).stem) or "", encoding="utf-8")
    return len(due)


def _list_item(sample_id: str, credit: Credit) -> str:
    return f'<li id="{html.escape(sample_id)}">{credit.to_html()}</li>\n'


def _json_line(sample_id: str, credit: Credit) -> str:
    return json.dumps({"sample_id": sample_id, **credit.to_json()}, ensure_ascii=False, sort_keys=True) + "\n"


def read_notices(run: RunDirectory) -> pa.Table:
    """Columns ``NOTICES`` of what a run claims about who owns the copyright."""
    notices = select_rows(run, CLAIMS.name, pc.field("kind") == Kind.OWNER.value, NOTICES)
    return notices if notices.num_columns else CLAIMS.empty().select(NOTICES)


def unnamed(manifest: pa.Table) -> list[str]:
    """sample_id of every kept row whose license asks for credit and that names no creator, in order."""
    rows = manifest.select(["sample_id", "decision", "attribution", "creator"]).to_pylist()
    return [r["sample_id"] for r in rows if r["decision"] == Decision.KEPT and r["attribution"] and not r["creator"]]
