"""XMP (ISO 16684-1): properties by namespace URI, in every form that RDF/XML allows for them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from lxml import etree

from cleanset.rights.embedded.packet import MAX_ATTRIBUTES, MAX_TEXT, MAX_XMP, PARSE_ERROR, parse_error
from cleanset.rights.embedded.text import Keep, clean, is_evidence
from cleanset.rights.evidence import Evidence, Layer

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_LI, _RESOURCE, _VALUE = _RDF + "li", _RDF + "resource", _RDF + "value"
_ANY = frozenset[str]()

_CC = frozenset({"license", "attributionName", "attributionURL", "morePermissions", "useGuidelines", "legalcode"})
_TDM = frozenset({"reservation", "policy", "tdm-reservation", "tdm-policy"})
_DST = ("DigitalSourceType", "DigitalSourceFileType")
_AI = ("AISystemUsed", "AISystemVersionUsed", "AIPromptInformation", "AIPromptWriterName")
_ARTWORK = ("AOCopyrightNotice", "AOCreator", "AOCurrentCopyrightOwnerName", "AOSource")
_EXPRESSION = ("EncRightsExpr", "RightsExprEncType", "RightsExprLangId", "LinkedRightsExpr")
_CONTAINERS = ("EmbdEncRightsExpr", "LinkedEncRightsExpr", "ArtworkOrObject")

FIELDS: dict[str, tuple[str, frozenset[str]]] = {
    "http://purl.org/dc/elements/1.1/": (
        "dc",
        frozenset({"rights", "creator", "title", "source", "publisher", "contributor", "description"}),
    ),
    "http://purl.org/dc/terms/": (
        "dcterms",
        frozenset({"license", "rights", "rightsHolder", "accessRights", "creator", "provenance"}),
    ),
    "http://ns.adobe.com/xap/1.0/rights/": (
        "xmpRights",
        frozenset({"Marked", "WebStatement", "UsageTerms", "Owner", "Certificate", "Copyright"}),
    ),
    "http://creativecommons.org/ns#": ("cc", _CC),
    "http://web.resource.org/cc/": ("cc", _CC),
    "http://ns.adobe.com/photoshop/1.0/": (
        "photoshop",
        frozenset({"Credit", "Source", "AuthorsPosition", "Instructions"}),
    ),
    "http://ns.useplus.org/ldf/xmp/1.0/": ("plus", _ANY),
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": (
        "Iptc4xmpExt",
        frozenset({*_DST, *_AI, *_ARTWORK, *_EXPRESSION, *_CONTAINERS}),
    ),
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": (
        "Iptc4xmpCore",
        frozenset({"CreatorContactInfo", "CiUrlWork", "CiEmailWork", "CopyrightNotice", "RightsUsageTerms"}),
    ),
    "http://www.w3.org/ns/tdmrep/": ("tdm", _TDM),
    "http://www.w3.org/ns/tdmrep#": ("tdm", _TDM),
    "http://ns.adobe.com/tiff/1.0/": ("tiff", frozenset({"Copyright", "Artist", "ImageDescription", "Software"})),
    "http://ns.adobe.com/exif/1.0/": ("exif", frozenset({"UserComment"})),
    "http://ns.adobe.com/xap/1.0/": ("xmp", frozenset({"CreatorTool"})),
    "http://ns.adobe.com/xmp/1.0/DynamicMedia/": ("xmpDM", frozenset({"copyright"})),
}
"""Namespace URI -> (canonical prefix, properties that are read); no properties named means all of them."""
_PREFIXES = {prefix: uri for uri, (prefix, _) in reversed(FIELDS.items())}
_NOT_THE_PICTURE = ("}License", "}Agent")
"""Nodes of ccREL that describe a license or a person beside the picture."""
_STRUCTURED = frozenset({"plus", "Iptc4xmpExt", "Iptc4xmpCore"})
"""Prefixes whose properties may be structures, with fields of the same namespaces inside."""
_KEEP = {
    "dc:description": Keep.IF_TELLING,
    "tiff:ImageDescription": Keep.IF_TELLING,
    "exif:UserComment": Keep.IF_TELLING,
    "tiff:Software": Keep.IF_GENERATOR,
    "xmp:CreatorTool": Keep.IF_GENERATOR,
}

_MAX_CHECKED = 64 << 10
"""Bytes of a packet without a field of ours that are parsed; of a longer one only its end is looked at."""
_IS_CLOSED = re.compile(rb"</(?:[\w.-]+:)?(?:RDF|xmpmeta|xapmeta)\s*>[^<>]{0,64}(?:<\?xpacket[^<>]{0,64}\?>\s*)?\Z")
_MAX_MARKS = 1 << 20
"""Brackets and colons of a packet over the cap: each may begin a name, and is looked at; real ones have a tenth."""
_TAIL = 256
"""Bytes at the end of a packet over the cap in which it is closed."""
_CODECS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_PLUS = frozenset({"DataMining", "OtherConstraints", "Licensor", "CopyrightOwner", "ImageCreator", "ImageSupplier"})
_NAMES = _PLUS.union(*(names for _, names in FIELDS.values()))
_SPELLINGS = {prefix: {name.casefold(): name for name in names or _PLUS} for prefix, names in FIELDS.values()}
"""Prefix -> name in lower case -> name: a picture agency's ``dc:Rights`` is dc:rights."""
_CONDITIONAL = frozenset(locator.partition(":")[2] for locator in _KEEP)


