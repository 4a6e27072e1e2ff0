"""The commands that list incidents and what they owe, a page at a time."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from coresponder.cli.options import (
    AGENCY,
    NOW,
    STORE,
    format_option,
    open_workflow,
    parse_now,
    print_json,
    say,
    say_wrapped,
    terminal,
)

if TYPE_CHECKING:
    from coresponder.stores.base import Summary

__all__ = ["due", "find"]

_F = TypeVar("_F", bound=Callable[..., Any])
_FILTERS = (
    click.option("--state", help="Only incidents in this state."),
    click.option("--person", help="Only incidents that involve the person with this id."),
    click.option("--responder", help="Only incidents that this responder was sent to or joined."),
    click.option("--tier", help="Only incidents that this tier was sent to."),
    click.option("--nature", help="Only calls of this nature."),
    click.option("--owner", help="Only what this id owns: a responder, a partner, a department."),
    click.option("--from", "begins", help="Only incidents that opened at this time or later."),
    click.option("--until", "ends", help="Only incidents that opened before this time."),
    click.option("--overdue", is_flag=True, help="Only what was due before now (what is overdue)."),
    click.option("--before", help="Only what is due by this time."),
    click.option(
        "--limit", type=click.IntRange(1), default=100, show_default=True, help="How many to list."
    ),
    click.option("--after", help="List what follows the page that ended with this cursor."),
)


def _filtered(command: _F) -> _F:
    """Add the options that filter a list."""
    for option in reversed(_FILTERS):
        command = option(command)
    return command


def _options(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options as the arguments of a workflow's query."""
    begins, ends = (_time(options.pop(name), f"--{flag}") for name, flag in _PERIOD)
    if begins or ends:
        options["period"] = (begins or _FIRST, ends or _LAST)
    return options


_FIRST = dt.datetime.min.replace(tzinfo=dt.UTC)
_LAST = dt.datetime.max.replace(tzinfo=dt.UTC)
_PERIOD = (("begins", "from"), ("ends", "until"))


def _time(text: str | None, option: str) -> dt.datetime | None:
    from coresponder.domain.types import parse_instant

    try:
        return None if text is None else parse_instant(text)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None


def _say_owner(owner: str | None, owners: Sequence[str]) -> None:
    """Say that somebody owns nothing that is owed, and who does that is spelled alike."""
    if owner is None or owner in owners:
        return
    from coresponder.errors import nearest

    hint = nearest(owner, owners) if owners else "nobody owns anything that is owed"
    say(f"Nothing that is owed has the owner {owner!r}; {hint}.", err=True)


@click.command()
@STORE
@_filtered
@click.option("--about", help="Only what is owed about the person with this id.")
@NOW
@AGENCY
@format_option("text", "json")
def due(
    store: str, before: str | None, now: str | None, agency: str, form: str, **options: Any
) -> None:
    """Show what is owed, the most urgent first. Exit 3 if a record cannot be read, because then
    something owed may be missing.
    """
    from coresponder.cli.show import print_due

    instant, chosen = parse_now(now), _options(options)
    with open_workflow(store, agency) as workflow:
        instant = instant or workflow.store.now()
        owed = workflow.due(instant, before=_time(before, "--before"), **chosen)
        owners = workflow.owners() if chosen["owner"] and not owed else ()
        zone = workflow.program.calendar.time_zone
    if form == "json":
        rows = [
            {"incident": o.incident, "unreadable": o.unreadable, **o.obligation.to_dict()}
            for o in owed
        ]
        print_json({"owed": rows, "next": owed.next})
    elif not owed:
        say("Nothing is owed.")
    else:
        print_due(terminal(), owed, instant, zone)
        _say_next(owed.next)
    if not owed:
        _say_owner(chosen["owner"], owners)
    if any(one.unreadable for one in owed):
        sys.exit(3)


@click.command()
@STORE
@_filtered
@click.option("--owing", is_flag=True, help="Only incidents that owe something.")
@NOW
@AGENCY
@format_option("text", "json")
def find(
    store: str, before: str | None, now: str | None, agency: str, form: str, **options: Any
) -> None:
    """List incidents: the newest first, or the earliest due first with --owing, --overdue or
    --before.
    """
    instant, chosen = parse_now(now), _options(options)
    with open_workflow(store, agency) as workflow:
        found = workflow.find(now=instant, due_before=_time(before, "--before"), **chosen)
        owners = workflow.owners() if chosen["owner"] and not found else ()
        zone = workflow.program.calendar.time_zone
    if form == "json":
        print_json({"incidents": [_as_json(one) for one in found], "next": found.next})
    elif not found:
        say("No incident fits.")
    else:
        for one in found:
            say_wrapped(_line(one, zone), indent=4)
        _say_next(found.next)
    if not found:
        _say_owner(chosen["owner"], owners)


def _as_json(one: Summary) -> dict[str, Any]:
    return {
        "incident": one.incident,
        "program": one.program,
        "state": one.state,
        "nature": one.nature,
        "opened_at": one.opened_at and one.opened_at.isoformat(),
        "disposition": one.disposition,
        "merged_into": one.merged_into,
        "obligations": one.obligations,
        "first_due": one.first_due and one.first_due.isoformat(),
        "unreadable": one.unreadable,
    }


def _line(one: Summary, zone: dt.tzinfo) -> str:
    from coresponder.domain.spoken import say_word
    from coresponder.domain.types import say_time

    if one.unreadable:
        return f"{one.incident}  {one.unreadable}"
    opened = say_time(one.opened_at, zone) if one.opened_at else ""
    first = f", first due {say_time(one.first_due, zone)}" if one.first_due else ""
    owes = f"; owes {one.obligations}{first}" if one.obligations else ""
    nature = f"; {say_word(one.nature)}" if one.nature else ""
    twice = f"; duplicate of {one.merged_into}" if one.merged_into else ""
    return f"{one.incident}  {opened}  {say_word(one.state)}{nature}{twice}{owes}"


def _say_next(cursor: str | None) -> None:
    if cursor is not None:
        say(f"There is more. Next: the same command with --after {cursor}")
