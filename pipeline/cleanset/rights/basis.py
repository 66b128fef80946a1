"""What a label of the public domain rests on: a term that has run out, an institution's own word, or the policy."""

from __future__ import annotations

from collections.abc import Sequence

from cleanset.rights.claim import Claim, Kind, Speaker
from cleanset.rights.policy import OnLabel, Policy

INSTITUTION = "institution"
POLICY = "policy"
OVERLAY = "overlay"
COMPUTED = "public-domain"
COMPUTED_STRENGTH = 2
"""What a computed term counts: its years come from the columns of a data set."""


def basis_of_label(claims: Sequence[Claim], policy: Policy) -> tuple[str, str] | None:
    """The strongest basis, and its words; None where a label is only a label."""
    labels = [claim for claim in claims if claim.kind is Kind.PUBLIC_DOMAIN and claim.expression]
    if not labels:
        return None
    if by_user := next((claim for claim in labels if claim.said_by is Speaker.USER), None):
        return OVERLAY, by_user.words
    if by_institution := next((claim for claim in labels if claim.said_by is Speaker.INSTITUTION), None):
        return INSTITUTION, by_institution.words
    if computed := _computed(claims, policy):
        return computed
    if policy.public_domain_labels is OnLabel.ACCEPT:
        return POLICY, policy.public_domain_statement
    return None


def _computed(claims: Sequence[Claim], policy: Policy) -> tuple[str, str] | None:
    return None