def _naming(names: frozenset[str]) -> tuple[re.Pattern[bytes], ...]:
    """Patterns that find a name, in lower case, where XML allows one, behind a bracket or a prefix.

    Names, unlike values, cannot be written with character references. There are two patterns because the search is
    fast where a pattern has a fixed first byte.
    """
    any_name = b"|".join(sorted(name.casefold().encode() for name in names))
    return tuple(re.compile(b"%b(?:%b)[\\s=/>]" % (mark, any_name)) for mark in (b"<", b":"))


_NAMES_A_FIELD = _naming(_NAMES)
_NAMES_A_RIGHT = _naming(_NAMES - _CONDITIONAL)


def read_xmp(packet: bytes, layer: Layer = Layer.XMP) -> Iterator[Evidence]:
    """The evidence in one packet; of one that is not well-formed, what comes before the damage, and a parse error.

    A document type declaration is refused: nothing in XMP needs one, and entities can be defined in it. A packet that
    names none of our fields is not parsed; one over the cap is an error only if it names a field about rights, since
    megabytes of editing history (photoshop:DocumentAncestors) are common.
    """
    document = b"" if _is_crowded(packet) else _to_utf8(packet)
    if refused := _refused(packet, document):
        yield parse_error(layer, f"XMP: {refused}")
        return
    folded = document.lower()
    if len(document) > MAX_XMP:
        if _may_name_a_right(document, folded):
            yield parse_error(layer, f"XMP: {len(document)} bytes, the cap is {MAX_XMP}")
        return
    if b"useplus" not in folded and not any(pattern.search(folded) for pattern in _NAMES_A_FIELD):
        if damage := _damage(document):
            yield parse_error(layer, f"XMP: {damage}")
        return
    root, damage = _parse(document)
    if damage:
        yield parse_error(layer, f"XMP: {damage}")
    if root is not None:
        for locator, value in _properties(root):
            if is_evidence(text := clean(value[:MAX_TEXT]), _KEEP.get(locator, Keep.ALWAYS)):
                yield Evidence(layer, locator, text)


def _refused(packet: bytes, document: bytes) -> str:
    """Why a packet is not looked at; empty if it is."""
    if _is_crowded(packet):
        return f"{len(packet)} bytes, more than {_MAX_MARKS} brackets and colons"
    declares = b"<!DOCTYPE" in document or b"<!ENTITY" in document
    return "document type declaration refused" if declares else ""


def _is_crowded(packet: bytes) -> bool:
    return len(packet) > MAX_XMP and packet.count(b"<") + packet.count(b":") > _MAX_MARKS


def _may_name_a_right(document: bytes, folded: bytes) -> bool:
    """Whether a packet over the cap names a field about rights, or may have lost one because it is not whole."""
    return any(pattern.search(folded) for pattern in _NAMES_A_RIGHT) or not _IS_CLOSED.search(document[-_TAIL:])


def _damage(document: bytes) -> str:
    """What is wrong with a packet that names no field of ours, so that one may be lost; empty if it is whole.

    A packet that is not whole may have been cut inside a name, or have lost it to garbage.
    """
    if not document:
        return "empty"
    if not document.strip(b" \t\r\n\0"):
        return ""
    if len(document) > _MAX_CHECKED:
        return "" if _IS_CLOSED.search(document) else "cut, or no XMP"
    return _parse(document)[1]


