"""Columns of a data set that hold stored headers, pages or site files, as evidence of the layer that they came from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout import fields, words

MAX_BLOB = 1024 * 1024
"""Characters of a column of stored headers that are read."""

_MAX_DEPTH = 8
"""Levels of JSON around stored headers that are opened."""
HEADERS = frozenset({"x-robots-tag", "tdm-reservation", "tdm-policy", "content-usage", "content-signal", "link"})
"""Headers that bear on reservations, in lower case."""


class Holds(StrEnum):
    """What a column holds, by its name."""

    HEADER = "header"
    HEADERS = "headers"
    ROBOTS = "robots.txt"
    HTML = "html"
    AI_TXT = "ai.txt"
    TDMREP = "tdmrep.json"
    RSL = "rsl"
    ROBOTS_META = "robots-meta"
    OUTCOME = "outcome"
    OPT_OUT = "opt-out"
    PERMISSION = "permission"
    DATA_MINING = "data-mining"
    WORDS = "words"
    HASH = "hash"


_KNOWN = {
    **dict.fromkeys(
        ("x_robots_tag", "x_robots", "xrobots", "xrobotstag", "robots_tag"), (Holds.HEADER, "x-robots-tag")
    ),
    **dict.fromkeys(("tdm_reservation", "tdmrep_reservation", "tdm"), (Holds.HEADER, "tdm-reservation")),
    "tdm_policy": (Holds.HEADER, "tdm-policy"),
    "content_usage": (Holds.HEADER, "content-usage"),
    "content_signal": (Holds.HEADER, "content-signal"),
    **dict.fromkeys(("link_header", "http_link"), (Holds.HEADER, "link")),
    **dict.fromkeys(
        ("http_headers", "headers", "response_headers", "http_response_headers", "http_header"), (Holds.HEADERS, "")
    ),
    **dict.fromkeys(("robots_txt", "robotstxt", "robots"), (Holds.ROBOTS, "robots.txt")),
    **dict.fromkeys(("html", "page_html", "raw_html", "html_content", "page"), (Holds.HTML, "html")),
    **dict.fromkeys(("ai_txt", "aitxt"), (Holds.AI_TXT, "ai.txt")),
    **dict.fromkeys(("tdmrep_json", "tdmrep", "well_known_tdmrep"), (Holds.TDMREP, "tdmrep.json")),
    **dict.fromkeys(("rsl", "rsl_xml", "rsl_license"), (Holds.RSL, "rsl")),
    **dict.fromkeys(("robots_meta", "meta_robots"), (Holds.ROBOTS_META, "robots")),
    **dict.fromkeys(("error_message", "status_detail"), (Holds.OUTCOME, "error_message")),
    **dict.fromkeys(
        (
            *("caption", "captions", "description", "image_description", "alt", "alt_text", "note", "notes", "remark"),
            *(
                "remarks",
                "comment",
                "comments",
                "user_comment",
                "keywords",
                "tags",
                "subject",
                "headline",
                "disclaimer",
            ),
            *("message", "text", "txt", "special_instructions", "instructions", "title", "other_constraints"),
        ),
        (Holds.WORDS, "words"),
    ),
    **{name: (Holds.HASH, name) for name in ("sha256", "md5", "phash", "pdq")},
}
_MATTER = r"(?:ai|train|training|tdm|ml|mining)"
_KINDS = (
    (Holds.DATA_MINING, re.compile(r"(?:(?:xmp|plus|iptc|ext|metadata|exif)_)*(?:data_?mining|dmi)(?:_value)?")),
    (
        Holds.OPT_OUT,
        re.compile(
            r"(?:.*_)?opt(?:ed)?_?out(?:_.*)?|(?:.*_)?no_?(?:image_?)?ai(?:_.*)?|dnt"
            rf"|(?:.*_)?(?:do_not|dont|no|not_for|never|excluded?_from|withheld_from)_{_MATTER}(?:_.*)?"
            rf"|(?:.*_)?{_MATTER}_(?:prohibited|forbidden|reserved|excluded|denied)"
        ),
    ),
    (
        Holds.WORDS,
        re.compile(
            rf"(?:.*_)?{_MATTER}_(?:policy|terms|use|usage|rights|restrictions?|notice|statement|licen[sc]e)(?:_.*)?"
        ),
    ),
    (
        Holds.PERMISSION,
        re.compile(
            rf"(?:.*_)?{_MATTER}_(?:allowed|permitted|consent|ok|permission|opt_?in)"
            rf"|(?:.*_)?(?:allows?|can|may|permits?|consent|opt_?in)(?:_to|_for)?_{_MATTER}(?:_.*)?"
            r"|trainable|opt_?in|train_?ai|ai_?train|ai_training"
        ),
    ),
)
"""Names of flags that anybody may invent, by their form."""
_TIMES = (
    "fetched_at", "fetch_time", "fetch_date", "crawled_at", "crawl_time", "crawl_date", "downloaded_at",
    "download_time", "retrieved_at", "http_date", "warc_date", "observed_at",
)  # fmt: skip
_LAYER_OF = {
    Holds.ROBOTS: (Layer.ROBOTS, "robots.txt"),
    Holds.HTML: (Layer.HTML, "page"),
    Holds.AI_TXT: (Layer.WELL_KNOWN, "ai.txt"),
    Holds.TDMREP: (Layer.WELL_KNOWN, "tdmrep.json"),
    Holds.RSL: (Layer.WELL_KNOWN, "rsl"),
}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_GROUP = re.compile(r"^[a-z]\w{0,20}(?:-\w{1,30})?:(?=\w)", re.IGNORECASE)
"""What ExifTool and XMP put before a property: ``XMP-plus:DataMining``, ``plus:DataMining``."""
_VERB = re.compile(r"^(?:is|has|was|image|img|user|artist|creator|owner)_")
_SPLIT = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=4096)
def holds(name: str) -> tuple[Holds, str] | None:
    """What the column of this name holds, and the header or hash that it is; None for a column of another kind."""
    path = name.split(".")
    texts = (path[-1], _GROUP.sub("", path[-1]), " ".join(path[-2:]))
    keys = [_SPLIT.sub("_", _CAMEL.sub("_", text).lower()).strip("_") for text in texts]
    spelled = dict.fromkeys(form for key in keys for form in (key, key.removeprefix("xmp_"), _VERB.sub("", key)))
    known = next((_KNOWN[key] for key in spelled if key in _KNOWN), None)
    by_form = (kind for kind, form in _KINDS if any(form.fullmatch(key) for key in spelled))
    return known or next(((kind, kind.value) for kind in by_form), None)


def header_evidence(columns: Mapping[str, str]) -> list[Evidence]:
    """What a sample's columns say about reservations, with the fetch time that another column (or ``Date``) gives.

    Columns that hold a whole page or site file become evidence of that layer; stored headers become a piece of evidence
    for each header that bears on reservations. What cannot be taken apart is kept as it is, and counts when it is read.
    """
    observed_at = fetch_time(columns)
    found: list[Evidence] = []
    for name in sorted(columns):
        known = holds(name)
        if known is None or not columns[name]:
            continue
        found.extend(_column(name, columns[name], known[0], observed_at))
    return found


def fetch_time(columns: Mapping[str, str]) -> str | None:
    """When the sample was fetched, as a column of the input says."""
    by_name = {_plain(name): value for name, value in sorted(columns.items())}
    return next((by_name[name] for name in _TIMES if by_name.get(name)), None)


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return _SPLIT.sub("_", name.lower()).strip("_")


def _column(name: str, value: str, kind: Holds, observed_at: str | None) -> Iterator[Evidence]:
    if kind is Holds.WORDS:
        worded = Evidence(Layer.COLUMN, name, value, observed_at=observed_at)
        if words.parse(worded):
            yield worded
    elif kind is Holds.ROBOTS and ":" not in value:
        yield Evidence(Layer.COLUMN, "robots_meta", value, observed_at=observed_at)
    elif kind in _LAYER_OF:
        layer, locator = _LAYER_OF[kind]
        yield Evidence(layer, locator, value, observed_at=observed_at)
    elif kind is Holds.HEADERS:
        yield from stored_headers(Evidence(Layer.COLUMN, name, value, observed_at=observed_at))
    else:
        yield Evidence(Layer.COLUMN, name, value, observed_at=observed_at)


class StoredHeadersError(ValueError):
    """A column of stored headers that cannot be taken apart."""


def stored_headers(evidence: Evidence) -> list[Evidence]:
    """A piece of evidence for each header that bears on reservations; the evidence itself if that fails."""
    try:
        return take_apart(evidence)
    except StoredHeadersError:
        return [evidence]


def take_apart(evidence: Evidence) -> list[Evidence]:
    """The headers that bear on reservations in a JSON object, a JSON list of pairs, or raw header lines.

    A JSON object with one text for each header may have had its lines joined by commas: those stay evidence of the
    column, named ``COLUMN:HEADER``. All others are evidence of the header, one for each line.

    Raises:
        StoredHeadersError: for other text.
    """
    text = evidence.value
    if len(text) > MAX_BLOB:
        raise StoredHeadersError(f"{len(text)} characters, at most {MAX_BLOB} are read")
    triples = list(_from_json(text) if text.lstrip()[:1] in {"{", "["} else _from_lines(text))
    dated = evidence.observed_at or next((_iso(value) for name, value, _ in triples if name == "date"), None)
    return [
        Evidence(Layer.COLUMN, f"{evidence.locator}:{name}", value, observed_at=dated)
        if joined
        else Evidence(Layer.HTTP_HEADER, name, value, observed_at=dated)
        for name, value, joined in triples
        if name in HEADERS
    ]


def _from_json(text: str) -> Iterator[tuple[str, str, bool]]:
    """Name, value, and whether lines may have been joined."""
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StoredHeadersError(fields.excerpt(str(error))) from error
    yield from _headers_in(document, _MAX_DEPTH)


def _headers_in(node: Any, depth: int) -> Iterator[tuple[str, str, bool]]:  # noqa: ANN401 - JSON of any shape
    """The headers of an object, of a list of pairs, and of objects that lie around one (``{"response": {…}}``)."""
    if isinstance(node, dict) and {"name", "value"} <= node.keys():
        yield from _lines_of(node["name"], node["value"], joined=False)
    elif isinstance(node, list | tuple) and len(node) == 2 and isinstance(node[0], str):  # noqa: PLR2004 - a pair
        yield from _lines_of(node[0], node[1], joined=False)
    elif isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, dict):
                yield from _deeper(value, depth)
            else:
                yield from _lines_of(name, value, joined=not isinstance(value, list))
    elif isinstance(node, list):
        for part in node:
            if not isinstance(part, dict | list):
                raise StoredHeadersError("neither an object nor a list of pairs")
            yield from _deeper(part, depth)
    else:
        raise StoredHeadersError("neither an object nor a list of pairs")


def _deeper(node: Any, depth: int) -> Iterator[tuple[str, str, bool]]:  # noqa: ANN401 - JSON of any shape
    if depth == 0:
        raise StoredHeadersError(f"more than {_MAX_DEPTH} levels")
    yield from _headers_in(node, depth - 1)


def _lines_of(name: object, value: object, *, joined: bool) -> Iterator[tuple[str, str, bool]]:
    for line in value if isinstance(value, list) else [value]:
        yield str(name).strip().lower(), str(line), joined


def _from_lines(text: str) -> Iterator[tuple[str, str, bool]]:
    """Raw header lines; a status line and a blank line are skipped, a folded line belongs to the one before."""
    lines: list[str] = []
    for line in text.replace("\r", "\n").split("\n"):
        if line[:1] in {" ", "\t"} and lines:
            lines.append(lines.pop() + " " + line.strip())
        elif line.strip() and not line.startswith("HTTP/"):
            lines.append(line)
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise StoredHeadersError(f"a line without a colon: {fields.excerpt(line, 20)}")
        yield name.strip().lower(), value.strip(), False


def _iso(date: str) -> str | None:
    """An HTTP date as ISO 8601 in UTC; None if it is none."""
    try:
        return parsedate_to_datetime(date).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return None
