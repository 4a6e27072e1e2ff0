"""What the commands `export` and `import` share, whatever the standard."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coresponder.cli.options import print_json, say
from coresponder.cli.written import PRINTED_OR_FILE, whole_file
from coresponder.errors import CoresponderError, nearest

if TYPE_CHECKING:
    from coresponder.domain.events import Event
    from coresponder.domain.objects import Override
    from coresponder.domain.vocabulary import Purpose
    from coresponder.program import Case
    from coresponder.program.viewing import Viewer
    from coresponder.workflow import Window, Workflow
    from coresponder.workflow.giving import Export
    from coresponder.workflow.taking import Taken

__all__ = [
    "AGENCY_ID",
    "FILE",
    "OUTPUT",
    "cases_of",
    "check_by",
    "check_roles",
    "override_of",
    "print_all_taken",
    "print_taken",
    "read_from",
    "say_given",
    "say_nameless",
    "usage_errors",
    "window_of",
    "write_document",
    "write_text",
]

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
OUTPUT = click.option(
    "-o",
    "--output",
    type=PRINTED_OR_FILE,
    help="Write it to this file; by default, or with -, it is printed.",
)
AGENCY_ID = click.option(
    "--agency-id",
    metavar="ID",
    help="The id under which other agencies know this one, like police.example.org; by default"
    " --agency.",
)


def cases_of(workflow: Workflow) -> Iterator[Case]:
    """Yield every case of the agency, the newest first."""
    from coresponder.stores.pages import every

    for summary in every(workflow.find):
        yield workflow.case(summary.incident)


@contextmanager
def read_from(file: Path) -> Iterator[None]:
    """Name the file in the error that something in it cannot be read."""
    from coresponder.errors import UnreadableFile

    try:
        yield
    except UnreadableFile as error:
        raise UnreadableFile(f"{file.name}: {error}") from None


@contextmanager
def usage_errors() -> Iterator[None]:
    """Turn a value that a writer does not take into a usage error."""
    try:
        yield
    except CoresponderError:
        raise
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def check_by(by: str) -> None:
    """Check the id of `--by`; raise `UsageError` for anything else."""
    from coresponder.domain.types import opaque_id

    try:
        opaque_id(by)
    except ValueError as error:
        raise click.UsageError(f"--by: {error}") from None


def override_of(reason: str | None, by: str | None) -> Override | None:
    """Return who overrides the program and why; None if nobody does. Raise `UsageError` for an
    unknown reason.
    """
    from coresponder.domain.objects import Override
    from coresponder.domain.vocabulary import OverrideReason

    if reason is None and by is None:
        return None
    if reason is None or by is None:
        missing = "--by" if reason else "--override"
        raise click.UsageError(f"--override and --by go together; {missing} is missing")
    known = [one.value for one in OverrideReason]
    if reason not in known:
        raise click.UsageError(f"--override {reason!r}: {nearest(reason, known)}")
    check_by(by)
    return Override(by=by, reason=OverrideReason(reason))


def check_roles(workflow: Workflow, roles: Collection[str]) -> None:
    """Check the roles of a receiver; raise `UsageError` for one that neither the library nor the
    program has, because a misspelled role sees nothing, and the document would only be empty.
    """
    from coresponder.program.viewing import roles_known

    program = workflow.program
    shown = {role for view in program.views for role in view.roles}
    known = {*roles_known(), *shown}
    for role in roles:
        if role not in known:
            hint = nearest(role, known)
            if not hint.startswith("did you mean"):
                hint = f"the views of {program.id} name {', '.join(sorted(shown)) or 'none'}"
            raise click.UsageError(f"--as {role}: there is no such role; {hint}")


def window_of(workflow: Workflow, receiver: tuple[Viewer, Purpose]) -> Window:
    """Return what a receiver sees; raise `UsageError` for a role that is none."""
    check_roles(workflow, receiver[0].roles)
    return workflow.as_(*receiver)


def write_document(document: dict[str, Any], output: Path | None, incident: str) -> None:
    """Write the document of an incident to a file, or print it."""
    if write_text(json.dumps(document, indent=2) + "\n", output):
        say(f"{output}: incident {incident}")


def write_text(text: str, output: Path | None) -> bool:
    """Write a text to a file, or print it; return whether there is a file."""
    if output is None:
        sys.stdout.write(text)
        return False
    with whole_file(output) as file:
        file.write_text(text, encoding="utf-8")
    return True


def say_nameless(agency: str) -> None:
    """Say so if the ids in a document have no agency's own name."""
    if agency == "default":
        say(
            "note: the ids in it name the agency default, as another agency's may; give --agency-id",
            err=True,
        )


def say_given(given: Export[Any]) -> None:
    """Say what a document for a receiver does not tell, and what must be told along with it."""
    if given.left_out:
        why = "something is hidden that such an event must have"
        say(f"not written: {', '.join(given.left_out)}: {why}", err=True)
    for text in given.says:
        say(f"must be told along with it: {text}", err=True)


def print_taken(taken: Taken, form: str) -> None:
    """Print what was recorded, refused, late and left out, as `text` or as `json`."""
    if form == "json":
        print_json(_as_json(taken))
    else:
        _print(taken)


def print_all_taken(taken: Sequence[Taken], form: str) -> None:
    """Print what became of each incident; as `json` a list, or one object if there is only one."""
    if form == "json" and len(taken) != 1:
        print_json([_as_json(one) for one in taken])
        return
    for one in taken:
        print_taken(one, form)


def _as_json(taken: Taken) -> dict[str, Any]:
    return {
        "incident": taken.incident,
        "recorded": [_event(event) for event in taken.recorded],
        "refused": [_event(event) | {"why": why} for event, why in taken.refused],
        "overridable": [_event(event) for event in taken.overridable],
        "older": taken.older,
        "left_out": taken.left_out,
        "not_recorded": taken.not_recorded,
        "says": taken.says,
    }


def _event(event: Event) -> dict[str, Any]:
    return {"type": type(event).__name__, "event": event.to_dict()}


def _print(taken: Taken) -> None:
    for event in taken.recorded:
        say(f"recorded: {type(event).__name__} {event.to_json()}")
    for event, why in taken.refused:
        say(f"refused: {type(event).__name__}: {why}")
    for said in taken.older:
        say(f"kept: {said}")
    for said in taken.left_out:
        say(f"not read: {said}")
    for said in taken.not_recorded:
        say(f"not recorded: {said}")
    for said in taken.says:
        say(f"note: {said}")
    if not taken.incident:
        return
    say(f"{taken.incident}: recorded {len(taken.recorded):,}, refused {len(taken.refused):,}")
