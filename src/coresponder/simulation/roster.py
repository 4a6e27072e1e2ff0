"""Made-up responders of a middle-sized department."""

from __future__ import annotations

import datetime as dt
import importlib.resources
import itertools
from collections.abc import Callable, Iterator

import attrs

from coresponder.domain.events import Event
from coresponder.domain.objects import Credential, Responder, Team
from coresponder.domain.types import UTC
from coresponder.domain.vocabulary import (
    AbsenceReason,
    Nature,
    Presence,
    ResponderStatus,
    Role,
    Training,
    Weekday,
)
from coresponder.interop.roster import RosterRow, read_roster
from coresponder.lifecycle import RESPONDER
from coresponder.program import Program, shipped_programs
from coresponder.roster import events as e
from coresponder.roster.courses import Courses
from coresponder.roster.staffing import Seat, Tier, choose_team

__all__ = ["START", "made_up_roster", "shipped_roster"]

START = dt.datetime(2026, 1, 9, 22, 0, tzinfo=UTC)
"""The beginning of every made-up night: a Friday, 22:00 UTC."""
_EXPIRED = START - dt.timedelta(days=30)
_JOINED = START - dt.timedelta(days=300)
_MIDNIGHT = dt.time()
_FALL_ILL = {"officer-2": 9, "clinician-2": 20}
_LEAVE = {"officer-3": 30}
"""Responder -> hours after the beginning."""
_ON_SHIFT = ResponderStatus(RESPONDER.table["ShiftStarted"][RESPONDER.initial])
_NEW = 2
"""How many responders are added for a role that the department lacks."""
_AT_ONCE = 6
"""How many teams can be out at once for calls of any nature: a call comes every 14 minutes and
takes about an hour.
"""


def made_up_roster(program: Program | None = None) -> dict[str, tuple[Event, ...]]:
    """Return the streams of made-up responders by id: the roster that comes with a shipped program,
    or a middle-sized department that is on call around the clock.

    Args:
        program: the program. Each role of each seat is staffed, with enough responders for several
            teams at once.
    """
    if program is not None and program.id in shipped_programs():
        return shipped_roster(program)
    return {one.id: tuple(_stream(one)) for one in _people(program).values()}


def shipped_roster(program: Program) -> dict[str, tuple[Event, ...]]:
    """Return the made-up roster that comes with a shipped program."""
    folder = importlib.resources.files("coresponder.programs")
    with importlib.resources.as_file(folder / f"{program.id}.roster.csv") as path:
        rows = list(read_roster(path, program))
    return {row.service.id: row.events for row in rows if isinstance(row, RosterRow)}


def _stream(one: Responder) -> Iterator[Event]:
    """Yield the past events of a responder, and for a few of them later ones."""

    def said(make: Callable[..., Event], at: dt.datetime = _JOINED, **fields: object) -> Event:
        return make(at=at, by="hr-1", responder=one.id, **fields)

    yield said(e.ResponderJoined, role=one.role, volunteer=one.volunteer, languages=one.languages)
    if one.vetted:
        yield said(e.VettingPassed)
    for held in one.credentials:
        yield said(
            e.TrainingCompleted, training=held.training, hours=held.hours, expires=held.expires
        )
    week = e.WeeklyShift(
        days=tuple(Weekday), begins=_MIDNIGHT, ends=_MIDNIGHT, reachable=one.reachable, on_call=True
    )
    yield said(e.ShiftsAssigned, shifts=(week,))
    if one.id in _FALL_ILL:
        begins = START + dt.timedelta(hours=_FALL_ILL[one.id])
        ends, why = begins + dt.timedelta(days=3), AbsenceReason.ILLNESS
        yield said(e.AbsenceRecorded, begins, begins=begins, ends=ends, reason=why)
    if one.id in _LEAVE:
        yield said(e.ResponderLeft, START + dt.timedelta(hours=_LEAVE[one.id]))


def _people(program: Program | None) -> dict[str, Responder]:
    """Return the department, completed with the responders that the tiers need."""
    roster = _department()
    if program is not None:
        for tier in program.tiers:
            _add_roles(roster, tier, program.courses)
        for tier in program.tiers:
            _complete(roster, (tier,), 1, program.courses)
        for tiers in dict.fromkeys(
            tuple(tier for tier in program.tiers if tier.serves(nature)) for nature in Nature
        ):
            _complete(roster, tiers, _AT_ONCE, program.courses)
    return roster


