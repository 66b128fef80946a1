"""License statements in a stored HTML page: ``rel=license`` for the page, schema.org ``ImageObject`` for the picture.

What a page says of itself may be meant for its text, so it counts as the license of a whole page. What structured data
says of an object counts for the picture only where the object's address is the picture's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cleanset.rights.claims.roles import Role, column_role
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout import markup

PAGE = "page"
"""Locator of the evidence that a whole stored page is."""
_MAX_PAGE = 4 * 1024 * 1024
_MAX_DOCUMENT = 256 * 1024
_MAX_NODES = 2000
_MAX_FOUND = 64
_JSON_LD = "application/ld+json"
_RSL = "application/rsl+xml"
_FIELDS = (
    *("license", "copyrightNotice", "creditText", "creator", "digitalSourceType", "usageInfo", "acquireLicensePage"),
    *("copyrightHolder", "conditionsOfAccess"),
)
_NAMES = ("name", "property", "itemprop", "http-equiv")
"""Attributes that say what an element's text is about: of ``meta``, of microdata and of RDFa."""
_OF_RIGHTS = frozenset(
    {Role.LICENSE, Role.PAGE_LICENSE, Role.TERMS, Role.NOTICE, Role.OWNER, Role.WORDS, Role.LICENSOR}
)
"""What a name is about whose element speaks of rights."""
_ADDRESSES = ("contentUrl", "url", "@id")


def page_evidence(page: Evidence, url: str) -> Iterator[Evidence]:
    """Each license statement of a page as evidence of its own, at most ``_MAX_FOUND``.

    Args:
        page: evidence of layer ``html`` that holds the page.
        url: the picture's address; empty if unknown, then no object is the picture's.
    """
    for found, evidence in enumerate(_statements(page, url)):
        if found == _MAX_FOUND:
            return
        yield evidence


def _statements(page: Evidence, url: str) -> Iterator[Evidence]:
    try:
        for tag in markup.tags(page.value[:_MAX_PAGE]):
            kind = tag.attributes.get("type", "").strip().lower()
            if tag.name == "script" and kind == _JSON_LD:
                yield from _objects(tag.text, page, url)
            elif tag.name in {"a", "link"} and kind != _RSL and _is_license(tag):
                yield replace(page, locator=f"{PAGE}#{tag.name} rel=license", value=tag.attributes.get("href", ""))
            elif said := _said(tag):
                yield replace(page, locator=f"{PAGE}#{said}", value=_value(tag))
    except markup.UnterminatedError:
        return  # what came before the cut was read


def _said(tag: markup.Tag) -> str:
    """Where an element speaks of rights, by the names that its attributes give; empty where it does not."""
    names = " ".join(tag.attributes.get(kind, "") for kind in _NAMES).split()
    roles = {column_role(name) for name in names} & _OF_RIGHTS
    if not roles:
        return ""
    if roles <= {Role.OWNER}:
        return "meta rightsholder"
    return "meta copyright" if roles <= {Role.NOTICE, Role.OWNER} else "meta page-rights"


def _value(tag: markup.Tag) -> str:
    """What an element says: its content or target, else the text that follows it."""
    stated = next((tag.attributes[name] for name in ("content", "href", "src") if tag.attributes.get(name)), None)
    return tag.following if stated is None else stated


def _is_license(tag: markup.Tag) -> bool:
    return "license" in tag.attributes.get("rel", "").lower().split()


def _objects(text: str, page: Evidence, url: str) -> Iterator[Evidence]:
    """What the structured data of one script says of the picture."""
    document = re.sub(r"</script$", "", text, flags=re.IGNORECASE)
    if len(document) > _MAX_DOCUMENT:
        return
    try:
        root = json.loads(document)
    except (ValueError, RecursionError):
        return
    for node in _nodes(root):
        if "ImageObject" in _texts(node.get("@type")) and _is_address(node, url):
            for name in _FIELDS:
                for value in _texts(node.get(name)):
                    yield replace(page, layer=Layer.HTML, locator=f"{PAGE}#ImageObject {name}", value=value)


def _nodes(root: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON of any shape
    """The objects of a document, the outer before the inner, at most ``_MAX_NODES`` values."""
    waiting = [root]
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _texts(value: object) -> list[str]:
    """The texts of a value: itself, those of a list, or the address or name of an object."""
    values = value if isinstance(value, list) else [value]
    named = [v.get("url") or v.get("@id") or v.get("name") if isinstance(v, dict) else v for v in values]
    return [text for text in named if isinstance(text, str)]


def _is_address(node: dict[str, Any], url: str) -> bool:
    return bool(url) and any(_bare(text) == _bare(url) for name in _ADDRESSES for text in _texts(node.get(name)))


def _bare(address: str) -> str:
    """An address without scheme and fragment."""
    return re.sub(r"^(?:https?:)?//", "", address.strip().partition("#")[0])
