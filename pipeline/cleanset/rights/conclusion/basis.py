"""What a label of the public domain rests on: a term that has run out, an institution's own word, or the policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cleanset.rights.claims.claim import Claim, Kind, Speaker, speaker_of
from cleanset.rights.claims.roles import Role
from cleanset.rights.evidence import Evidence
from cleanset.rights.policy import OnLabel, Policy
from cleanset.rights.publicdomain import terms as publicdomain
from cleanset.rights.publicdomain.terms import Reproduction, Term, WorkFacts
from cleanset.rights.publicdomain.workfacts import work_facts_of

INSTITUTION = "institution"
POLICY = "policy"
OVERLAY = "overlay"
COMPUTED = "public-domain"
COMPUTED_STRENGTH = 2
"""What a computed term counts: its years come from the columns of a data set."""
_MAX_FACT = 200
FACTS = frozenset({Role.CREATOR_DIED, Role.PUBLISHED, Role.CREATED, Role.COUNTRY, Role.UNPUBLISHED, Role.WORK_KIND})
"""What a place may be about that terms of protection are computed from."""


def fact_claims(role: Role, evidence: Evidence) -> Iterator[Claim]:
    """A fact that a term of protection is computed from, verbatim: ``workfacts`` reads all of a work's together."""
    fact = " ".join(evidence.value.split())[:_MAX_FACT]
    yield Claim(Kind.PUBLIC_DOMAIN, f"{role}:{fact}", speaker_of(evidence.layer), COMPUTED_STRENGTH, evidence)


def basis_of_label(claims: Sequence[Claim], policy: Policy) -> tuple[str, str] | None:
    """The strongest basis, and its words; None where a label is only a label.

    ``claims`` are all of one picture's. A term that has run out is no basis without somebody's label.
    """
    labels = [claim for claim in claims if claim.kind is Kind.PUBLIC_DOMAIN and claim.expression]
    if not labels:
        return None
    if by_user := next((claim for claim in labels if claim.said_by is Speaker.USER), None):
        return OVERLAY, by_user.words
    if by_institution := next((claim for claim in labels if claim.said_by is Speaker.INSTITUTION), None):
        return INSTITUTION, by_institution.words
    if computed := _computed(claims, policy):
        return computed
    if policy.public_domain_labels == OnLabel.ACCEPT:
        return POLICY, policy.public_domain_statement
    return None


def _computed(claims: Sequence[Claim], policy: Policy) -> tuple[str, str] | None:
    """The rules by which the work's term has run out in every jurisdiction of the policy, and what they used."""
    facts = facts_of(claims)
    if facts.death is None and facts.publication is None and facts.created is None:
        return None
    rules = publicdomain.load()
    answers = [publicdomain.compute(facts, place, policy.year, rules) for place in policy.jurisdictions]
    if any(answer.term is not Term.PD for answer in answers):
        return None
    names = "+".join(dict.fromkeys(answer.rule for answer in answers))
    inputs = dict.fromkeys(text for answer in answers for text in answer.inputs)
    return f"{COMPUTED}:{names}", f"in {', '.join(policy.jurisdictions)} by {names} ({'; '.join(inputs)})"


def facts_of(claims: Sequence[Claim]) -> WorkFacts:
    """What the claims say of the work itself.

    A row that gives the work's medium is a catalog's: its picture of a two-dimensional work is taken for a faithful
    copy, to which the copier claims nothing unless an owner or a restriction is named.
    """
    facts = work_facts_of([claim.evidence for claim in claims], from_collection=True)
    is_claimed = any(claim.kind in {Kind.OWNER, Kind.RESTRICTION} for claim in claims)
    if is_claimed or facts.reproduction is not Reproduction.FAITHFUL:
        return facts
    return replace(facts, reproduction=Reproduction.FAITHFUL_WAIVED)
