"""Each sample's own rights: evidence in, claims and a conclusion out. Its copies are heard later, in ``settle``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.claim import Claim, Kind, Speaker
from cleanset.rights.claims.overlay import Overlay
from cleanset.rights.claims.reading import claims_from
from cleanset.rights.claims.sources import pages_of
from cleanset.rights.conclusion.conclude import Conclusion, conclude
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout.lists import Kind as ListKind
from cleanset.rights.optout.lists import OptOutLists
from cleanset.rights.policy import Policy
from cleanset.schemas import FEATURES, JUDGED, Reason, Status

COPIED = [name for name in JUDGED.names if name in FEATURES.names]
"""Columns of ``schemas.JUDGED`` that are as they were read."""


@dataclass(frozen=True)
class Rules:
    """Everything that decides about rights; a run names each part by its digest."""

    book: LicenseBook
    policy: Policy
    overlay: Overlay = field(default_factory=Overlay)
    opt_outs: OptOutLists | None = None


_LISTED_HASHES = {ListKind.SHA256: "content_id", ListKind.PHASH: "phash", ListKind.PDQ: "pdq"}
NEEDED = ["sample_id", "source", "key", "url", *_LISTED_HASHES.values(), "status", "width", "height", "evidence"]
"""Columns of ``schemas.FEATURES`` that judging reads."""


JUDGED_FROM = [name for name in FEATURES.names if name in COPIED or name in NEEDED]
"""Columns of ``schemas.FEATURES`` that are read here: all but those of the pictures."""


def judge(row: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """The columns of ``schemas.JUDGED`` that a sample's own evidence decides."""
    claims = claim_all(row, rules)
    conclusion = conclude(claims, rules.policy, rules.book, url=row["url"])
    return judged_columns(row, conclusion, [claim_row(claim) for claim in claims], rules.policy)


def judged_columns(
    row: Mapping[str, Any], conclusion: Conclusion, claims: list[dict[str, Any]], policy: Policy
) -> dict[str, Any]:
    """The same of a sample whose claims, as rows, came to a conclusion."""
    return {
        "license_declared": conclusion.declared,
        "license_concluded": conclusion.concluded,
        "license_evidence": conclusion.evidence_text,
        "permission": conclusion.permission.value,
        "basis": conclusion.basis,
        "trace": list(conclusion.trace),
        "creator": conclusion.creator,
        "title": conclusion.title,
        "attribution": conclusion.attribution,
        "reasons": own_reasons(row, conclusion, policy),
        "strength": conclusion.strength,
        "owners": list(conclusion.owners),
        "notices": list(conclusion.notices),
        "limits": list(conclusion.limits),
        "objected_by": None,
        "claims": claims,
    }


def own_reasons(row: Mapping[str, Any], conclusion: Conclusion, policy: Policy) -> list[str]:
    """What speaks against a sample by itself, the first reason first; ``row`` has its status, width and height."""
    reasons = [] if row["status"] == Status.OK else [row["status"]]
    reasons.extend(reason.value for reason in conclusion.reasons)
    if row["width"] is not None and row["height"] is not None and min(row["width"], row["height"]) < policy.min_side:
        reasons.append(Reason.TOO_SMALL.value)
    return reasons


def claim_all(row: Mapping[str, Any], rules: Rules) -> tuple[Claim, ...]:
    """Everything that the sample's evidence claims, with the user's own corrections and opt-out lists."""
    evidence, hashes = [Evidence.from_row(e) for e in row["evidence"]], hashes_of(row)
    claims = claims_from(evidence, row["url"], row["source"], rules.book, rules.opt_outs, hashes)
    corrections = corrections_of(row, evidence, claims, rules.overlay)
    if not corrections:
        return claims
    return claims_from([*evidence, *corrections], row["url"], row["source"], rules.book, rules.opt_outs, hashes)


def hashes_of(row: Mapping[str, Any]) -> dict[ListKind, str]:
    """The hashes of the sample's image, for the opt-out lists."""
    return {kind: row[column].hex() for kind, column in _LISTED_HASHES.items() if row[column]}


def corrections_of(
    row: Mapping[str, Any], evidence: Iterable[Evidence], claims: Iterable[Claim], overlay: Overlay
) -> tuple[Evidence, ...]:
    """The user's corrections for the sample, some of which name whom its claims name, or where it was shown."""
    if not overlay.corrections:
        return ()
    claims = tuple(claims)
    return overlay.lookup(
        url=row["url"],
        pages=pages_of(evidence),
        creators=[claim.value for claim in claims if claim.kind is Kind.CREATOR],
        owners=[claim.value for claim in claims if claim.kind is Kind.OWNER],
        texts=[text for c in claims if c.kind is Kind.UNREAD for text in (c.value, c.evidence.value)],
        content_id=row["content_id"].hex() if row["content_id"] else None,
        sample_id=row["sample_id"].hex(),
        key=row["key"],
    )


def claim_row(claim: Claim) -> dict[str, Any]:
    """A row of ``schemas.CLAIMS`` without its sample."""
    evidence = claim.evidence
    return {
        "kind": claim.kind.value,
        "value": claim.value,
        "expression": claim.expression,
        "jurisdiction": claim.jurisdiction,
        "said_by": claim.said_by.value,
        "strength": claim.strength,
        "layer": evidence.layer.value,
        "locator": evidence.locator,
        "text": evidence.value,
        "packet": evidence.packet.hex() if evidence.packet else None,
        "observed_at": evidence.observed_at,
        "parser": claim.parser,
    }


def claim_from_row(row: Mapping[str, Any]) -> Claim:
    """The claim in a row of ``schemas.CLAIMS``: the inverse of ``claim_row``."""
    packet = bytes.fromhex(row["packet"]) if row["packet"] else None
    return Claim(
        kind=Kind(row["kind"]),
        value=row["value"],
        said_by=Speaker(row["said_by"]),
        strength=row["strength"],
        evidence=Evidence(Layer(row["layer"]), row["locator"], row["text"], packet, row["observed_at"]),
        expression=row["expression"],
        jurisdiction=row["jurisdiction"],
        parser=row["parser"],
    )
