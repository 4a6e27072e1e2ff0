"""One made-up incident in play: what is known of it, and the recording of its events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

import attrs

from coresponder.domain import events as e
from coresponder.domain.objects import Team
from coresponder.domain.vocabulary import Nature, OverrideReason, Presence, Role
from coresponder.errors import Refused
from coresponder.lifecycle import INCIDENT
from coresponder.program import Override
from coresponder.simulation.rates import rate

if TYPE_CHECKING:
    from coresponder.simulation.field import Field

__all__ = ["Life", "Process"]

Process = Generator[float, None, None]
"""Yields the minutes to wait until the next event."""

_MOST_OWN = 8
"""The most own events in a row."""


@attrs.define
class Life:
    """One incident in play."""

    field: Field
    id: str
    nature: Nature = Nature.OTHER
    team: Team | None = None
    officer: str = ""
    cared_for_by: str = ""
    person: str = ""
    children: tuple[str, ...] = ()
    declined: bool = False
    referrals: list[str] = attrs.field(factory=list)

    def do(
        self,
        make: Callable[..., e.Event],
        *,
        by: str = "dispatcher-1",
        override: float = 0.0,
        ago: float = 0.0,
        **fields: object,
    ) -> bool:
        """Record an event. A refused decision is counted, and now and then overridden."""
        field = self.field
        event = make(at=field.now - dt.timedelta(minutes=ago), by=by, **fields)
        self.make_way(type(event), event.at)
        try:
            self._record(event)
        except Refused as refused:
            field.count(refused, type(event))
            if self._mended(refused, event):
                return True
            if not field.chance(override):
                return False
            field.overridden += 1
            self._record(
                event, Override(by=self.supervisor, reason=OverrideReason.SUPERVISOR_ORDER)
            )
        return True

    def _record(self, event: e.Event, override: Override | None = None) -> None:
        step = self.field.workflow.record(self.id, event, override=override)
        self.field.states.add(step.case.state)

    def _play_own(self, name: str, at: dt.datetime) -> bool:
        """Record an own event; return whether it was taken."""
        known = {"person": self.person, "responder": self.lead, "follow_up": f"{self.id}-f1"}
        known |= {"referral": self.referrals[-1]} if self.referrals else {}
        event = self.field.own.make(name, known, at=at, by=self.lead)
        try:
            self._record(event)
        except Refused as refused:
            self.field.count(refused, type(event))
            return False
        return True

    def make_way(self, event: type[e.Event], at: dt.datetime) -> None:
        """Record the own events that must come first, so that the lifecycle has an edge for the
        event.
        """
        own = self.field.own
        if not own.samples or event is e.CallReceived:
            return
        state = self.field.workflow.case(self.id).state
        if issubclass(event, e.Decision) or state not in INCIDENT.states:
            all(self._play_own(name, at) for name in own.way(event.__name__, state))

    def _mended(self, refused: Refused, event: e.Event) -> bool:
        """In most cases record the own events that the refusing rule asks for, and try once
        more.
        """
        if not self.remedied(refused, type(event), event.at):
            return False
        try:
            self._record(event)
        except Refused as again:
            self.field.count(again, type(event))
            return False
        return True

    def remedied(self, refused: Refused, event: type[e.Event], at: dt.datetime) -> bool:
        """In most cases record the own events that a refusal asks for; return whether all were
        taken.
        """
        names = [name for name in self.field.own.named_by(refused) if name != event.__name__]
        willing = bool(names) and self.field.chance(rate("does-what-is-asked"))
        return willing and all(self._play_own(name, at) for name in names)

    def own(self) -> Generator[float, None, bool]:
        """Play own events; return whether they ended the incident."""
        field, final = self.field, self.field.workflow.program.lifecycle.final
        for _ in range(_MOST_OWN if field.own.samples else 0):
            case = field.workflow.case(self.id)
            name = field.own.next(case, field.now)
            if name is None:
                return False
            self._play_own(name, field.now)
            if field.workflow.case(self.id).state in final and case.state not in final:
                return True
            yield field.draw.uniform(2, 12)
        return False

    @property
    def lead(self) -> str:
        """The responder who leads; an officer if no team was sent."""
        if self.team:
            return self.team.members[0].responder
        self.officer = self.officer or self.field.somebody(Role.PATROL_OFFICER, Role.CIT_OFFICER)
        return self.officer

    @property
    def officer_there(self) -> bool:
        """True if an officer is on scene, who alone may arrest or hold a person."""
        return self.field.workflow.case(self.id).incident.officers_on_scene > 0

    @property
    def carer(self) -> str:
        """The clinician or advocate who looks after the person in the days after."""
        sent = self.clinician()
        self.cared_for_by = self.cared_for_by or (
            sent[0] if sent else self.field.somebody(Role.CLINICIAN, Role.ADVOCATE)
        )
        return self.cared_for_by

    @property
    def supervisor(self) -> str:
        """The supervisor who decides and reviews."""
        return self.field.somebody(Role.SUPERVISOR)

    def on_call(self) -> str:
        """Return the clinician who can be reached by phone."""
        return self.field.somebody(Role.CLINICIAN, by=Presence.PHONE)

    def clinician(self) -> tuple[str, Presence] | None:
        """Return the team's clinician or advocate, with their presence."""
        for member in self.team.members if self.team else ():
            if member.role in {Role.CLINICIAN, Role.ADVOCATE}:
                return member.responder, member.presence
        return None

    def in_person(self) -> list[tuple[str, Role]]:
        """Return the team's responders who come to the scene, with their roles."""
        members = self.team.members if self.team else ()
        return [(m.responder, m.role) for m in members if m.presence is Presence.IN_PERSON]

    def free(self) -> None:
        """Release the team, which the incident's record frees. The lead and the carer are
        remembered.
        """
        self.officer, carer = self.lead, self.clinician()
        self.cared_for_by = carer[0] if carer else self.cared_for_by
        self.team = None
