"""The command line: arguments to settings, settings to a pipeline or a reader, outcomes to exit codes."""

from __future__ import annotations

import argparse
import atexit
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's and scipy's wait for each other, from their import on

from cleanset import __version__, commands, commands_check, commands_embed, commands_release, commands_upkeep, stores
from cleanset.commands import DONE, FINDINGS
from cleanset.errors import CleansetError
from cleanset.rundir import RunDirectory
from cleanset.rundir.lock import release_local
from cleanset.terminal import say

USAGE, INTERRUPTED = 2, 130
atexit.register(gc.freeze)  # the interpreter would look for garbage among all of Beam's objects: 0.3 s


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the result is its exit code.

    0 done; 1 ``audit`` has findings, or the run ended with shards that could not be read or stopped on an error;
    2 wrong usage, settings or policy, told in one line; 130 interrupted, and the same command goes on from there.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    arguments, beam_args = _split_beam_args(given)
    options = build_parser().parse_args(arguments)
    options.beam_args, options.argv, options.holds = beam_args, given, False
    _log_our_errors()
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        with _stop_at_interrupt(), ExitStack() as options.until_end:
            if options.reads_run:
                commands_upkeep.settle(RunDirectory(options.run), options.verb)
            return command(options)
    except CleansetError as error:
        say(f"cleanset: {error}")
        return FINDINGS if error.stopped_midway else USAGE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except stores.faults() as error:
        say(f"cleanset: {stores.reason(error)}")
        return FINDINGS


def _log_our_errors() -> None:
    """Only our own log is shown: what a runner logs of a step's error comes once more as the error itself."""
    handler = logging.StreamHandler()
    handler.addFilter(logging.Filter("cleanset"))
    logging.basicConfig(level=logging.ERROR, format="cleanset: %(message)s", handlers=[handler])
    if _HELPERS_WARNING not in sys.warnoptions:
        sys.warnoptions.append(_HELPERS_WARNING)


_HELPERS_WARNING = "ignore:resource_tracker:UserWarning"
"""What the helper process of multiprocessing says after Ctrl-C; it takes over the interpreter's warning options."""


@contextmanager
def _stop_at_interrupt() -> Iterator[None]:
    """While the block runs, Ctrl-C ends the process at once.

    As an exception it would wait in the runner for the shards that its workers are reading. Nothing is lost: files
    appear when they are complete.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _stop(*_signal: object) -> NoReturn:
    say("cleanset: interrupted; the same command goes on from here")
    sys.stderr.flush()
    release_local()
    os._exit(INTERRUPTED)


class _Parser(argparse.ArgumentParser):
    """Wrong usage is told in one line."""

    def error(self, message: str) -> NoReturn:
        """End with the exit code for wrong usage."""
        say(f"{self.prog}: {message}; see {self.prog} --help")
        raise SystemExit(USAGE)


class _Command(_Parser):
    """Options may stand before, between and behind the inputs."""

    _mixing = False

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As argparse does it for a whole command line, but not for a subcommand; it calls this again for each part."""
        if self._mixing:
            return super().parse_known_args(args, namespace)
        self._mixing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._mixing = False


