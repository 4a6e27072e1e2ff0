"""The commands about people: `roster` and `coverage`. Their work is imported when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from coresponder.cli.options import AGENCY, NOW, STORE, format_option
from coresponder.cli.written import NEW_FILE

__all__ = ["coverage", "roster"]

_FILE = click.Path(path_type=Path)
_PROGRAM = click.option(
    "--program",
    required=True,
    help="The program whose trainings and tiers apply: a shipped name or a TOML file.",
)
_AGENCY = click.option(
    "--agency",
    default="default",
    show_default=True,
    help="The agency whose roster is read from a store.",
)


@click.group()
def roster() -> None:
    """Read a roster (CSV, or a store): list responders, expiring trainings and possible teams."""


@roster.command("import")
@click.argument("file", type=_FILE)
@_PROGRAM
@click.option(
    "--rejects",
    type=NEW_FILE,
    help="Write the rows that cannot be used to this file, each with its reason.",
)
@click.option("--events", type=NEW_FILE, help="Write the events to this file, as JSON lines.")
@click.option(
    "--store",
    help="Put the responders into this store; responders who are already there stay as they are.",
)
@_AGENCY
@format_option("text", "json")
def import_(
    file: Path,
    program: str,
    rejects: Path | None,
    events: Path | None,
    store: str | None,
    agency: str,
    form: str,
) -> None:
    """Read FILE: count its rows, and name those that cannot be used and those to check. Exit 1 if a
    row cannot be used.
    """
    from coresponder.cli.roster import import_roster

    import_roster(file, program, rejects, events, store, agency, form)


@roster.command()
@click.argument("file")
@_PROGRAM
@NOW
@_AGENCY
@format_option("text", "json")
def show(file: str, program: str, now: str | None, agency: str, form: str) -> None:
    """Show the agency's responders, who of them is on a shift now, and their trainings."""
    from coresponder.cli.roster import show_roster

    show_roster(file, program, now, agency, form)


@roster.command()
@click.argument("file")
@_PROGRAM
@click.option(
    "--days", type=click.IntRange(1, 3660), default=90, show_default=True, help="How soon."
)
@NOW
@_AGENCY
@format_option("text", "json")
def expiring(file: str, program: str, days: int, now: str | None, agency: str, form: str) -> None:
    """List trainings and vettings that expire soon or have expired. Exit 1 if there are any."""
    from coresponder.cli.roster import show_expiring

    show_expiring(file, program, days, now, agency, form)


@roster.command("who-can-go")
@click.argument("file")
@_PROGRAM
@click.option(
    "--nature", default="mental_health_crisis", show_default=True, help="The nature of the call."
)
@NOW
@_AGENCY
@format_option("text", "json")
def who_can_go(
    file: str, program: str, nature: str, now: str | None, agency: str, form: str
) -> None:
    """Show which team would go to a call now, and why the others would not. Exit 1 if none can."""
    from coresponder.cli.roster import show_who_can_go

    show_who_can_go(file, program, nature, now, agency, form)


@roster.command()
@STORE
@AGENCY
@format_option("text", "json")
def strangers(store: str, agency: str, form: str) -> None:
    """List responders whom an incident of STORE names and who are not on its roster, or were not
    with the agency then. Exit 1 if there are any.
    """
    from coresponder.cli.roster import show_strangers

    show_strangers(store, agency, form)


@click.command()
@click.argument("program")
@click.option("--roster", "file", required=True, help="The roster (CSV, or a store).")
@_AGENCY
@click.option("--calls", type=_FILE, help="Count the calls of a CAD export (CSV), not only hours.")
@click.option("--mapping", type=_FILE, help="The mapping of the export's columns and codes (TOML).")
@click.option("--from", "begins", help="The first day (2026-03-02); by default next Monday.")
@click.option(
    "--weeks", type=click.IntRange(1, 260), default=4, show_default=True, help="How many."
)
@click.option(
    "--with",
    "more",
    multiple=True,
    help="Ask what if responders were added: '2 cit_officer on nights'. May be repeated.",
)
@click.option("--train", help="Ask what if responders were trained: '10 officers in cit'.")
@click.option(
    "--target", help="Train or add one more person until the tier reaches this share: '80 %'."
)
@click.option(
    "--tier",
    help="The tier that --target and the pictures count, with those before it; by default the first.",
)
@click.option(
    "--play", is_flag=True, help="Play calls against the roster, several at once as they came."
)
@click.option(
    "--a-day", type=float, default=10.0, show_default=True, help="How many made-up calls to --play."
)
@click.option(
    "--minutes",
    type=float,
    default=60.0,
    show_default=True,
    help="The mean time that a team spends on a made-up call.",
)
@click.option("--picture", type=NEW_FILE, help="Draw the week to this file (SVG).")
@click.option(
    "--curve",
    "curve_file",
    type=NEW_FILE,
    help="Draw the share by number trained, or added, to this file (SVG).",
)
@format_option("text", "json")
def coverage(**options: Any) -> None:
    """Show which tier of PROGRAM can be formed in each hour of the week, from a roster."""
    from coresponder.cli.coverage import Asked, show_coverage

    show_coverage(Asked(**options))
