"""Reservations in words: ``No AI training``, ``Text and data mining is reserved``, ``AI学習禁止``, ``§ 44b UrhG``.

Whether such words reserve anything is contested (OLG Hamburg 5 U 104/24 of 2025-12-10 against the first instance), so
they are kept as a reservation with a note, and a person may decide otherwise.

A clause is read by the senses of its words (``licenses/reservation_words.csv``): what it is about (mining; AI and
training), and whether it bans. A negation before a ban takes both away ("not prohibited", "no restrictions"), one
before a permission bans ("not allowed"), and any other bans ("do not use for AI training"). What is said of how the
picture was made ("not made with AI") is about something else.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence

from cleanset.rights.evidence import Evidence
from cleanset.rights.optout import fields
from cleanset.rights.optout.signal import Signal, State, Use
from cleanset.rights.reviewed import read_rows

PROTOCOL = "plain-words"
MAX_TEXT = 8 * 1024
"""Characters of a text that are read; notices are shorter."""
_REACH = 3
"""Words between which a negation belongs to what follows."""
_REACH_BACK = 8
"""The same where the negation follows and each syllable counts as a word."""
_SHORT = 8
"""Words of a clause that may speak of AI alone in a place about rights; elsewhere ``_TAG``."""
_TAG = 3
_COMMAND = 5
"""Words of a clause in a place about rights that may speak of training alone: ``Do not train``."""
"""Words of a clause that may speak of AI alone in a place about rights; elsewhere ``_TAG``."""

_STATUTE = re.compile(
    r"""§{1,2}\s?44\s?b\b | \b44b\s{0,2}(?:\(?\d\)?|abs\.?\s{0,2}\d|absatz\s\d)?[\s,]{0,2}(?:satz\s\d\s)?urhg
      | \b2019/790\b | \b(?:c?dsm|copyright)[-\s](?:directive|richtlinie|directiva|direttiva)
      | \bl\.?\s?122-5-3\b | §\s?42h\b | \b70-?quater\b | \b15o\s(?:aw|auteurswet)""",
    re.VERBOSE,
)
"""Laws of which a notice makes use that names them: Art. 4 (3) of Directive (EU) 2019/790 and what made it national."""
_STOP = re.compile(r"(?<![^\W_])no-?(?:image-?)?ai(?![^\W_])|(?<![^\W_])no-?ml(?![^\W_])")
"""The words of X-Robots-Tag, wherever they stand: also as a hash tag."""
_CLAUSES = re.compile(r"[.\u2026]+(?=\s|$)|[;!?\n\r|\u2022\u00b7\u3002\uff1b\uff01\uff1f]+|(?<=\S)\s[-\u2013\u2014]\s")
_CJK = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_BETWEEN_SCRIPTS = re.compile(rf"(?<=[{_CJK}])(?=[^{_CJK}\s])|(?<=[^{_CJK}\s])(?=[{_CJK}])")
_NAMES = re.compile(r"\b(?:Ai|Ki|Ia|Ml)\b(?=\s+[A-Z])|\b(?:ki|ia|ml|ии)\b")
"""A person's name, or a word of another language: the abbreviations are written in capitals."""
_ABBREVIATIONS = re.compile(r"\b([AKI])\.\s?([IA])\.?(?![\w])")
_SENSES = ("ban", "mining", "made", "ai", "train", "may", "not")
_STEMS = frozenset({"ban", "mining", "train", "may"})
"""Senses whose words may go on: ``trainingszwecke``."""
_ONLY_TRAINING = re.compile(r"train|trana|entrain|entren|trein|addestr|trenow|обуч|训练|訓練|学習|학습|تدريب|scrap")
"""Words for training that are about it without a word for AI; a model may be a person."""
_USE = re.compile(
    r"us(?:e|es|ed|age|ing)|nutz\w*|verwend\w*|utilis\w*|utiliz\w*|usos?|usar|gebruik\w*|exploit\w*|reproduc\w*"
)
"""What makes of a short clause about AI one about the use of the picture."""
_AFTER = ("ません", "않", "아니")
"""Negations that follow."""


def parse(evidence: Evidence, *, loose: bool = False) -> list[Signal]:
    """The signal of the first reservation that the text words; none if it words none, and none beyond ``MAX_TEXT``.

    Args:
        evidence: what was seen.
        loose: the place is none about rights, such as a caption, so only what cannot be about the picture counts.
    """
    found = _reservation(evidence.value[:MAX_TEXT], loose=loose)
    if found is None:
        return []
    note = f"reserved in words, whose force is contested: {fields.excerpt(found, 160)}"
    return [Signal(PROTOCOL, "", State.RESERVED, Use.TDM, None, evidence, note)]


