"""The commands about recorded history: `audit`, `report` and `propose`."""

from __future__ import annotations

import collections
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coresponder.cli.history import of_history
from coresponder.cli.options import format_option, mapping_for, say, say_wrapped, terminal
from coresponder.cli.progress import at_work, progress_bar
from coresponder.cli.written import NEW_FILE, whole_file

if TYPE_CHECKING:
    import datetime as dt

    from coresponder.audit.audit import Audit
    from coresponder.audit.judgment import Judgment
    from coresponder.audit.sources import Recorded, Together
    from coresponder.cli.source import Source
    from coresponder.program import Program

__all__ = ["audit", "propose", "report"]

_FILE = click.Path(path_type=Path)
_SAMPLE = 10


@contextmanager
def _audited(
    program: str,
    source: Source,
    *,
    since: str | None = None,
    responders: bool = False,
    table: Path | None = None,
) -> Iterator[Audit]:
    """Yield the audit of all recorded incidents that the options name, or of the responders; write
    what it says of each to a table.
    """
    from coresponder.audit.audit import auditing
    from coresponder.program import load_program

    loaded = load_program(program)
    if responders:
        loaded, source = loaded.for_responders, source.roster
    split = _split(since, loaded) if since else None
    with (
        auditing(loaded, source.at, split=split) as found,
        source.incidents(loaded) as read,
    ):
        with progress_bar(None, "incidents") as progress:
            judged = _counted(found, read, progress)
            if table is None:
                collections.deque(judged, maxlen=0)
            else:
                _write(found, judged, table)
        yield found


def _counted(
    found: Audit, read: Iterable[Recorded], progress: Callable[[int], None]
) -> Iterator[Judgment | Together]:
    for one in found.take(read):
        progress(found.incidents)
        yield one


def _write(found: Audit, judged: Iterable[Judgment | Together], table: Path) -> None:
    from coresponder.audit.verdict_table import write_verdicts

    with whole_file(table) as file:
        write_verdicts(found, judged, file)


def _split(since: str, program: Program) -> dt.datetime:
    """Return the first instant of a day, on the clocks of the program."""
    import datetime as dt

    try:
        day = dt.date.fromisoformat(since)
    except ValueError:
        raise click.UsageError(
            f"--compare-since: {since!r} is not a day; write it like 2026-01-01"
        ) from None
    return dt.datetime.combine(day, dt.time(), tzinfo=program.calendar.time_zone)


def _exit(found: Audit) -> None:
    sys.exit(1 if found.violated else 3 if found.undetermined else 0)


@click.command()
@click.argument("program")
@of_history
@click.option(
    "--responders",
    is_flag=True,
    help="Judge the responders of the store's roster instead: the rules with on = 'responder'.",
)
@format_option("text", "json", "html", "parquet")
@click.option(
    "-o",
    "--output",
    type=NEW_FILE,
    help="With --format parquet: write to this file, one row for each incident.",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Judge nothing; show how each policy would be judged over an export, and why.",
)
def audit(
    program: str,
    form: str,
    output: Path | None,
    *,
    explain: bool,
    responders: bool,
    **source: Any,
) -> None:
    """Judge every recorded incident by every policy of PROGRAM, with the verdicts it would have had
    live, and measure what happened. Exit 0 if no policy was broken, 1 if one was, 3 if none was but
    not everything could be judged.

    The output is for the agency only: it has ids of incidents, and small numbers. For readers
    outside the agency, use `coresponder report`.
    """
    from coresponder.cli.audit_text import print_audit, print_ways, said_shortly, written_as_json
    from coresponder.cli.source import source_of

    if explain:
        from coresponder.audit.specimens import Plan
        from coresponder.program import load_program

        print_ways(terminal(), Plan(load_program(program)).ways)
        return
    if (form == "parquet") != (output is not None):
        raise click.UsageError("--format parquet and --output FILE go together")
    with _audited(program, source_of(**source), responders=responders, table=output) as found:
        if output is not None:
            say(f"{output}: {said_shortly(found)}")
        elif form == "json":
            for piece in written_as_json(found):
                say(piece)
        elif form == "html":
            from coresponder.report.page import audit_page

            say(audit_page(found, inside=True))
        else:
            print_audit(terminal(), found)
        _exit(found)


