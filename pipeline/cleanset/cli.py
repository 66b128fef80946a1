"""The command line: arguments to settings, settings to a pipeline or a reader, outcomes to exit codes."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from collections.abc import Callable, Sequence
from typing import Any

from cleanset import __version__
from cleanset.errors import CleansetError, ConfigError

DONE, FINDINGS, USAGE, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the result is its exit code.

    0 done; 1 ``audit`` has findings, or the run ended with shards that could not be read or stopped on an error;
    2 wrong usage, settings or policy, told in one line; 130 interrupted, and the same command goes on from there.
    """
    arguments, beam_args = _split_beam_args(list(sys.argv[1:] if argv is None else argv))
    options = build_parser().parse_args(arguments)
    options.beam_args = beam_args
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except CleansetError as error:
        _say(f"cleanset: {error}")
        return FINDINGS if error.stopped_midway else USAGE
    except KeyboardInterrupt:
        _say("cleanset: interrupted; the same command goes on from here")
        sys.stderr.flush()
        os._exit(INTERRUPTED)  # a runner's threads must not keep the process alive
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def build_parser() -> argparse.ArgumentParser:
    """The parser of every command; each sets ``command`` to the function that runs it."""
    parser = argparse.ArgumentParser(
        prog="cleanset",
        description="Turn image-text shards into a clean training set: licensed, each picture once, every decision explained.",
        epilog="What follows a bare -- goes to Beam as it is.",
    )
    parser.add_argument("--version", action="version", version=f"cleanset {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    curate = _command(commands, "curate", run_curate, "extract, match and decide: shards in, audited manifest out")
    _add_inputs(curate)
    _add_engine(curate)
    _add_policy(curate)

    extract = _command(commands, "extract", run_extract, "read shards: hashes and rights evidence of every sample")
    _add_inputs(extract)
    _add_engine(extract)

    match = _command(commands, "match", run_match, "find the samples that show the same picture")
    match.add_argument("run", metavar="RUN")
    _add_engine(match)

    decide = _command(commands, "decide", run_decide, "write the manifest under a policy; seconds, so do it often")
    decide.add_argument("run", metavar="RUN")
    _add_engine(decide)
    _add_policy(decide)

    audit = _command(commands, "audit", run_audit, "check a manifest from its own evidence; exit code 1 on a finding")
    audit.add_argument("run", metavar="RUN")

    explain = _command(commands, "explain", run_explain, "why a sample is in or out")
    explain.add_argument("run", metavar="RUN")
    explain.add_argument("sample", metavar="SAMPLE", help="sample_id or its start, key, or URL")

    license_ = _command(commands, "license", run_license, "what the license book makes of a name, URL or expression")
    license_.add_argument("text", metavar="TEXT", nargs="+")

    policy = _command(commands, "policy", run_policy, "list, show or compare policies")
    policy.add_argument("action", choices=["list", "show", "diff"])
    policy.add_argument("names", metavar="NAME", nargs="*", help="show NAME; diff A B [RUN]")
    return parser


def _command(
    commands: Any,  # noqa: ANN401 - argparse keeps the type of its subparsers private
    name: str,
    run: Callable[[argparse.Namespace], int],
    words: str,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words)
    parser.set_defaults(command=run)
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    return parser


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("inputs", metavar="INPUT", nargs="+", help="folder, glob, file, or an fsspec URL of one")
    parser.add_argument("--out", metavar="RUN", required=True, help="the run directory; an unfinished one is resumed")
    parser.add_argument("--profile", metavar="NAME", default="auto", help="how columns are named; auto recognizes it")


def _add_engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runner", default="local", help="local, or a Beam runner: FlinkRunner, DataflowRunner, …")
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
        "--opt-out", metavar="FILE", action="append", default=[], help="list of domains, URL prefixes or hashes; repeatable"
    )


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 1")
    return int(text)


def _split_beam_args(argv: list[str]) -> tuple[list[str], tuple[str, ...]]:
    if "--" not in argv:
        return argv, ()
    at = argv.index("--")
    return argv[:at], tuple(argv[at + 1 :])


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 - messages are the command line's trade


def _print(text: str) -> None:
    print(text)  # noqa: T201 - results are the command line's trade


def _print_json(document: object) -> None:
    _print(json.dumps(document, indent=2, ensure_ascii=False))


def run_curate(options: argparse.Namespace) -> int:
    """All three stages; each skips what an earlier run finished."""
    rules = _rules(options)
    code = run_extract(options, summary=False)
    options.run = options.out
    run_match(options)
    _decide(options, rules)
    return max(code, _finish(options))


def run_extract(options: argparse.Namespace, *, summary: bool = True) -> int:
    """Features of every shard."""
    from cleanset.config import ExtractConfig
    from cleanset.pipelines.extract import run_extract as run
    from cleanset.shards.find import find_shards

    found = find_shards(options.inputs, options.profile)
    for note in found.notes:
        _say(note)
    directory = _run_directory(options.out)
    summaries = run(found, ExtractConfig(), directory, _engine(options))
    unread = [s for s in summaries if s.error]
    for shard in unread:
        _say(f"cleanset: shard {shard.name} could not be read: {shard.error}")
    if summary:
        rows = sum(s.rows for s in summaries)
        if options.json:
            _print_json({"shards": len(summaries), "unread": len(unread), "samples": rows, "run": options.out})
        else:
            _print(f"{rows:,} samples of {len(summaries) - len(unread)} shards in {directory.path('features')}")
    return FINDINGS if unread else DONE


