"""Options that commands share, and the opening of a store.

`--help` imports all modules with commands, so a command imports what it needs only when it runs.
"""

from __future__ import annotations

import datetime as dt
import json
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from coresponder.errors import NotFound, nearest
from coresponder.outputs import printable

if TYPE_CHECKING:
    from rich.console import Console

    from coresponder.domain.vocabulary import Purpose
    from coresponder.interop.mapping import Mapped
    from coresponder.program import Program
    from coresponder.program.viewing import Viewer
    from coresponder.stores.keys import LocalKeys
    from coresponder.stores.sql import SqlStore
    from coresponder.workflow import Workflow

__all__ = [
    "AGENCY",
    "KEYS",
    "NOBODY",
    "NOW",
    "RECEIVER",
    "STORE",
    "VIEWER",
    "a_store",
    "day",
    "format_option",
    "key_service",
    "mapping_for",
    "open_store",
    "open_workflow",
    "parse_now",
    "print_json",
    "receiver_of",
    "say",
    "say_wrapped",
    "terminal",
    "viewer_of",
    "word",
]

NOBODY = "viewer"
"""The id of who looks, if nobody is named."""
LAST_YEAR = 9900
"""The last year from which a command looks ahead."""
KEYS = click.option(
    "--keys",
    type=click.Path(path_type=Path),
    help="The key file of a store whose words are encrypted.",
)
_Day = TypeVar("_Day", bound=dt.date)
_F = TypeVar("_F", bound=Callable[..., Any])

NOW = click.option("--now", help="Answer for this time, like 2026-03-02T21:00:00Z; by default now.")
AGENCY = click.option(
    "--agency",
    default="default",
    show_default=True,
    help="The agency that the incidents belong to.",
)


def a_store(store: str | None) -> str | None:
    """Return the name of a store; raise `UsageError` if it names a program."""
    from coresponder.program import shipped_programs

    if store is not None and (store in shipped_programs() or store.lower().endswith(".toml")):
        raise click.UsageError(
            f"{store} is a program, and this command reads a store: give the file that "
            f"`coresponder run {store} --store night.db` wrote"
        )
    return store


STORE = click.argument("store", callback=lambda context, parameter, value: a_store(value))


def key_service(path: Path | None) -> LocalKeys | None:
    """Return the keys of a file; None without one."""
    from coresponder.stores.keys import LocalKeys

    return None if path is None else LocalKeys(path)


def VIEWER(command: _F) -> _F:  # noqa: N802 - an option, as NOW and AGENCY are
    """Add the options that say who looks, and for what."""
    for option in reversed(_VIEWER):
        command = option(command)
    return command


_PURPOSE = click.option(
    "--purpose",
    metavar="PURPOSE",
    help="For what, like treatment; others are operations, oversight and research.",
)
_VIEWER = (
    click.option(
        "--as",
        "roles",
        multiple=True,
        metavar="ROLE",
        help="Show what this role sees, like clinician. May be repeated.",
    ),
    _PURPOSE,
    click.option(
        "--viewer",
        "viewer_id",
        metavar="ID",
        default=NOBODY,
        help="The opaque id of who looks, like clinician-1.",
    ),
    click.option(
        "--viewer-agency",
        metavar="AGENCY",
        help="The agency or organization of who looks, like clinic-1.",
    ),
    click.option(
        "--acts-for",
        multiple=True,
        metavar="PERSON",
        help="The id of somebody for whom they ask, like person-1. Nothing is shown of who is kept apart"
        " from them. May be repeated.",
    ),
)


def viewer_of(
    roles: tuple[str, ...],
    purpose: str | None,
    viewer_id: str,
    viewer_agency: str | None,
    acts_for: tuple[str, ...],
) -> tuple[Viewer, Purpose] | None:
    """Return who looks and for what; None if nobody is named. Raise `UsageError` for an unknown
    purpose.
    """
    from coresponder.domain.vocabulary import Purpose
    from coresponder.program.viewing import Viewer

    if not roles and purpose is None:
        return None
    known = [one.value for one in Purpose]
    if not roles or purpose is None:
        missing = "--purpose" if roles else "--as"
        raise click.UsageError(f"--as and --purpose go together; {missing} is missing")
    if purpose not in known:
        raise click.UsageError(f"--purpose {purpose!r}: {nearest(purpose, known)}")
    try:
        viewer = Viewer(id=viewer_id, roles=roles, agency=viewer_agency, acts_for=acts_for)
        return viewer, Purpose(purpose)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def RECEIVER(command: _F) -> _F:  # noqa: N802 - an option, as NOW and AGENCY are
    """Add the options that say for whom an export is; `receiver_of` reads them."""
    for option in reversed(_RECEIVER):
        command = option(command)
    return command


_RECEIVER = (
    click.option(
        "--for",
        "receiver",
        metavar="AGENCY",
        help="The agency or organization that gets it, like clinic-1: only what it may see is written,"
        " and that goes into the disclosure log. By default it is the agency's own copy, which has"
        " everything.",
    ),
    click.option(
        "--as",
        "roles",
        multiple=True,
        metavar="ROLE",
        help="The receiver's role in the program, like clinician. May be repeated.",
    ),
    _PURPOSE,
)


def receiver_of(
    receiver: str | None, roles: tuple[str, ...], purpose: str | None
) -> tuple[Viewer, Purpose] | None:
    """Return for whom an export is, and for what; None for the agency's own copy. Raise
    `UsageError` if something is missing.
    """
    if receiver is None:
        if roles or purpose is not None:
            raise click.UsageError("--for is missing: say for whom it is")
        return None
    if not roles or purpose is None:
        raise click.UsageError("--for, --as and --purpose go together; one of them is missing")
    return viewer_of(roles, purpose, receiver, receiver, ())


