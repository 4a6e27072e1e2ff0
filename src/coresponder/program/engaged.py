"""Who is busy with an incident: sent or arrived, and not cleared yet."""

from __future__ import annotations

from coresponder.domain.events import EnteredInError, Event, ResponderArrived, ResponderCleared, SceneCleared, TeamDispatched
from coresponder.program.case import Case, Step

__all__ = ["busy_with", "moved_by"]

_MOVING = (TeamDispatched, ResponderArrived, ResponderCleared, SceneCleared, EnteredInError)


def busy_with(case: Case, rests: frozenset[str]) -> tuple[str, ...]:
    """Return the ids of the responders who are busy with an incident; nobody is with one that rests."""
    busy: dict[str, None] = {}
    for entry in case.entries():
        if not entry.voided:
            _move(busy, entry.event)
    return () if case.state in rests else tuple(busy)


def moved_by(step: Step) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who becomes busy with the incident by a step, and who is free after it."""
    rests = step.program.lifecycle.rests
    ended = step.case.state in rests and step.before.state not in rests
    if not ended and not any(isinstance(event, _MOVING) for event in step.events):
        return (), ()
    before, after = busy_with(step.before, rests), busy_with(step.case, rests)
    sent = {id for event in step.events if isinstance(event, TeamDispatched) for id in event.responders}
    return tuple(id for id in after if id not in before or id in sent), tuple(id for id in before if id not in after)


def _move(busy: dict[str, None], event: Event) -> None:
    if isinstance(event, TeamDispatched):
        busy.update(dict.fromkeys(event.responders))
    elif isinstance(event, ResponderArrived):
        busy[event.responder] = None
    elif isinstance(event, ResponderCleared):
        busy.pop(event.responder, None)
    elif isinstance(event, SceneCleared):
        busy.clear()
