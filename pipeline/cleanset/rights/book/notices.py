"""Copyright notices: a claim of all rights in any wording. Recognized loosely, because a prohibition needs no proof."""

from __future__ import annotations

import re

_NOTICE = re.compile(r"(?:\u00a9|\(c\)|copyright(?:ed)?\b|copr\.)", re.IGNORECASE)
RESERVED = re.compile(
    r"""all\s+rights?\s+(?:are\s+)?reserv\w* | alle\s+rechte\s+vorbehalten | tous\s+(?:les\s+)?droits\s+r[eé]serv[eé]s
      | todos\s+los\s+derechos\s+reservados | todos\s+os\s+direitos\s+reservados | alle\s+rechten\s+voorbehouden
      | tutti\s+i\s+diritti\s+(?:sono\s+)?riservati | wszelkie\s+prawa\s+zastrze[zż]one
      | все\s+права\s+(?:защищены|сохранены) | alle\s+rettighe[dt]er\s+(?:er\s+)?(?:forbehold\w*|reserver\w*)
      | alla\s+rättigheter\s+(?:är\s+)?(?:förbehåll\w*|reserverade) | kaikki\s+oikeudet\s+pidätetään
      | tüm\s+haklar[\u0131i]\s+(?:sakl[\u0131i]d[\u0131i]r|mahfuzdur)
      | všechna\s+práva\s+vyhrazena | minden\s+jog\s+fenntartva
      | toate\s+drepturile\s+rezervate
      | 版权所有 | 版權所有 | 著作權所有 | 保留(?:所有|一切)权利 | 無断転載 | 禁無断転載""",
    re.IGNORECASE | re.VERBOSE,
)
"""Rights reserved, whoever's they are."""
# Words that may take the notice back, or that offer something beside it.
_DOUBT = re.compile(
    r"\bcc\b|\bcc[-0]|creative|common|domain|licen[sc]|lizenz|\bgpl|\bgfdl|\bmit\b|\bbsd\b|apache|\bfree|royalt|permi|dedicat"
    r"|\bno\b|\bnot\b|\bnon|\bnone\b|without|unknown|undetermin|expire|waive|public|open\b|unless|except|\?|\bor\b|https?:",
    re.IGNORECASE,
)
_MAX_LENGTH = 1000


def is_notice(text: str) -> bool:
    """Whether the text reserves all rights and says nothing that could soften it."""
    found = len(text) <= _MAX_LENGTH and (_NOTICE.match(text.strip(" \t\r\n\"'")) or RESERVED.search(text))
    return bool(found) and _DOUBT.search(text) is None