def build_parser() -> argparse.ArgumentParser:
    """The parser of every command; each sets ``command`` to the function that runs it."""
    parser = _Parser(
        prog="cleanset",
        description="Turn image-text shards into a clean training set: licensed, each picture once, all explained.",
        epilog="What follows a bare -- goes to Beam as it is.",
    )
    parser.add_argument("--version", action="version", version=f"cleanset {__version__}")
    verbs = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Command)

    _add_stages(verbs)

    audit = _command(verbs, "audit", commands.audit, "check a manifest from its own evidence; exit code 1 on a finding")
    audit.add_argument("run", metavar="RUN", type=_place)
    audit.set_defaults(reads_run=True)

    explain = _command(verbs, "explain", commands.explain, "why a sample is in or out")
    explain.add_argument("run", metavar="RUN", type=_place)
    explain.set_defaults(reads_run=True)
    explain.add_argument("sample", metavar="SAMPLE", help="sample_id or its start, key, or URL")

    clean = _command(
        verbs, "clean", commands_upkeep.clean, "remove what shards left in a run that are no input any more"
    )
    clean.add_argument("run", metavar="RUN", type=_place)

    unlock = _command(verbs, "unlock", commands_upkeep.unlock, "take a run from a command that died on another machine")
    unlock.add_argument("run", metavar="RUN", type=_place)

    report = _command(verbs, "report", commands.report, "write pages that show what is in and out, and why")
    report.add_argument("run", metavar="RUN", type=_place)
    report.set_defaults(reads_run=True)
    report.add_argument("--out", metavar="DIR", help="default: RUN/report/html")

    laundering = _command(
        verbs, "laundering", commands.laundering, "pictures that one source frees and another does not"
    )
    laundering.add_argument("run", metavar="RUN", type=_place)
    laundering.set_defaults(reads_run=True)

    attribution = _command(verbs, "attribution", commands.attribution, "write the credits of what is kept")
    attribution.add_argument("run", metavar="RUN", type=_place)
    attribution.set_defaults(reads_run=True)
    attribution.add_argument("--out", metavar="DIR", help="default: RUN/credits")

    license_ = _command(verbs, "license", commands.license_, "what the license book makes of a name, URL or expression")
    license_.add_argument("text", metavar="TEXT", nargs="+", type=_as_given, help="may begin with -, also after --")

    policy = _command(verbs, "policy", commands.policy, "list, show or compare policies")
    policy.add_argument("action", choices=["list", "show", "diff"])
    policy.add_argument("names", metavar="NAME", nargs="*", help="show NAME; diff A B [RUN]")

    check = _command(verbs, "check", commands_check.check, "whether pictures come too close to those of a run; 1 if so")
    check.add_argument("inputs", metavar="IMAGE", nargs="+", help="images or folders of them, or shards")
    check.add_argument("--against", metavar="RUN|DIR", required=True, help="a run, or a folder of images")
    _add_embedder(check)
    _add_engine(check)

    _add_releases(verbs)
    return parser


def _add_stages(verbs: Any) -> None:  # noqa: ANN401 - argparse keeps the type of its subparsers private
    """The commands that make a run, and the one that finds thresholds for it."""
    curate = _command(
        verbs, "curate", commands.curate, "extract, match, decide and a quick audit: shards in, manifest out"
    )
    _add_inputs(curate)
    _add_engine(curate)
    _add_thresholds(curate)
    _add_policy(curate)
    curate.add_argument("--no-audit", dest="audit", action="store_false", help="leave out the quick audit at the end")

    extract = _command(verbs, "extract", commands.extract, "read shards: hashes and rights evidence of every sample")
    _add_inputs(extract)
    _add_engine(extract)

    embed = _command(verbs, "embed", commands.extract, "a vector of every picture, which finds crops and overlays")
    _add_inputs(embed, embedder="cleanset")
    _add_engine(embed)

    match = _command(verbs, "match", commands.match, "find the samples that show the same picture")
    match.add_argument("run", metavar="RUN", type=_place)
    _add_engine(match)
    _add_thresholds(match)

    calibrate = _command(
        verbs, "calibrate", commands_embed.calibrate, "how far a run's own pictures are from each other"
    )
    calibrate.add_argument("run", metavar="RUN", type=_place)
    calibrate.add_argument("--pictures", metavar="N", type=_positive, default=8192, help="drawn; default: %(default)s")

    decide = _command(verbs, "decide", commands.decide, "write the manifest under a policy; seconds, so do it often")
    decide.add_argument("run", metavar="RUN", type=_place)
    _add_embedder(decide)
    _add_engine(decide)
    _add_policy(decide)


def _add_releases(verbs: Any) -> None:  # noqa: ANN401 - argparse keeps the type of its subparsers private
    """The commands that deal with releases."""
    release = _command(
        verbs, "release", commands_release.release, "an immutable, dated copy of what a run decided, signed if asked"
    )
    release.add_argument("run", metavar="RUN", type=_place)
    release.set_defaults(reads_run=True)
    release.add_argument("--name", metavar="V", required=True, help="what the release is called, for instance 2026-11")
    release.add_argument("--to", metavar="DIR", help="folder of all releases; default: releases/ beside the run")
    release.add_argument("--key", metavar="FILE", help="private SSH key to sign with; needs ssh-keygen")

    verify = _command(verbs, "verify", commands_release.verify, "whether a release is as it was released; 1 if not")
    verify.add_argument("release", metavar="V", help="folder of the release")
    verify.add_argument("--signer", metavar="FILE", help="public SSH key that has to have signed it")

    export = _command(
        verbs, "export", commands_release.export, "the kept samples as shards to train from, bytes untouched"
    )
    export.add_argument("run", metavar="RUN", type=_place)
    export.set_defaults(reads_run=True)
    export.add_argument("out", metavar="OUT", type=_place, help="folder of the export; one that was stopped goes on")
    export.add_argument("--to", choices=["webdataset", "parquet", "hf", "urls"], default="webdataset")
    export.add_argument(
        "--per-shard", metavar="N", type=_positive, default=10_000, help="mean samples of a shard; default: %(default)s"
    )
    export.add_argument("--seed", metavar="N", type=int, default=0, help="of the shuffle; default: %(default)s")

    wanted = _command(verbs, "wanted", commands_release.wanted, "list what the policy would allow, to be fetched")
    wanted.add_argument("run", metavar="RUN", type=_place)
    wanted.set_defaults(reads_run=True)
    wanted.add_argument("--out", metavar="FILE", required=True, type=_place, help="Parquet file for img2dataset")

    diff = _command(verbs, "diff", commands_release.diff, "what entered, left and changed between two releases or runs")
    diff.add_argument("before", metavar="V1")
    diff.add_argument("after", metavar="V2")
    diff.add_argument("--out", metavar="DIR", help="also write every sample as difference.parquet, and a page")


