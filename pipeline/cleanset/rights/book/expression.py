"""SPDX license expressions: parsed by license-expression, multiplied out to an OR of ANDs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import license_expression
from license_expression import ExpressionError, LicenseSymbol, LicenseWithExceptionSymbol, ParseError

from cleanset.rights.book.license import License, unknown_license

Choices = tuple[tuple[License, ...], ...]

_SHAPE = re.compile(r"[A-Za-z0-9.+:()\s-]+", re.ASCII)
_REFERENCE = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")
_MAX_LENGTH = 2000
_MAX_DEPTH = 20
_MAX_CHOICES = 64


@dataclass(frozen=True)
class ExpressionGrammar:
    """Reads SPDX expressions.

    Attributes:
        licenses: what an id means, by id in lower case; ids of the SPDX list that nobody reviewed included.
        replacements: deprecated id to the expression that replaces it.
        exceptions: ids that may follow WITH.
    """

    licenses: Mapping[str, License]
    replacements: Mapping[str, str]
    exceptions: frozenset[str]

    def read(self, text: str) -> tuple[str, Choices] | None:
        """The normal spelling and the choices, or null when the text is no expression of known ids.

        A ``LicenseRef-`` that the book does not hold is allowed; it stands for an unknown license.
        """
        if len(text) > _MAX_LENGTH or not _SHAPE.fullmatch(text) or not _is_well_formed(text):
            return None
        try:
            tree = self._licensing.parse(text)
        except (ExpressionError, ParseError):
            return None
        return self._walk(tree) if tree is not None else None

    def _walk(self, node: object) -> tuple[str, Choices] | None:
        if isinstance(node, LicenseWithExceptionSymbol):
            return self._with(node.license_symbol.key, node.exception_symbol.key)
        if isinstance(node, LicenseSymbol):
            return self._symbol(node.key)
        operator = " OR " if isinstance(node, self._licensing.OR) else " AND "
        parts = [self._walk(part) for part in getattr(node, "args", ())]
        known = [part for part in parts if part is not None]
        if not known or len(known) < len(parts):
            return None
        spelled = operator.join(_grouped(expression, operator) for expression, _ in known)
        branches = [choices for _, choices in known]
        choices = _any_of(branches) if operator == " OR " else _every(branches)
        return (spelled, choices) if 0 < len(choices) <= _MAX_CHOICES else None

    def _symbol(self, key: str) -> tuple[str, Choices] | None:
        if key in self.replacements:
            return self.read(self.replacements[key])
        found = self.licenses.get(key.lower())
        if found is not None:
            return found.spdx, ((found,),)
        if _REFERENCE.fullmatch(key):
            return key, ((unknown_license(key),),)
        return self._or_later(key)

    def _or_later(self, key: str) -> tuple[str, Choices] | None:
        """``X+``: the terms of X, or of a later version; what X permits is certain."""
        base = self._symbol(key[:-1]) if key.endswith("+") else None
        if base is None:
            return None
        later = base[0].removesuffix("-only") + "-or-later"
        if later.lower() in self.licenses:
            return self._symbol(later)
        return (f"{base[0]}+", base[1]) if re.search(r"\d$", base[0]) else None

    def _with(self, key: str, exception: str) -> tuple[str, Choices] | None:
        base = self._symbol(key)
        if base is None or " " in base[0]:
            return None
        spelled = f"{base[0]} WITH {exception}"
        if exception in self.exceptions:
            return spelled, base[1]
        return spelled, ((unknown_license(spelled),),)

    @cached_property
    def _licensing(self) -> license_expression.Licensing:
        names = {license_.spdx for license_ in self.licenses.values()} | set(self.replacements)
        symbols = [LicenseSymbol(name) for name in sorted(names)]
        symbols += [LicenseSymbol(name, is_exception=True) for name in sorted(self.exceptions)]
        return license_expression.Licensing(symbols)


def _any_of(branches: Iterable[Choices]) -> Choices:
    return tuple(dict.fromkeys(choice for branch in branches for choice in branch))


def _every(branches: list[Choices]) -> Choices:
    """The product, without repeats; empty when there would be too many."""
    total = 1
    for branch in branches:
        total *= len(branch)
    if total > _MAX_CHOICES:
        return ()
    joined = (tuple(dict.fromkeys(one for part in parts for one in part)) for parts in product(*branches))
    return tuple(dict.fromkeys(joined))


def _grouped(expression: str, operator: str) -> str:
    return f"({expression})" if operator == " AND " and " OR " in expression else expression


_TOKEN = re.compile(r"[()]|[^\s()]+")


def _is_well_formed(text: str) -> bool:
    """Whether ids, operators and brackets take turns. The parser breaks on some texts where they do not."""
    depth, wants_id, after_with = 0, True, False
    for word in _TOKEN.findall(text.lower()):
        is_operator = word in {"and", "or", "with"}
        if (word == ")" or is_operator) == wants_id or (word == "(" and after_with):
            return False
        depth += (word == "(") - (word == ")")
        wants_id = is_operator or word == "("
        after_with = word == "with"
        if not 0 <= depth <= _MAX_DEPTH:
            return False
    return depth == 0 and not wants_id
