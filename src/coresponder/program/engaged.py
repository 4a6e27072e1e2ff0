"""Who is busy with an incident: sent or arrived, and not cleared yet."""

from __future__ import annotations

from coresponder.domain.events import EnteredInError, ResponderArrived, ResponderCleared, SceneCleared, TeamDispatched
from coresponder.program.case import Case, Step

__all__ = ["busy_with", "moved_by"]

_MOVING = (TeamDispatched, ResponderArrived, ResponderCleared, SceneCleared, EnteredInError)


def busy_with(case: Case, rests: frozenset[str]) -> tuple[str, ...]:
    """Return the ids of the responders who are busy with an incident; nobody is with one that rests."""
    if case.state in rests:
        return ()
    busy: dict[str, None] = {}
    for event in case.history if not case.findings.voided else (entry.event for entry in case.entries() if not entry.voided):
        if isinstance(event, TeamDispatched):
            busy.update(dict.fromkeys(event.responders))
        elif isinstance(event, ResponderArrived):
            busy[event.responder] = None
        elif isinstance(event, ResponderCleared):
            busy.pop(event.responder, None)
        elif isinstance(event, SceneCleared):
            busy.clear()
    return tuple(busy)


def moved_by(step: Step) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who becomes busy with the incident by a step, and who is free after it."""
    rests, last, state = step.program.lifecycle.rests, step.events[-1], step.case.incident.state
    if not isinstance(last, _MOVING) and (state not in rests or step.before.state in rests):
        return (), ()
    if isinstance(last, TeamDispatched) and step.case.history[-1] is last:
        return last.responders, ()
    before, after = busy_with(step.before, rests), busy_with(step.case, rests)
    return tuple(id for id in after if id not in before), tuple(id for id in before if id not in after)