def _to_utf8(packet: bytes) -> bytes:
    """The packet as UTF-8 from its first tag to its last, without the padding around them."""
    codec = next((codec for mark, codec in _CODECS if packet.startswith(mark)), "utf-8")
    if codec != "utf-8":
        packet = packet.decode(codec, "replace").encode()
    document = packet[max(packet.find(b"<"), 0) : packet.rfind(b">") + 1] or packet
    try:
        document.decode()
    except UnicodeDecodeError:
        return document.decode("utf-8", "replace").encode()
    return document


def _parse(document: bytes) -> tuple[etree._Element | None, str]:
    """The root as far as the document is well-formed, and what was wrong with it; the network is never touched."""
    parser = etree.XMLParser(
        encoding="utf-8",
        huge_tree=False,
        load_dtd=False,
        no_network=True,
        recover=True,
        remove_comments=True,
        remove_pis=True,
        resolve_entities=False,
    )
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:  # not even a root
        return None, str(error.msg)
    errors = [entry.message for entry in parser.error_log if entry.level >= etree.ErrorLevels.ERROR]
    return root, errors[0] if errors else "" if root is not None else "no element"


def _properties(root: etree._Element) -> Iterator[tuple[str, str]]:
    """(locator, text) of the properties of the picture, in document order.

    Only the nodes directly in rdf:RDF describe the picture. What lies deeper describes others: the ingredients of
    xmpMM:Pantry carry rights of their own.
    """
    for node in _nodes(root):
        yield from _attributes(node)
        for child in node:
            if locator := _locator(child.tag):
                yield from _read_property(child, locator)


def _nodes(root: etree._Element) -> Iterator[etree._Element]:
    """The nodes that describe the picture: children of each outermost rdf:RDF; without one, of the root."""
    if root.tag == _RDF + "Description":
        yield root
        return
    containers = [root] if root.tag == _RDF + "RDF" else root.findall(_RDF + "RDF") or [root]
    for container in containers:
        for node in container:
            if not str(node.tag).endswith(_NOT_THE_PICTURE):
                yield node


def _locator(tag: object) -> str | None:
    """``prefix:property`` with the canonical prefix; None for a property that is not read."""
    if not isinstance(tag, str):
        return None  # an entity or another node that is no element
    if tag[:1] == "{":
        uri, _, name = tag[1:].partition("}")
    else:  # the prefix was never declared; the document has its parse error already
        prefix, _, name = tag.partition(":")
        uri = _PREFIXES.get(prefix, "")
    if uri not in FIELDS:
        return None
    prefix, names = FIELDS[uri]
    canonical = _SPELLINGS[prefix].get(name.casefold(), "" if names else name)
    return f"{prefix}:{canonical}" if canonical else None


def _read_property(element: etree._Element, locator: str) -> Iterator[tuple[str, str]]:
    """The values of one property, or, of a structure, those of its fields, each under its own name."""
    if locator.partition(":")[0] in _STRUCTURED:
        yield from _read_structure(element)
    else:
        for text in _values(element):
            yield locator, text


def _read_structure(element: etree._Element) -> Iterator[tuple[str, str]]:
    """The leaves below ``element``, itself included; members of arrays go by the name of the field that holds them."""
    field: str | None = None
    for part in element.iter():
        if not str(part.tag).startswith(_RDF):
            field = _locator(part.tag)
        yield from _attributes(part)
        if field and (resource := part.get(_RESOURCE)):
            yield field, resource
        elif field and not len(part):
            yield field, part.text or ""


def _attributes(element: etree._Element) -> Iterator[tuple[str, str]]:
    """The properties written as attributes; a parse error instead where there are too many."""
    if len(element.attrib) > MAX_ATTRIBUTES:
        yield PARSE_ERROR, f"XMP: an element of more than {MAX_ATTRIBUTES} attributes"
        return
    for name, text in element.attrib.items():
        if locator := _locator(str(name)):
            yield locator, str(text)


def _values(element: etree._Element) -> Iterator[str]:
    """The texts of a property that is no structure: plain, rdf:resource, rdf:value, or members of an array."""
    if resource := element.get(_RESOURCE):
        yield resource
    elif not len(element):
        yield element.text or ""
    else:
        members = [e for e in element.iter(_LI, _VALUE) if not len(e)]
        for member in members:
            yield member.get(_RESOURCE) or member.text or ""
        if not members:
            yield "".join(map(str, element.itertext()))
