"""The command `services`, which shows the services of a directory that fit a person."""

from __future__ import annotations

import datetime as dt
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coresponder.cli.options import NOW, day, format_option, parse_now, print_json, say, word

if TYPE_CHECKING:
    from coresponder.interop.services import Match

__all__ = ["services"]


def age(text: str) -> float:
    """Read the age of an option, as its type."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 <= found < math.inf:
        raise click.BadParameter(f"{text!r} is not an age in years; write it like 9 or 17.5")
    return found


@click.command()
@click.argument("directory", type=click.Path(exists=True, path_type=Path))
@click.option("--time-zone", required=True, help="The agency's time zone, like America/Chicago.")
@NOW
@click.option(
    "--term",
    "terms",
    multiple=True,
    type=word,
    help="A code or name of the directory's taxonomy that answers the need; by default any. May be repeated.",
)
@click.option(
    "--age",
    type=age,
    help="The person's age in years, like 9 or 17.5; by default it does not matter.",
)
@click.option(
    "--language",
    type=word,
    help="A language that the person speaks, like es or Spanish; by default it does not matter.",
)
@click.option(
    "--area",
    type=word,
    help="The area where the person is, as the directory writes it; by default it does not matter.",
)
@click.option(
    "--holiday",
    "holidays",
    multiple=True,
    type=day,
    help="A holiday like 2026-11-27, on which offices may be closed. May be repeated.",
)
@format_option("text", "json")
def services(
    directory: Path,
    time_zone: str,
    now: str | None,
    terms: tuple[str, ...],
    age: float | None,
    language: str | None,
    area: str | None,
    holidays: tuple[dt.date, ...],
    form: str,
) -> None:
    """Show which services of DIRECTORY (Open Referral HSDS 3: JSON, or a folder or zip file of
    tables) fit a person, which of these are open, and why the others do not fit. Exit 1 if a
    service, or a row of a table, could not be used.
    """
    from coresponder.clock import utc_now
    from coresponder.interop.services import check_language, find_services, load_directory
    from coresponder.policy.bounds import Calendar

    try:
        zone = Calendar.of(time_zone).time_zone
    except ValueError as error:
        said = str(error).removeprefix("time_zone = ")
        raise click.UsageError(f"--time-zone: {said}") from None
    read = load_directory(directory)
    if language is not None:
        try:
            check_language(language, read.services)
        except ValueError as error:
            raise click.UsageError(f"--language: {error}") from None
    try:
        found = find_services(
            read,
            at=parse_now(now) or utc_now(),
            zone=zone,
            terms=terms,
            age=age,
            language=language,
            area=area,
            holidays=holidays,
        )
    except ValueError as error:
        raise click.UsageError(f"--now: {error}") from None
    if form == "json":
        print_json({"services": [_as_json(one) for one in found], "unreadable": read.unreadable})
    else:
        for one in found:
            say(_line(one, zone))
        for text in read.unreadable:
            say(f"cannot be read: {text}")
    sys.exit(1 if read.unreadable else 0)


def _line(match: Match, zone: dt.tzinfo) -> str:
    from coresponder.domain.types import say_time

    service = match.service
    if not match.fits:
        stands = f"does not fit: {'; '.join(match.why_not)}"
    elif match.open_now and match.open_until is None:
        stands = "open around the clock"
    elif match.open_until is not None:
        stands = f"open until {say_time(match.open_until, zone)}"
    elif match.opens_next is not None:
        stands = f"opens {say_time(match.opens_next, zone)}"
    else:
        stands = "not known to open within two months"
    unsure = f" (unsure: {'; '.join(match.unsure)})" if match.unsure else ""
    return f"{service.name} [{service.id}]: {stands}{unsure}"


def _as_json(match: Match) -> dict[str, Any]:
    return {
        "id": match.service.id,
        "name": match.service.name,
        "fits": match.fits,
        "why_not": match.why_not,
        "unsure": match.unsure,
        "open_now": match.open_now,
        "open_until": match.open_until,
        "opens_next": match.opens_next,
    }
