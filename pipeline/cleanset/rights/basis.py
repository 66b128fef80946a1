"""What a label of the public domain rests on: a term that has run out, an institution's own word, or the policy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cleanset.rights import publicdomain
from cleanset.rights.claim import Claim, Kind, Speaker, speaker_of
from cleanset.rights.evidence import Evidence
from cleanset.rights.policy import OnLabel, Policy
from cleanset.rights.publicdomain import Reproduction, Term, WorkFacts, WorkKind
from cleanset.rights.roles import Role
from cleanset.rights.years import Years, hull, parse_years

INSTITUTION = "institution"
POLICY = "policy"
OVERLAY = "overlay"
COMPUTED = "public-domain"
COMPUTED_STRENGTH = 2
"""What a computed term counts: its years come from the columns of a data set."""

_KINDS = (
    (WorkKind.OBJECT, re.compile(r"sculpt|statue|ceramic|furniture|textile|jewel|glass|bronze|marble|coin|vessel")),
    (WorkKind.PHOTOGRAPH, re.compile(r"photo|daguerreotype|albumen|gelatin|cyanotype|negative")),
    (WorkKind.PRINT, re.compile(r"print|engraving|etching|lithograph|woodcut|aquatint|poster|map\b")),
    (WorkKind.PAINTING, re.compile(r"paint|oil on|watercolou?r|drawing|gouache|pastel|ink on|tempera|fresco")),
)
"""Words of a catalog's medium or classification; a thing with depth goes first, because a photo of one has rights."""
_FLAT = frozenset({WorkKind.PHOTOGRAPH, WorkKind.PRINT, WorkKind.PAINTING})


def fact_claims(role: Role, evidence: Evidence) -> Iterator[Claim]:
    """A fact that a term of protection is computed from; a value that is not understood is none."""
    if role is Role.WORK_KIND:
        fact = str(_kind_in(evidence.value))
    else:
        years = parse_years(evidence.value)
        fact = evidence.value.strip() if years else WorkKind.UNKNOWN
    if fact != WorkKind.UNKNOWN:
        yield Claim(Kind.PUBLIC_DOMAIN, f"{role}:{fact}", speaker_of(evidence.layer), COMPUTED_STRENGTH, evidence)


def _kind_in(text: str) -> WorkKind:
    return next((kind for kind, words in _KINDS if words.search(text.casefold())), WorkKind.UNKNOWN)


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
    if facts.death is None and facts.publication is None:
        return None
    rules = publicdomain.load()
    answers = [publicdomain.compute(facts, place, policy.year, rules) for place in policy.jurisdictions]
    if any(answer.term is not Term.PD for answer in answers):
        return None
    names = "+".join(dict.fromkeys(answer.rule for answer in answers))
    inputs = dict.fromkeys(text for answer in answers for text in answer.inputs)
    return f"{COMPUTED}:{names}", f"in {', '.join(policy.jurisdictions)} by {names} ({'; '.join(inputs)})"


def facts_of(claims: Sequence[Claim]) -> WorkFacts:
    """What the claims say of the work itself. Years that differ are a range; kinds that differ are unknown."""
    kinds = set(_values(claims, Role.WORK_KIND))
    kind = WorkKind(kinds.pop()) if len(kinds) == 1 else WorkKind.UNKNOWN
    is_claimed = any(claim.kind in {Kind.OWNER, Kind.RESTRICTION} for claim in claims)
    flat = Reproduction.FAITHFUL if is_claimed else Reproduction.FAITHFUL_WAIVED
    return WorkFacts(
        death=_years(claims, Role.CREATOR_DIED),
        publication=_years(claims, Role.PUBLISHED),
        kind=kind,
        reproduction=flat if kind in _FLAT else Reproduction.UNKNOWN,
    )


def _values(claims: Sequence[Claim], role: Role) -> Iterator[str]:
    for claim in claims:
        name, _, value = claim.value.partition(":")
        if claim.kind is Kind.PUBLIC_DOMAIN and claim.expression is None and name == role:
            yield value


def _years(claims: Sequence[Claim], role: Role) -> Years | None:
    found = [years for text in _values(claims, role) if (years := parse_years(text))]
    return hull(found) if found else None
