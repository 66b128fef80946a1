"""All signals in a sample's evidence: each piece goes to the parser of its layer and locator."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout import (
    aipref,
    aitxt,
    c2pa,
    columns,
    contentsignal,
    dmi,
    fields,
    html,
    lists,
    robots,
    rsl,
    tdmrep,
    vocabulary,
    words,
    xrobots,
)
from cleanset.rights.optout.columns import Holds
from cleanset.rights.optout.lists import Kind, OptOutLists
from cleanset.rights.optout.signal import Signal, State, Use, bears, combine_states, silent, unreadable
from cleanset.rights.optout.vocabulary import Vocabulary

PARSER = "optout/1"
"""Name and version of the parsers, for claims."""

NO_HASHES: Mapping[Kind, str] = MappingProxyType({})

_DISALLOWED = "disallowed by x-robots-tag"
_NOTHING = frozenset({"", "none", "null", "nan", "n/a", "unknown", "?"})
_NO = frozenset({"0", "0.0", "false", "no", "n", "f", "off"})
_YES = frozenset({"1", "1.0", "true", "yes", "y", "t", "on", "allowed", "allow", "permitted"})
_ABOUT_RIGHTS = re.compile(
    r"(?:terms(?:ofuse)?|rights\w*|instructions|copyright(?:notice|status|flag|text)?|disclaimer|guidelines|warning|permission"
    r"|licen[sc]e\w*|credit\w*|notes?|restrictions?|constraints|webstatement|usage|attribution|comments?|remarks?|messages?|policy|statement|use)$"
)
"""How the names of places end, without punctuation, where rights are spoken of."""
_ADDRESS = re.compile(r"\s*[a-z][a-z0-9+.-]*://\S*\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Context:
    """What a reader needs beside the evidence; ``joined``: header lines may have been joined by commas."""

    url: str | None
    book: Vocabulary
    joined: bool = False


_Reader = Callable[[Evidence, _Context], list[Signal]]


def read_signals(  # noqa: PLR0913  what was seen, where, and what it is compared with
    evidence: Sequence[Evidence],
    *,
    url: str | None,
    lists: OptOutLists | None = None,
    hashes: Mapping[Kind, str] = NO_HASHES,
    pages: Sequence[str] = (),
    book: Vocabulary | None = None,
) -> list[Signal]:
    """Every signal about reservations, in the order of the evidence, those of the user's lists last.

    Args:
        evidence: what was seen of the sample; what bears on no protocol gives no signal.
        url: where the image came from; robots.txt, ai.txt and tdmrep.json are matched against its path.
        lists: the user's opt-out lists.
        hashes: the image's hashes, hex, for the lists; hash columns of the evidence count too.
        pages: other addresses that the image was shown at, for the lists.
        book: the protocols' words; None for those that come with this version.
    """
    context = _Context(url, book or vocabulary.load())
    signals = [signal for piece in evidence for signal in _LAYERS.get(piece.layer, _nothing)(piece, context)]
    return [
        *tdmrep.resolved(signals),
        *(listed(evidence, [url, *pages] if url else pages, lists, hashes) if lists else []),
    ]


def combine(signals: Iterable[Signal], book: Vocabulary | None = None) -> State:
    """What signals say about training a generative model: any reservation wins; else a permission; else unknown."""
    bearing = (book or vocabulary.load()).bearing
    return combine_states(bears(signal, bearing) for signal in signals)


def listed(
    evidence: Iterable[Evidence], urls: Iterable[str], opt_outs: OptOutLists, hashes: Mapping[Kind, str]
) -> list[Signal]:
    """The signals of the lists, by URL, by the given hashes and by those in columns of the data set."""
    found = lists.signals(opt_outs, urls, hashes)
    for piece in evidence:
        known = columns.holds(piece.locator) if piece.layer is Layer.COLUMN else None
        if known and known[0] is Holds.HASH:
            found.extend(lists.signals(opt_outs, (), {Kind(known[1]): piece.value}))
    return found


def _nothing(_piece: Evidence, _context: _Context) -> list[Signal]:
    return []


def _header(piece: Evidence, context: _Context) -> list[Signal]:
    """The signals of a header, by its name."""
    return _HEADERS.get(piece.locator.strip().lower(), _nothing)(piece, context)


def _column(piece: Evidence, context: _Context) -> list[Signal]:
    """The signals of a column of the data set, by its name; ``COLUMN:HEADER`` is one header out of a column."""
    column, _, header = piece.locator.partition(":")
    kind, name = columns.holds(column if header in columns.HEADERS else piece.locator) or (None, "")
    if header in columns.HEADERS or kind is Holds.HEADER:
        return _HEADERS[header if header in columns.HEADERS else name](piece, replace(context, joined=True))
    if kind is None:
        return _remark(piece, context)
    return _COLUMNS.get(kind, _stored_file)(piece, context)


def _stored_file(piece: Evidence, context: _Context) -> list[Signal]:
    """The signals of a column that holds a page or a site's file."""
    of_layer = columns.header_evidence({piece.locator: piece.value})
    return [s for e in of_layer for s in _LAYERS[e.layer](replace(e, observed_at=piece.observed_at), context)]


