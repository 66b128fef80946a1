"""Where a picture was shown or comes from: the addresses beside its own that its record names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cleanset.rights.claims.roles import Role, role_of
from cleanset.rights.evidence import Evidence

_MAX_TEXT = 8192
_ADDRESS = re.compile(
    r"(?:https?:)?//[^\s\"'<>|]{1,2048}|(?<![\w@.-])(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}(?:/[^\s\"'<>|]*)?", re.IGNORECASE
)


def pages_of(evidence: Iterable[Evidence]) -> tuple[str, ...]:
    """Every address in the places that tell of a source, in order, each once."""
    texts = (one.value[:_MAX_TEXT] for one in evidence if role_of(one) is Role.SOURCE)
    return tuple(dict.fromkeys(match[0].rstrip(".,;)") for text in texts for match in _ADDRESS.finditer(text)))