def _add_roles(roster: dict[str, Responder], tier: Tier, courses: Courses) -> None:
    """Add responders for each role of a seat, unless somebody of that role can take it."""
    for seat in tier.seats:
        for role in seat.roles:
            if not any(r.role is role and seat.fits(r, START, courses) for r in roster.values()):
                for _ in range(_NEW):
                    _add(roster, seat, role, courses)


def _complete(
    roster: dict[str, Responder], tiers: tuple[Tier, ...], teams: int, courses: Courses
) -> None:
    """Add responders for the seats of the last tier until enough teams can be out at once."""
    everywhere = tuple(attrs.evolve(tier, natures=(), where={}) for tier in tiers)
    free = dict(roster)
    for _ in range(teams if tiers else 0):
        team = _team(everywhere, free, courses)
        if team is None:
            new = [_add(roster, seat, seat.roles[0], courses) for seat in tiers[-1].seats]
            free |= {responder.id: responder for responder in new}
            team = _team(everywhere, free, courses)
        for member in team.members if team else ():
            del free[member.responder]


def _team(tiers: tuple[Tier, ...], free: dict[str, Responder], courses: Courses) -> Team | None:
    return choose_team(tiers, free.values(), at=START, nature=Nature.OTHER, courses=courses).team


def _add(roster: dict[str, Responder], seat: Seat, role: Role, courses: Courses) -> Responder:
    """Add a responder who qualifies for a seat, under the next free id of the role."""
    prefix = role.value.replace("_", "-") + (
        "" if seat.presence is Presence.IN_PERSON else f"-by-{seat.presence.value}"
    )
    id = next(id for i in itertools.count(1) if (id := f"{prefix}-{i}") not in roster)
    credentials = tuple(
        Credential(training=training, hours=hours) for training, hours in seat.ways(courses)[0]
    )
    roster[id] = Responder(
        id=id,
        role=role,
        credentials=credentials,
        status=_ON_SHIFT,
        reachable=(seat.presence,),
        languages=seat.languages,
        vetted=seat.vetted,
    )
    return roster[id]


def _department() -> dict[str, Responder]:
    basics = Credential(training=Training.BASIC_DE_ESCALATION, hours=8)
    lapsed = Credential(training=Training.BASIC_DE_ESCALATION, hours=8, expires=_EXPIRED)
    cit = Credential(training=Training.CIT, hours=40)
    short = Credential(training=Training.CIT, hours=24)
    license = Credential(training=Training.MENTAL_HEALTH_LICENSE)
    team_two = Credential(training=Training.TEAM_TWO, hours=8)
    child = Credential(training=Training.CHILD_TRAUMA, hours=16)
    health = Credential(training=Training.COMMUNITY_HEALTH)
    groups = (
        _group("officer", Role.PATROL_OFFICER, 3, basics, team_two),
        _group("officer-child", Role.PATROL_OFFICER, 1, basics, child),
        _group("recruit", Role.PATROL_OFFICER, 1, lapsed),
        _group("cit", Role.CIT_OFFICER, 2, cit, basics, team_two),
        _group("cit-short", Role.CIT_OFFICER, 1, short, basics),
        _group("clinician", Role.CLINICIAN, 2, license),
        _group("clinician-on-call", Role.CLINICIAN, 2, license, reachable=Presence.PHONE),
        _group("health-worker", Role.COMMUNITY_HEALTH_WORKER, 3, health),
        _group("sergeant", Role.SUPERVISOR, 1, basics),
    )
    return {responder.id: responder for group in groups for responder in group}


def _group(
    prefix: str,
    role: Role,
    count: int,
    *credentials: Credential,
    reachable: Presence = Presence.IN_PERSON,
) -> Iterator[Responder]:
    """Yield responders who are alike, numbered from 1."""
    volunteer = role is Role.COMMUNITY_HEALTH_WORKER
    for number in range(1, count + 1):
        yield Responder(
            id=f"{prefix}-{number}",
            role=role,
            credentials=credentials,
            status=_ON_SHIFT,
            reachable=(reachable,),
            volunteer=volunteer,
            vetted=volunteer,
        )