def _stored_headers(piece: Evidence, context: _Context) -> list[Signal]:
    try:
        headers = columns.take_apart(piece)
    except columns.StoredHeadersError as error:
        return [unreadable("http-headers", piece, str(error))]
    return [signal for e in headers for signal in _LAYERS[e.layer](e, context)]


def _outcome(piece: Evidence, _context: _Context) -> list[Signal]:
    """img2dataset's word that a robots directive kept it from storing the image."""
    if _DISALLOWED not in piece.value.lower():
        return []
    note = f"the downloader says: {fields.excerpt(piece.value)}"
    return [Signal(xrobots.PROTOCOL, "img2dataset", State.RESERVED, Use.AI_TRAINING, None, piece, note)]


def _flag(piece: Evidence, _context: _Context) -> list[Signal]:
    """An opt-out flag of the data set's makers: anything but a no counts; of a permission, anything but a yes."""
    value = piece.value.strip().lower()
    if value in _NOTHING:
        return []
    known = columns.holds(piece.locator)
    is_permission = known is not None and known[0] is Holds.PERMISSION
    if value in (_YES if is_permission else _NO):
        return [silent("registry", piece, "not opted out when the data set was made")]
    note = f"the data set says: {fields.excerpt(piece.locator)} = {fields.excerpt(piece.value)}"
    return [Signal("registry", "", State.RESERVED, Use.AI_TRAINING, None, piece, note)]


def _property(piece: Evidence, context: _Context) -> list[Signal]:
    """The signals of an XMP property, by its usual prefix and its name."""
    return _PROPERTIES.get(_property_name(piece), _remark)(piece, context)


def _property_name(piece: Evidence) -> str:
    return piece.locator.strip().lower().removeprefix("xmp:")


def _sidecar(piece: Evidence, context: _Context) -> list[Signal]:
    """The signals of a file beside the image: an XMP property, or a column of a table."""
    is_property = _property_name(piece) in _PROPERTIES
    return _property(piece, context) if is_property else _column(piece, context)


def _remark(piece: Evidence, _context: _Context) -> list[Signal]:
    """The signals of words in any place, read more closely where rights are spoken of; an address has none."""
    if _ADDRESS.fullmatch(piece.value):
        return []
    name = re.sub(r"[\W_]+", "", piece.locator.casefold())
    return words.parse(piece, loose=_ABOUT_RIGHTS.search(name) is None)


def _site_file(piece: Evidence, context: _Context) -> list[Signal]:
    """The signals of a file that a site keeps at a known place, by the end of its name."""
    name = piece.locator.strip().lower()
    return next((reader for end, reader in _SITE_FILES.items() if name.endswith(end)), _nothing)(piece, context)


