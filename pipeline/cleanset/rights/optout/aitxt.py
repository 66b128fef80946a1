"""Spawning's ai.txt: groups as in robots.txt, patterns of media types (``Disallow: *.jpg``).

It speaks of training only. Other formats share the name; of those, a line whose key speaks of training and whose value
is a no counts too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cleanset.rights.evidence import Evidence
from cleanset.rights.optout import fields, paths, robots
from cleanset.rights.optout.signal import Signal, State, Use, unreadable
from cleanset.rights.optout.vocabulary import Vocabulary

PROTOCOL = "ai.txt"
VERSION = "Spawning 2023"

_BAN = re.compile(
    r"^[ \t>*#-]{0,16}[\w -]{0,40}train[\w -]{0,40}[:=][ \t\"']{0,8}(?:no|n|deny|disallow|false|0)\b",
    re.IGNORECASE | re.MULTILINE,
)


def parse(evidence: Evidence, vocabulary: Vocabulary, url: str | None) -> list[Signal]:
    """The signals of a stored ai.txt for the picture at ``url``; without a URL every Disallow of our agents counts."""
    try:
        groups = robots.parse_file(evidence.value).groups
    except robots.TooLargeError as error:
        return [unreadable(PROTOCOL, evidence, str(error), VERSION)]
    path = paths.path_of(url) if url else None
    signals: list[Signal] = []
    for group in groups:
        agent = next((a for a in group.agents if {a, robots.product(a)} & vocabulary.agents), None)
        if agent is not None or not group.agents:
            signals.extend(_training(group, path, agent, evidence))
    if ban := _BAN.search(evidence.value):
        note = f"a line that bans training: {fields.excerpt(ban[0].strip())}"
        signals.append(Signal(PROTOCOL, "", State.RESERVED, Use.AI_TRAINING, None, evidence, note))
    return signals


def _training(group: robots.Group, path: str | None, agent: str | None, evidence: Evidence) -> Iterator[Signal]:
    """What one group says about training on the path; letter case does not matter, as it does not in media types."""
    rules = [robots.Rule(rule.allow, rule.pattern.lower()) for rule in group.rules]
    rule = robots.deciding(rules, None if path is None else path.lower())
    if rule is None:
        return
    state = State.ALLOWED if rule.allow else State.RESERVED
    note = f"{'Allow' if rule.allow else 'Disallow'}: {fields.excerpt(rule.pattern)}"
    yield Signal(PROTOCOL, VERSION, state, Use.AI_TRAINING, agent, evidence, note)
