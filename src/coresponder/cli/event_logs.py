"""`coresponder export ocel|events` and `coresponder import ocel|events`: logs for process mining and
for data frames.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coresponder.cli.borders import FILE, cases_of, say_given, usage_errors, window_of
from coresponder.cli.options import (
    AGENCY,
    RECEIVER,
    STORE,
    format_option,
    open_workflow,
    print_json,
    receiver_of,
    say,
)
from coresponder.cli.progress import progress_bar
from coresponder.cli.written import NEW_FILE, say_why, whole_file

if TYPE_CHECKING:
    from coresponder.domain.vocabulary import Purpose
    from coresponder.interop.event_log import History, Logged, NotUsed
    from coresponder.program.viewing import Viewer
    from coresponder.workflow import Window, Workflow
    from coresponder.workflow.giving import Export

__all__ = ["COMMANDS"]

_OUTPUT = click.option(
    "-o",
    "--output",
    required=True,
    type=NEW_FILE,
    help="Write it to this file.",
)
_PROGRAM = click.option(
    "--program", help="The program of a new store: a shipped name or a TOML file."
)


@click.command("ocel")
@STORE
@AGENCY
@RECEIVER
@_OUTPUT
def export_ocel(store: str, agency: str, output: Path, **to: Any) -> None:
    """Write the events of STORE as OCEL 2.0 (JSON), which tools for process mining open. It has no
    name and no text, but the ids of people: without --for it belongs to the agency.
    """
    from coresponder.interop.ocel import write_ocel
    from coresponder.workflow.giving import give_ocel

    def own(workflow: Workflow) -> int:
        with whole_file(output) as made, made.open("w", encoding="utf-8") as file:
            return write_ocel(_logged(workflow), file, vocabulary=workflow.program.vocabulary)

    _export(store, agency, output, receiver_of(**to), own, give_ocel)


@click.command("events")
@STORE
@AGENCY
@RECEIVER
@_OUTPUT
def export_events(store: str, agency: str, output: Path, **to: Any) -> None:
    """Write the events of STORE as Parquet, one row for each, for data frames and for `audit
    --events`. It has no name and no text, but the ids of people: without --for it belongs to the
    agency.
    """
    from coresponder.interop.event_table import write_events
    from coresponder.workflow.giving import give_events

    def own(workflow: Workflow) -> int:
        with whole_file(output) as made:
            return write_events(_logged(workflow), made)

    _export(store, agency, output, receiver_of(**to), own, give_events)


def _export(
    store: str,
    agency: str,
    output: Path,
    receiver: tuple[Viewer, Purpose] | None,
    own: Callable[[Workflow], int],
    give: Callable[[Window, Path], Export[int]],
) -> None:
    """Write the agency's own log, or that of a receiver."""
    with open_workflow(store, agency) as workflow, usage_errors():
        if receiver is None:
            count = own(workflow)
        else:
            window = window_of(workflow, receiver)
            with say_why(output):
                given = give(window, output)
            count = given.document
            say_given(given)
    say(f"{output}: events: {count:,}")


@click.command("ocel")
@STORE
@FILE
@AGENCY
@_PROGRAM
@format_option("text", "json")
def import_ocel(store: str, file: Path, agency: str, program: str | None, form: str) -> None:
    """Record the incidents of FILE, a log in OCEL 2.0 (JSON), in STORE. Nothing is refused, and
    violations count. Exit 1 if an incident could not be used, or was there already.
    """
    from coresponder.interop.ocel import read_ocel

    with _opened(store, agency, program) as workflow:
        _import(workflow, read_ocel(file, workflow.program.vocabulary), form)


@click.command("events")
@STORE
@FILE
@AGENCY
@_PROGRAM
@format_option("text", "json")
def import_events(store: str, file: Path, agency: str, program: str | None, form: str) -> None:
    """Record the incidents of FILE, a log in Parquet, in STORE. Nothing is refused, and violations
    count. Exit 1 if an incident could not be used, or was there already.
    """
    from coresponder.interop.event_table import read_events

    with _opened(store, agency, program) as workflow:
        _import(workflow, read_events(file, workflow.program.vocabulary), form)


@contextmanager
def _opened(store: str, agency: str, program: str | None) -> Iterator[Workflow]:
    """Open a store with its own program, or make one for a program that is named."""
    if program is None:
        with open_workflow(store, agency) as workflow:
            yield workflow
        return
    from coresponder.program import load_program
    from coresponder.stores.sql import SqlStore
    from coresponder.workflow import Workflow

    loaded = load_program(program)
    with SqlStore.open(store, must_exist=False) as opened:
        yield Workflow(loaded, opened, agency=agency)


def _logged(workflow: Workflow) -> Iterator[Logged]:
    from coresponder.interop.event_log import logged

    for case in cases_of(workflow):
        yield from logged(case)


def _import(workflow: Workflow, found: Iterable[History | NotUsed], form: str) -> None:
    """Record what can be used, and say what cannot."""
    from coresponder.errors import InvalidEvent, VersionConflict
    from coresponder.interop.event_log import NotUsed

    recorded, left = 0, list[dict[str, Any]]()
    with progress_bar(None, "incidents") as progress:
        for one in found:
            if isinstance(one, NotUsed):
                left.append(one.to_dict())
                continue
            try:
                workflow.replay(one.incident, one.events)
                recorded += 1
            except VersionConflict:
                left.append({"incident": one.incident, "why": "it is in the store already"})
            except InvalidEvent as error:
                left.append({"incident": one.incident, "why": str(error)})
            progress(recorded + len(left))
    if form == "json":
        print_json({"recorded": recorded, "not_used": left})
    else:
        for not_used in left:
            say(f"not used: {not_used['incident']}: {not_used['why']}")
        say(f"incidents recorded: {recorded:,}, not used: {len(left):,}")
    sys.exit(1 if left else 0)


COMMANDS = ((export_ocel, import_ocel), (export_events, import_events))
"""Each format: how it goes out, and how it comes in."""
