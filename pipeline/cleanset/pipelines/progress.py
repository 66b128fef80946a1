"""Progress of a long stage, for a person at a terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cleanset.config import ExtractConfig
from cleanset.embeddings import store as vectors
from cleanset.embeddings.model import Identity
from cleanset.features import store
from cleanset.rundir import RunDirectory, footer, footer_rows
from cleanset.shards.sample import Shard

_CLEAR = "\r\033[K"
"""Back to the start of the terminal's line, and the line is empty."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a stage is: units done of all, and samples in those that this run did itself."""

    done: int
    total: int
    samples: int


class FinishedShards:
    """Counts the shards that are finished, by looking at the last file of each: it works with every runner.

    That is the features file, or the file of vectors where an embedder takes part. The first look tells the files that
    an earlier run finished from those that this one has to write anew.
    """

    def __init__(
        self, shards: list[Shard], config: ExtractConfig, run: RunDirectory, embedder: Identity | None = None
    ) -> None:
        self._shards = shards
        self._config = config
        self._run = run
        self._embedder = embedder
        self._folder = "features" if embedder is None else f"{vectors.FOLDER}/{embedder.name}"
        self._waiting: dict[str, str | None] | None = None
        self._samples = 0

    def __call__(self) -> Tally:
        """How many are finished now."""
        if self._waiting is None:
            self._waiting = self._unfinished()
        present = set(self._run.files(self._folder))
        for file, mark in list(self._waiting.items()):
            if file in present and self._run.mark(file) != mark:
                del self._waiting[file]
                self._samples += footer_rows(file)
        return Tally(len(self._shards) - len(self._waiting), len(self._shards), self._samples)

    def _unfinished(self) -> dict[str, str | None]:
        """The files that are still to be written, with the mark of the outdated file that lies there now."""
        present = set(self._run.files(self._folder))
        files = [(self._last_file(shard), shard) for shard in self._shards]
        return {
            file: self._run.mark(file) if file in present else None
            for file, shard in files
            if file not in present or not self._is_unchanged(shard)
        }

    def _last_file(self, shard: Shard) -> str:
        if self._embedder is None:
            return self._run.features_file(shard.name)
        return vectors.vectors_file(self._run, self._embedder.name, shard.name)

    def _is_unchanged(self, shard: Shard) -> bool:
        if not store.is_unchanged(shard, self._config, self._run):
            return False
        if self._embedder is None:
            return True
        digest = footer(self._run.features_file(shard.name))["input_digest"]
        return vectors.is_finished(self._run, self._embedder, shard.name, digest)


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
        first = now = tally()
        while True:
            print(_CLEAR + line(stage, now, first.done, time.monotonic() - start), end="", file=sys.stderr, flush=True)  # noqa: T201 - this is the display
            if stop.wait(every):
                break
            now = tally()
        print(_CLEAR, end="", file=sys.stderr, flush=True)  # noqa: T201 - this is the display

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
