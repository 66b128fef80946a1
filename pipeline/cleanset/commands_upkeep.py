"""The commands that keep a run in order, and what every command does before it reads or writes one."""

from __future__ import annotations

import argparse

from cleanset.errors import RunError
from cleanset.rundir import RunDirectory
from cleanset.terminal import print_json, print_text, say


def hold(options: argparse.Namespace, run: RunDirectory, *, may_be_new: bool = False) -> None:
    """This command alone works on the run until it ends; what one that was stopped had built is in its place.

    ``may_be_new``: the run may be without any file, and so, on an object store, not be there yet.

    Raises:
        RunError: there is no such run, or another command works on it.
    """
    from cleanset.manifest.stages import finish_stages
    from cleanset.rundir.lock import locked

    if not options.holds:
        if not may_be_new and not run.exists(""):
            raise RunError(f"{run.root}: there is no such run; correct the path")
        options.until_end.enter_context(locked(run, options.verb))
        options.holds = True
        finish_stages(run)


def settle(run: RunDirectory, verb: str) -> None:
    """Where a command was stopped while it put tables in their place, they are there now, before anybody reads.

    Raises:
        RunError: another command is at it.
    """
    from cleanset.manifest.stages import are_replacing, finish_stages
    from cleanset.rundir.lock import locked

    if are_replacing(run):
        with locked(run, verb):
            finish_stages(run)


def unlock(options: argparse.Namespace) -> int:
    """Nobody holds the run."""
    from cleanset.rundir.lock import unlock as take_away

    run = RunDirectory(options.run)
    if not run.exists(""):
        raise RunError(f"{run.root}: there is no such run; correct the path")
    holder = take_away(run)
    if options.json:
        print_json({"run": options.run, "held_by": None if holder is None else str(holder)})
    else:
        print_text(f"taken from {holder}" if holder else "nobody holds it")
    return 0


def tell_leftovers(run: RunDirectory) -> None:
    """The person at the terminal knows what no input needs any more, and how to remove it."""
    from cleanset.manifest.leftovers import find_leftovers, in_words

    if left := find_leftovers(run):
        say(f"cleanset: {in_words(left)}; `cleanset clean {run.root}` removes them")


def clean(options: argparse.Namespace) -> int:
    """What no record of the run needs is gone: features of shards that are no input any more, unfinished files."""
    from cleanset.manifest.leftovers import find_leftovers, in_words, remove_leftovers

    directory = RunDirectory(options.run)
    hold(options, directory)
    left = find_leftovers(directory)
    remove_leftovers(directory, left)
    if options.json:
        print_json({"run": options.run, "removed": [leftover.place for leftover in left]})
    else:
        print_text(f"removed {in_words(left)}" if left else "nothing is left over")
    return 0