@click.command()
@click.argument("program")
@of_history
@click.option(
    "-o", "--output", type=NEW_FILE, required=True, help="Write the page to this file (HTML)."
)
@click.option(
    "--least",
    type=click.IntRange(1),
    default=11,
    show_default=True,
    help="The smallest count to show. Smaller counts are left out, and so are those that reveal them.",
)
@click.option(
    "--compare-since",
    "since",
    metavar="DAY",
    help="Also compare the incidents that opened from this day on with those before.",
)
def report(program: str, output: Path, least: int, since: str | None, **source: Any) -> None:
    """Write a page about the recorded work of PROGRAM for a council or a funder: one HTML file that
    needs no network, without counts so small that they could identify a person.
    """
    from coresponder.cli.source import source_of
    from coresponder.report.page import audit_page

    with _audited(program, source_of(**source), since=since) as found:
        page = audit_page(found, least=least)
        with whole_file(output) as file:
            file.write_text(page, "utf-8")
        say(f"{output}: {found.incidents:,} incidents, {len(page) / 1024:,.0f} KiB")


@click.command("map")
@click.argument("file", type=_FILE)
@click.option(
    "--time-zone", required=True, help="The time zone of its times, like America/Chicago."
)
@click.option("--encoding", default="utf-8", show_default=True, help="The encoding of a text file.")
@click.option("--delimiter", help="The character between its cells; without it, it is found out.")
@click.option("--sheet", help="The sheet to read, if several of a spreadsheet have rows.")
@click.option(
    "-o",
    "--output",
    type=NEW_FILE,
    required=True,
    help="Write the mapping to this new file (TOML).",
)
@click.option("--program", default="cit", show_default=True, help="Replay the sample under it.")
def propose(
    file: Path,
    time_zone: str,
    encoding: str,
    delimiter: str | None,
    sheet: str | None,
    output: Path,
    program: str,
) -> None:
    """Propose a mapping for the CAD export FILE, list what was recognized and what was not, and
    replay ten rows under it. Exit 1 if a person must complete the mapping before it can be used.
    """
    from coresponder.interop.proposal import propose_mapping

    if delimiter is not None:
        delimiter = "\t" if delimiter == "\\t" else delimiter
        if len(delimiter) != 1:
            raise click.UsageError("--delimiter is one character, or \\t for a tab")
    if output.exists():
        raise click.UsageError(f"{output} exists; name a new file, so that no work is lost")
    with at_work("reads the file"):
        found = propose_mapping(
            file, time_zone=time_zone, encoding=encoding, delimiter=delimiter, sheet=sheet
        )
    with whole_file(output) as made:
        made.write_text(found.text, "utf-8")
    for title, lines in (("Recognized", found.recognized), ("To decide", found.open)):
        say(f"{title}:")
        for line in lines or ("nothing",):
            say_wrapped(f"  - {line}", indent=4)
    if found.whole:
        _replay_sample(file, output, program)
    say(f"{output}: read each line, and give your codes their meaning")
    sys.exit(0 if found.whole else 1)


def _replay_sample(file: Path, mapping: Path, program: str) -> None:
    """Show the incidents that the first ten rows become."""
    from coresponder.domain.spoken import say_word
    from coresponder.interop.cad import Rejected, read_calls
    from coresponder.policy.words import say_event
    from coresponder.program import load_program

    loaded = load_program(program)
    mapped = mapping_for(mapping, loaded)
    what = "rows" if mapped.file.one_row_is == "incident" else "incidents"
    say(f"The first {_SAMPLE} {what} under {loaded.name}:")
    for row in itertools.islice(read_calls(file, mapped), _SAMPLE):
        if isinstance(row, Rejected):
            say_wrapped(f"  row {row.row}: rejected: {row.reason}", indent=4)
            continue
        case = loaded.replay(row.incident, row.events)
        told = (
            f"{event.at.astimezone(mapped.zone):%Y-%m-%d %H:%M} {say_event(type(event).__name__)}"
            for event in row.events
        )
        state = say_word(case.state)
        say_wrapped(f"  row {row.row}: {row.incident}: {'; '.join(told)}; now {state}", indent=4)