def run_match(options: argparse.Namespace) -> int:
    """Pairs and components."""
    from cleanset.config import MatchConfig
    from cleanset.pipelines.match import run_match as run

    counts = run(_run_directory(options.run), MatchConfig(), _engine(options))
    if options.command is run_match:
        text = f"{counts['pairs']:,} pairs, {counts['linked']:,} samples in {counts['components']:,} components"
        _print_json(counts) if options.json else _print(text)
    return DONE


def run_decide(options: argparse.Namespace) -> int:
    """The manifest."""
    _decide(options, _rules(options))
    return _finish(options)


def _decide(options: argparse.Namespace, rules: Any) -> None:  # noqa: ANN401 - importing its type would load the field
    from cleanset.pipelines.decide import run_decide as run

    run(_run_directory(options.run), rules, _engine(options))


def _finish(options: argparse.Namespace) -> int:
    from cleanset.manifest.record import RECORD, RUN_DECIDE
    from cleanset.report.summary import summarize

    directory = _run_directory(options.run)
    record = directory.read_json(RECORD, needs=RUN_DECIDE)
    _print_json(record) if options.json else _print(summarize(directory))
    return FINDINGS if any(shard["error"] for shard in record["inputs"]) else DONE


def run_audit(options: argparse.Namespace) -> int:
    """Findings, and exit code 1 if there are any."""
    from cleanset.audit.audit import audit

    findings, checks = audit(_run_directory(options.run))
    if options.json:
        rows = [{"check": f.check, "subject": f.subject, "message": f.message} for f in findings]
        _print_json({"run": options.run, "checks": checks, "findings": rows})
    else:
        for finding in findings:
            _print(f"{finding.check}: {finding.subject}: {finding.message}")
        _print(f"{len(checks)} checks, {len(findings) or 'no'} finding{'' if len(findings) == 1 else 's'}")
    return FINDINGS if findings else DONE


def run_explain(options: argparse.Namespace) -> int:
    """One sample on one screen."""
    from cleanset.report.explain import as_text, explain

    explanation = explain(_run_directory(options.run), options.sample)
    _print_json(explanation) if options.json else _print(as_text(explanation))
    return DONE


def run_license(options: argparse.Namespace) -> int:
    """What the book makes of each text."""
    from cleanset.rights.book import LicenseBook
    from cleanset.rights.explain_license import explain, to_json

    book = LicenseBook.load()
    readings = [(text, book.read(text)) for text in options.text]
    if options.json:
        _print_json([to_json(reading, text) for text, reading in readings])
    else:
        _print("\n\n".join(explain(reading) for _, reading in readings))
    return DONE


def run_policy(options: argparse.Namespace) -> int:
    """Policies in words, or the difference that two make."""
    from cleanset.rights.policy import describe, list_policies, load_policy

    wanted = {"list": (0, 0), "show": (1, 1), "diff": (2, 3)}[options.action]
    if not wanted[0] <= len(options.names) <= wanted[1]:
        raise ConfigError(f"policy {options.action} takes {['no name', 'one NAME', 'A B [RUN]'][wanted[0]]}")
    names = list_policies() if options.action == "list" else options.names
    if options.action == "diff":
        return _diff_policies(options)
    policies = [load_policy(name) for name in names]
    if options.json:
        _print_json([policy.model_dump(mode="json") for policy in policies])
    elif options.action == "list":
        _print("\n".join(f"{policy.name:28} {policy.summary}" for policy in policies))
    else:
        _print(describe(policies[0]))
    return DONE


def _diff_policies(options: argparse.Namespace) -> int:
    """The two policies' words, or with a run the samples that enter and leave."""
    from cleanset.pipelines.compare import compare_policies
    from cleanset.rights.policy import diff_words, load_policy

    before, after = (load_policy(name) for name in options.names[:2])
    if len(options.names) == 2:  # noqa: PLR2004 - two policies and no run
        lines = diff_words(before, after)
        _print_json(lines) if options.json else _print("\n".join(lines) or "no difference")
        return DONE
    changes = compare_policies(_run_directory(options.names[2]), before, after)
    rows = changes.to_pylist()
    if options.json:
        _print_json(rows)
    else:
        for row in rows:
            _print("  ".join(str(value) for value in row.values()))
        _print(f"{len(rows)} samples change from {before.name} to {after.name}")
    return DONE


def _rules(options: argparse.Namespace) -> Any:  # noqa: ANN401 - importing its type would load the field
    """Everything that decides about rights, read and checked before any work starts."""
    from cleanset.manifest.judge import Rules
    from cleanset.rights.book import LicenseBook
    from cleanset.rights.optout.lists import load as load_lists
    from cleanset.rights.overlay import Overlay, load_overlay
    from cleanset.rights.policy import load_policy

    return Rules(
        LicenseBook.load(),
        load_policy(options.policy),
        load_overlay(options.overlay) if options.overlay else Overlay(),
        load_lists(Path(name) for name in options.opt_out) if options.opt_out else None,
    )


def _engine(options: argparse.Namespace) -> Any:  # noqa: ANN401 - importing its type would load Beam
    from cleanset.pipelines.engine import Engine

    return Engine(options.runner, options.workers, options.beam_args)


def _run_directory(path: str) -> Any:  # noqa: ANN401 - importing its type would load Arrow
    from cleanset.rundir import RunDirectory

    return RunDirectory(path)
