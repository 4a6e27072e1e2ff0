"""A made-up barricade, an entry, and a clinician who is cut off. Every rate is made up."""

from __future__ import annotations

from coresponder.domain import events as e
from coresponder.domain.vocabulary import (
    AccessFinding,
    EntryGround,
    LeadService,
    Perimeter,
    Presence,
    Role,
)
from coresponder.errors import ViewDenied
from coresponder.program.viewing import Viewer
from coresponder.simulation.life import Life, Process
from coresponder.simulation.rates import rate

__all__ = ["barricade", "cut_off", "go_in"]

_SPECIAL_TEAM = (("swat-1", Role.TACTICAL_OFFICER), ("negotiator-1", Role.NEGOTIATOR))
"""They are on no program's roster."""
_NEGOTIATOR = Viewer(id="negotiator-1", roles=("negotiator",))


def barricade(life: Life) -> Process:
    """Now and then a person shuts themselves in: a perimeter, negotiators, a commander, and time."""
    dice, lead = life.field.dice(life.id, "barricade"), life.lead
    if dice.random() > rate("barricade"):
        return
    life.do(e.SubjectBarricaded, person=life.person, by=lead)
    service = dice.choices((LeadService.POLICE, LeadService.EMS), (90, 10))[0]
    life.do(e.CommandTaken, commander=lead, service=service, by=lead)
    for perimeter in Perimeter:
        life.do(e.PerimeterSet, perimeter=perimeter, by=lead)
    yield dice.uniform(15, 40)
    for comes, role in _SPECIAL_TEAM:
        life.do(e.ResponderArrived, responder=comes, role=role, by=comes)
    chief = life.supervisor
    life.do(
        e.CommandTransferred,
        commander=chief,
        briefed=dice.random() < rate("commander-briefed"),
        by=chief,
    )
    life.do(e.ExpertConsulted, responder=life.on_call(), presence=Presence.IN_PERSON, by=chief)
    life.field.also(_look_in_an_emergency(life))
    yield dice.uniform(30, 180)
    life.do(e.SceneSecured, by=chief)


def _look_in_an_emergency(life: Life) -> Process:
    """A negotiator opens what shows only in an emergency; a supervisor reviews that days later."""
    dice = life.field.dice(life.id, "emergency-access")
    window = life.field.workflow.as_(_NEGOTIATOR, "operations")
    try:
        opened = window.open_emergency_access(life.id, "imminent_danger")
    except ViewDenied:  # not every program has a row for that
        return
    yield dice.uniform(12, 60) * 60
    finding = (
        AccessFinding.JUSTIFIED
        if dice.random() < rate("access-justified")
        else AccessFinding.NOT_JUSTIFIED
    )
    life.do(e.EmergencyAccessReviewed, access=opened.access, finding=finding, by=life.supervisor)


def go_in(life: Life) -> Process:
    """Now and then go in where nobody opens, and tell a supervisor."""
    dice, lead = life.field.dice(life.id, "entry"), life.lead
    if dice.random() > rate("entry"):
        return
    ground = dice.choices(tuple(EntryGround), (80, 5, 15))[0]
    if ground is EntryGround.EXIGENT_CIRCUMSTANCES:
        life.do(e.ImminentDangerSeen, by=lead)
    life.do(
        e.EntryMade,
        ground=ground,
        person=life.person,
        forced=dice.random() < rate("entry-forced"),
        by=lead,
    )
    yield dice.uniform(5, 20)
    life.do(e.SupervisorNotified, by=lead)


def cut_off(life: Life, responder: str, presence: Presence) -> Process:
    """Now and then reach a clinician only at the second try, or lose the line, mostly for minutes."""
    dice, by = life.field.dice(life.id, "line"), life.lead
    if presence is Presence.IN_PERSON or dice.random() > rate("connection-breaks"):
        return
    life.do(e.ConnectionLost, responder=responder, presence=presence, by=by)
    yield dice.uniform(1, 4)
    life.do(e.ConnectionFailed, responder=responder, presence=presence, by=by)
    yield dice.uniform(1, 4)
    if dice.random() < rate("connection-back"):
        again = Presence.PHONE
        life.do(e.ConnectionRestored, responder=responder, presence=again, by=by)
