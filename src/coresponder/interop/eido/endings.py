"""The end of an incident as a center says it, in the order that the lifecycle asks for: everybody left,
nobody is there any more, it is closed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import attrs

from coresponder.domain import events as e
from coresponder.interop.eido.standing import ENDS, LEFT, Standing, standings

__all__ = ["in_order", "when_all_left", "with_clearing"]

_COMING = (e.TeamDispatched, e.ResponderEnRoute, e.ResponderArrived)


def when_all_left(closed: e.Event, known: Sequence[e.Event]) -> e.Event | None:
    """Return that an incident is closed as of when the last one left, if that is known to be later
    than the status: nobody closes an incident with which somebody still is. None if it stays as it
    is said.

    Args:
        closed: what the status says.
        known: what is known of the incident, in the order of time.
    """
    then = standings(one for one in known if one.at <= closed.at)
    now = standings(known)
    if not any(map(_is_there, then.values())) or any(map(_is_there, now.values())):
        return None
    later = attrs.evolve(closed, at=max(one.at for one in now.values()))
    between = (one for one in known if isinstance(one, ENDS) and closed.at < one.at <= later.at)
    if any(type(one) is not type(later) or one.at != later.at for one in between):
        return None
    return later


def with_clearing(new: list[e.Event], happened: list[e.Event]) -> Iterator[e.Event]:
    """Yield what is new; before an end of the incident comes that the scene is clear, if everybody
    who was sent or came has left.
    """
    for event in new:
        if isinstance(event, e.IncidentClosed):
            before = sorted(
                (one for one in (*happened, *new) if one.at <= event.at), key=lambda one: one.at
            )
            yield from _clearing(event, before)
        yield event


def _clearing(closed: e.IncidentClosed, before: list[e.Event]) -> Iterator[e.SceneCleared]:
    turns = [
        one for one in before if isinstance(one, (*_COMING, e.SceneCleared, e.IncidentReopened))
    ]
    units = standings(before).values()
    if turns and isinstance(turns[-1], _COMING) and not any(map(_is_there, units)):
        yield e.SceneCleared(at=max(unit.at for unit in units), by=closed.by)


def _is_there(unit: Standing) -> bool:
    """Return whether a unit is with the incident: it was sent and has not left."""
    return unit.status not in LEFT


_PLACES: Mapping[type[e.Event], int] = {
    e.CallReceived: -2,
    e.CallTriaged: -1,
    e.DispositionRecorded: 1,
    **dict.fromkeys(ENDS, 2),
}


def in_order(event: e.Event) -> tuple[dt.datetime, int]:
    """Return a key that puts what the incident is before what else happened at its time, and how it
    ended after that.
    """
    return event.at, _PLACES.get(type(event), 0)
