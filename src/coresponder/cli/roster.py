"""The work of `coresponder roster`: read and show it, list what expires, and find a team."""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
import click

from coresponder.cli.options import check_year, open_workflow, parse_now, print_json, say, terminal
from coresponder.cli.rejects import rejects_file
from coresponder.cli.tables import print_table
from coresponder.cli.written import whole_file
from coresponder.clock import utc_now
from coresponder.domain.objects import Responder
from coresponder.domain.spoken import say_word
from coresponder.domain.types import say_time
from coresponder.domain.vocabulary import Nature, ResponderStatus
from coresponder.errors import nearest
from coresponder.interop.cad import Rejected
from coresponder.interop.roster import RosterRow, read_roster
from coresponder.program import Program, load_program
from coresponder.roster.expiring import Expiring, expiring
from coresponder.roster.service import Service

__all__ = [
    "import_roster",
    "read_services",
    "show_expiring",
    "show_roster",
    "show_strangers",
    "show_who_can_go",
]


def read_services(file: str, program: Program, agency: str) -> tuple[list[Service], list[Rejected]]:
    """Return the responders of a roster file or of a store. Rows that cannot be used are named on
    stderr.
    """
    path = Path(file)
    if "://" in file or _is_store(path):
        return _from_store(file, program, agency), []
    used, rejected = _read(path, program)
    for row in rejected:
        say(f"{path.name}, row {row.row} is left out: {row.reason}", err=True)
    return [row.service for row in used], rejected


def _read(file: Path, program: Program) -> tuple[list[RosterRow], list[Rejected]]:
    rows = list(read_roster(file, program))
    return [row for row in rows if isinstance(row, RosterRow)], [
        row for row in rows if isinstance(row, Rejected)
    ]


def _instant(now: str | None) -> dt.datetime:
    return check_year(parse_now(now) or utc_now(), "--now")


def import_roster(
    file: Path,
    program: str,
    rejects: Path | None,
    events: Path | None,
    store: str | None,
    agency: str,
    form: str,
) -> None:
    """Read a roster, count its rows, and name those that cannot be used and those to check."""
    loaded = load_program(program)
    used, rejected = _read(file, loaded)
    there = _keep(store, agency, loaded, used) if store else []
    read = len(used) + len(rejected)
    findings = [(row.row, finding) for row in used for finding in row.service.findings]
    with rejects_file(rejects) as reject:
        for row in rejected:
            reject(row)
    if events is not None:
        _write_events(events, used)
    if form == "json":
        print_json(
            {
                "rows_read": read,
                "rows_used": len(used),
                "rejected": [attrs.asdict(row) for row in rejected],
                "findings": [{"row": row, **finding.to_dict()} for row, finding in findings],
                "events": sum(len(row.events) for row in used),
                "there_before": there,
            }
        )
    else:
        say(f"{read:,} rows read, {len(used):,} used, {len(rejected):,} rejected")
        for one in rejected:
            say(f"  row {one.row}: {one.reason}")
        for number, finding in findings:
            say(f"  check row {number}: {finding.responder}: {finding.what}")
        for id in there:
            say(f"  {id} is in the store already, and stays as it is there")
    sys.exit(1 if rejected else 0)


def _keep(name: str, agency: str, program: Program, rows: Iterable[RosterRow]) -> list[str]:
    """Put each responder's stream into a store; return the ids that were already there."""
    from coresponder.stores.pages import every
    from coresponder.stores.sql import SqlStore
    from coresponder.workflow import Workflow

    there = []
    with SqlStore.open(name, must_exist=False) as store, store.batch():
        desk = Workflow(program, store, agency=agency).roster.desk
        known = {one.incident for one in every(desk.find)}
        for row in rows:
            if row.service.id in known:
                there.append(row.service.id)
            else:
                desk.replay(row.service.id, row.events)
    return there


def _from_store(name: str, program: Program, agency: str) -> list[Service]:
    """Return the responders of a store; raise `UsageError` if there are none, because an empty
    answer to a misspelled agency would mislead.
    """
    from coresponder.stores.sql import SqlStore
    from coresponder.workflow import Workflow

    with SqlStore.open(name) as store:
        workflow = Workflow(program, store, agency=agency)
        services = sorted(workflow.roster.services(), key=lambda one: one.id)
    if not services:
        raise _no_roster(name, agency)
    return services


def _no_roster(store: str, agency: str) -> click.UsageError:
    return click.UsageError(
        f"{store} has no roster of agency {agency!r}, choose another with --agency; "
        "`coresponder roster import --store` puts one there"
    )


def _is_store(file: Path) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        return opened.read(16) == b"SQLite format 3\0"


def _write_events(path: Path, rows: Iterable[RosterRow]) -> None:
    with whole_file(path) as beside, beside.open("w", encoding="utf-8") as file:
        for row in rows:
            for event in row.events:
                file.write(f'{{"event":"{type(event).__name__}",{event.to_json()[1:]}\n')


