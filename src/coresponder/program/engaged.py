"""Who is busy with an incident: sent or arrived, and not cleared yet."""

from __future__ import annotations

from coresponder.domain.events import EnteredInError, Event, ResponderArrived, ResponderCleared, SceneCleared, TeamDispatched
from coresponder.program.case import Step

__all__ = ["engaged_after"]

_MOVING = (TeamDispatched, ResponderArrived, ResponderCleared, SceneCleared, EnteredInError)


def engaged_after(step: Step) -> tuple[str, ...] | None:
    """Return the ids of the responders who are busy with the incident after a step, or None if the step changed nothing of that."""
    rests = step.program.lifecycle.rests
    ended = step.case.state in rests and step.before.state not in rests
    if not ended and not any(isinstance(event, _MOVING) for event in step.events):
        return None
    if step.case.state in rests:
        return ()
    busy: dict[str, None] = {}
    for entry in step.case.entries():
        if not entry.voided:
            _move(busy, entry.event)
    return tuple(busy)


def _move(busy: dict[str, None], event: Event) -> None:
    if isinstance(event, TeamDispatched):
        busy.update(dict.fromkeys(event.responders))
    elif isinstance(event, ResponderArrived):
        busy[event.responder] = None
    elif isinstance(event, ResponderCleared):
        busy.pop(event.responder, None)
    elif isinstance(event, SceneCleared):
        busy.clear()
