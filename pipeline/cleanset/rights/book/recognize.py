"""The rules that recognize a license in a text, from the most to the least exact. The first that applies decides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from cleanset.rights.book import dep5, notices, prose
from cleanset.rights.book.addresses import looks_like_address, split_address
from cleanset.rights.book.creativecommons import Tool, mend, read_tool
from cleanset.rights.book.expression import ExpressionGrammar
from cleanset.rights.book.license import Answer, License, LicenseClass
from cleanset.rights.book.names import read_name
from cleanset.rights.book.spelling import Lexer, fold, title_key
from cleanset.rights.book.tables import Tables

NOTHING = ""
"""The expression of a text that is known to say nothing of a license."""

ALL_RIGHTS_RESERVED = "LicenseRef-All-Rights-Reserved"

_TEMPLATE = re.compile(r"\{\{\s*([^{}|]+(?:\|[^{}|]+)*)\s*\}\}")
_SPDX_PAGE = re.compile(r"(?:spdx\.org/licenses|opensource\.org/licenses?)/([a-z0-9.+-]+)")
_OF_CHOICES = frozenset({"commons"})
"""Vocabularies in which a list of versions is a choice: on Wikimedia Commons the user may choose one of the licenses
that are given (Commons:Multi-licensing)."""
_SCHEME_NAMES = {"debian": "dep5", "hf": "huggingface", "gbif-media": "gbif"}

_LEFT_OUT = re.compile(
    r"\.\s?\.|\u2026|[\u2020\u2021\u00a7\u00b6\u00b9\u00b2\u00b3\u2070-\u2079]|\w\s?\*(?!\w)|[(\[]\s*(?:\d|\W+)\s*(?:[)\]]|$)"
)
"""Marks of a footnote, and of words that were left out: what they stand for may limit the license."""
_LABELLED = re.compile(r"\s*([^:\uff1a]{1,40}?)\s*[:\uff1a]\s*(?=\S)")
_WRAPPED = re.compile(r"^(?:creative\s?commons|cc)\W+|\W+(?:public\s)?licen[cs]e\W*$", re.IGNORECASE)
"""Words around the title of a license."""
_OR_LATER = re.compile(r",?\s+or\s+(?:\(at your option\)\s+)?(?:any\s+)?later(?:\s+version)?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """An SPDX expression, or ``NOTHING``, and the rule that found it."""

    expression: str
    rule: str


@dataclass(frozen=True)
class Recognizer:
    """All rules over one set of tables."""

    tables: Tables

    def recognize(self, text: str, scheme: str | None) -> Found:
        """What the text stands for. A text that no rule accounts for whole is ``NOTHING``."""
        vocabulary = vocabulary_of(scheme)
        if _LEFT_OUT.search(text) and not looks_like_address(text):
            return Found(NOTHING, "words-left-out")
        for rule, expression in self._attempts(mend(text), vocabulary):
            if expression is not None:
                return Found(expression, f"{rule}:{scheme}" if rule == "alias" and vocabulary else rule)
        labelled = _LABELLED.match(text)
        if labelled is not None and fold(labelled[1]) in self._labels:
            return self.recognize(text[labelled.end() :], scheme)
        return Found(NOTHING, "not-recognized")

    def _attempts(self, text: str, vocabulary: str) -> Iterator[tuple[str, str | None]]:
        """Every rule in its order, evaluated one after the other as they are asked for."""
        yield "alias", self._scheme_alias(text, vocabulary) if vocabulary else None
        if looks_like_address(text) and not re.search(r"\s", text.strip()):
            yield self._address_rule(text), self._address(text) or (None if "<" in text else NOTHING)
        yield "spdx-expression", self._spdx(text)
        if vocabulary == "dep5":
            yield "dep5", dep5.gnu_name(text, lowest=True)
        yield "name", self._aliases.get(("", fold(text)))
        yield "cc-name", self._cc_name(text, lowest=vocabulary == "dep5", is_choice=vocabulary in _OF_CHOICES)
        yield "cc-title", self._cc_title(text)
        yield "name", self._name(text, vocabulary)
        yield "dep5" if vocabulary == "dep5" else "expression", self._joined(text, vocabulary)
        yield "template", self._template(text)
        yield "statement", self._statement(text)
        yield "copyright-notice", ALL_RIGHTS_RESERVED if notices.is_notice(text) else None

    # One license at a time.

    def _scheme_alias(self, text: str, vocabulary: str) -> str | None:
        address = split_address(text)
        keys = [fold(text), *([fold(address.key)] if address else [])]
        if keys[0].isdigit() and keys[0] != text.strip():
            return None  # a code is a code: -1 is not 1
        return next((self._aliases[vocabulary, key] for key in keys if (vocabulary, key) in self._aliases), None)

    def _address_rule(self, text: str) -> str:
        address = split_address(text)
        return "cc-url" if address is not None and read_tool(address) is not None else "url"

    def _address(self, text: str) -> str | None:
        address = split_address(text)
        if address is None:
            return None
        tool = read_tool(address)
        if tool is not None:
            return self._tool(tool)
        key = address.key
        page = _SPDX_PAGE.fullmatch(key)
        listed = self._spdx(page[1]) if page is not None else None
        return listed or self._urls.get(_rightsstatements(key))

    def _tool(self, tool: Tool) -> str | None:
        """The SPDX id of a tool that exists. No port stands for the unported license, no version for another."""
        entry = self.tables.tools.get(tool)
        if entry is None and tool.unit == "by-nc-nd" and tool.version == "1.0":
            entry = self.tables.tools.get(tool._replace(unit="by-nd-nc"))
        if entry is None and tool.unit == "by-nd-nc" and tool.version is None:
            entry = self.tables.tools.get(tool._replace(unit="by-nc-nd"))
        return entry.spdx if entry else None

    def _cc_name(self, text: str, *, lowest: bool, is_choice: bool = False) -> str | None:
        named = read_name(text, self._lexer)
        if named is None:
            return None
        stated = [tool._replace(version="1.0") if lowest and tool.version is None else tool for tool in named.tools]
        spelled = [self._tool(tool) for tool in stated]
        known = [expression for expression in spelled if expression is not None]
        if len(known) < len(spelled):
            return NOTHING
        return f"{known[0]}+" if named.or_later else (" OR " if is_choice else " AND ").join(known)

    def _cc_title(self, text: str) -> str | None:
        """The tool whose official title the text is, in any language, also behind the words Creative Commons."""
        tool = self._cc_titles.get(title_key(text)) or self._cc_titles.get(title_key(_WRAPPED.sub("", text)))
        return self._tool(tool) if tool else None

    def _name(self, text: str, vocabulary: str) -> str | None:
        lowest = vocabulary == "dep5"
        named = self._titles.get(fold(text)) or dep5.gnu_name(text, lowest=lowest)
        if named is None and lowest:
            named = self._versioned(text.strip())
        return named

    def _versioned(self, name: str) -> str | None:
        """A short name whose ``.0`` or whole version was left out, as copyright-format allows."""
        plain, later = name.removesuffix("+"), "+" if name.endswith("+") else ""
        spelled = f"{plain}.0".lower() if re.search(r"-\d$", plain) else dep5.LOWEST.get(plain.lower(), "")
        entry = self.grammar.licenses.get(spelled)
        return f"{entry.spdx}{later}" if entry else None

    def _spdx(self, text: str) -> str | None:
        parsed = self.grammar.read(text)
        return parsed[0] if parsed else None

    # Several licenses, or one in a wrapping.

    def _joined(self, text: str, vocabulary: str) -> str | None:
        """Names joined by and, or, commas. Only a Debian field may hold names that nobody knows."""
        strict = vocabulary != "dep5"
        words = _OR_LATER.sub("+", text)
        if strict and not re.search(r"\band\b|\bor\b|,", text, re.IGNORECASE):
            return None
        expression = dep5.to_spdx(words, lambda name: self._operand(name, vocabulary))
        return self._spdx(expression) if expression else None

    def _operand(self, name: str, vocabulary: str) -> str | None:
        base, _, exception = re.sub(r"\s+with\s+", "\x00", name, flags=re.IGNORECASE).partition("\x00")
        known = self._one(base, vocabulary)
        if vocabulary != "dep5":
            usable = known and not exception and self._grants_something(known)
            return known if usable else None
        if exception:
            return dep5.reference(name)
        return known or (dep5.reference(name) if " " not in name else None)

    def _one(self, name: str, vocabulary: str) -> str | None:
        """One name without operators, by the same rules as a whole text; null for ``NOTHING``."""
        scheme_alias = self._aliases.get((vocabulary, fold(name)))
        rules = (
            scheme_alias,
            self._spdx(name),
            dep5.gnu_name(name, lowest=True) if vocabulary == "dep5" else None,
            self._aliases.get(("", fold(name))),
            self._cc_name(name, lowest=vocabulary == "dep5", is_choice=vocabulary in _OF_CHOICES),
            self._cc_title(name),
            self._name(name, vocabulary),
        )
        return next((found for found in rules if found is not None), None) or None

    def _grants_something(self, expression: str) -> bool:
        """False for a claim of all rights: "CC BY or all rights reserved" offers no choice."""
        parsed = self.grammar.read(expression)
        forbidden = {LicenseClass.ALL_RIGHTS_RESERVED, LicenseClass.UNKNOWN}
        return parsed is not None and all(one.license_class not in forbidden for choice in parsed[1] for one in choice)

    def _template(self, text: str) -> str | None:
        """A Wikimedia Commons template; ``self`` and ``multi`` hold several, and the user may choose."""
        match = _TEMPLATE.fullmatch(text.strip())
        if match is None:
            return None
        parts = [part.strip() for part in match[1].split("|")]
        if parts[0].lower() in {"self", "self2", "multi-license", "multilicense"}:
            parts = parts[1:]
        elif len(parts) > 1:
            return None
        named = [self._one(part, "commons") for part in parts]
        return " OR ".join(f"({each})" for each in named if each) if named and all(named) else None

    def _statement(self, text: str) -> str | None:
        """Addresses and names that all say the same, though some may leave out the version."""
        parts = prose.take_apart(text)
        if parts is None or not (parts.addresses or parts.names) or parts.names == (text.strip(),):
            return None
        found = [self._address(address) for address in parts.addresses]
        found += [self._one(name, "") for name in parts.names]
        distinct = {each for each in found if each is not None}
        if None in found or not distinct:
            return None
        exact = {each for each in distinct if not self._is_family_of(each, distinct)}
        return exact.pop() if len(exact) == 1 else None

    def _is_family_of(self, family: str, others: set[str]) -> bool:
        """Whether the expression leaves out the version of a license that another one gives in full."""
        unit = self._units.get(family)
        licenses = self.grammar.licenses
        if unit is None or not licenses[family.lower()].version_missing:
            return False
        return any(other != family and self._units.get(other) == unit for other in others)

    # Indexes over the tables.

    @cached_property
    def grammar(self) -> ExpressionGrammar:
        """The grammar of expressions over every id: reviewed entries, and the rest of the SPDX list unreviewed."""
        listed = {spdx.id: spdx for spdx in self.tables.spdx if spdx.kind == "license" and not spdx.replaced_by}
        licenses = {spdx.lower(): _unreviewed(spdx, entry.name) for spdx, entry in listed.items()}
        licenses.update((entry.spdx.lower(), entry) for entry in self.tables.licenses)
        return ExpressionGrammar(
            licenses=licenses,
            replacements={spdx.id: spdx.replaced_by for spdx in self.tables.spdx if spdx.replaced_by},
            exceptions=frozenset(spdx.id for spdx in self.tables.spdx if spdx.kind == "exception"),
        )

    @cached_property
    def _lexer(self) -> Lexer:
        places = frozenset(tool.jurisdiction for tool in self.tables.tools if tool.jurisdiction)
        return Lexer(self.tables.words, self.tables.places, places)

    @cached_property
    def _cc_titles(self) -> dict[str, Tool]:
        return {title_key(title): tool for title, tool in self.tables.titles}

    @cached_property
    def _labels(self) -> frozenset[str]:
        return frozenset(fold(text) for kind, text in self.tables.wordings if kind == "license-label")

    @cached_property
    def _aliases(self) -> dict[tuple[str, str], str]:
        return {(alias.scheme, fold(alias.text)): alias.expression for alias in self.tables.aliases}

    @cached_property
    def _titles(self) -> dict[str, str]:
        """Full names and ids, folded. A reviewed entry wins over the SPDX list."""
        titles = {
            fold(spdx.name): spdx.id for spdx in self.tables.spdx if spdx.kind == "license" and not spdx.deprecated
        }
        titles.update((fold(entry.name), entry.spdx) for entry in self.tables.licenses)
        titles.update((fold(entry.spdx), entry.spdx) for entry in self.tables.licenses)
        return titles

    @cached_property
    def _urls(self) -> dict[str, str]:
        by_id = {entry.id: entry.spdx for entry in self.tables.licenses}
        keys = ((split_address(url), identifier) for url, identifier in self.tables.urls)
        return {address.key: by_id[identifier] for address, identifier in keys if address is not None}

    @cached_property
    def _units(self) -> dict[str, str]:
        return {entry.spdx: tool.unit for tool, entry in self.tables.tools.items()}


def vocabulary_of(scheme: str | None) -> str:
    """The vocabulary that a field belongs to: the part before the dot (``flickr.license_id``), in lower case."""
    head = (scheme or "").split(".")[0].strip().lower()
    return _SCHEME_NAMES.get(head, head)


def _rightsstatements(key: str) -> str:
    """Pages and data of a statement stand for the statement."""
    return re.sub(r"^rightsstatements\.org/(?:page|data)/", "rightsstatements.org/vocab/", key)


def _unreviewed(spdx: str, name: str) -> License:
    return License(
        id=spdx.lower(),
        spdx=spdx,
        name=name,
        version=None,
        jurisdiction=None,
        commercial=Answer.UNKNOWN,
        derivatives=Answer.UNKNOWN,
        attribution=True,
        share_alike=False,
        license_class=LicenseClass.OTHER,
        needs_basis=False,
        grants_in=(),
        training_clause="",
        image_license=True,
        retired_on=None,
        url=f"https://spdx.org/licenses/{spdx}.html",
        source="SPDX License List 3.29.0",
        notes="nobody has reviewed what this license means for a picture: no grant",
    )
