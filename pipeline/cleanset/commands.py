"""What each command does: it reads the options, calls one pipeline or reader, and prints the outcome.

Each imports only what it needs, so that ``cleanset license`` does not wait for Beam.
"""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cleanset.commands_embed import choose_embedder, match_config, tell_missing
from cleanset.commands_upkeep import hold, settle, tell_leftovers
from cleanset.commands_works import protected_works, tell_without_vectors
from cleanset.errors import ConfigError
from cleanset.invocation import describe_invocation
from cleanset.report.lines import WIDTH, fit
from cleanset.rundir import RunDirectory
from cleanset.stores import protocol_of, reason
from cleanset.terminal import print_json, print_text, say

DONE, FINDINGS = 0, 1


def curate(options: argparse.Namespace) -> int:
    """All three stages; each skips what an earlier run finished."""
    rules, protected = _rules(options), protected_works(options, options.out)
    match_config(options, RunDirectory(options.out))  # a wrong file of thresholds is told before anything is read
    code = extract(options, summary=False)
    options.run = options.out
    match(options)
    _decide(options, rules, protected, again=False)
    return max(code, _finish(options), _audit_quickly(options) if options.audit else DONE)


def _audit_quickly(options: argparse.Namespace) -> int:
    """The checks that need the manifest alone, one file of it at a time."""
    from cleanset.audit.quick import audit_quickly

    findings, checks = audit_quickly(RunDirectory(options.run))
    for finding in findings:
        say(f"cleanset: audit: {finding}")
    if not findings and not options.json:
        print_text(f"Quick audit: {len(checks)} checks, no findings")
    return FINDINGS if findings else DONE


def extract(options: argparse.Namespace, *, summary: bool = True) -> int:
    """Features of every shard, and vectors where there is an embedder."""
    from cleanset.config import ExtractConfig
    from cleanset.features import store
    from cleanset.manifest.record import doubt_warnings
    from cleanset.pipelines.extract import run_extract as run
    from cleanset.shards.find import find_shards

    engine = _engine(options)
    directory = RunDirectory(options.out)
    found = find_shards(options.inputs, options.profile, store.names_of(directory))
    files = (path for shard in found.shards for path in shard.files)
    _refuse_place_of_run(options.out, options.inputs, files)
    embedder = choose_embedder(options)
    directory.create()
    hold(options, directory, may_be_new=True)
    for note in found.notes:
        say(note)
    summaries = run(found, ExtractConfig(keep_packets=options.keep_packets), directory, engine, embedder)
    unread, damaged = [s for s in summaries if s.error], [s for s in summaries if s.damage]
    for shard in (*unread, *damaged):
        say(f"cleanset: {shard.problem()}")
    for warning in doubt_warnings(summaries):
        say(f"cleanset: warning: {warning}")
    if summary:
        tell_leftovers(directory)
        rows = sum(s.rows for s in summaries)
        if options.json:
            counts = {"shards": len(summaries), "unread": len(unread), "damaged": len(damaged), "samples": rows}
            print_json({**counts, "run": options.out})
        else:
            print_text(f"{rows:,} samples of {len(summaries) - len(unread)} shards in {directory.path('features')}")
    return FINDINGS if unread or damaged else DONE


def _refuse_place_of_run(run: str, inputs: list[str], files: Iterable[str]) -> None:
    """A run inside a folder that is read would become an input of the next run; ``files`` are those that are read.

    Raises:
        ConfigError: it lies there, or in the memory of this process.
    """
    from cleanset.shards.storage import normalize

    if protocol_of(run) == "memory":
        raise ConfigError(f"--out {run} would be gone when this command ends; give a folder or an object store")
    for given in inputs:
        if f"{normalize(run)}/".startswith(f"{normalize(given)}/"):
            raise ConfigError(f"--out {run} lies in the input {given}, whose files are all read; give a folder outside")
    if inside := next((path for path in files if path.startswith(f"{normalize(run)}/")), None):
        raise ConfigError(f"{inside} is an input and lies in --out {run}; give another folder as --out")


def match(options: argparse.Namespace) -> int:
    """Pairs and components."""
    from cleanset.pipelines.match import run_match as run

    directory = RunDirectory(options.run)
    hold(options, directory)
    tell_missing(directory)
    counts = run(directory, match_config(options, directory), _engine(options))
    if options.command is match:
        text = f"{counts['pairs']:,} pairs, {counts['linked']:,} samples in {counts['components']:,} components"
        print_json(counts) if options.json else print_text(text)
    return DONE


def decide(options: argparse.Namespace) -> int:
    """The manifest."""
    _decide(options, _rules(options), protected_works(options, options.run), again=True)
    return _finish(options)


def _decide(
    options: argparse.Namespace,
    rules: Any,  # noqa: ANN401 - importing its type would load the field
    protected: Any,  # noqa: ANN401 - likewise
    *,
    again: bool,
) -> None:
    """The manifest stands; ``again``: it is written also where an earlier run left the same one."""
    from cleanset.pipelines.decide import is_decided
    from cleanset.pipelines.decide import run_decide as run

    directory = RunDirectory(options.run)
    hold(options, directory)
    tell_without_vectors(protected, directory)
    if again or not is_decided(directory, rules, protected):
        run(directory, rules, _engine(options), protected=protected)


def _finish(options: argparse.Namespace) -> int:
    from cleanset.manifest.record import RECORD, RUN_DECIDE
    from cleanset.report.summary import summarize

    directory = RunDirectory(options.run)
    record = directory.read_json(RECORD, needs=RUN_DECIDE)
    tell_leftovers(directory)
    print_json(record) if options.json else print_text(summarize(directory))
    return FINDINGS if any(shard["error"] or shard["damage"] for shard in record["inputs"]) else DONE


