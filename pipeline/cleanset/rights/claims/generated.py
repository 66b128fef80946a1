"""That a model made the picture, by where it comes from, who is said to have made it, and how."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cleanset.rights.claims.claim import Claim, Kind, speaker_of
from cleanset.rights.claims.hosts import load_hosts
from cleanset.rights.claims.roles import Role, plain_name, role_of
from cleanset.rights.claims.sources import pages_of
from cleanset.rights.embedded.generators import names_generator
from cleanset.rights.embedded.origin import OriginKind
from cleanset.rights.evidence import Evidence, Layer

_NO = frozenset({"", "0", "0.0", "false", "no", "n", "f", "none", "null", "nan", "human", "unknown", "n/a", "[]", "{}"})
_PERSONS = frozenset({Role.CREATOR, Role.HANDLE, Role.OWNER})
_NAMES_MODEL = frozenset({"generator", "aigenerator", "aimodel", "generativemodel", "generationmodel", "generatedby"})
"""Columns whose every value is the name of a model, unless it is that of a program that draws nothing by itself."""
_EDITORS = re.compile(
    r"photoshop|lightroom|illustrator|gimp|inkscape|krita|blender|darktable|digikam|rawtherapee|affinity|capture one"
    r"|picasa|figma|paint|imagemagick|graphicsmagick|wordpress|drupal|joomla|hugo|jekyll|matplotlib|cairo|pillow|libpng|ffmpeg"
    r"|scan|camera|canon|nikon|sony|epson|apple|android|doxygen|sphinx|microsoft office|libreoffice|latex",
    re.IGNORECASE,
)
_MADE_WITH = re.compile(
    r"\b(?:made|created|generated|produced|image|images|art|artwork|picture|rendered)\s+(?:with|by|using|via|in|from)\b",
    re.IGNORECASE,
)
_URL = "url"


def generated_claims(evidence: Iterable[Evidence], url: str) -> Iterator[Claim]:
    """A claim for each sign that a model made the picture: a host of a generator, its name, its settings, a flag."""
    evidence = list(evidence)
    hosts = load_hosts()
    for address in (url, *pages_of(evidence)):
        if hosts.generator(address):
            yield _claim(Evidence(Layer.COLUMN, _URL, address))
    for one in evidence:
        if _is_sign(one):
            yield _claim(one)


def _claim(evidence: Evidence) -> Claim:
    return Claim(Kind.AI_ORIGIN, OriginKind.AI_GENERATED.value, speaker_of(evidence.layer), 0, evidence)


def _is_sign(evidence: Evidence) -> bool:
    role, value = role_of(evidence), evidence.value.strip()
    if role in _PERSONS:
        return names_generator(value)
    if role in {Role.CREDIT, Role.NOTICE, Role.TERMS, Role.TEXT, Role.SOURCE}:
        return names_generator(value) and (_MADE_WITH.search(value) is not None or _is_name_alone(value))
    if role is Role.GENERATED_FLAG:
        return value.casefold() not in _NO
    if role is Role.GENERATION_SETTING:
        return value.casefold() not in _NO - {"0", "0.0"}
    if role is Role.GENERATOR and plain_name(evidence.locator.rpartition(".")[2]) in _NAMES_MODEL:
        return value.casefold() not in _NO and _EDITORS.search(value) is None
    return False


def _is_name_alone(value: str) -> bool:
    """Whether a text holds hardly more than a name and a version."""
    return len(value.split()) <= 4  # noqa: PLR2004 - "Stable Diffusion XL 1.0"
