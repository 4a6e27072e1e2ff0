"""The commands. Exit codes: 0 fine, 1 findings, 2 bad input or usage, 3 undetermined, 70 a fault of
coresponder.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coresponder import __version__
from coresponder.cli.anchors import anchor, anchor_key
from coresponder.cli.audit import audit, propose, report
from coresponder.cli.diff import diff
from coresponder.cli.disclosed import disclosures
from coresponder.cli.emergency import review_access
from coresponder.cli.exchange import export, import_
from coresponder.cli.faults import FAULT, fault_report, lacks_an_extra, refused_by_system
from coresponder.cli.feed import feed
from coresponder.cli.incident import permitted, timeline
from coresponder.cli.lists import due, find
from coresponder.cli.operate import (
    checkpoint,
    keep,
    migrate,
    outbox,
    rebuild,
    scrub,
    tick,
)
from coresponder.cli.options import (
    VIEWER,
    a_store,
    format_option,
    mapping_for,
    print_json,
    say,
    terminal,
    viewer_of,
)
from coresponder.cli.people import coverage, roster
from coresponder.cli.progress import progress_bar
from coresponder.cli.record import record
from coresponder.cli.relay import relay
from coresponder.cli.retention import retention
from coresponder.cli.schema import schema
from coresponder.cli.services import services
from coresponder.cli.vault import custody, encrypt, forget, hold, release, rotate_keys
from coresponder.cli.verify import verify
from coresponder.cli.written import NEW_FILE
from coresponder.errors import CoresponderError
from coresponder.outputs import redact

if TYPE_CHECKING:
    from coresponder.stores.sql import SqlStore

__all__ = ["commands"]

_FILE = click.Path(path_type=Path)


class _Group(click.Group):
    """A group that prints errors on stderr without a traceback, and exits with 2 if the user can
    fix the error, 70 if it is a bug in coresponder.
    """

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except CoresponderError as error:
            say(f"error: {error}", err=True)
            return ctx.exit(2)
        except OSError as error:
            say(f"error: {redact(refused_by_system(error))}", err=True)
            return ctx.exit(2)
        except click.MissingParameter:
            raise
        except click.BadParameter as error:
            raise click.UsageError(f"{_named(error)}: {error.message}", error.ctx) from None
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            if lacks_an_extra(error):
                raise
            say(fault_report(error), err=True)
            return ctx.exit(FAULT)


def _named(error: click.BadParameter) -> str:
    """Return the option or the argument whose value is refused, as it is typed."""
    if error.param is None:
        return str(error.param_hint or "a value")
    names = [name for name in error.param.opts if name.startswith("-")]
    return max(names, key=len, default=error.param.human_readable_name)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="coresponder")
def commands() -> None:
    """Write a police and mental-health co-responder program once; run, prove, test and audit it."""


@commands.command()
@click.argument("program", default="new-haven-cdcp")
@click.option(
    "--incidents",
    type=click.IntRange(1, 1_000_000),
    default=200,
    show_default=True,
    help="How many calls to make up.",
)
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help="The seed of the night: the same seed gives the same night.",
)
@click.option(
    "--store", help="Keep everything in this SQLite file or PostgreSQL database (postgresql://...)."
)
@click.option(
    "--calls", type=_FILE, help="Read the calls from a CAD export (CSV) instead of making them up."
)
@click.option("--mapping", type=_FILE, help="The mapping of the export's columns and codes (TOML).")
@click.option(
    "--rejects",
    type=NEW_FILE,
    help="Write the rows that cannot be used to this file, each with its reason.",
)
@click.option(
    "--describe",
    is_flag=True,
    help="Only say how often a made-up night lets something happen, where each number comes from, and how its contacts end beside a published study.",
)
@format_option("text", "json")
def run(
    program: str,
    incidents: int,
    seed: int,
    store: str | None,
    calls: Path | None,
    mapping: Path | None,
    rejects: Path | None,
    describe: bool,
    form: str,
) -> None:
    """Run calls through PROGRAM (a shipped name or a TOML file) and print the result."""
    from coresponder.program import load_program

    if describe:
        if store or calls or mapping or rejects:
            raise click.UsageError(
                "--describe speaks of a made-up night: it goes with PROGRAM, --incidents, --seed and"
                " --format only"
            )
        from coresponder.cli.rates import print_rates

        print_rates(load_program(program), incidents=incidents, seed=seed, form=form)
        return
    from coresponder.cli.run import run_calls, run_night
    from coresponder.cli.show import print_result

    if (calls is None) != (mapping is None):
        raise click.UsageError(
            "--calls and --mapping go together: the mapping gives the columns their meaning"
        )
    if rejects is not None and calls is None:
        raise click.UsageError("--rejects goes with --calls")
    loaded = load_program(program)
    mapped = mapping_for(mapping, loaded) if mapping else None
    with _store(store) as opened, progress_bar(None if calls else incidents) as progress:
        if calls is not None and mapped is not None:
            result = run_calls(
                loaded, opened, calls=calls, mapping=mapped, rejects=rejects, progress=progress
            )
        else:
            result = run_night(loaded, opened, incidents=incidents, seed=seed, progress=progress)
    if form == "json":
        print_json(result.as_json())
    else:
        print_result(terminal(), result)
        if store:
            say(f"\nKept in {store}. Next: coresponder due {store}")


@contextmanager
def _store(store: str | None) -> Iterator[SqlStore]:
    from coresponder.stores.sql import SqlStore

    with (
        tempfile.TemporaryDirectory(prefix="coresponder-") as folder,
        SqlStore.open(a_store(store) or Path(folder) / "night.db", must_exist=False) as opened,
    ):
        yield opened


@commands.command()
@click.argument("program")
@VIEWER
@format_option("text", "json", "mermaid", "toml")
def show(program: str, form: str, **asked: Any) -> None:
    """Explain PROGRAM: its lifecycle, staffing tiers, policies and notices. With --as: what that
    role sees.
    """
    from coresponder.cli.show import print_program, program_as_json
    from coresponder.cli.sights import print_sight
    from coresponder.program import load_program
    from coresponder.program.spec import read_program

    loaded, viewer = load_program(program), viewer_of(**asked)
    if viewer is not None:
        print_sight(loaded, *viewer, form)
    elif form == "mermaid":
        say(loaded.lifecycle.mermaid())
    elif form == "toml":
        say(read_program(program)[0].rstrip("\n"))
    elif form == "json":
        print_json(program_as_json(loaded))
    else:
        print_program(terminal(), loaded)


@commands.command()
@click.argument("program")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=2_000_000,
    show_default=True,
    help="The most states and moves that all searches together may explore.",
)
@click.option(
    "--scenarios",
    type=_FILE,
    help="Also play the scenarios in this file, or those of the shipped program of this name.",
)
@click.option(
    "--snapshot",
    type=NEW_FILE,
    help="Also compare the program with this record of its behavior. A missing file is written.",
)
@click.option(
    "--update",
    is_flag=True,
    help="Print the changes that --snapshot finds, accept them and rewrite the file.",
)
@format_option("text", "json", "junit", "sarif", "html")
def check(
    program: str, limit: int, scenarios: Path | None, snapshot: Path | None, update: bool, form: str
) -> None:
    """Prove PROGRAM: explore everything that can happen under it. Exit 0 if it is proved, 1 if it
    is refuted, 2 if it is invalid, 3 if it is undetermined.

    With --scenarios or --snapshot, also exit 1 if the program does not do what they say.
    """
    from coresponder.cli.check import (
        EXIT_CODES,
        print_proof,
        proof_as_json,
        proof_as_junit,
        proof_as_sarif,
    )
    from coresponder.cli.tested import print_tested, try_program
    from coresponder.program import load_program
    from coresponder.proof import check_program
    from coresponder.simulation.rehearsal import confirmed

    if update and snapshot is None:
        raise click.UsageError(
            "--update goes with --snapshot FILE, which names the snapshot to rewrite"
        )
    loaded = load_program(program)
    tested = try_program(loaded, scenarios=scenarios, snapshot=snapshot, update=update)
    with progress_bar(None, "policies") as progress:
        proof = confirmed(loaded, check_program(loaded, limit=limit, progress=progress))
    if form == "json":
        print_json(proof_as_json(proof) | tested.as_json())
    elif form == "text":
        print_proof(terminal(), loaded, proof)
        print_tested(terminal(), tested)
    elif form == "html":
        from coresponder.report.proof_page import proof_page

        say(proof_page(loaded, proof))
    else:
        path = Path(program) if Path(program).is_file() else None
        say(
            tested.into_junit(proof_as_junit(proof))
            if form == "junit"
            else tested.into_sarif(proof_as_sarif(proof, path))
        )
    sys.exit(1 if tested.failed else EXIT_CODES[proof.verdict])


@commands.command()
@click.argument("name")
@click.option(
    "--folder",
    type=_FILE,
    default=Path(),
    help="The folder to write to; by default the current one.",
)
def new(name: str, folder: Path) -> None:
    """Start a program of your own called NAME: a commented TOML file, scenarios, a snapshot, a test
    file and a CAD mapping.
    """
    from coresponder.cli.new import make_program

    for path in make_program(name, folder):
        say(path)
    say(
        f"Next: coresponder check {folder / f'{name}.toml'}. Then edit the file; "
        "coresponder show explains it in sentences"
    )


@commands.command()
def programs() -> None:
    """List the programs that come with the library."""
    from coresponder.program import load_program, shipped_programs

    for name in shipped_programs():
        say(f"{name:36} {load_program(name).title}")


for _command in (
    audit,
    diff,
    report,
    propose,
    timeline,
    permitted,
    record,
    due,
    find,
    disclosures,
    review_access,
    roster,
    coverage,
    verify,
    checkpoint,
    anchor,
    anchor_key,
    outbox,
    relay,
    tick,
    feed,
    schema,
    export,
    import_,
    services,
    migrate,
    rebuild,
    keep,
    scrub,
    encrypt,
    rotate_keys,
    forget,
    hold,
    release,
    custody,
    retention,
):
    commands.add_command(_command)
