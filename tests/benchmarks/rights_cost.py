#!/usr/bin/env python3
"""Reading rights: CPU time of a sample's claims and conclusion, and how it grows with hostile text.

``python tests/benchmarks/rights_cost.py``. Growth is the cost of a text four times as long, divided by four: linear is
1, quadratic 4. Texts are long enough that what is paid once is small beside them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable

import sections
from cleanset.rights.book import LicenseBook
from cleanset.rights.claims.claim import Claim
from cleanset.rights.claims.columns import evidence_from_columns
from cleanset.rights.claims.names import Bare, read_credit
from cleanset.rights.claims.reading import claims_from
from cleanset.rights.conclusion.conclude import conclude
from cleanset.rights.policy import load_policy

BOOK = LicenseBook.load()
POLICY = load_policy("commercial")
ROUNDS = 3
ROWS = 4_000
LONG, TIMES = 2_000, 4
"""Characters of the shorter text, and how many times as long the other one is."""
BAR = 2.0
"""Growth above which a reader is slower than linear, noise allowed for."""
FIELDS = ("attribution", "rights", "author", "copyright", "license")
CREDITS = ("© a ", "by ", "(c) ", "x,by a ", "(© a ", "© a-b. ", "a, via ", "photo: a / ")
WORDS = (
    " ", "by ", ",", "some rights ", "kein", "nicht kommerziell", "a ", "nur zur ", "non ", "personal and ",
    "images are ", "(", "MIT AND (", "CC BY ", "<a>", "%ff", "licenses/", "<", "AND ",
)  # fmt: skip


def main() -> int:
    """Measure and print; 1 where a reader grows faster than its text."""
    cost = [(what, 1e3 * seconds) for what, seconds in cost_of_rows()]
    growth = sorted(growths(), key=lambda row: -row[1])
    sections.save(
        "rights",
        "Reading rights",
        sections.table(["of a sample", "CPU ms"], cost),
        sections.table(["hostile text", "growth"], growth[:10]),
        f"{ROWS:,} samples, each with rights of its own, so that nothing is remembered from one to the next; the least "
        f"of {ROUNDS} rounds. Growth: CPU time of {TIMES * LONG:,} characters by that of {LONG:,}, divided by {TIMES}; "
        f"the ten largest of {len(growth)}; the bar is {BAR:g}.",
    )
    return int(growth[0][1] > BAR)


def cost_of_rows() -> Iterable[tuple[str, float]]:
    """CPU seconds of a sample for its claims, and for the conclusion from them."""
    texts = ["CC-BY-4.0", "CC-BY-SA-3.0", "https://creativecommons.org/publicdomain/zero/1.0/", "GPL-2+", "other"]
    rows: list[list[Claim]] = []

    def claim() -> None:
        rows.clear()
        for number in range(ROWS):
            seen = {"license": texts[number % 5], "author": f"Author {number}", "title": f"Title {number}"}
            evidence = evidence_from_columns({**seen, "copyright": f"© {number} Author {number}"}, "webdataset")
            rows.append(list(claims_from(evidence, f"https://e.org/{number}.jpg", "webdataset", BOOK)))

    yield "claims of its evidence", least(claim) / ROWS
    yield "conclusion from its claims", least(lambda: [conclude(claims, POLICY, BOOK) for claims in rows]) / ROWS


def growths() -> Iterable[tuple[str, float]]:
    """Growth of each reader on each hostile text."""
    for piece in CREDITS:
        yield f"credit `{piece}`", growth_of(lambda text: read_credit(text, BOOK, Bare.ANY), piece)
    for piece in WORDS:
        yield f"name `{piece}`", growth_of(BOOK.read, piece)
        for field in FIELDS:
            yield f"{field} `{piece}`", growth_of(lambda text, field=field: read(field, text), piece)  # type: ignore[misc]


def read(field: str, text: str) -> None:
    """The claims of a sample with one column, and the conclusion."""
    claims = claims_from(evidence_from_columns({field: text}, "webdataset"), None, "webdataset", BOOK)
    conclude(list(claims), POLICY, BOOK)


def growth_of(reader: Callable[[str], object], piece: str) -> float:
    """Cost of a text ``TIMES`` as long, divided by ``TIMES``; a letter at the end keeps both from being remembered."""
    seconds = [
        min(least(lambda text=text: reader(text), rounds=1) for text in texts(piece, length))  # type: ignore[misc]
        for length in (LONG, LONG * TIMES)
    ]
    return seconds[1] / max(seconds[0], 1e-4) / TIMES


def texts(piece: str, length: int) -> Iterable[str]:
    """The piece over and over, a little different in each round."""
    return (piece * (length // len(piece)) + "x" * number for number in range(1, ROUNDS + 1))


def least(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    """CPU seconds of the cheapest round."""
    found = []
    for _ in range(rounds):
        begun = time.process_time()
        run()
        found.append(time.process_time() - begun)
    return min(found)


if __name__ == "__main__":
    sys.exit(main())
