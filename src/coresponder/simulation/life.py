"""One made-up incident as the field lives it: what is known of it, and how it records an event."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

import attrs

from coresponder.domain import events as e
from coresponder.domain.objects import Team
from coresponder.domain.vocabulary import Nature, OverrideReason, Presence, Role
from coresponder.errors import Refused
from coresponder.lifecycle import INCIDENT
from coresponder.program import Override

if TYPE_CHECKING:
    from coresponder.simulation.field import Field

__all__ = ["Life", "Process"]

Process = Generator[float, None, None]
"""Yields minutes to wait until the next thing happens."""

_MOST_OWN = 8
"""How many own events may follow one another."""


@attrs.define
class Life:
    """One incident as the field lives it."""

    field: Field
    id: str
    nature: Nature = Nature.OTHER
    team: Team | None = None
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
            self.count(refused, type(event))
            if self._mended(refused, event):
                return True
            if not field.chance(override):
                return False
            field.overridden += 1
            self._record(event, Override(by="sergeant-1", reason=OverrideReason.SUPERVISOR_ORDER))
        return True

    def _record(self, event: e.Event, override: Override | None = None) -> None:
        step = self.field.workflow.record(self.id, event, override=override)
        self.field.states.add(step.case.state)

    def count(self, refused: Refused, event: type[e.Event]) -> None:
        """Count a refusal under each rule that refused."""
        causes = {refusal.policy or refusal.kind.value for refusal in refused.refusals}
        self.field.refusals.update(causes)
        self.field.refused.setdefault(event.__name__, Counter()).update(causes)

    def _play_own(self, name: str, at: dt.datetime) -> bool:
        """Record an own event; return whether it was taken."""
        known = {"person": self.person, "responder": self.lead, "follow_up": f"{self.id}-f1"}
        known |= {"referral": self.referrals[-1]} if self.referrals else {}
        event = self.field.own.make(name, known, at=at, by=self.lead)
        try:
            self._record(event)
        except Refused as refused:
            self.count(refused, type(event))
            return False
        return True

    def make_way(self, event: type[e.Event], at: dt.datetime) -> None:
        """First record the own events without which the lifecycle has no edge for the next event."""
        own = self.field.own
        if not own.samples or event is e.CallReceived:
            return
        state = self.field.workflow.case(self.id).state
        if issubclass(event, e.Decision) or state not in INCIDENT.states:
            all(self._play_own(name, at) for name in own.way(event.__name__, state))

    def _mended(self, refused: Refused, event: e.Event) -> bool:
        """Mostly do what the refusing rule asks of the program's own events, and try once more."""
        if not self.cured(refused, type(event), event.at):
            return False
        try:
            self._record(event)
        except Refused as again:
            self.count(again, type(event))
            return False
        return True

    def cured(self, refused: Refused, event: type[e.Event], at: dt.datetime) -> bool:
        """Mostly record the own events that a refusal asks for; return whether all were taken."""
        names = [name for name in self.field.own.cures(refused) if name != event.__name__]
        willing = bool(names) and self.field.chance(0.7)
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
        """The responder who leads, an officer where no team was sent."""
        return self.team.members[0].responder if self.team else "officer-1"

    def clinician(self) -> tuple[str, Presence] | None:
        """Return the team's clinician or advocate, and how that person is present."""
        for member in self.team.members if self.team else ():
            if member.role in {Role.CLINICIAN, Role.ADVOCATE}:
                return member.responder, member.presence
        return None

    def members(self) -> tuple[str, ...]:
        """Return the team's responders."""
        return tuple(m.responder for m in self.team.members) if self.team else ()

    def in_person(self) -> list[tuple[str, Role]]:
        """Return the team's responders who come to the scene, with their roles."""
        members = self.team.members if self.team else ()
        return [(m.responder, m.role) for m in members if m.presence is Presence.IN_PERSON]

    def free(self) -> None:
        """Free the team."""
        self.field.move(self.members(), "ResponderCleared")
        self.team = None
