"""What an EIDO told, in the words of the domain."""

from __future__ import annotations

import datetime as dt

import attrs

from coresponder.domain import events as e
from coresponder.domain.vocabulary import IncidentLink
from coresponder.interop.eido import crews
from coresponder.outputs import type_names

__all__ = ["EidoIncident"]


@attrs.frozen(kw_only=True)
class EidoIncident:
    """What an EIDO told.

    Attributes:
        incident: the incident's id.
        number: the sender's own number of the incident, if the EIDO has one.
        own: whether the agency that reads it gave the incident its id.
        numbers: the number and the agency of each id in it that is written like one of ours: its
            own, and those of the incidents that it is linked with.
        related: the incidents that this one is linked with as related. One that the reader handed
            over is this incident under another number.
        events: what opens the incident, in the order of time.
        called: whether it has a call. Without one, `events` has one that opens the incident and
            tells a known incident nothing.
        ongoing: when the sender's incident was not ended, and the word of its status for that.
        judged: what kind of incident it is by the last update; for an incident that is known.
        updated: the EIDO's last update; None if it does not say so.
        typed: whether the EIDO says the nature. If not, `judged` is about the priority alone.
        units: each unit as it stands now.
        said: those of the events that say that a unit was sent because its status does, not a
            dispatch.
        freed: that a unit left, and the word of its status that says it is free; for an incident
            with which the unit is.
        undated: the events whose part has no time of its own. They have the EIDO's last update, or
            else the time when the incident began.
        left_out: each part that was not read, with the reason where there is one.
        not_recorded: each part that would be an event if it were understood, and why it is not.
        agency: who read it; None if nobody said so.
        call_ids: each call, and its id as the EIDO has it.
        earlier_calls: the id of each call, and the id that an earlier version kept of it.
    """

    incident: str
    events: tuple[e.Event, ...] = attrs.field(repr=type_names)
    left_out: tuple[str, ...]
    not_recorded: tuple[str, ...] = ()
    called: bool = True
    ongoing: tuple[tuple[dt.datetime, str], ...] = ()
    number: str | None = None
    updated: dt.datetime | None = None
    own: bool = False
    numbers: tuple[tuple[str, str], ...] = ()
    related: tuple[str, ...] = ()
    judged: e.CallTriaged | None = attrs.field(default=None, repr=False)
    typed: bool = True
    units: tuple[crews.UnitState, ...] = attrs.field(default=(), repr=False)
    said: tuple[e.Event, ...] = attrs.field(default=(), repr=False)
    freed: tuple[tuple[e.ResponderCleared, str], ...] = attrs.field(default=(), repr=False)
    undated: tuple[e.Event, ...] = attrs.field(default=(), repr=False)
    agency: str | None = None
    call_ids: tuple[tuple[e.CallReceived, str | None], ...] = attrs.field(default=(), repr=False)
    earlier_calls: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)

    def known_as(self, incident: str) -> tuple[e.Event, ...]:
        """Return the event that keeps the sender's number beside one of the agency's own."""
        if incident == self.incident:
            return ()
        at, by = self.events[0].at, self.events[0].by
        return (e.IncidentLinked(at=at, by=by, other=self.incident, link=IncidentLink.RELATED),)
