"""robots.txt (RFC 9309), read for every agent that counts as us, with the lines that later protocols add to groups.

A group is taken if it names one of our agents. The longest matching rule decides inside it, and Allow wins a tie; over
groups any Disallow wins. An Allow lets a robot fetch: it is no permission to train.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cleanset.rights.evidence import Evidence
from cleanset.rights.optout import aipref, contentsignal, fields, paths, rsl
from cleanset.rights.optout.signal import Signal, State, Use, silent, unreadable
from cleanset.rights.optout.vocabulary import Vocabulary

PROTOCOL = "robots.txt"
VERSION = "RFC 9309"
MAX_FILE = 512 * 1024
"""Characters; RFC 9309 asks for at least 500 KiB."""
MAX_RULES = 10_000

_PREFERENCES = {"content-usage": aipref.parse, "content-signal": contentsignal.parse}


@dataclass(frozen=True, slots=True)
class Rule:
    """``Allow`` or ``Disallow`` of a path pattern."""

    allow: bool
    pattern: str


@dataclass(frozen=True, slots=True)
class Preference:
    """A ``Content-Usage`` or ``Content-Signal`` line, with the path pattern that it may begin with."""

    name: str
    pattern: str
    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """What one group of a file says to its agents (lower case); a group of no agent holds what stands before any."""

    agents: tuple[str, ...]
    rules: tuple[Rule, ...]
    preferences: tuple[Preference, ...]


@dataclass(frozen=True, slots=True)
class Robots:
    """A parsed file: its groups in order, and the license documents that it points to."""

    groups: tuple[Group, ...]
    licenses: tuple[str, ...]


class TooLargeError(ValueError):
    """A file over a bound."""


@functools.lru_cache(maxsize=128)
def parse_file(text: str) -> Robots:
    """The groups of a robots.txt. Lines that are no rule are skipped, as RFC 9309 asks.

    Raises:
        TooLargeError: over ``MAX_FILE`` or ``MAX_RULES``.
    """
    if len(text) > MAX_FILE:
        raise TooLargeError(f"{len(text)} characters, at most {MAX_FILE} are read")
    groups: list[tuple[list[str], list[Rule], list[Preference]]] = [([], [], [])]
    licenses: list[str] = []
    naming = False
    for count, (name, value) in enumerate(_fields(text)):
        if count >= MAX_RULES:
            raise TooLargeError(f"more than {MAX_RULES} lines")
        if name == "user-agent":
            if not naming:
                groups.append(([], [], []))
            groups[-1][0].append(value.lower())
            naming = True
        elif name == "license":
            licenses.append(value)
        elif name in _PREFERENCES:
            groups[-1][2].append(_preference(name, value))
            naming = False
        elif name in {"allow", "disallow"}:
            groups[-1][1].extend([Rule(name == "allow", paths.normalized(value))] if value else [])
            naming = False
    return Robots(tuple(Group(tuple(a), tuple(r), tuple(p)) for a, r, p in groups), tuple(licenses))


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """Names, in lower case, and values of the lines that have both, comments cut."""
    for line in fields.lines(text.removeprefix("\ufeff")):
        name, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield name.strip().lower(), value.strip()


def _preference(name: str, value: str) -> Preference:
    path, _, rest = value.partition(" ")
    if path.startswith("/"):
        return Preference(name, paths.normalized(path), rest.strip())
    return Preference(name, "", value)


def parse(evidence: Evidence, vocabulary: Vocabulary, url: str | None) -> list[Signal]:
    """The signals of a stored robots.txt for the picture at ``url``.

    Without a URL no path can be tested, and every Disallow of our agents counts.
    """
    try:
        robots = parse_file(evidence.value)
    except TooLargeError as error:
        return [unreadable(PROTOCOL, evidence, str(error), VERSION)]
    path = paths.path_of(url) if url else None
    signals: list[Signal] = []
    for group in robots.groups:
        agent = next((a for a in group.agents if {a, product(a)} & vocabulary.agents), None)
        if agent is not None:
            signals.extend(_crawling(group.rules, path, agent, evidence))
        if agent is not None or not group.agents:
            signals.extend(_preferences(group, path, agent, evidence, vocabulary))
    signals.extend(signal for target in robots.licenses for signal in rsl.pointer(replace(evidence, value=target)))
    return signals


def product(agent: str) -> str:
    """The product token of a user-agent line: letters up to the first slash or blank."""
    return agent.split("/", 1)[0].split(" ", 1)[0]


def _crawling(rules: Sequence[Rule], path: str | None, agent: str, evidence: Evidence) -> Iterator[Signal]:
    """What the rules of one group say about fetching the path."""
    rule = deciding(rules, path)
    if rule is None:
        return
    if rule.allow:
        yield silent(PROTOCOL, evidence, f"Allow: {fields.excerpt(rule.pattern)}", version=VERSION, agent=agent)
        return
    note = f"{agent}: Disallow: {fields.excerpt(rule.pattern)}" + ("" if path else "; no URL to match it with")
    yield Signal(PROTOCOL, VERSION, State.RESERVED, Use.CRAWLING, agent, evidence, note)


def deciding(rules: Sequence[Rule], path: str | None) -> Rule | None:
    """The longest rule that matches a path, Allow before Disallow; without a path any Disallow."""
    if path is None:
        return next((rule for rule in rules if not rule.allow), None)
    matching = (rule for rule in rules if paths.matches(rule.pattern, path))
    return max(matching, key=lambda rule: (len(rule.pattern), rule.allow), default=None)


def _preferences(
    group: Group, path: str | None, agent: str | None, evidence: Evidence, vocabulary: Vocabulary
) -> Iterator[Signal]:
    """What the preference lines of one group say: of each protocol those with the longest pattern that matches."""
    for name, parse_value in _PREFERENCES.items():
        lines = [p for p in group.preferences if p.name == name and (path is None or paths.matches(p.pattern, path))]
        longest = 0 if path is None else max((len(p.pattern) for p in lines), default=0)
        for line in lines:
            if len(line.pattern) >= longest:
                yield from parse_value(replace(evidence, value=line.value), vocabulary, agent=agent)
