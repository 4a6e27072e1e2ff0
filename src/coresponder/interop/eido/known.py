"""What is known of an incident, so that each part of an EIDO is compared with few events of it."""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Sequence

import attrs

from coresponder.domain import events as e
from coresponder.interop.eido.standing import Standing, standings

__all__ = ["Kind", "Known", "kinds_in", "units_of"]

Kind = e.CallReceived | e.CallTriaged
_Placed = tuple[dt.datetime, int, e.Event]


@attrs.define
class Known:
    """Events of an incident in the order of time, and those that say where a unit is, by unit."""

    events: list[e.Event] = attrs.field(factory=list)
    _of_unit: dict[str, list[_Placed]] = attrs.field(factory=dict)
    _cleared: list[_Placed] = attrs.field(factory=list)
    _next: Iterator[int] = attrs.field(factory=itertools.count)

    @classmethod
    def of(cls, events: Iterable[e.Event]) -> Known:
        """Return what is known by these events."""
        known = cls()
        for event in sorted(events, key=_at):
            known.add(event)
        return known

    def add(self, event: e.Event) -> None:
        """Add an event in its place: after those of the same time."""
        bisect.insort(self.events, event, key=_at)
        placed = (event.at, next(self._next), event)
        if isinstance(event, e.SceneCleared):
            bisect.insort(self._cleared, placed)
        for unit in units_of(event):
            bisect.insort(self._of_unit.setdefault(unit, []), placed)

    def until(self, at: dt.datetime) -> Sequence[e.Event]:
        """Return the events until a time."""
        return self.events[: bisect.bisect_right(self.events, at, key=_at)]

    def unit(self, id: str, at: dt.datetime | None = None) -> Standing | None:
        """Return where a unit was at a time, or is now; None if it is not with the incident."""
        events = sorted((*self._of_unit.get(id, ()), *self._cleared))
        return standings(one for when, _, one in events if at is None or when <= at).get(id)


def _at(event: e.Event) -> dt.datetime:
    return event.at


def units_of(event: e.Event) -> tuple[str, ...]:
    """Return the units that an event sends or moves."""
    if isinstance(event, e.TeamDispatched):
        return tuple(dict.fromkeys(event.responders))
    unit = getattr(event, "responder", None)
    return (unit,) if isinstance(unit, str) else ()


def kinds_in(events: Iterable[e.Event]) -> Iterator[Kind]:
    """Yield what says the kind of an incident and its priority: the first call, and each time that it
    was judged. A second caller changes neither.
    """
    called = False
    for event in events:
        if isinstance(event, e.CallTriaged) or (isinstance(event, e.CallReceived) and not called):
            yield event
        called = called or isinstance(event, Kind)
