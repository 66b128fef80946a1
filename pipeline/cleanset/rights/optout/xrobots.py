"""X-Robots-Tag and robots meta: ``[AGENT:] DIRECTIVE[: VALUE], …``, any number of lines, in any case.

An agent's name scopes the rest of its line. Values hold commas and colons of their own (``unavailable_after: Fri, 25
Jun 2027 15:00:00 GMT``), so a name before a colon is an agent only if it has the form of one and is no directive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cleanset.rights.evidence import Evidence
from cleanset.rights.optout import fields
from cleanset.rights.optout.signal import Signal, State, Use, silent, unreadable
from cleanset.rights.optout.vocabulary import Vocabulary

PROTOCOL = "x-robots-tag"

_AGENT = re.compile(r"[A-Za-z*][A-Za-z0-9_.*/-]{0,63}")
_LIKE_A_BAN = re.compile(r"(?:^|[^a-z])(?:no|dis|do[-_ ]?not|deny).*(?:ai|ml|train|tdm|mining|dataset)")
_MAX_WORD = 64
_TRAINING = frozenset({Use.AI_TRAINING, Use.GENERATIVE_TRAINING, Use.TDM, Use.ALL})


def parse(
    evidence: Evidence, vocabulary: Vocabulary, *, agent: str | None = None, joined: bool = False
) -> list[Signal]:
    """The signals of the header lines in ``evidence.value``.

    Args:
        evidence: one header line, or several, a line each.
        vocabulary: directives, and the agents that count as us.
        agent: the robot that the whole text addresses (the name of a meta element); None for everybody.
        joined: the store may have joined lines by commas. Then a ban on training that follows other directives of a
            foreign agent may be a line of its own, and counts.
    """
    if why := fields.why_unreadable(evidence.value):
        return [unreadable(PROTOCOL, evidence, why)]
    signals: list[Signal] = []
    for line in fields.lines(evidence.value):
        signals.extend(_line(line, evidence, vocabulary, agent, joined=joined))
    return signals


def _line(
    line: str, evidence: Evidence, vocabulary: Vocabulary, agent: str | None, *, joined: bool
) -> Iterator[Signal]:
    members = line.split(",")
    if len(members) > fields.MAX_MEMBERS:
        yield unreadable(PROTOCOL, evidence, f"{len(members)} directives in a line")
        return
    first = True
    for member in members:
        named, directive = _split_agent(member.strip(), vocabulary)
        if named is not None:
            agent, first = named, True
        if not directive:
            continue
        signal = _directive(directive, evidence, vocabulary, agent)
        if vocabulary.concerns_us(agent):
            yield signal
        elif joined and not first and signal.state is State.RESERVED and signal.use in _TRAINING:
            note = f"{signal.note}; may be a line of its own, joined to that of {agent}"
            yield Signal(PROTOCOL, signal.version, signal.state, signal.use, None, evidence, note)
        else:
            yield silent(PROTOCOL, evidence, f"{fields.excerpt(directive)}: addressed to {agent}", agent=agent)
        first = False


def _split_agent(member: str, vocabulary: Vocabulary) -> tuple[str | None, str]:
    """The agent that a member names, if it names one, and its directive."""
    name, colon, rest = member.partition(":")
    name = name.strip()
    is_directive = any(vocabulary.meaning(PROTOCOL, word) for word in (name, name + ":"))
    if not colon or is_directive or not _AGENT.fullmatch(name) or _LIKE_A_BAN.search(name.lower()):
        return None, member
    return name, rest.strip()


def _directive(directive: str, evidence: Evidence, vocabulary: Vocabulary, agent: str | None) -> Signal:
    """The signal of one directive; an unknown one that looks like a ban on training is taken for one."""
    name, colon, rest = directive.partition(":")
    word = name.strip().strip("\"'")[:_MAX_WORD].lower()
    for candidate in (word + colon, word, rest.strip()):
        known = vocabulary.signal(PROTOCOL, candidate, evidence, agent)
        if known is not None:
            return known
    if _LIKE_A_BAN.search(word):
        note = f"{fields.excerpt(word)}: could not be parsed: an unknown directive that reads like a ban on training"
        return Signal(PROTOCOL, "", State.RESERVED, Use.AI_TRAINING, agent, evidence, note)
    return silent(PROTOCOL, evidence, f"{fields.excerpt(word)}: unknown directive", agent=agent)