def show_roster(file: str, program: str, now: str | None, agency: str, form: str) -> None:
    """Show the agency's responders, who of them is on a shift now, and their trainings."""
    loaded, at = load_program(program), _instant(now)
    services, _ = read_services(file, loaded, agency)
    there = [one for service in services if (one := service.responder(at)) is not None]
    if form == "json":
        print_json([one.to_dict() for one in there])
        return
    zone = loaded.calendar.time_zone
    on = sum(one.status is ResponderStatus.AVAILABLE for one in there)
    say(f"{len(there):,} responders, {on:,} on a shift or on call at {say_time(at, zone)}")
    heads = ("id", "role", "now", "trainings that count")
    print_table(terminal(), heads, [_told(one, loaded, at) for one in there])


def _told(one: Responder, program: Program, at: dt.datetime) -> tuple[str, ...]:
    """Return a responder as a row of the table."""
    ways = " or ".join(say_word(way.value) for way in one.reachable)
    counted = (
        say_word(name)
        for name in dict.fromkeys(credential.training for credential in one.credentials)
        if program.courses.holds(one, [(name, program.courses.course(name).hours)], at)
    )
    role = f"{say_word(one.role.value)}{' (volunteer)' if one.volunteer else ''}"
    return one.id, role, ways or "off duty", ", ".join(counted)


def show_expiring(
    file: str, program: str, days: int, now: str | None, agency: str, form: str
) -> None:
    """List trainings and vettings that expire soon or have expired; exit 1 if there are any."""
    loaded, at = load_program(program), _instant(now)
    services, _ = read_services(file, loaded, agency)
    found = expiring(services, loaded.courses, at=at, within=dt.timedelta(days=days))
    if form == "json":
        print_json([one.to_dict() for one in found])
    elif not found:
        say(f"Nothing expires within {days} days.")
    else:
        zone = loaded.calendar.time_zone
        rows = [(say_time(one.ends, zone)[:10], one.responder, _what(one)) for one in found]
        print_table(terminal(), ("last day", "id", "what"), rows)
    sys.exit(1 if found else 0)


def _what(one: Expiring) -> str:
    return f"{say_word(one.what)}{' (has expired)' if one.expired else ''}"


def show_strangers(store: str, agency: str, form: str) -> None:
    """List responders whom an incident names and the roster lacks; exit 1 if there are any."""
    from coresponder.stores.pages import every
    from coresponder.workflow.strangers import strangers_in

    with open_workflow(store, agency) as workflow:
        known = {service.id: service for service in workflow.roster.services()}
        if not known:
            raise _no_roster(store, agency)
        found = [
            (one.incident, stranger)
            for one in every(workflow.store.find, agency)
            for stranger in strangers_in(workflow.case(one.incident), known)
        ]
    if form == "json":
        print_json([{"incident": incident, **one.to_dict()} for incident, one in found])
    for incident, one in found if form == "text" else ():
        say(f"incident {incident}, event {one.event}: {one.responder} {one.what}")
    if not found and form == "text":
        say("Everybody who is named in an incident is on the roster.")
    sys.exit(1 if found else 0)


def show_who_can_go(
    file: str, program: str, nature: str, now: str | None, agency: str, form: str
) -> None:
    """Show which team would go to a call now, and why the others would not; exit 1 if none can."""
    known = [one.value for one in Nature]
    if nature not in known:
        raise click.UsageError(f"--nature: there is no {nature!r}; {nearest(nature, known)}")
    loaded, at = load_program(program), _instant(now)
    services, _ = read_services(file, loaded, agency)
    there = [one for service in services if (one := service.responder(at)) is not None]
    staffing = loaded.staff(there, at=at, nature=Nature(nature))
    why_not = _why_not(there, loaded, Nature(nature), at)
    if form == "json":
        print_json({**staffing.to_dict(), "why_not": why_not})
    else:
        say(f"{say_word(nature)} at {say_time(at, loaded.calendar.time_zone)}")
        for member in staffing.team.members if staffing.team else ():
            how = say_word(member.presence.value)
            say(f"  {member.responder}: {say_word(member.role.value)}, {how}")
        say(f"{staffing.reason[:1].upper()}{staffing.reason[1:]}.")
        for seat, reasons in why_not.items():
            say(f"\nWho cannot be {seat}:")
            for reason, count in reasons.items():
                say(f"  {count:>5,}  {reason}")
    sys.exit(0 if staffing.team else 1)


def _why_not(
    there: Iterable[Responder], program: Program, nature: Nature, at: dt.datetime
) -> dict[str, dict[str, Any]]:
    """Return for each seat of each tier for the nature the reasons that keep responders of its
    roles out, with their numbers.
    """
    found: dict[str, dict[str, Any]] = {}
    for tier in program.tiers:
        for seat in tier.seats if tier.answers(nature) else ():
            reasons: Counter[str] = Counter()
            for one in there:
                if one.role in seat.roles:
                    off = one.status is not ResponderStatus.AVAILABLE
                    lacking = list(seat.lacking(one, at, program.courses))
                    reasons.update(["is off duty"] if off else lacking)
            if reasons:
                found[str(seat)] = dict(reasons.most_common())
    return found
