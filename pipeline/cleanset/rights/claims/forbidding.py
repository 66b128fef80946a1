"""Phrases that forbid, in the languages of the web. A prohibition needs no proof: a phrase is enough.

Each phrase is looked for only in texts that hold one of its stems, which is ten times as fast as the phrase itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cleanset.rights.claims.claim import Restriction

MAX_TEXT = 8192
"""Characters of a text that are read."""


class Phrase(NamedTuple):
    """What is forbidden, stems of which each text that forbids it holds one, and how it is said; in folded case."""

    forbids: Restriction
    stems: tuple[str, ...]
    pattern: re.Pattern[str]

    def is_in(self, folded: str) -> bool:
        """Whether a text in folded case says it."""
        return any(stem in folded for stem in self.stems) and self.pattern.search(folded) is not None


_PHRASES = (
    Phrase(
        Restriction.EDITORIAL,
        ("ditorial", "redaktionell"),
        re.compile(r"editorial\s+use\s+only|nur\s+redaktionell|usage\s+[eé]ditorial"),
    ),
    Phrase(
        Restriction.NON_COMMERCIAL,
        (
            *("person", "persön", "persoen", "priv", "education", "research", "academic", "wissenschaft"),
            *("commerc", "comercia", "kommerziell", "gewerblich", "lucr", "коммерч", "商", "상업"),
        ),
        re.compile(
            r"""(?:personal|private|educational|research|academic|non-?\s?commercial)\s+(?:and\s+\w+\s+)?
                (?:use|purposes?)\s+only
              | (?:no|not\s+for|without)\s+commercial\s+(?:use|purposes?|reproduction)
              | for\s+(?:personal|private|educational|research|academic|non-?\s?commercial)\s+(?:use|purposes?)
              | (?<!and\s)(?<!or\s)(?<!both\s)non-?\s?commercial\s+(?:use|purposes?)
              | (?:nur|ausschliesslich)\s+(?:zur?|zum|f[üu]e?r)\s+(?:\w+\s+)?
                (?:privat|pers[öo]e?nlich|nicht-?\s?kommerziell|wissenschaftlich)
              | (?<!und\s)nicht-?\s?kommerziell\w{0,2}\s+(?:nutzung|verwendung|gebrauch|zweck\w*)
              | \bkein\w{0,2}\s+(?:kommerziell|gewerblich)
              | (?<!et\s)(?:usage|utilisation|fin|but)s?\s+(?:strictement\s+)?(?:non[-\s]commercial|priv[ée]|personnel)
              | (?:usos?|fin(?:es|s)?)\s+(?:estrictamente\s+)?(?:no|n[ãa]o)[-\s](?:comercia|lucrativ)
              | (?:sin|sem)\s+(?:fines?|fins)\s+(?:comercia|lucrativ|de\s+lucro)
              | (?:uso|scop[io]|fini)\s+(?:non\s+commercial|personal|privat) | senza\s+scop[oi]\s+di\s+lucro
              | niet[-\s]commercie+l\w*\s+(?:gebruik|doeleinden)
              | non-?\s?commercial\s+only
              | (?:usos?|utilizaci[oó]n|utiliza[cç][aã]o|utilisation|usage|exploitation)\s+com+ercial\w*\s+(?:\w+\s+)?
                (?:prohib|proib|viet|interdit)
              | prohibid[oa]\s+(?:el\s+|su\s+)?uso\s+comercial
              | (?<!и\s)некоммерческ\w+\s+(?:использован|цел) | коммерческ\w+\s+использован\w+\s+запрещ
              | 禁止商(?:用|业|業) | 非商(?:用|业|業) | 不得用[于於]商 | 商用(?:利用)?(?:禁止|不可)
              | 상업적\s*(?:이용|사용)\s*(?:금지|불가)""",
            re.VERBOSE,
        ),
    ),
    Phrase(
        Restriction.PERMISSION,
        (
            *(
                "permission",
                "consent",
                "licence",
                "license",
                "not",
                "unauthori",
                "rights",
                "sale",
                "archiv",
                "internet",
            ),
            *("online", "mag", "tv", "verboten", "untersagt", "genehmigung", "erlaubnis", "zustimmung", "interdite"),
            *("prohibida", "vietata", "proibida"),
        ),
        re.compile(
            r"""(?:permission|licen[cs]e|consent)\s+(?:is\s+|must\s+be\s+)?(?:required|needed|obtained)
              | without\s+(?:the\s+)?(?:prior\s+|express(?:ed)?\s+|written\s+|explicit\s+){0,3}(?:permission|consent)
              | (?:may|must|can)\s+not\s+be\s+(?:used|copied|reproduced|redistributed|published)
              | do\s+not\s+(?:use|copy|reproduce|redistribute|repost|distribute)
              | unauthori[sz]ed\s+(?:use|copying|reproduction) | royalty[-\s]free\s+licen[cs]e | rights[-\s]managed
              | \bno\s+(?:sales|resale|archiv(?:es?|ing)|internet|online\s+use)\b | \b(?:mags?|tv|internet)\s+out\b
              | not\s+for\s+(?:sale|resale|distribution|redistribution|publication|re-?use)
              | (?:nachdruck|vervielf[äa]ltigung|verwendung|nutzung)\b,?\s+(?:\w+,?\s+){0,4}(?:verboten|untersagt)
              | nur\s+mit\s+(?:\w+\s+){0,2}(?:genehmigung|erlaubnis|zustimmung)
              | reproduction\s+(?:\w+\s+)?interdite | prohibida\s+(?:su|la)\s+reproducci[oó]n
              | vietata\s+la\s+(?:riproduzione|copia) | (?:reprodu[cç][aã]o|c[oó]pia)\s+proibida""",
            re.VERBOSE,
        ),
    ),
    Phrase(
        Restriction.NO_DERIVATIVES,
        ("deriv", "modif", "alter", "adapt", "crop", "edit", "bearbeitung"),
        re.compile(
            r"""\bno\s+(?:derivatives?|derivative\s+works|modifications?|alterations?|adaptations?|cropping|editing)
                (?:\s+(?:is|are))?\s*(?:allowed|permitted|[.,;)]|$)
              | (?:must|may|can)\s*not\s+be\s+(?:modified|altered|adapted|cropped|edited)
              | do\s+not\s+(?:modify|alter|adapt|crop|edit)\b
              | keine\s+bearbeitung | bearbeitung\w*\s+(?:\w+\s+){0,2}(?:verboten|untersagt|nicht\s+gestattet)""",
            re.VERBOSE,
        ),
    ),
    Phrase(
        Restriction.SOMETHING_ELSE,
        ("not", "only", "under", "subject", "excluded", "except", "excluding", "other"),
        re.compile(
            r"""(?:does|do)\s+not\s+(?:apply|extend)\s+to
              | only\s+the\s+(?:text|code|metadata|data(?:set|base)?|annotations?|captions?|descriptions?)\b
              | \b(?:text|code|metadata|annotations?|captions?|descriptions?)\s+only\b
              | \b(?:images?|photos?|pictures?)\s+(?:are|remain)\s+(?:under|subject\s+to|excluded)\s+(?:their|the)
              | (?:except|excluding|other\s+than|not\s+(?:the|for|including))\s+(?:for\s+)?(?:the\s+|any\s+)?
                (?:images?|photos?|photographs?|pictures?|illustrations?)\b""",
            re.VERBOSE,
        ),
    ),
)


_FILLING = re.compile(
    r"\b(?:this|the|image|photo|picture|work|file|is|are|for|may|be|used|use|only|strictly|please|available|it)\b|\W"
)
"""Words around a prohibition that add nothing to it."""


def says_only_that(text: str) -> bool:
    """Whether a text forbids something, and says nothing besides."""
    folded = text[:MAX_TEXT].casefold()
    found = (phrase.pattern.search(folded) for phrase in _PHRASES if phrase.is_in(folded))
    return any(match is not None and not _FILLING.sub("", folded.replace(match[0], " ")) for match in found)


def forbidden_by(text: str) -> Iterator[Restriction]:
    """What the words of a text forbid, besides reserving rights."""
    folded = text[:MAX_TEXT].casefold()
    return (phrase.forbids for phrase in _PHRASES if phrase.is_in(folded))