def _reservation(text: str, *, loose: bool) -> str | None:
    """The clause that reserves, folded; None if none does."""
    folded = _fold(text)
    if stop := _STOP.search(folded):
        return stop[0]
    if (statute := _STATUTE.search(folded)) and not _permits(folded):
        return folded[max(statute.start() - 40, 0) : statute.end() + 40]
    if _vocabulary()[1].search(folded) is None:
        return None
    clauses = (clause.strip() for clause in _CLAUSES.split(folded))
    return next((clause for clause in clauses if clause and _reserves(clause, loose=loose)), None)


def _fold(text: str) -> str:
    """The text in one case without accents, blanks between scripts."""
    text = _NAMES.sub("x", _ABBREVIATIONS.sub(r"\1\2 ", text))
    if not text.isascii():
        text = _without_accents(text)
        text = _BETWEEN_SCRIPTS.sub(" ", text.replace("\u2019", "'").replace("\u2010", "-").replace("\u2011", "-"))
    return text.lower().replace("_", " ")


@functools.cache
def _vocabulary() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What finds each word with its sense, and what finds a word that the matter of a reservation needs."""
    words: dict[str, set[str]] = {sense: set() for sense in _SENSES}
    for row in read_rows("reservation_words.csv"):
        words[row["sense"]].update(_without_accents(word) for word in row["words"].split("|"))
    groups = {sense: _any_of(words[sense], open_end=sense in _STEMS) for sense in _SENSES}
    every = "|".join(f"(?P<{'not_' if sense == 'not' else sense}>{groups[sense]})" for sense in _SENSES)
    about = "|".join(groups[sense] for sense in ("mining", "ai", "train"))
    return re.compile(rf"{every}|(?P<other>[{_CJK}]|[^\W{_CJK}]+)"), re.compile(about)


def _without_accents(text: str) -> str:
    """The text in folded case; the voicing marks of kana are no accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    kept = (c for c in parts if not unicodedata.combining(c) or c in "\u3099\u309a")
    return unicodedata.normalize("NFC", "".join(kept))


def _any_of(words: set[str], *, open_end: bool) -> str:
    """An expression for any of the words, the longest first; of scripts without blanks, anywhere."""
    longest = sorted(words, key=lambda word: (-len(word), word))
    is_dense = re.compile(f"[{_CJK}]").search
    dense = [re.escape(word) for word in longest if is_dense(word)]
    spaced = [
        re.escape(word) + (r"\w*" if open_end and len(word) > 4 else r"(?!\w)")  # noqa: PLR2004 - a stem
        for word in longest
        if not is_dense(word)
    ]
    return "|".join([*dense, rf"(?<!\w)(?:{'|'.join(spaced)})"]) if spaced else "|".join(dense)


def _senses(clause: str) -> list[tuple[str, str]]:
    """Each word's sense and spelling, in order."""
    found = ((m.lastgroup or "", m[0]) for m in _vocabulary()[0].finditer(clause))
    return [("not" if sense == "not_" else sense, word) for sense, word in found]


def _reserves(clause: str, *, loose: bool) -> bool:
    words = _senses(clause)
    senses = {sense for sense, _ in words}
    if not _is_about_training(words, senses, loose=loose):
        return False
    return any(_bans(words))


def _is_about_training(words: Sequence[tuple[str, str]], senses: set[str], *, loose: bool) -> bool:
    if "mining" in senses or {"ai", "train"} <= senses:
        return True
    if "ai" in senses:
        is_of_use = any(_USE.fullmatch(word) for _, word in words)
        return "made" not in senses and len(words) <= (_SHORT if is_of_use or not loose else _TAG)
    is_training = any(sense == "train" and _ONLY_TRAINING.match(word) for sense, word in words)
    return is_training and not loose and len(words) <= _COMMAND


def _bans(words: Sequence[tuple[str, str]]) -> Iterator[bool]:
    """True for each ban that nothing takes away."""
    taken: set[int] = set()
    for at, (sense, _) in enumerate(words):
        if sense == "not" and at not in taken:
            reach = range(at + 1, min(at + 2 + _REACH, len(words)))
            meant = next((other for other in reach if words[other][0] in {"ban", "may"}), None)
            if meant is not None:
                taken.add(meant)
            yield meant is None or words[meant][0] == "may"
        elif sense == "ban" and at not in taken:
            reach = range(at + 1, min(at + 1 + _REACH_BACK, len(words)))
            takes_away = next((other for other in reach if words[other][1] in _AFTER), None)
            taken.update([] if takes_away is None else [takes_away])
            yield takes_away is None


def _permits(folded: str) -> bool:
    """Whether a text that names a law permits, and bans nothing."""
    words = _senses(folded[:500])
    return any(sense == "may" for sense, _ in words) and not any(_bans(words))
