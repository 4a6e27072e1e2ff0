"""The roster in a store: each responder's stream, and the answers that a dispatcher needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from coresponder.domain.events import (
    Event,
    ResponderArrived,
    ResponderEnRoute,
    TeamDispatched,
)
from coresponder.domain.objects import Responder
from coresponder.domain.spoken import say_word
from coresponder.domain.types import Id, Instant, utc
from coresponder.domain.vocabulary import Nature, ResponderStatus
from coresponder.errors import InvalidEvent
from coresponder.program import Case, Override, Program, Step
from coresponder.program.engaged import busy_with
from coresponder.record import Record
from coresponder.roster.fold import fold_responder
from coresponder.roster.service import Finding, Service
from coresponder.roster.staffing import Seat, Staffing
from coresponder.stores.base import Engagement
from coresponder.stores.pages import every
from coresponder.workflow.strangers import strangers_in

if TYPE_CHECKING:
    from coresponder.workflow.service import Workflow

__all__ = ["Roster", "Whereabouts", "WhoCanGo", "nature_of"]

_MOVES = (TeamDispatched, ResponderEnRoute, ResponderArrived)


@attrs.frozen(kw_only=True)
class Whereabouts(Record):
    """The place of a responder of the agency at an instant.

    Attributes:
        responder: the responder, with their status.
        incident: the incident they are with, and since when; None if they are free.
        overrun: whether they are still with the incident although their shift has ended.
    """

    responder: Responder
    incident: Id | None = None
    since: Instant | None = None
    overrun: bool = False


@attrs.frozen(kw_only=True)
class WhoCanGo(Record):
    """The team that would be sent to an incident, and the reason that keeps each of the others
    back.
    """

    staffing: Staffing
    why_not: Mapping[str, str]


@attrs.define
class Roster:
    """The responders of an agency, in its store. `Workflow.roster` makes it.

    Args:
        incidents: the workflow of the agency's incidents.
        desk: the workflow over the responders' streams; use it for their `case`, `due`, `tick`,
            `verify` and `timeline`.
    """

    incidents: Workflow
    desk: Workflow = attrs.field(repr=False)
    _known: dict[str, tuple[int, Service]] = attrs.field(init=False, factory=dict)

    def record(
        self,
        event: Event,
        *,
        responder: str | None = None,
        override: Override | None = None,
        request: str | None = None,
    ) -> Step:
        """Record what happened to a responder, or what is decided about one.

        Going off duty while on scene is a fact and is taken as any other. The responder stays with
        the incident until they clear, and `whereabouts` shows it.

        Args:
            event: an event of `RESPONDER_EVENTS`.
            responder: the id of the stream, for an event that does not name it (`EnteredInError`).
            override: see `Workflow.record`.
            request: see `Workflow.record`.

        Raises:
            InvalidEvent: the event does not belong to a responder's stream, or is about another
                responder.
            Refused: the decision is not permitted; nothing was written.
        """
        about = getattr(event, "responder", responder)
        if about is None or responder not in {None, about}:
            raise InvalidEvent(
                f"{type(event).__name__} is about {about or 'nobody'}; give responder= the id of the responder whose stream it is"
            )
        return self.desk.record(about, event, override=override, request=request)

    def services(self) -> tuple[Service, ...]:
        """Return the service of each responder over all time, by id."""
        known = sorted((one.incident, one.version) for one in every(self.desk.find))
        return tuple(self._service(id, version) for id, version in known)

    def service(self, responder: str) -> Service:
        """Return the service of one responder over all time; raise `NotFound`."""
        return self._service(responder, self.desk.case(responder).version)

    def _service(self, id: str, version: int) -> Service:
        known = self._known.get(id)
        if known is None or known[0] != version:
            program, recorded = self.incidents.program, self.desk.case(id).recorded()
            zone, names = program.calendar.time_zone, program.courses.names
            known = (version, fold_responder(id, recorded, zone=zone, trainings=names))
            if self.desk.store.settled:
                self._known[id] = known
        return known[1]

    def whereabouts(self, now: dt.datetime | None = None) -> tuple[Whereabouts, ...]:
        """Return the place of every responder of the agency."""
        return tuple(self._whereabouts(self._time(now)))

    def _whereabouts(self, at: dt.datetime) -> Iterator[Whereabouts]:
        store, agency = self.incidents.store, self.incidents.agency
        busy = {one.responder: one for one in store.engaged(agency)}
        for service in self.services():
            one, engagement = service.responder(at), busy.get(service.id)
            if one is not None:
                yield self._place(one, engagement)

    def _place(self, one: Responder, engagement: Engagement | None) -> Whereabouts:
        if engagement is None:
            return Whereabouts(responder=one)
        status = _status(one.id, self.incidents.case(engagement.incident))
        return Whereabouts(
            responder=attrs.evolve(one, status=status),
            incident=engagement.incident,
            since=engagement.since,
            overrun=one.status is ResponderStatus.OFF_DUTY,
        )

    def on_duty(self, now: dt.datetime | None = None) -> tuple[Responder, ...]:
        """Return the responders who are on duty or on call, free or not, and those who are still
        with an incident.
        """
        everybody = (one.responder for one in self.whereabouts(now))
        return tuple(one for one in everybody if one.status is not ResponderStatus.OFF_DUTY)

    def free(self, now: dt.datetime | None = None) -> tuple[Responder, ...]:
        """Return the responders who could be sent, because they are on duty or on call and with no
        incident. Those who were never with one come first, then those who have been free the
        longest; `dispatch` sends the first who qualify.
        """
        everybody = (one.responder for one in self._in_turn(self.whereabouts(now)))
        return tuple(one for one in everybody if one.status is ResponderStatus.AVAILABLE)

    def could_go(self, incident: str, now: dt.datetime | None = None) -> tuple[Responder, ...]:
        """Return the responders from whom `dispatch` chooses: first those who are already with the
        incident and on duty, so that a team is completed and not sent twice, then those who are
        free.
        """
        return self._could_go(incident, self._in_turn(self.whereabouts(now)))

    def _could_go(self, incident: str, there: Iterable[Whereabouts]) -> tuple[Responder, ...]:
        with_it = (one for one in there if one.incident == incident and not one.overrun)
        available = ResponderStatus.AVAILABLE
        free = (one.responder for one in there if one.responder.status is available)
        return (*(attrs.evolve(one.responder, status=available) for one in with_it), *free)

    def _in_turn(self, there: tuple[Whereabouts, ...]) -> list[Whereabouts]:
        """Return people in the order of their turn; people with equal turns are ordered by id."""
        freed = self.incidents.store.freed(self.incidents.agency)
        never = dt.datetime.min.replace(tzinfo=dt.UTC)
        return sorted(there, key=lambda one: freed.get(one.responder.id, never))

    def who_can_go(self, incident: str, now: dt.datetime | None = None) -> WhoCanGo:
        """Return the team that would be sent to an incident now, and why each of the others would
        not.
        """
        at, case = self._time(now), self.incidents.case(incident)
        program, there = self.incidents.program_of(case), self.whereabouts(at)
        nature = nature_of(case)
        staffing = program.staff(
            self._could_go(incident, self._in_turn(there)),
            at=at,
            nature=nature,
            incident=case.incident,
        )
        sent = {member.responder for member in staffing.team.members} if staffing.team else set()
        seats = _seats(program, case)
        others = [one for one in there if one.responder.id not in sent]
        return WhoCanGo(
            staffing=staffing,
            why_not={one.responder.id: _why_not(one, seats, program, at) for one in others},
        )

    def reliefs(
        self, incident: str, now: dt.datetime | None = None
    ) -> Mapping[str, tuple[Responder, ...]]:
        """Return for each responder who is with an incident the free responders who could take
        over, because they qualify for a seat of that role.
        """
        at, case = self._time(now), self.incidents.case(incident)
        program, there = self.incidents.program_of(case), self.whereabouts(at)
        seats = _seats(program, case)
        free = [one.responder for one in there if one.responder.status is ResponderStatus.AVAILABLE]
        return {
            one.responder.id: tuple(
                other
                for other in free
                if any(
                    one.responder.role in seat.roles and seat.fits(other, at, program.courses)
                    for seat in seats
                )
            )
            for one in there
            if one.incident == incident
        }

    def gone_from(self, incident: str) -> Mapping[str, str | None]:
        """Return the responders whom the record still has with an incident but who have left it,
        each with their incident now, or None if they are free. The record needs an event that they
        cleared or were relieved.
        """
        case = self.incidents.case(incident)
        on_record = busy_with(case, self.incidents.program_of(case).lifecycle)
        engaged = self.incidents.store.engaged(self.incidents.agency, on_record)
        busy = {one.responder: one.incident for one in engaged}
        return {id: busy.get(id) for id in on_record if busy.get(id) != incident}

    def strangers(self, incident: str) -> tuple[Finding, ...]:
        """Return the responders whom the record of an incident names and who are not on the roster,
        or were not with the agency then: an id was misspelled, or a responder was never entered.
        The facts stay.
        """
        known = {service.id: service for service in self.services()}
        return tuple(strangers_in(self.incidents.case(incident), known))

    def _time(self, now: dt.datetime | None) -> dt.datetime:
        return utc(now) if now is not None else (self.incidents.clock or self.incidents.store.now)()


def _status(responder: str, case: Case) -> ResponderStatus:
    """Return the status of a responder who is busy with an incident, by the last event about
    them.
    """
    if any(one.id == responder for one in case.incident.attending):
        return ResponderStatus.ON_SCENE
    moved = (
        entry.event
        for entry in case.entries()
        if entry.happened and isinstance(entry.event, _MOVES)
    )
    on_the_way = any(
        isinstance(event, ResponderEnRoute) and event.responder == responder for event in moved
    )
    return ResponderStatus.EN_ROUTE if on_the_way else ResponderStatus.DISPATCHED


def nature_of(case: Case) -> Nature:
    """Return the nature of the call; `other` if the incident has no call."""
    call = case.incident.call
    return call.nature if call else Nature.OTHER


def _seats(program: Program, case: Case) -> tuple[Seat, ...]:
    """Return the distinct seats of all tiers that answer such an incident."""
    nature, incident = nature_of(case), case.incident
    tiers = (tier for tier in program.tiers if tier.answers(nature, incident))
    return tuple(dict.fromkeys(seat for tier in tiers for seat in tier.seats))


def _why_not(one: Whereabouts, seats: tuple[Seat, ...], program: Program, at: dt.datetime) -> str:
    """Return what keeps a responder from an incident: their place, or the nearest seat's needs."""
    if one.incident is not None:
        return f"is with incident {one.incident}"
    if one.responder.status is not ResponderStatus.AVAILABLE:
        return f"is {say_word(one.responder.status.value)}"
    roles = dict.fromkeys(role for seat in seats for role in seat.roles)
    if one.responder.role not in roles:
        wanted = " or ".join(say_word(role.value) for role in roles)
        return f"does not have the role of {wanted}" if wanted else "no tier answers such a call"
    lacking = [
        tuple(seat.lacking(one.responder, at, program.courses))
        for seat in seats
        if one.responder.role in seat.roles
    ]
    least = min(lacking, key=len)
    return " and ".join(least) or "is not needed"
