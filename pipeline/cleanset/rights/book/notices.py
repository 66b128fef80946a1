"""Copyright notices: a claim of all rights in any wording. Recognized loosely, because a prohibition needs no proof."""

from __future__ import annotations

import re

_NOTICE = re.compile(r"(?:\u00a9|\(c\)|copyright(?:ed)?\b|copr\.)", re.IGNORECASE)
_RESERVED = re.compile(
    r"all rights reserved|alle rechte vorbehalten|tous droits r[ée]serv[ée]s|todos los derechos reservados"
    r"|tutti i diritti riservati|todos os direitos reservados|alle rechten voorbehouden|版权所有",
    re.IGNORECASE,
)
# Words that may take the notice back, or that offer something beside it.
_DOUBT = re.compile(
    r"\bcc\b|\bcc[-0]|creative|common|domain|licen[sc]|lizenz|\bgpl|\bgfdl|\bmit\b|\bbsd\b|apache|\bfree|royalt|permi|dedicat"
    r"|\bno\b|\bnot\b|\bnon|\bnone\b|without|unknown|undetermin|expire|waive|public|open\b|unless|except|\?|\bor\b|https?:",
    re.IGNORECASE,
)
_MAX_LENGTH = 1000


def is_notice(text: str) -> bool:
    """Whether the text reserves all rights and says nothing that could soften it."""
    found = len(text) <= _MAX_LENGTH and (_NOTICE.match(text.strip(" \t\r\n\"'")) or _RESERVED.search(text))
    return bool(found) and _DOUBT.search(text) is None