def _page(piece: Evidence, context: _Context) -> list[Signal]:
    """The signals of a stored page, or the words of a part of one."""
    return _remark(piece, context) if "#" in piece.locator else html.parse(piece, context.book)


def _rsl(piece: Evidence, context: _Context) -> list[Signal]:
    is_document = piece.value.lstrip().startswith("<")
    return rsl.parse_document(piece, context.book) if is_document else rsl.pointer(piece)


def _rights_expression(piece: Evidence, _context: _Context) -> list[Signal]:
    return [unreadable("rights-expression", piece, "an embedded rights expression, which nobody here reads")]


def _linked_expression(piece: Evidence, _context: _Context) -> list[Signal]:
    return [silent("rights-expression", piece, f"terms at {fields.excerpt(piece.value)}: not stored")]


def _c2pa(piece: Evidence, context: _Context) -> list[Signal]:
    return c2pa.parse(piece, context.book) if c2pa.is_entry(piece.locator) else _remark(piece, context)


_HEADERS: Mapping[str, _Reader] = {
    "x-robots-tag": lambda piece, context: xrobots.parse(piece, context.book, joined=context.joined),
    "tdm-reservation": lambda piece, context: tdmrep.parse(piece, context.book),
    "tdm-policy": lambda piece, _: tdmrep.policy(piece),
    "content-usage": lambda piece, context: aipref.parse(piece, context.book),
    "content-signal": lambda piece, context: contentsignal.parse(piece, context.book),
    "link": lambda piece, _: rsl.link_header(piece),
}
_PROPERTIES: Mapping[str, _Reader] = {
    "plus:datamining": lambda piece, context: dmi.parse(piece, context.book),
    "plus:otherconstraints": lambda piece, _: [*dmi.constraints(piece), *words.parse(piece)],
    **dict.fromkeys(
        ("tdm:reservation", "tdm:tdm-reservation"), lambda piece, context: tdmrep.parse(piece, context.book)
    ),
    **dict.fromkeys(("tdm:policy", "tdm:tdm-policy"), lambda piece, _: tdmrep.policy(piece)),
    "iptc4xmpext:embdencrightsexpr": _rights_expression,
    "iptc4xmpext:encrightsexpr": _rights_expression,
    "iptc4xmpext:linkedrightsexpr": _linked_expression,
    "iptc4xmpext:linkedencrightsexpr": _linked_expression,
}
_SITE_FILES: Mapping[str, _Reader] = {
    "tdmrep.json": lambda piece, context: tdmrep.parse_file(piece, context.book, context.url),
    "ai.txt": lambda piece, context: aitxt.parse(piece, context.book, context.url),
    "robots.txt": lambda piece, context: robots.parse(piece, context.book, context.url),
    "rsl": _rsl,
    "rsl.xml": _rsl,
}
_COLUMNS: Mapping[Holds, _Reader] = {
    Holds.HEADERS: _stored_headers,
    Holds.ROBOTS_META: lambda piece, context: xrobots.parse(piece, context.book),
    Holds.OUTCOME: _outcome,
    Holds.OPT_OUT: _flag,
    Holds.PERMISSION: _flag,
    Holds.DATA_MINING: lambda piece, context: dmi.parse(piece, context.book),
    Holds.WORDS: _remark,
    Holds.HASH: _nothing,
}
_LAYERS: Mapping[Layer, _Reader] = {
    Layer.HTTP_HEADER: _header,
    Layer.COLUMN: _column,
    Layer.SIDECAR: _sidecar,
    Layer.XMP: _property,
    Layer.HTML: _page,
    Layer.ROBOTS: lambda piece, context: robots.parse(piece, context.book, context.url),
    Layer.WELL_KNOWN: _site_file,
    Layer.C2PA: _c2pa,
    Layer.EXIF: _remark,
    Layer.IPTC: _remark,
    Layer.PNG_TEXT: _remark,
    Layer.COMMENT: _remark,
}
