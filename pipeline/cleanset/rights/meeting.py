"""Rights meet by URL and by file too, not only by pixels.

A row without a picture (not downloaded, truncated, undecodable) has no copies, and a picture that changed at its
address no equal ones. What such rows say of the address, or of the file, holds for every row that names it: rows that
grant something meet those that speak against it, in columns, by digests of the address in its normal form and of the
file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleanset.rights.book import LicenseBook
from cleanset.rights.copies import Copy, contest, takes_part
from cleanset.rights.hostnames import web_address
from cleanset.schemas import MEETINGS, OBJECTIONS, Permission

_JUDGED = [
    *("sample_id", "shard", "key", "url", "content_id", "permission", "reasons", "license_concluded"),
    *("license_evidence", "attribution", "creator", "owners", "trace"),
]


def meetings_of(judged: pa.RecordBatch) -> pa.RecordBatch:
    """A row of ``schemas.MEETINGS`` for each address and each file of the rows of ``JUDGED`` that take a side."""
    rows = [meeting for row in judged.select(_JUDGED).to_pylist() for meeting in _meetings(row)]
    return pa.RecordBatch.from_pylist(rows, MEETINGS.arrow)


def _meetings(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from meeting_rows(Copy.from_row(row), row["shard"], row["key"], keys_of(row["url"], row["content_id"]))


def meeting_rows(copy: Copy, shard: str, key: str, keys: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The rows of ``schemas.MEETINGS`` of one row that is called by its shard and key; none if it takes no side."""
    if takes_part(copy):
        told = {name: getattr(copy, name) for name in ("attribution", "creator", "against", "unreadable")}
        told |= {"license_concluded": copy.concluded, "license_evidence": copy.evidence, "shard": shard, "key": key}
        told |= {"permission": copy.permission.value, "reasons": copy.reasons, "owners": copy.owners}
        for meeting in keys:
            yield {**told, "meeting": meeting, "sample_id": bytes.fromhex(copy.sample_id)}


def keys_of(url: str | None, content_id: bytes | None) -> Iterator[bytes]:
    """What rows meet by: a digest of 16 bytes for the address, if it is one, and for the file, if there is one."""
    address = web_address(url) if url else None
    if address is not None:
        yield hashlib.sha256(f"url {address.text}".encode("utf-8", "surrogatepass")).digest()[:16]
    if content_id is not None:
        yield hashlib.sha256(b"file " + content_id).digest()[:16]


def objections_of(meetings: pa.Table, book: LicenseBook) -> pa.Table:
    """Rows of ``schemas.OBJECTIONS``: each row that grants something and meets another that contests it.

    Args:
        meetings: whole meetings, in any order.
        book: what the contest of copies is decided by.
    """
    counts = pc.value_counts(meetings["meeting"].combine_chunks())
    several = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    met = meetings.filter(pc.is_in(meetings["meeting"], several))
    order = [(name, "ascending") for name in ("meeting", "sample_id", "shard", "key")]
    rows = met.sort_by(order).to_pylist()
    found = [one for _, group in groupby(rows, lambda row: row["meeting"]) for one in _objections(list(group), book)]
    return pa.Table.from_pylist(found, OBJECTIONS.arrow)


def _objections(rows: list[dict[str, Any]], book: LicenseBook) -> Iterator[dict[str, Any]]:
    """What the rows of one meeting say against each other."""
    copies = [Copy.from_meeting(row) for row in rows]
    for row, copy, outcome in zip(rows, copies, contest(copies, book), strict=True):
        if copy.permission is Permission.ALLOWED and outcome.permission is not Permission.ALLOWED and outcome.reason:
            yield {
                **{name: row[name] for name in ("sample_id", "shard", "key")},
                "objected_by": bytes.fromhex(outcome.conflicts_with) if outcome.conflicts_with else None,
                "reason": outcome.reason.value,
                "step": outcome.trace[0],
            }


def object_to(judged: pa.Table, objections: pa.Table | None) -> pa.Table:
    """The judged rows, those refused that an objection names; of several objections to a row the least stands.

    Args:
        judged: rows of ``JUDGED``, or of the columns of it that settling needs.
        objections: rows of ``OBJECTIONS``, in any order; None for none.
    """
    least = least_objections(objections)
    if not least:
        return judged
    names = zip(judged["shard"].to_pylist(), judged["key"].to_pylist(), strict=True)
    found = [least.get(name) for name in names]
    for column, change in _CHANGES.items():
        if column in judged.column_names:
            at, field = judged.column_names.index(column), judged.schema.field(column)
            pairs = zip(judged[column].to_pylist(), found, strict=True)
            values = [value if one is None else change(value, one) for value, one in pairs]
            judged = judged.set_column(at, field, pa.array(values, field.type))
    return judged


def least_objections(objections: pa.Table | None) -> dict[tuple[str, str], dict[str, Any]]:
    """Of the objections to each row, by its shard and key, the least."""
    least: dict[tuple[str, str], dict[str, Any]] = {}
    rows = [] if objections is None else objections.to_pylist()
    for one in sorted(rows, key=lambda row: (row["reason"], row["step"])):
        least.setdefault((one["shard"], one["key"]), one)
    return least


_CHANGES: Mapping[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "permission": lambda _, _one: Permission.REFUSED.value,
    "basis": lambda _, _one: None,
    "attribution": lambda _, _one: None,
    "objected_by": lambda _, one: one["objected_by"],
    "reasons": lambda reasons, one: [*reasons, *([] if one["reason"] in reasons else [one["reason"]])],
    "trace": lambda trace, one: [*trace, one["step"]],
}
