"""The responders assigned to an incident: sent or arrived, and not cleared. No one is sent twice."""

from __future__ import annotations

from collections.abc import Iterator

from coresponder.domain.events import (
    EnteredInError,
    Event,
    PersonTransported,
    ResponderArrived,
    ResponderBackInService,
    ResponderCleared,
    ResponderRelieved,
    SceneCleared,
    TeamDispatched,
)
from coresponder.domain.objects import Incident
from coresponder.domain.vocabulary import Role
from coresponder.lifecycle import Lifecycle
from coresponder.policy.refusal import Refusal, RefusalKind
from coresponder.program.case import Case, Step
from coresponder.program.program import Program

__all__ = [
    "COMING",
    "busy_with",
    "coming",
    "moved_by",
    "role_sent_in",
    "sent_again",
    "step_that_sent",
]

COMING = (TeamDispatched, ResponderArrived, ResponderRelieved, PersonTransported)
"""The events that bring responders to an incident."""
_GOING = (ResponderCleared, ResponderBackInService)
_MOVING = (*COMING, *_GOING, SceneCleared, EnteredInError)


def coming(event: Event) -> tuple[str, ...]:
    """Return the ids of the responders whom an event brings to an incident."""
    if isinstance(event, TeamDispatched):
        return event.responders
    if isinstance(event, ResponderArrived):
        return (event.responder,)
    if isinstance(event, PersonTransported):
        return () if event.responder is None else (event.responder,)
    return (event.relieved_by,) if isinstance(event, ResponderRelieved) else ()


def busy_with(case: Case, lifecycle: Lifecycle) -> tuple[str, ...]:
    """Return the ids of the responders assigned to an incident. An incident that has ended has
    none, and one that is reopened starts with none. Who went with a person to a facility is not
    free when the scene is cleared.
    """
    if case.state in lifecycle.final:
        return ()
    busy: dict[str, bool] = {}
    for event in _valid(case):
        if isinstance(event, ResponderRelieved):
            if event.responder in busy:
                busy[event.relieved_by] = busy.pop(event.responder)
        elif isinstance(event, COMING):
            with_person = isinstance(event, PersonTransported)
            busy |= {id: with_person or busy.get(id, False) for id in coming(event)}
        elif isinstance(event, _GOING):
            busy.pop(event.responder, None)
        elif isinstance(event, SceneCleared):
            busy = {id: with_person for id, with_person in busy.items() if with_person}
        elif _frees_all(event, lifecycle):
            busy.clear()
    return tuple(busy)


def role_sent_in(incident: Incident, responder: str) -> Role | None:
    """Return the role in which a responder was sent last; None if they were not sent."""
    members = (one for team in reversed(incident.teams) for one in team.members)
    return next((one.role for one in members if one.responder == responder), None)


def _valid(case: Case) -> Iterator[Event]:
    """Yield what happened, without what was entered in error."""
    if not case.findings.voided:
        return iter(case.history)
    return (entry.event for entry in case.entries() if not entry.voided)


def _frees_all(event: Event, lifecycle: Lifecycle) -> bool:
    return isinstance(event, SceneCleared) or type(event).__name__ in lifecycle.reopens


def moved_by(step: Step, lifecycle: Lifecycle) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the responders that a step assigns to the incident, and those that it frees."""
    last, state = step.events[-1], step.case.incident.state
    if not isinstance(last, _MOVING) and (
        state not in lifecycle.final or step.before.state in lifecycle.final
    ):
        return (), ()
    if isinstance(last, TeamDispatched) and step.case.history[-1] is last:
        return last.responders, ()
    before, after = busy_with(step.before, lifecycle), busy_with(step.case, lifecycle)
    return tuple(id for id in after if id not in before), tuple(
        id for id in before if id not in after
    )


def sent_again(case: Case, event: TeamDispatched, lifecycle: Lifecycle) -> Refusal | None:
    """Return the refusal of a team that names a responder twice, or whose responders were all sent
    before and have not cleared. Return None if the team has a new responder.

    When a clinician joins the officer on scene, the team has a new responder and is taken whole.
    """
    ids = event.responders
    twice = sorted({id for id in ids if ids.count(id) > 1})
    if twice:
        return _refusal(
            case,
            event,
            f"{_and(twice)} would have two seats in one team.",
            "Give each seat to a different responder.",
        )
    if _sent_in_the_same_stay(case, event, lifecycle).issuperset(ids):
        remedy = "Send another responder, or first record that they cleared (ResponderCleared)."
        return _refusal(
            case,
            event,
            f"{_and(ids)} {'was' if len(ids) == 1 else 'were'} already sent to this incident.",
            remedy,
        )
    return None


def _refusal(case: Case, event: TeamDispatched, why: str, remedy: str) -> Refusal:
    return Refusal(
        kind=RefusalKind.RESPONDER,
        event=type(event).__name__,
        state=case.state,
        why=why,
        remedy=remedy,
    )


def _and(ids: tuple[str, ...] | list[str]) -> str:
    return " and ".join(ids)


def _sent_in_the_same_stay(case: Case, event: TeamDispatched, lifecycle: Lifecycle) -> set[str]:
    """Return the responders of a team whom another dispatch names, with no clearing between the
    two. The other dispatch may be earlier or later, because the clocks of two hosts differ.
    """
    history = list(_valid(case))
    place = sum(other.at <= event.at for other in history)
    found = set[str]()
    for way in (reversed(history[:place]), iter(history[place:])):
        staying = set(event.responders)
        for other in way:
            if _frees_all(other, lifecycle):
                break
            if isinstance(other, (*_GOING, ResponderRelieved)):
                staying.discard(other.responder)
            elif isinstance(other, TeamDispatched):
                found |= staying.intersection(other.responders)
    return found


def step_that_sent(program: Program, case: Case, event: TeamDispatched) -> Step | None:
    """Return the step that sent the same responders, if they have not cleared; None if no single
    step sent them all.
    """
    if sent_again(case, event, program.lifecycle) is None:
        return None
    recorded, void = case.recorded(), case.findings.voided
    for i in reversed(range(len(recorded))):
        earlier = recorded[i]
        if (
            isinstance(earlier, TeamDispatched)
            and i + 1 not in void
            and set(earlier.responders) == set(event.responders)
        ):
            return program.between(
                program.replay(case.id, recorded[:i]), program.replay(case.id, recorded[: i + 1])
            )
    return None