def _command(
    verbs: Any,  # noqa: ANN401 - argparse keeps the type of its subparsers private
    name: str,
    run: Callable[[argparse.Namespace], int],
    words: str,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=words, description=words)
    parser.set_defaults(command=run, verb=name, reads_run=False)
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    return parser


def _add_inputs(parser: argparse.ArgumentParser, embedder: str = commands_embed.AUTO) -> None:
    parser.add_argument(
        "inputs", metavar="INPUT", nargs="+", type=_place, help="folder, glob, file, or an fsspec URL of one"
    )
    parser.add_argument(
        "--out", metavar="RUN", required=True, type=_place, help="the run directory; an unfinished one is resumed"
    )
    parser.add_argument("--profile", metavar="NAME", default="auto", help="how columns are named; auto recognizes it")
    parser.add_argument(
        "--keep-packets",
        action="store_true",
        help="keep raw EXIF, IPTC, XMP and text packets as evidence in features/: some kB an image that has them",
    )
    _add_embedder(parser, embedder)


def _add_embedder(parser: argparse.ArgumentParser, embedder: str = commands_embed.AUTO) -> None:
    parser.add_argument(
        "--embedder",
        metavar="NAME|FILE",
        default=embedder,
        help="cleanset (its own), FILE.onnx, openclip:…, sscd:FILE or none; auto: its own, if it can run",
    )
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="where the embedder runs")


def _add_thresholds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--thresholds", metavar="FILE", help="settings of match (JSON), for instance by calibrate")


def _add_engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--runner",
        default="local",
        help="local, prism, flink, dataflow, or any Beam runner by its name; its options go behind --",
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        type=_positive,
        default=len(os.sched_getaffinity(0)),
        help="local processes that extract, about 300 MB each; default: one per core",
    )


def _add_policy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--policy", metavar="NAME|FILE", default="commercial", help="default: %(default)s")
    parser.add_argument("--overlay", metavar="FILE", help="corrections to rights (CSV or JSON lines): who, when, why")
    parser.add_argument(
        "--opt-out",
        metavar="FILE",
        action="append",
        default=[],
        help="list of domains, URL prefixes or hashes; repeatable",
    )
    parser.add_argument(
        "--protect",
        metavar="RUN|DIR",
        action="append",
        default=[],
        type=_place,
        help="works that nothing kept may come near: a run of them, or images; repeatable",
    )


def _place(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty name is no place; is a variable not set?")
    return text


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 1")
    return int(text)


_TEXT = "\0"
"""Before a text that is no option, whatever it begins with; no argument of a process can hold it."""


def _license_arguments(argv: list[str]) -> list[str]:
    """The arguments of ``license``, its texts marked: all that is neither an option of it nor the first ``--``."""
    at = argv.index("--") if "--" in argv else len(argv)
    options = [one for one in argv[1:at] if one in {"--json", "-h", "--help"}]
    texts = [one for one in argv[1:at] if one not in options] + argv[at + 1 :]
    return ["license", *options, *(_TEXT + text for text in texts)]


def _as_given(text: str) -> str:
    return text.removeprefix(_TEXT)


def _split_beam_args(argv: list[str]) -> tuple[list[str], tuple[str, ...]]:
    if argv[:1] == ["license"]:
        return _license_arguments(argv), ()
    if "--" not in argv:
        return argv, ()
    at = argv.index("--")
    return argv[:at], tuple(argv[at + 1 :])
