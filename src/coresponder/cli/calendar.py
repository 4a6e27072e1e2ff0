"""`coresponder export calendar` and `coresponder import calendar`: follow-ups as iCalendar entries."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from coresponder.cli.borders import FILE, OUTPUT, cases_of, check_by, check_roles, read_from
from coresponder.cli.options import (
    AGENCY,
    NOW,
    RECEIVER,
    STORE,
    format_option,
    open_workflow,
    parse_now,
    print_json,
    receiver_of,
    say,
)
from coresponder.cli.written import whole_file
from coresponder.errors import nearest

if TYPE_CHECKING:
    from coresponder.domain.events import Event
    from coresponder.domain.vocabulary import FollowUpOutcome
    from coresponder.interop.calendar_entries import Planned
    from coresponder.workflow import Workflow

__all__ = ["export_calendar", "import_calendar"]

_KINDS: tuple[Literal["todo"], Literal["event"]] = ("todo", "event")


@click.command("calendar")
@STORE
@AGENCY
@click.option("--owner", help="Only the follow-ups of this responder.")
@click.option(
    "--tell",
    "tells",
    multiple=True,
    type=click.Choice(["incident", "kind", "owner", "person"]),
    help="What an entry tells besides its time. By default nothing. May be repeated.",
)
@click.option(
    "--events",
    "as_events",
    is_flag=True,
    help="Make events at the due time, for a calendar that shows no tasks.",
)
@RECEIVER
@OUTPUT
def export_calendar(
    store: str,
    agency: str,
    owner: str | None,
    tells: tuple[str, ...],
    as_events: bool,
    output: Path | None,
    **to: Any,
) -> None:
    """Write the follow-ups of STORE as a calendar (iCalendar, RFC 5545)."""
    from coresponder.interop.calendar_entries import calendar_of
    from coresponder.workflow.giving import give_calendar

    receiver, kind = receiver_of(**to), _KINDS[as_events]
    with open_workflow(store, agency) as workflow:
        if receiver is None:
            text = calendar_of(_of(_planned(workflow, agency), owner), kind=kind, tells=tells)
        else:
            check_roles(workflow, receiver[0].roles)
            window = workflow.as_(*receiver)
            text = give_calendar(window, owner=owner, kind=kind, tells=tells).document
    if output is None:
        sys.stdout.buffer.write(text)
    else:
        with whole_file(output) as file:
            file.write_bytes(text)
        count = text.count(b"\nUID:")
        say(f"{output}: follow-ups: {count:,}")


@click.command("calendar")
@STORE
@FILE
@AGENCY
@NOW
@click.option("--by", required=True, help="The id of who looks at the proposals, like clinician-1.")
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    metavar="UID=OUTCOME",
    help="What came of a contact that was completed in the calendar: reached, connected_to_care,"
    " safe, needs_more_help or declined. May be repeated.",
)
@format_option("text", "json")
def import_calendar(
    store: str,
    file: Path,
    agency: str,
    now: str | None,
    by: str,
    outcomes: tuple[str, ...],
    form: str,
) -> None:
    """Compare FILE with STORE, and propose an event for each change. Nothing is recorded. Exit 1 if
    an entry about one of the agency's follow-ups could not be used.
    """
    import attrs

    from coresponder.clock import utc_now
    from coresponder.interop.calendar_changes import proposals

    instant = parse_now(now) or utc_now()
    check_by(by)
    with open_workflow(store, agency) as workflow, read_from(file):
        found, ignored = proposals(
            file.read_bytes(),
            _planned(workflow, agency),
            now=instant,
            by=by,
            outcomes=dict(map(_outcome, outcomes)),
        )
    if form == "json":
        print_json(
            {
                "proposals": [
                    {
                        "uid": one.uid,
                        "incident": one.incident,
                        "why": one.why,
                        "type": type(one.event).__name__,
                    }
                    | {"event": one.event.to_dict()}
                    for one in found
                ],
                "ignored": [attrs.asdict(one) for one in ignored],
            }
        )
    else:
        for one in found:
            say(f"{one.incident}: {one.why}. Proposed: {_said(one.event)}")
        for left in ignored:
            which = f" ({left.incident}, {left.follow_up})" if left.incident else ""
            say(f"not used: {left.uid}{which}: {left.why}")
        say(f"proposals: {len(found):,}, not used: {len(ignored):,}; nothing was recorded")
    sys.exit(1 if any(left.ours for left in ignored) else 0)


def _of(planned: Iterable[Planned], owner: str | None) -> list[Planned]:
    """Return the follow-ups of a responder; say so if there are none."""
    every = list(planned)
    found = [one for one in every if owner is None or one.scheduled.owner == owner]
    if owner is not None and not found:
        owners = {one.scheduled.owner for one in every if one.scheduled.owner}
        say(f"no follow-up belongs to {owner}; {nearest(owner, owners)}", err=True)
    return found


def _outcome(text: str) -> tuple[str, FollowUpOutcome]:
    """Return the UID and the outcome of an option; raise `UsageError` for another shape."""
    from coresponder.domain.vocabulary import FollowUpOutcome

    uid, _, said = text.rpartition("=")
    known = [one.value for one in FollowUpOutcome]
    if not uid:
        raise click.UsageError(
            f"--outcome {text}: say of which entry, UID={said or 'OUTCOME'}; without --outcome, the UIDs are listed"
        )
    if said not in known:
        raise click.UsageError(f"--outcome {text}: {nearest(said, known)}")
    return uid, FollowUpOutcome(said)


def _said(event: Event) -> str:
    return f"{type(event).__name__} {event.to_json()}"


def _planned(workflow: Workflow, agency: str) -> Iterator[Planned]:
    """Yield every follow-up of an agency. An incident without one is read and passed over."""
    from coresponder.interop.calendar_entries import planned

    for case in cases_of(workflow):
        yield from planned(case, agency=agency)
