"""Progress of a long stage, for a person at a terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a stage is: units done of all, and samples in those that this run did itself."""

    done: int
    total: int
    samples: int


@contextmanager
def show_progress(stage: str, tally: Callable[[], Tally], every: float = 1.0) -> Iterator[None]:
    """While the block runs, one line on standard error tells units done, samples a second and the time left.

    Silent when standard error is not a terminal. ``every``: seconds between two looks.
    """
    if not sys.stderr.isatty():
        yield
        return
    stop = threading.Event()

    def watch() -> None:
        start = time.monotonic()
        before = tally().done
        while not stop.wait(every):
            print("\r\033[K" + line(stage, tally(), before, time.monotonic() - start), end="", file=sys.stderr)  # noqa: T201 - this is the display
        print("\r\033[K", end="", file=sys.stderr)  # noqa: T201 - this is the display

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def line(stage: str, tally: Tally, before: int, seconds: float) -> str:
    """The text of one look. ``before``: units that were done when the stage began; ``seconds``: since then."""
    text = f"{stage}: {tally.done} of {tally.total} shards"
    if tally.samples:
        text += f", {tally.samples / seconds:,.0f} images/s"
    if tally.done > before:
        left = (tally.total - tally.done) * seconds / (tally.done - before)
        text += f", {left:,.0f} s left" if left < 120 else f", {left / 60:,.0f} min left"  # noqa: PLR2004 - two minutes
    return text
