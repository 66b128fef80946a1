"""Whether evidence says that a picture was made, or changed, by a generative model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias
from urllib.parse import unquote

from cleanset.rights.embedded.generators import is_generator_output, names_generator
from cleanset.rights.evidence import Evidence, Layer


class OriginKind(StrEnum):
    """How a picture came to be, as far as its evidence tells."""

    AI_GENERATED = "ai-generated"
    AI_EDITED = "ai-edited"
    NOT_AI = "not-ai"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Origin:
    """A kind, and the evidence that it rests on; none for ``unknown``."""

    kind: OriginKind
    because: Evidence | None = None


_AI_FULL = frozenset({"trainedalgorithmicmedia", "trainedalgorithmicdata"})
_AI_PART = frozenset({"compositewithtrainedalgorithmicmedia", "compositesynthetic"})
_NOT_AI = frozenset(
    {
        "digitalcapture",
        "computationalcapture",
        "negativefilm",
        "positivefilm",
        "print",
        "compositecapture",
        "minorhumanedits",
        "humanedits",
        "digitalart",
        "digitalcreation",
        "screencapture",
    }
)
"""IPTC Digital Source Types made without a generative model. ``composite`` may hold parts made with one: unknown."""
_ANYWHERE = (
    "compositewithtrainedalgorithmicmedia",
    "compositesynthetic",
    "trainedalgorithmicmedia",
    "trainedalgorithmicdata",
)
"""Types that tell of a model, however the URI around them is spelled; the first that is found is the one."""
_SOURCE_TYPE = re.compile(r"digitalsourcetype[/#:]([a-z]+)(?![a-z])|^([a-z]+)$")

_SOURCE_TYPE_LOCATORS = frozenset(
    {
        "Iptc4xmpExt:DigitalSourceType",
        "Iptc4xmpExt:DigitalSourceFileType",
        "c2pa.actions/digitalSourceType",
    }
)
_INGREDIENT = "ingredient:"
_AI_SYSTEM_LOCATORS = frozenset(
    {
        "Iptc4xmpExt:AISystemUsed",
        "Iptc4xmpExt:AISystemVersionUsed",
        "Iptc4xmpExt:AIPromptInformation",
        "Iptc4xmpExt:AIPromptWriterName",
    }
)
_AGENT_LOCATORS = frozenset({"c2pa.actions/softwareAgent", "claim-generator"})
_PROGRAM_LOCATORS = frozenset({"Software", "xmp:CreatorTool", "tiff:Software", "OriginatingProgram"})
_TEXT_LOCATORS = frozenset(
    {
        "UserComment",
        "ImageDescription",
        "Make",
        "Model",
        "XPComment",
        "Comment",
        "Description",
        "Caption-Abstract",
        "exif:UserComment",
        "dc:description",
        "tiff:ImageDescription",
        "parameters",
    }
)
_DECISIVE_KEYWORDS = frozenset(
    {"invokeai_metadata", "invokeai_graph", "invokeai_workflow", "sd-metadata", "Dream", "fooocus_scheme"}
)
_CREDIT_LOCATORS = frozenset({"photoshop:Credit", "Credit"})

_Test: TypeAlias = Callable[[Evidence], bool]


def read_origin(evidence: Iterable[Evidence]) -> Origin:
    """What the evidence says of the picture's origin; any sign of a model outweighs every sign against one.

    Descriptions count only when they have the form of a generator's own output: a caption that mentions a model, or a
    comment that a camera wrote, says nothing.
    """
    rows = list(evidence)
    for kind, test in _RULES:
        for row in rows:
            if test(row):
                return Origin(kind, row)
    return Origin(OriginKind.UNKNOWN)


def source_type(value: str) -> str | None:
    """The Digital Source Type that a URI or a bare id names, in lower case; None for anything else."""
    folded = unquote(value).strip().casefold()
    letters = re.sub(r"[^a-z]", "", folded)
    if made := next((name for name in _ANYWHERE if name in letters), None):
        return made
    match = _SOURCE_TYPE.search(folded)
    return match and (match[1] or match[2])


def _place(row: Evidence) -> str:
    """The locator without the prefix of the ``exif`` column."""
    return (
        row.locator.removeprefix("exif:Image ").removeprefix("exif:EXIF ") if row.layer is Layer.COLUMN else row.locator
    )


def _has_source_type(row: Evidence, types: frozenset[str], prefix: str = "") -> bool:
    """Whether ``row`` is a Digital Source Type of one of ``types``."""
    place = row.locator.removeprefix(prefix)
    return row.locator.startswith(prefix) and place in _SOURCE_TYPE_LOCATORS and source_type(row.value) in types


def _is_full(row: Evidence) -> bool:
    return _has_source_type(row, _AI_FULL)


def _is_part(row: Evidence) -> bool:
    part = _has_source_type(row, _AI_PART) or _has_source_type(row, _AI_FULL | _AI_PART, _INGREDIENT)
    return part or (_place(row) in _CREDIT_LOCATORS and "edited with google ai" in row.value.casefold())


def _is_not_ai(row: Evidence) -> bool:
    return _has_source_type(row, _NOT_AI)


def _is_parameters(row: Evidence) -> bool:
    """Whether ``row`` is what a generator writes beside its pictures."""
    place = _place(row)
    if place in _DECISIVE_KEYWORDS:
        return True
    if place in {"prompt", "workflow", "generation_data"}:
        return any(key in row.value for key in ('"class_type"', '"nodes"', '"baseModel"', '"models"', '"prompt"'))
    return place in _TEXT_LOCATORS and is_generator_output(row.value)


def _is_program(row: Evidence) -> bool:
    """Whether ``row`` says that a generator wrote the file."""
    return _place(row) in _PROGRAM_LOCATORS and names_generator(row.value)


def _is_ai_system(row: Evidence) -> bool:
    """Whether ``row`` names a model without saying what share of the picture it made."""
    if _place(row) in _CREDIT_LOCATORS:
        return "made with google ai" in row.value.casefold()
    return row.locator in _AI_SYSTEM_LOCATORS or (row.locator in _AGENT_LOCATORS and names_generator(row.value))


def _is_restored(row: Evidence) -> bool:
    return row.locator == "postprocessing" and row.layer is Layer.PNG_TEXT


_RULES: tuple[tuple[OriginKind, _Test], ...] = (
    (OriginKind.AI_GENERATED, _is_full),
    (OriginKind.AI_GENERATED, _is_parameters),
    (OriginKind.AI_GENERATED, _is_program),
    (OriginKind.AI_EDITED, _is_part),
    (OriginKind.AI_GENERATED, _is_ai_system),
    (OriginKind.AI_EDITED, _is_restored),
    (OriginKind.NOT_AI, _is_not_ai),
)
"""In the order of their weight: the first that any evidence fulfills decides."""
