"""What the commands share: options, and how a store is opened."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from coresponder.errors import NotFound, nearest
from coresponder.outputs import printable
from coresponder.program import program_from_definition, shipped_programs
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow

__all__ = [
    "AGENCY",
    "NOW",
    "STORE",
    "a_store",
    "format_option",
    "open_store",
    "open_workflow",
    "print_json",
    "say",
    "say_wrapped",
    "terminal",
]

_F = TypeVar("_F", bound=Callable[..., Any])

NOW = click.option("--now", help="As of this time (ISO 8601 with zone); by default the clock's.")
AGENCY = click.option("--agency", default="default", show_default=True, help="Whose incidents.")


def a_store(store: str | None) -> str | None:
    """Return the name of a store; raise `UsageError` if a program is given for one."""
    if store is not None and (store in shipped_programs() or store.lower().endswith(".toml")):
        raise click.UsageError(
            f"{store} is a program, and this command reads a store: give the file that `coresponder run {store} --store night.db` wrote"
        )
    return store


STORE = click.argument("store", callback=lambda context, parameter, value: a_store(value))


@contextmanager
def open_store(store: str, agency: str, *, read_only: bool = False) -> Iterator[SqlStore]:
    """Open a store; raise `NotFound` if the agency has nothing in it and others have: an empty
    answer to a misspelt name would mislead.
    """
    with SqlStore.open(store, read_only=read_only) as opened:
        known = () if opened.has(agency) else opened.agencies()
        if known:
            raise NotFound(
                f"{store}: agency {agency!r} has no incidents here, choose another with --agency; {nearest(agency, known)}"
            )
        yield opened


@contextmanager
def open_workflow(store: str, agency: str) -> Iterator[Workflow]:
    """Open a store with the program that it keeps."""
    with open_store(store, agency) as opened:
        names = opened.programs()
        if not names:
            raise NotFound(
                f"{store}: no program is kept in this store, so its incidents cannot be read; was it written by `coresponder run`?"
            )
        program = program_from_definition(opened.load_program(names[0]), source=names[0])
        yield Workflow(program, opened, agency=agency)


def format_option(*names: str) -> Callable[[_F], _F]:
    """Make the option that chooses how to print; the first is the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(names),
        default=names[0],
        show_default=True,
        help="How to print it.",
    )


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    say(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def say(text: object, *, err: bool = False) -> None:
    """Print a line, escaped for a terminal. Every command prints through this or through
    `terminal`.
    """
    click.echo(printable(str(text)), err=err)


def say_wrapped(text: str, *, indent: int = 0) -> None:
    """Print a text, wrapped at words to the width of the terminal; no word is broken."""
    lines = textwrap.wrap(
        text,
        terminal().width,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    say("\n".join(lines))


class _Terminal(Console):
    """A console whose text is escaped; its own colors are not text."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        """Render as rich does, then escape."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else printable(text), style, control)


def terminal() -> Console:
    """Return the console for tables and colored text."""
    return _Terminal()
