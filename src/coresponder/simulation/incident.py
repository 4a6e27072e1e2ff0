"""One made-up incident, from the call to the end of its follow-up."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from coresponder.domain import events as e
from coresponder.domain.vocabulary import (
    CallSource,
    Disposition,
    FollowUpKind,
    Nature,
    Presence,
    Priority,
    Role,
    Technique,
)
from coresponder.errors import Refused
from coresponder.simulation.aftercare import aftercare
from coresponder.simulation.agencies import second_number
from coresponder.simulation.life import Life, Process
from coresponder.simulation.lines import hand_to_line, lose_caller, taken_from_988
from coresponder.simulation.rates import rate
from coresponder.simulation.scene import (
    CRISIS,
    consent,
    in_a_family,
    involve,
    involve_children,
    scene,
)

__all__ = ["incident"]


def incident(life: Life) -> Process:
    """Play the incident from the call to its end, with the program's own events in between."""
    for pause in _from_call_to_end(life):
        yield pause
        ended = yield from life.own()
        if ended:
            life.free()
            return


def _from_call_to_end(life: Life) -> Process:
    begins = _receive(life)
    if begins == "outreach":
        yield from _outreach(life)
    elif begins == "officer":
        yield from _officer_initiated(life)
    else:
        yield from _call(life)
    yield from aftercare(life)


def _receive(life: Life) -> str:
    """Record the call; return the process with which the incident goes on."""
    chance, draw = life.field.chance, life.field.draw
    natures = life.field.workflow.program.natures or tuple(Nature)
    life.nature = (
        draw.choice(natures) if chance(rate("own-natures")) else draw.choice(tuple(Nature))
    )
    life.person = life.field.meet()
    begins = draw.choices(("call", "officer", "outreach"), (88, 7, 5))[0]
    known = {"officer": CallSource.OFFICER_INITIATED, "outreach": CallSource.OUTREACH}
    source = (
        known.get(begins)
        or draw.choices(
            (
                CallSource.NINE_ONE_ONE,
                CallSource.NINE_EIGHT_EIGHT,
                CallSource.NON_EMERGENCY_LINE,
                CallSource.FAMILY,
                CallSource.SCHOOL,
                CallSource.HOSPITAL,
            ),
            (60, 12, 12, 8, 5, 3),
        )[0]
    )
    life.do(
        e.CallReceived,
        source=source,
        nature=life.nature,
        priority=draw.choice(tuple(Priority)),
    )
    return begins


def _outreach(life: Life) -> Process:
    """Play a contact that starts as a visit on the day after."""
    yield 5
    involve(life)
    life.do(
        e.FollowUpScheduled,
        follow_up=f"{life.id}-visit",
        kind=FollowUpKind.NEXT_DAY_VISIT,
        owner=life.carer,
        person=life.person,
        due=life.field.now + dt.timedelta(hours=20),
        override=0.5,
    )
    yield 60 * 18
    life.do(
        e.FollowUpDone,
        follow_up=f"{life.id}-visit",
        kind=FollowUpKind.NEXT_DAY_VISIT,
        person=life.person,
        by=life.carer,
    )
    consent(life)


def _officer_initiated(life: Life) -> Process:
    """Play a contact for which an officer on scene asks for a second response."""
    there, role = life.lead, Role.PATROL_OFFICER
    life.do(e.ResponderArrived, responder=there, role=role, by=there)
    yield 4
    life.do(e.SecondaryResponseRequested, role=Role.CLINICIAN, by=there)
    yield from _dispatch(life)
    yield from scene(life)


def _call(life: Life) -> Process:
    chance = life.field.chance
    yield from taken_from_988(life)
    yield 2
    if chance(rate("second-caller")):
        life.do(e.IncidentCancelled)
        return
    life.do(
        e.CallTriaged,
        nature=life.nature,
        qualifies=life.field.workflow.program.qualifies(life.nature),
        weapon=chance(rate("weapon-told")),
    )
    if chance(rate("by-phone")):
        yield from _by_phone(life)
        return
    yield from lose_caller(life)
    second_number(life)
    fits = life.nature in CRISIS and life.field.seldom(
        life.id, "line", probability=rate("to-a-line")
    )
    if fits and (yield from hand_to_line(life)):
        return
    yield 3
    if in_a_family(life) and life.field.seldom(life.id, "child", probability=rate("child-told")):
        involve_children(life)
    yield from _dispatch(life)
    if life.team is None or chance(rate("canceled")):
        life.do(e.IncidentCancelled)
        life.free()
        return
    yield from _travel(life)
    yield from scene(life)


def _by_phone(life: Life) -> Process:
    yield 6
    life.do(
        e.DeEscalationAttempted,
        techniques=(Technique.ACTIVE_LISTENING, Technique.CALM_TONE),
        worked=True,
    )
    life.do(e.ExpertConsulted, responder=life.on_call(), presence=Presence.PHONE)
    yield 12
    life.do(e.DispositionRecorded, disposition=Disposition.RESOLVED_BY_PHONE)


def _dispatch(life: Life) -> Process:
    """Ask for a team; while none can be formed, wait, and tell a supervisor."""
    for attempt in range(4):
        try:
            life.make_way(e.TeamDispatched, life.field.now)
            staffing, step = life.field.workflow.dispatch(
                life.id, at=life.field.now, by="dispatcher-1"
            )
        except Refused as refused:
            life.field.count(refused, e.TeamDispatched)
            if life.remedied(refused, e.TeamDispatched, life.field.now):
                continue
            return
        life.field.states.add(step.case.state)
        for tried in staffing.attempts:
            life.field.missing.setdefault(tried.tier, Counter()).update(tried.missing)
        if staffing.team is not None:
            life.team = staffing.team
            return
        yield 6
        if attempt == 1 and life.field.chance(rate("nobody-told")):
            life.do(e.SupervisorNotified)


def _travel(life: Life) -> Process:
    yield 1
    for responder, role in life.in_person():
        life.do(e.ResponderEnRoute, responder=responder, role=role, by=responder)
    yield life.field.draw.uniform(3, 22)
    for responder, role in life.in_person():
        life.do(e.ResponderArrived, responder=responder, role=role, by=responder)
        yield life.field.draw.uniform(0, 4)
