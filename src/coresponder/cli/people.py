"""The commands about people: their roster, and what it covers. What they do is imported when it is
done.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from coresponder.cli.options import AGENCY, NOW, STORE, format_option

__all__ = ["coverage", "roster"]

_FILE = click.Path(path_type=Path)
_PROGRAM = click.option(
    "--program", required=True, help="A shipped name or a TOML file: its trainings and its tiers."
)
_AGENCY = click.option(
    "--agency", default="default", show_default=True, help="Whose roster in a store."
)


@click.group()
def roster() -> None:
    """Read a roster (CSV, or a store): who is there, whose training expires, who could go."""


@roster.command("import")
@click.argument("file", type=_FILE)
@_PROGRAM
@click.option(
    "--rejects", type=_FILE, help="Write rows that cannot be used to this file, with the reason."
)
@click.option("--events", type=_FILE, help="Write the events to this file, as JSON lines.")
@click.option("--store", help="Put the responders into this store; those there stay as they are.")
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
    """Read FILE and say what is in it, and what is odd. Exit 1 if a row cannot be used."""
    from coresponder.cli.roster import import_roster

    import_roster(file, program, rejects, events, store, agency, form)


@roster.command()
@click.argument("file")
@_PROGRAM
@NOW
@_AGENCY
@format_option("text", "json")
def show(file: str, program: str, now: str | None, agency: str, form: str) -> None:
    """Show who is of the agency, who is on a shift now, and with which trainings."""
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
    """Show whose training or vetting expires soon, or has expired. Exit 1 if somebody's does."""
    from coresponder.cli.roster import show_expiring

    show_expiring(file, program, days, now, agency, form)


@roster.command("who-can-go")
@click.argument("file")
@_PROGRAM
@click.option(
    "--nature", default="mental_health_crisis", show_default=True, help="What the call is about."
)
@NOW
@_AGENCY
@format_option("text", "json")
def who_can_go(
    file: str, program: str, nature: str, now: str | None, agency: str, form: str
) -> None:
    """Show which team would go to a call now, and why not the others. Exit 1 if none can."""
    from coresponder.cli.roster import show_who_can_go

    show_who_can_go(file, program, nature, now, agency, form)


@roster.command()
@STORE
@AGENCY
@format_option("text", "json")
def strangers(store: str, agency: str, form: str) -> None:
    """List who is named in an incident of STORE and is not on its roster, or was not of the agency
    then. Exit 1 if there is anybody.
    """
    from coresponder.cli.roster import show_strangers

    show_strangers(store, agency, form)


@click.command()
@click.argument("program")
@click.option("--roster", "file", required=True, help="The roster (CSV, or a store).")
@_AGENCY
@click.option("--calls", type=_FILE, help="Count the calls of a CAD export (CSV), not only hours.")
@click.option("--mapping", type=_FILE, help="Says what the export's columns and codes mean (TOML).")
@click.option("--from", "begins", help="The first day (2026-03-02); by default next Monday.")
@click.option(
    "--weeks", type=click.IntRange(1, 260), default=4, show_default=True, help="How many."
)
@click.option("--with", "more", multiple=True, help="What if: '2 cit_officer on nights'.")
@click.option("--train", help="What if: '10 officers in cit'.")
@click.option("--target", help="Train, or add, one more until the tier has this share: '80 %'.")
@click.option(
    "--tier", help="The tier that --target and the pictures count, with those before it; the first."
)
@click.option("--play", is_flag=True, help="Play calls against the roster, also several at once.")
@click.option(
    "--a-day", type=float, default=10.0, show_default=True, help="Made-up calls to --play."
)
@click.option(
    "--minutes", type=float, default=60.0, show_default=True, help="Mean time with a made-up call."
)
@click.option("--picture", type=_FILE, help="Draw the week to this file (SVG).")
@click.option(
    "--curve",
    "curve_file",
    type=_FILE,
    help="Draw the share by number trained, or added, to this file (SVG).",
)
@format_option("text", "json")
def coverage(**options: Any) -> None:
    """Show which tier of PROGRAM can be formed in each hour of the week, from a roster."""
    from coresponder.cli.coverage import Asked, show_coverage

    show_coverage(Asked(**options))
