"""The commands that carry a set out of its run: release, verify, compare two releases, export."""

from __future__ import annotations

import argparse
from pathlib import Path

from cleanset.commands import DONE, FINDINGS
from cleanset.commands_upkeep import settle
from cleanset.errors import ConfigError, RunError
from cleanset.rundir import RunDirectory
from cleanset.terminal import print_json, print_text


def wanted(options: argparse.Namespace) -> int:
    """The addresses that the policy would allow, as a list for img2dataset."""
    from cleanset.release.wanted import write_wanted

    if not options.out.endswith(".parquet"):
        raise ConfigError(f"--out {options.out}: the list is a Parquet file; give it a name that ends in .parquet")
    found = write_wanted(RunDirectory(options.run), options.out)
    if options.json:
        print_json({"urls": options.out, "rows": found.rows, "columns": found.columns})
    else:
        print_text(f"{found.rows:,} addresses in {options.out}; this fetches them, with the files as they are:")
        print_text(f"  {found.command(options.out)}")
        print_text("then: cleanset curate SHARDS --out RUN")
    return DONE


def release(options: argparse.Namespace) -> int:
    """An immutable copy of the run's decisions; refused where the audit finds something."""
    from cleanset.audit.audit import audit
    from cleanset.release.version import FOLDER, make_release

    run = RunDirectory(options.run)
    findings, _ = audit(run)
    if findings:
        raise RunError(
            f"{options.run}: the audit has {len(findings)} findings, the first: {findings[0].message}; "
            f"see `cleanset audit {options.run}`, mend them, and release again"
        )
    local = run.local()
    if not options.to and not local:
        raise ConfigError(f"{options.run} is not on this machine; name the local folder of releases with --to")
    parent = Path(options.to) if options.to else Path(str(local)).resolve().parent / FOLDER
    seal = make_release(run, options.name, parent, Path(options.key) if options.key else None)
    folder = parent / options.name
    if options.json:
        print_json({"release": str(folder), **{name: seal[name] for name in seal if name != "files"}})
    else:
        print_text(
            f"released {seal['counts']['kept']:,} samples as {folder}\n"
            f"digest {seal['digest']}, {'signed' if options.key else 'not signed: --key FILE signs'}\n"
            f"  cleanset verify {folder}     check that nothing changed since\n"
            f"  cleanset diff V {folder}     what another release had, and why"
        )
    return DONE


def verify(options: argparse.Namespace) -> int:
    """Whether a release is as it was released, and who signed it; exit code 1 where it is not."""
    from cleanset.release.version import read_release, verify_release

    folder = Path(options.release)
    problems, signer = verify_release(folder, Path(options.signer) if options.signer else None)
    seal = read_release(folder)
    signed = f"signed by {signer.kind} {signer.fingerprint}" if signer else "not signed"
    if options.json:
        rows = [{"path": problem.path, "message": problem.message} for problem in problems]
        print_json(
            {
                "release": str(folder),
                "digest": seal["digest"],
                "released_at": seal["released_at"],
                "signer": {"kind": signer.kind, "fingerprint": signer.fingerprint} if signer else None,
                "problems": rows,
            }
        )
    else:
        for problem in problems:
            print_text(f"{problem.path}: {problem.message}")
        number = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}" if problems else "unchanged"
        print_text(f"{folder}: {len(seal['files'])} files, {number}; released {seal['released_at']}, {signed}")
    return FINDINGS if problems else DONE


def diff(options: argparse.Namespace) -> int:
    """What entered, what left and what changed from one release or run to another, and why."""
    from cleanset.manifest.difference import DIFFERENCE, differences
    from cleanset.manifest.read import open_record
    from cleanset.report.difference import Tally, as_text, to_json
    from cleanset.report.pages.difference import difference_page
    from cleanset.rundir import TableWriter, open_whole

    before, after = RunDirectory(options.before), RunDirectory(options.after)
    for run in (before, after):
        settle(run, options.verb)
        open_record(run)
    counted = Tally()
    if options.out:
        out = RunDirectory(options.out)
        with open_whole(out.path("difference.parquet")) as stream, TableWriter(stream, DIFFERENCE) as writer:
            for table in differences(before, after):
                writer.write(table)
                counted.add(table)
        with open_whole(out.path("difference.html")) as stream:
            stream.write(difference_page(counted, options.before, options.after).encode())
    else:
        for table in differences(before, after):
            counted.add(table)
    if options.json:
        print_json(to_json(counted, options.before, options.after))
    else:
        print_text(as_text(counted, options.before, options.after))
    return DONE


def export(options: argparse.Namespace) -> int:
    """The kept samples as shards to train from."""
    from cleanset.release.export.formats import Form
    from cleanset.release.export.write import export

    out = RunDirectory(options.out)
    done = export(RunDirectory(options.run), out, Form(options.to), options.per_shard, options.seed)
    if options.json:
        print_json(done)
    elif "shards" in done:
        apart = ", ".join(f"{number:,} in {group}" for group, number in sorted(done["groups"].items()))
        print_text(
            f"{done['samples']:,} samples in {len(done['shards']):,} shards in {options.out} ({apart or 'none'})"
        )
    else:
        table = out.path("urls.parquet")
        print_text(
            f"{done['samples']:,} addresses in {table}; {done['without_url']:,} kept samples have none\n"
            f"  img2dataset --url_list {table} --input_format parquet --url_col url --caption_col caption"
            " --output_format webdataset --disable_all_reencoding True --output_folder OUT"
        )
    return DONE
