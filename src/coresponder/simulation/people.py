"""The responders of a made-up night apart from its calls: they start and end shifts, fall ill and
are replaced, leave, and their trainings and vettings lapse.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from coresponder.domain.events import Event
from coresponder.domain.vocabulary import AbsenceReason, CriticalKind, Role
from coresponder.roster import events as e
from coresponder.roster.expiring import Expiring, expiring
from coresponder.roster.service import Service
from coresponder.roster.shifts import Shift, Span, without
from coresponder.simulation.life import Process
from coresponder.simulation.rates import rate

if TYPE_CHECKING:
    from coresponder.simulation.field import Field

__all__ = ["careers", "critical", "lapses"]

_A_DAY = dt.timedelta(days=1)
_LONGEST = dt.timedelta(hours=16)
"""A responder whose shift is longer than this is on call, and neither starts nor ends a shift."""


def careers(field: Field, id: str, later: list[Event]) -> Iterator[Process]:
    """Yield the processes of one responder: their shifts, and each later event."""
    yield _shifts(field, id)
    for event in later:
        yield _happens(field, id, event)


def lapses(field: Field) -> Iterator[Process]:
    """Yield each vetting or training that ends before the calls do; half of the trainings are
    renewed in time.
    """
    roster, courses = field.workflow.roster, field.workflow.program.courses
    for one in expiring(roster.services(), courses, at=field.now, within=field.until - field.now):
        if one.expired:
            continue
        if one.what == "vetting":
            yield _happens(field, one.responder, _said(e.VettingExpired, one, one.ends))
        elif field.seldom(one.responder, one.what, "renewed", probability=rate("training-renewed")):
            renewed = _said(e.TrainingRenewed, one, one.ends - _A_DAY, training=one.what)
            yield _happens(field, one.responder, renewed)


def _said(make: Callable[..., Event], one: Expiring, at: dt.datetime, **fields: str) -> Event:
    return make(at=at, by="hr-1", responder=one.responder, **fields)


def critical(field: Field, id: str, incident: str, kind: CriticalKind) -> Process:
    """Play a critical incident of a responder. In most cases support is offered within a day, and
    somebody checks in within three.
    """
    field.said(e.CriticalIncidentAttended, id, kind=kind, incident=incident)
    dice = field.dice(incident, id, "support")
    if dice.random() < rate("support-offered"):
        yield 60 * dice.uniform(1, 20)
        field.said(e.SupportOffered, id, by=field.somebody(Role.SUPERVISOR))
        answer = e.SupportTaken if dice.random() < rate("support-taken") else e.SupportDeclined
        field.said(answer, id, by=id)
    if field.seldom(incident, id, "check-in", probability=rate("check-in")):
        yield 60 * field.dice(incident, id).uniform(10, 70)
        field.said(e.CheckInHeld, id, by=field.somebody(Role.SUPERVISOR))


def _wait(field: Field, at: dt.datetime) -> float:
    return max(0.0, (at - field.now).total_seconds() / 60)


def _happens(field: Field, id: str, event: Event) -> Process:
    """Wait for an event and record it. A responder who falls ill is replaced, if somebody can be
    found.
    """
    yield _wait(field, event.at)
    field.record(event)
    if isinstance(event, e.AbsenceRecorded):
        _stand_in(field, id)
        if event.ends and field.seldom(id, "returns", probability=rate("passed-again")):
            yield _wait(field, event.ends - _A_DAY)
            field.said(e.ResponderReturned, id)


def _shifts(field: Field, id: str) -> Process:
    """Start and end shifts as long as calls come."""
    since = field.now - _LONGEST
    while field.now < field.until:
        shift = _next(field.service(id), since, field.now)
        if shift is None:
            yield 12 * 60
            continue
        since, dice = shift.until, field.dice(id, shift.begins.isoformat())
        yield _wait(field, shift.begins)
        if dice.random() < rate("absent"):
            ends = field.now + dt.timedelta(days=dice.choice((1, 2, 4)))
            reason = AbsenceReason.ILLNESS
            field.said(e.AbsenceRecorded, id, reason=reason, begins=field.now, ends=ends)
        if not _there(field, id):
            continue
        field.said(e.ShiftStarted, id, at=shift.begins, reachable=shift.reachable)
        late = dice.uniform(250, 300) if dice.random() < rate("long-shift") else dice.uniform(0, 20)
        yield _wait(field, shift.until) + late
        if field.service(id).post(field.now):
            field.said(e.ShiftEnded, id)


def _there(field: Field, id: str) -> bool:
    service = field.service(id)
    return service.post(field.now) is not None and service.absence(field.now) is None


def _next(service: Service, since: dt.datetime, now: dt.datetime) -> Shift | None:
    """Return the next shift at work that begins from an instant on and is not over."""
    found = service.planned(Span(since, now + 3 * _A_DAY))
    return min(
        (
            shift
            for shift in without(found, service.absences)
            if not shift.on_call
            and since <= shift.begins < now + 2 * _A_DAY
            and shift.until > now
            and shift.until - shift.begins <= _LONGEST
        ),
        key=lambda shift: shift.begins,
        default=None,
    )


def _stand_in(field: Field, id: str) -> None:
    """Schedule a shift for a colleague who is off then."""
    away = field.service(id)
    window = Span(field.now, field.now + 2 * _A_DAY)
    gap = next((one for one in away.planned(window) if not one.on_call), None)
    post = away.post(field.now)
    if gap is None or post is None:
        return
    whole = Span(gap.begins - _LONGEST / 2, gap.until + _LONGEST / 2)
    for other in field.workflow.roster.services():
        theirs = other.post(gap.begins)
        if theirs and theirs.role is post.role and not other.on_duty(whole) and other.weeks:
            field.said(e.ShiftScheduled, other.id, begins=gap.begins, ends=gap.until)
            return