def audit(options: argparse.Namespace) -> int:
    """Findings, and exit code 1 if there are any."""
    from cleanset.audit.audit import audit

    findings, checks = audit(RunDirectory(options.run))
    if options.json:
        rows = [{"check": f.check, "subject": f.subject, "message": f.message} for f in findings]
        print_json({"run": options.run, "checks": checks, "findings": rows})
    else:
        for finding in findings:
            print_text(fit(str(finding), 2 * WIDTH))
        print_text(f"{len(checks)} checks, {len(findings) or 'no'} finding{'' if len(findings) == 1 else 's'}")
    return FINDINGS if findings else DONE


def explain(options: argparse.Namespace) -> int:
    """One sample on one screen."""
    from cleanset.report.explain import as_text, explain

    explanation = explain(RunDirectory(options.run), options.sample)
    print_json(explanation) if options.json else print_text(as_text(explanation))
    return DONE


def report(options: argparse.Namespace) -> int:
    """Pages of what is in and out, and why."""
    from cleanset.report.pages.write import PAGE, write_report

    run = RunDirectory(options.run)
    out = RunDirectory(options.out or run.path("report", "html"))
    pages = write_report(run, out)
    first = out.path(PAGE)
    print_json({"report": first, "pages": pages}) if options.json else print_text(f"{pages:,} pages; open {first}")
    return DONE


def laundering(options: argparse.Namespace) -> int:
    """Both sides of every picture whose copies contradict each other; also written to RUN/report/."""
    from cleanset.report.laundering import as_text, report_laundering

    table = report_laundering(RunDirectory(options.run))
    print_json(table.to_pylist()) if options.json else print_text(as_text(table))
    return DONE


def attribution(options: argparse.Namespace) -> int:
    """The credits of what is kept, as text, HTML and JSON lines."""
    from cleanset.manifest.read import open_record
    from cleanset.release.attribution import COLUMNS, HTML, JSON, TEXT, read_notices, unnamed, write_attribution
    from cleanset.rights.book import LicenseBook

    run = RunDirectory(options.run)
    open_record(run)
    if "://" in (target := options.out or run.path("credits")):
        raise ConfigError(f"credits are written to a local folder, not to {target}; give one with --out")
    folder = Path(target)
    manifest = run.read_table("manifest", COLUMNS)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder}: no folder can be made there ({reason(error)}); give another --out") from None
    credits_, nameless = (
        write_attribution(manifest, read_notices(run), folder, LicenseBook.load()),
        len(unnamed(manifest)),
    )
    if options.json:
        print_json({"folder": str(folder), "credits": credits_, "without_creator": nameless})
    else:
        lacking = f"; {nameless:,} of them name no creator, since none is known" if nameless else ""
        print_text(f"{credits_:,} credits in {folder}, as {TEXT}, {HTML} and {JSON}{lacking}")
    return DONE


def license_(options: argparse.Namespace) -> int:
    """What the book makes of each text, read as in a license column: with the credits beside the license."""
    from cleanset.rights.book import LicenseBook
    from cleanset.rights.book.explain import explain, to_json
    from cleanset.rights.claims.licensing import read_statement

    book = LicenseBook.load()
    readings = [(text, read_statement(text, book)) for text in options.text]
    if options.json:
        print_json([to_json(reading, text) for text, reading in readings])
    else:
        print_text("\n\n".join(explain(reading) for _, reading in readings))
    return DONE


def policy(options: argparse.Namespace) -> int:
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
        print_json([policy.model_dump(mode="json") for policy in policies])
    elif options.action == "list":
        print_text("\n".join(f"{policy.name:28} {policy.summary}" for policy in policies))
    else:
        print_text(describe(policies[0]))
    return DONE


def _diff_policies(options: argparse.Namespace) -> int:
    """The two policies' words, or with a run the samples that enter and leave."""
    from cleanset.manifest.judge import Rules
    from cleanset.pipelines.compare import compare_policies
    from cleanset.report.changes import as_text
    from cleanset.rights.book import LicenseBook
    from cleanset.rights.policy import describe, load_policy

    before, after = (load_policy(name) for name in options.names[:2])
    if len(options.names) == 2:  # noqa: PLR2004 - two policies and no run
        words = difflib.ndiff(describe(before).splitlines(), describe(after).splitlines())
        lines = [line for line in words if line[0] in "+-"]
        print_json(lines) if options.json else print_text("\n".join(lines) or "no difference")
        return DONE
    rules = Rules(LicenseBook.load(), before)
    run = RunDirectory(options.names[2])
    settle(run, options.verb)
    changes = compare_policies(run, before, after, rules)
    print_json(changes.to_pylist()) if options.json else print_text(as_text(changes, before.name, after.name))
    return DONE


def _rules(options: argparse.Namespace) -> Any:  # noqa: ANN401 - importing its type would load the field
    """Everything that decides about rights, read and checked before any work starts."""
    from cleanset.manifest.judge import Rules
    from cleanset.rights.book import LicenseBook
    from cleanset.rights.claims.overlay import Overlay, load_overlay
    from cleanset.rights.optout.lists import load as load_lists
    from cleanset.rights.policy import load_policy

    return Rules(
        LicenseBook.load(),
        load_policy(options.policy),
        load_overlay(options.overlay) if options.overlay else Overlay(),
        load_lists(Path(name) for name in options.opt_out) if options.opt_out else None,
    )


def _engine(options: argparse.Namespace) -> Any:  # noqa: ANN401 - importing its type would load Beam
    """Where pipelines run; a runner that Beam does not know is refused before any work starts."""
    from cleanset.pipelines.engine import Engine

    engine = Engine(options.runner, options.workers, options.beam_args, describe_invocation(options.argv))
    engine.new_pipeline()
    return engine
