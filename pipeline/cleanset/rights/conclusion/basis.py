"""What a label of the public domain rests on: a term that has run out, an institution's own word, or the policy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from cleanset.rights.claims.claim import Claim, Kind, Speaker, speaker_of
from cleanset.rights.claims.freetext import telling_words
from cleanset.rights.claims.roles import Role, role_of
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.jurisdictions import is_within
from cleanset.rights.policy import OnLabel, Policy
from cleanset.rights.publicdomain import terms as publicdomain
from cleanset.rights.publicdomain.terms import Reproduction, Term, WorkFacts, WorkKind
from cleanset.rights.publicdomain.workfacts import last_year_alive, work_facts_of
from cleanset.rights.reviewed import read_rows

INSTITUTION = "institution"
POLICY = "policy"
OVERLAY = "overlay"
COMPUTED = "public-domain"
COMPUTED_STRENGTH = 2
"""What a computed term counts: its years come from the columns of a data set."""
_LIVING = "living"
_MAX_FACT = 200
_TERM = 70
"""Years after death for which most places protect a work."""
_COPIERS = re.compile(r"photograph|fot[oó]graf|photo|scan|image|picture|digiti[sz]", re.IGNORECASE)
_GIVEN = re.compile(
    r"\s*(?:partial\s+)?(?:gift|bequest|purchase[d]?|donat\w+|acquired|given|presented|transferred|exchange|fund|collection)\b"
    r"|[^\u00a9/|]{1,80}\b(?:fund|funds|bequest|collection|purchase|museum|endowment)\b[^\u00a9/|]{0,60}\Z",
    re.IGNORECASE,
)
FACTS = frozenset(
    {Role.CREATOR_DIED, Role.CREATOR_BORN, Role.PUBLISHED, Role.CREATED, Role.COUNTRY, Role.UNPUBLISHED, Role.WORK_KIND}
)
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
    if computed := _computed(claims, policy):
        return computed
    if by_institution := next((claim for claim in labels if _is_finding(claim, policy)), None):
        return None if outlived(claims, policy) else (INSTITUTION, by_institution.words)
    if policy.public_domain_labels == OnLabel.ACCEPT:
        return POLICY, policy.public_domain_statement
    return None


def _is_finding(claim: Claim, policy: Policy) -> bool:
    """Whether a label is what an institution found, for every place that the policy asks about."""
    places = (claim.jurisdiction or "").split()
    return claim.said_by is Speaker.INSTITUTION and is_within(policy.jurisdictions, places)


def outlived(claims: Iterable[Claim], policy: Policy) -> int | None:
    """The last year of an author whose term may still run, from the record's own dates, else by name; None for none.

    A term that has run out by a rule of its own, such as that of an early publication in the US, counts as run out.
    """
    claims = list(claims)
    year = last_year_alive(claim.evidence for claim in claims) or _known_year(claims, policy)
    if year is None or year < policy.year - _TERM or _computed(claims, policy):
        return None
    return year


def _known_year(claims: Iterable[Claim], policy: Policy) -> int | None:
    """The last year of an author of ``licenses/authors.csv`` whom the record names; that of the policy if living."""
    named = (telling_words(claim.value) for claim in claims if claim.kind is Kind.CREATOR)
    died = {year for words in named for name, year in _authors() if name <= words}
    return max((policy.year if year == _LIVING else int(year) for year in died), default=None)


@cache
def _authors() -> tuple[tuple[frozenset[str], str], ...]:
    return tuple((telling_words(row["name"]), row["died"]) for row in read_rows("authors.csv"))


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
    copy, to which the copier claims nothing unless anybody but the work's author is named, or rights are spoken of.
    """
    facts = work_facts_of([claim.evidence for claim in claims], from_collection=True)
    if facts.reproduction is not Reproduction.FAITHFUL or _is_claimed(claims, facts):
        return facts
    return replace(facts, reproduction=Reproduction.FAITHFUL_WAIVED)


def _is_claimed(claims: Sequence[Claim], facts: WorkFacts) -> bool:
    """Whether somebody besides the author of the work may have rights in the picture of it."""
    if any(claim.kind in {Kind.OWNER, Kind.RESTRICTION, Kind.UNREAD} for claim in claims):
        return True
    named = [claim for claim in claims if claim.kind is Kind.CREATOR]
    authors = [claim for claim in named if _is_author(claim, facts)]
    known = frozenset[str]().union(*(telling_words(claim.value) for claim in authors))
    others = (claim for claim in named if claim not in authors and not _is_provenance(claim))
    return any(not telling_words(claim.value) & known for claim in others)


def _is_provenance(claim: Claim) -> bool:
    """Whether a credit line only thanks whoever gave the work to its collection."""
    text = claim.evidence.value
    return _GIVEN.match(text) is not None and _COPIERS.search(text) is None


def _is_author(claim: Claim, facts: WorkFacts) -> bool:
    """Whether a name is that of the work's author: in a column for makers; a photographer's only of a photograph."""
    evidence = claim.evidence
    if evidence.layer is not Layer.COLUMN or role_of(evidence) is not Role.CREATOR:
        return False
    is_copier = _COPIERS.search(evidence.locator) is not None or _COPIERS.search(evidence.value) is not None
    return not is_copier or facts.kind is WorkKind.PHOTOGRAPH