@contextmanager
def open_store(
    store: str,
    agency: str,
    *,
    read_only: bool = False,
    keys: LocalKeys | None = None,
    begins: bool | None = None,
) -> Iterator[SqlStore]:
    """Open a store; raise `NotFound` if only other agencies have incidents or a roster in it,
    because an empty answer to a misspelled name would mislead, and if the name is that of a
    disclosure log.

    Args:
        store: its file or address.
        agency: whose incidents are wanted.
        read_only: open it for reading only.
        keys: the keys of a store whose words are encrypted.
        begins: whether the agency may have its first incident now. False if it may once a program
            is given, and None if the command never records a first incident.
    """
    from coresponder.stores.sql import SqlStore
    from coresponder.workflow.streams import agencies_of, streams_of

    with SqlStore.open(store, read_only=read_only, keys=keys) as opened:
        _check_name(agency, incidents=begins is not None)
        known = () if begins or opened.has(agency) else opened.agencies()
        if known and streams_of(agency).roster not in known:
            first = "; to record its first one, give --program, too" if begins is False else ""
            raise NotFound(
                f"{store}: agency {agency!r} has no incidents here, choose another with --agency; "
                f"{nearest(agency, agencies_of(known))}{first}"
            )
        yield opened


def _check_name(agency: str, *, incidents: bool) -> None:
    """Raise `UsageError` for the name under which a store keeps what was shown to whom, and for that
    of a roster if the command records incidents.
    """
    from coresponder.workflow.streams import streams_of

    of = streams_of("")
    if agency.endswith(of.disclosures):
        owner = agency.removesuffix(of.disclosures)
        raise click.UsageError(
            f"--agency {agency} is no agency: it is the disclosure log of {owner}; read it with"
            f" `coresponder disclosures STORE --agency {owner}`"
        )
    if incidents and agency.endswith(of.roster):
        owner = agency.removesuffix(of.roster)
        raise click.UsageError(f"--agency {agency} is the roster of {owner}, and has no incidents")


@contextmanager
def open_workflow(
    store: str,
    agency: str,
    *,
    program: str | None = None,
    read_only: bool = False,
    keys: LocalKeys | None = None,
    begins: bool | None = None,
) -> Iterator[Workflow]:
    """Open a store with the program for new incidents: the given one, by default the one under
    which the agency's newest incident began. For `begins`, see `open_store`.
    """
    from coresponder.program import load_program
    from coresponder.workflow import Workflow

    with open_store(store, agency, read_only=read_only, keys=keys, begins=begins) as opened:
        chosen = load_program(program) if program else _program_in(opened, store, agency)
        yield Workflow(chosen, opened, agency=agency)


def _program_in(opened: SqlStore, store: str, agency: str) -> Program:
    """Return the program of the newest incident. If it is not kept, or there is no incident, return
    one that is about incidents, and if there is only a roster, that of the responders.
    """
    from coresponder.program import program_from_definition

    kept = opened.programs()
    if not kept:
        raise NotFound(
            f"{store}: this store has no program, so its incidents cannot be read; "
            "was it written by `coresponder run`?"
        )
    newest = [one.program for one in opened.find(agency, limit=1) if one.program in kept]
    for name in (*newest, *reversed(kept)):
        program = program_from_definition(opened.load_program(name), source=name)
        if program.subject == "incident":
            break
    return program


def parse_now(text: str | None, option: str = "--now") -> dt.datetime | None:
    """Read the time of an option; raise `UsageError` for a time without a zone."""
    from coresponder.domain.types import parse_instant

    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None


def mapping_for(path: Path, program: Program) -> Mapped:
    """Load the mapping of an export, with the words and the numbers of the program."""
    from coresponder.interop.mapping import load_mapping

    return load_mapping(path, own_words=program.own_words, own_numbers=program.own_numbers)


def day(text: str) -> dt.date:
    """Read the day of an option, as its type."""
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a day; write it like 2026-11-27") from None


def word(text: str) -> str:
    """Read the text of an option that must not be empty, as its type."""
    if not text.strip():
        raise click.BadParameter(f"{text!r} is empty; leave the option out, or name one")
    return text.strip()


def check_year(found: _Day, option: str) -> _Day:
    """Return a day or a time from which a command looks ahead; raise `UsageError` if the calendar
    ends too soon after it.
    """
    if found.year > LAST_YEAR:
        raise click.UsageError(f"{option}: the year {found.year} is after {LAST_YEAR}")
    return found


def format_option(*names: str) -> Callable[[_F], _F]:
    """Make the option that chooses how to print; the first is the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(names),
        default=names[0],
        show_default=True,
        help="The format of the output.",
    )


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    say(json.dumps(value, indent=2, ensure_ascii=False, default=_in_json))


def _in_json(value: Any) -> str:
    """Return a value that JSON has no type for; a time as everywhere in JSON (ISO 8601)."""
    if isinstance(value, dt.datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)


def say(text: object, *, err: bool = False) -> None:
    """Print a line, escaped for a terminal. Every command prints with this or with `terminal`."""
    click.echo(printable(str(text)), err=err)


def say_wrapped(text: str, *, indent: int = 0) -> None:
    """Print a text, wrapped between words to the width of the terminal."""
    lines = textwrap.wrap(
        text,
        terminal().width,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    say("\n".join(lines))


def terminal() -> Console:
    """Return the console for tables and colored text."""
    from coresponder.cli.terminal import Terminal

    return Terminal(emoji=False)  # an id may have `:fire:` in it
