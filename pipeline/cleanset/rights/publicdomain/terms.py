"""Whether a work is in the public domain of a jurisdiction, by computation: sound rules on bounds of years only.

A rule fires only if its test holds for every year that the facts allow: the latest possible death, the latest possible
publication. What is unknown makes no rule fire. ``protected`` means that the term has not run out; whether the work was
ever protectable is not computed. The year is a parameter: nothing here knows the date.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cleanset.errors import ConfigError
from cleanset.rights.publicdomain.years import Years
from cleanset.rights.reviewed import read_rows


class Term(StrEnum):
    """What is known about the term of protection."""

    PD = "pd"
    PROTECTED = "protected"
    UNKNOWN = "unknown"


class WorkKind(StrEnum):
    """What kind of work a picture shows or is."""

    PAINTING = "painting"
    PRINT = "print"
    PHOTOGRAPH = "photograph"
    OBJECT = "object"
    UNKNOWN = "unknown"


class Reproduction(StrEnum):
    """How the picture stands to the work: only these three add no right of their own that must be known."""

    ITSELF = "itself"
    FAITHFUL = "faithful copy of a two-dimensional work"
    FAITHFUL_WAIVED = "faithful copy of a two-dimensional work, without a claim of the copier"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WorkFacts:
    """What is known about a work; None is unknown.

    Attributes:
        death: when the last of its authors died.
        publication: when it was first published; never the date of an upload.
        created: when it was made; it stands for no publication.
        country: where it was first published, ISO 3166-1 alpha-2.
        unpublished: True if it was never published.
        kind: what kind of work it is.
        reproduction: how the picture stands to the work.
        anonymous: True if its author is not known; ``death`` is then not used.
        us_federal: True if an employee of the United States made it as a duty.
        died_for_france: whether an author is ``mort pour la France``.
        allied: whether an author was a national of an Allied power (Japan's wartime days).
    """

    death: Years | None = None
    publication: Years | None = None
    created: Years | None = None
    country: str | None = None
    unpublished: bool = False
    kind: WorkKind = WorkKind.UNKNOWN
    reproduction: Reproduction = Reproduction.UNKNOWN
    anonymous: bool = False
    us_federal: bool = False
    died_for_france: bool | None = None
    allied: bool | None = None


@dataclass(frozen=True, slots=True)
class PublicDomain:
    """The answer for one jurisdiction.

    Attributes:
        term: public domain, protected or unknown.
        jurisdiction: the one asked for.
        rule: id of the rule that fired; empty for unknown.
        inputs: the facts that it used, as text.
        authority: the law behind it.
        confidence: how far the rule can be trusted, as ``licenses/public_domain.csv`` says.
        note: why it is unknown, or what to know about the rule.
    """

    term: Term
    jurisdiction: str
    rule: str = ""
    inputs: tuple[str, ...] = ()
    authority: str = ""
    confidence: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``death<=Y-71`` and the like: a bound on a fact, fixed or counted back from the year of the question."""

    fact: str
    at_most: bool
    relative: bool
    number: int

    def holds(self, facts: WorkFacts, year: int) -> bool:
        """Whether it holds for every year that the facts allow."""
        years = self.years(facts)
        bound = year - self.number if self.relative else self.number
        if years is None:
            return False
        if self.at_most:
            return years.latest is not None and years.latest <= bound
        return years.earliest is not None and years.earliest >= bound

    def years(self, facts: WorkFacts) -> Years | None:
        """The fact that it is about; the death of an anonymous author is unknown."""
        if self.fact == "death":
            return None if facts.anonymous else facts.death
        return facts.publication if self.fact == "publication" else facts.created


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of ``licenses/public_domain.csv``: if all comparisons and conditions hold, the term is ``result``."""

    id: str
    result: Term
    comparisons: tuple[Comparison, ...]
    conditions: tuple[str, ...]
    authority: str
    confidence: str
    note: str


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules: by jurisdiction or group, and the members of each group."""

    by_jurisdiction: Mapping[str, tuple[Rule, ...]]
    members: Mapping[str, tuple[str, ...]]


WORLD = "WORLD"
FAITHFUL_COPIES = "faithful-copies"
_RANGES_OF_WAR = (Years(1914, 1925), Years(1939, 1965))
"""Deaths in these years may be ``mort pour la France``: both wars, wounds of the first, Indochina and Algeria."""
_EDITIO_PRINCEPS = 26
_COMPARISON = re.compile(r"(death|publication|created)(<=|>=)(Y-)?(\d{1,4})")


@functools.cache
def load() -> Rules:
    """The rules that come with this version.

    Raises:
        ConfigError: for a test that is not understood.
    """
    by_jurisdiction: dict[str, list[Rule]] = {}
    for row in read_rows("public_domain.csv"):
        by_jurisdiction.setdefault(row["jurisdiction"], []).append(_rule(row))
    members: dict[str, list[str]] = {}
    for row in read_rows("jurisdictions.csv"):
        members.setdefault(row["group"], []).append(row["member"])
    return Rules(
        {name: tuple(rules) for name, rules in by_jurisdiction.items()},
        {group: tuple(names) for group, names in members.items()},
    )


def _rule(row: Mapping[str, str]) -> Rule:
    terms = [term.strip() for term in row["test"].split("&")]
    matches = [(term, _COMPARISON.fullmatch(term)) for term in terms]
    comparisons = tuple(Comparison(m[1], m[2] == "<=", m[3] is not None, int(m[4])) for _, m in matches if m)
    conditions = tuple(term for term, m in matches if m is None)
    if unknown := set(conditions) - CONDITIONS.keys():
        raise ConfigError(f"public_domain.csv: rule {row['rule']}: unknown condition {sorted(unknown)}")
    return Rule(
        row["rule"], Term(row["result"]), comparisons, conditions, row["source"], row["confidence"], row["note"]
    )


def _not_died_for_france(facts: WorkFacts) -> bool:
    if facts.died_for_france is not None:
        return not facts.died_for_france
    return _outside_war(facts.death)


def _outside_war(death: Years | None) -> bool:
    """Whether no year that the death may have fallen in is one of war."""
    if death is None or death.earliest is None or death.latest is None:
        return False
    spans = ((w.earliest or 0, w.latest or 0) for w in _RANGES_OF_WAR)
    return all(death.latest < first or death.earliest > last for first, last in spans)


def _published_late(facts: WorkFacts, year: int) -> bool:
    """Whether a first publication may be so recent that its publisher has a right of 25 years (2006/116/EC art 4)."""
    latest = facts.publication.latest if facts.publication else 0
    return latest is None or latest > year - _EDITIO_PRINCEPS


def _published_since(facts: WorkFacts, year: int) -> bool:
    """Whether a first publication that is told may be of that year or later."""
    told = facts.publication
    return told is not None and (told.latest is None or told.latest >= year)


CONDITIONS: Mapping[str, Callable[[WorkFacts, int], bool]] = {
    "unpublished": lambda facts, _: facts.unpublished and facts.publication is None,
    "us-federal": lambda facts, _: facts.us_federal,
    "photograph": lambda facts, _: facts.kind is WorkKind.PHOTOGRAPH,
    "not-photograph": lambda facts, _: facts.kind not in {WorkKind.PHOTOGRAPH, WorkKind.UNKNOWN},
    "painting": lambda facts, _: facts.kind is WorkKind.PAINTING,
    "not-allied": lambda facts, _: facts.allied is False,
    "not-died-for-france": lambda facts, _: _not_died_for_france(facts),
    "not-published-since-1978": lambda facts, _: not _published_since(facts, 1978),
    "not-published-late": lambda facts, year: not _published_late(facts, year),
}
"""The conditions that a test may name: whether each is known to hold in a year."""


def compute(facts: WorkFacts, jurisdiction: str, year: int, rules: Rules) -> PublicDomain:
    """What the rules say about a work in a jurisdiction, or in all members of a group, in a year.

    A group is in the public domain if all members are, and protected if one is. A jurisdiction without rules of its own
    gets those for the whole world.
    """
    if jurisdiction in rules.members:
        return _of_group([compute(facts, member, year, rules) for member in rules.members[jurisdiction]], jurisdiction)
    for rule in _rules_for(jurisdiction, rules):
        if _fires(rule, facts, year):
            return _answer(rule, facts, jurisdiction, rules)
    return PublicDomain(Term.UNKNOWN, jurisdiction, note="no rule holds for every year that the facts allow")


def _rules_for(jurisdiction: str, rules: Rules) -> list[Rule]:
    """The rules of the jurisdiction, then of its groups, then of the whole world."""
    groups = [group for group, names in sorted(rules.members.items()) if jurisdiction in names]
    names = dict.fromkeys([jurisdiction, *groups, WORLD])
    return [rule for name in names for rule in rules.by_jurisdiction.get(name, ())]


def _fires(rule: Rule, facts: WorkFacts, year: int) -> bool:
    return all(c.holds(facts, year) for c in rule.comparisons) and all(
        CONDITIONS[condition](facts, year) for condition in rule.conditions
    )


def _answer(rule: Rule, facts: WorkFacts, jurisdiction: str, rules: Rules) -> PublicDomain:
    """The rule's result; public domain only if the picture adds no right of its own to the work's."""
    inputs = tuple(f"{c.fact}: {c.years(facts)}" for c in rule.comparisons) + rule.conditions
    if rule.result is Term.PD:
        inputs = (*inputs, f"reproduction: {facts.reproduction}")
        if why := _own_right(facts.reproduction, jurisdiction, rules):
            return PublicDomain(Term.UNKNOWN, jurisdiction, "", inputs, note=f"{rule.id} holds for the work, but {why}")
    return PublicDomain(rule.result, jurisdiction, rule.id, inputs, rule.authority, rule.confidence, rule.note)


def _own_right(reproduction: Reproduction, jurisdiction: str, rules: Rules) -> str | None:
    """Why the picture may carry a right beside the work's; None if it does not."""
    if reproduction in {Reproduction.ITSELF, Reproduction.FAITHFUL_WAIVED}:
        return None
    if reproduction is Reproduction.FAITHFUL:
        is_free = jurisdiction in rules.members.get(FAITHFUL_COPIES, ())
        return None if is_free else f"no rule frees faithful copies in {jurisdiction}"
    return "the picture is not known to be a faithful copy of a two-dimensional work"


def _of_group(answers: Sequence[PublicDomain], group: str) -> PublicDomain:
    """The answer for all members together: that of the first member which decides."""
    for term in (Term.PROTECTED, Term.UNKNOWN):
        deciding = next((answer for answer in answers if answer.term is term), None)
        if deciding is not None:
            note = f"{deciding.jurisdiction}: {deciding.note}"
            rule, inputs = deciding.rule, deciding.inputs
            return PublicDomain(term, group, rule, inputs, deciding.authority, deciding.confidence, note)
    first = answers[0]
    rule = "+".join(dict.fromkeys(answer.rule for answer in answers))
    authority = "; ".join(dict.fromkeys(answer.authority for answer in answers))
    return PublicDomain(Term.PD, group, rule, first.inputs, authority, first.confidence, "all members")
