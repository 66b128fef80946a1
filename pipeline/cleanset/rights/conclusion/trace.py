"""The trace of a conclusion: the rules that fired, in order, each with the words that a person needs."""

from __future__ import annotations

from enum import StrEnum


class Rule(StrEnum):
    """Rules of ``conclude``, ``copies``, ``placeholder`` and ``withheld``, in the order in which they are tried."""

    NO_EVIDENCE = "no-evidence"
    READ = "read"
    UNREAD = "unread"
    CORRECTED = "corrected"
    AGREED = "agreed"
    DIFFER = "differ"
    STRICTER = "stricter"
    CHOSEN = "chosen"
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not-accepted"
    NOT_KNOWN = "not-known"
    BASIS = "basis"
    NO_BASIS = "no-basis"
    WEAK = "weak"
    FORBIDDEN = "forbidden"
    OTHER_OWNER = "other-owner"
    UNREADABLE = "unreadable"
    NOTE = "note"
    RESERVED = "reserved"
    RESERVATION_IGNORED = "reservation-ignored"
    GRANTED = "granted"
    DENIED = "denied"
    GENERATED = "generated"
    NO_CREATOR = "no-creator"
    CONTESTED = "contested"
    STRICTER_COPY = "stricter-copy"
    PLACEHOLDER = "placeholder"
    PROTECTED = "protected"


_MAX_WORDS = 300


def step(rule: Rule, words: str) -> str:
    """One line of a trace."""
    words = " ".join(words.split())
    return f"{rule}: {words if len(words) <= _MAX_WORDS else words[: _MAX_WORDS - 1] + '…'}"
