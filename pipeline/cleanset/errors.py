"""Errors that are the user's to mend: the command line prints them in one line."""


class CleansetError(Exception):
    """Something that the user can mend; the message says what was found, what was expected and what to do.

    Attributes:
        stopped_midway: work was under way, and the same command goes on from there.
    """

    stopped_midway = False


class InputError(CleansetError):
    """An input that cannot be read at all: a wrong path, an unknown kind, columns that no profile knows."""


class StoreError(InputError):
    """A store, of inputs or of the run, that cannot be opened or reached: an address, a package, access."""


class ConfigError(CleansetError):
    """A setting out of its bounds, or an unknown one."""


class PolicyError(ConfigError):
    """A policy that does not exist or does not validate."""


class RunError(CleansetError):
    """A run directory that is not one, is of another version, or lacks a stage that the command needs."""


class ShardError(CleansetError):
    """A shard that cannot be read at all; the run goes on without it and says so."""


class OutageError(CleansetError):
    """A disk, a network or a store fails while work is under way, again and again; no file in it is to blame."""

    stopped_midway = True


class OutputError(CleansetError):
    """A file of the run cannot be written: a full disk, a folder without permission. Nothing half-written is left."""

    stopped_midway = True


class WorkerError(CleansetError):
    """A worker process died, which no error of ours explains."""

    stopped_midway = True
