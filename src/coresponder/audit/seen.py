"""The facts of one recorded incident that measures read, looked up once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from coresponder.domain.events import CallReceived, Event
from coresponder.domain.objects import Team
from coresponder.domain.vocabulary import Disposition, Role
from coresponder.program import Case, Program

__all__ = ["Seen"]


@attrs.frozen
class Seen:
    """One incident as it was at `now`.

    Attributes:
        events: the events that happened, in order, without those that were entered in error or only
            administer the record.
        exact: those of them whose time is neither approximate nor doubtful, by identity.
        opened: when the incident opened, in the program's time zone.
        kinds: the events of each type.
    """

    program: Program
    case: Case
    now: dt.datetime
    events: tuple[Event, ...]
    exact: frozenset[int]
    opened: dt.datetime
    kinds: Mapping[type[Event], Sequence[Event]]

    @classmethod
    def of(cls, program: Program, case: Case, now: dt.datetime) -> Seen:
        """Return the facts of a case."""
        events, exact = _happened(case)
        kinds: dict[type[Event], list[Event]] = {}
        for event in events:
            kinds.setdefault(type(event), []).append(event)
        return cls(
            program=program,
            case=case,
            now=now,
            events=events,
            exact=exact,
            opened=program.opened_at(case).astimezone(program.calendar.time_zone),
            kinds=kinds,
        )

    def all(self, *types: type[Event]) -> Iterator[Any]:
        """Yield the events of these types."""
        if len(types) == 1:
            return iter(self.kinds.get(types[0], ()))
        return (event for event in self.events if type(event) in types)

    def first(self, *types: type[Event]) -> Event | None:
        """Return the first event of these types."""
        return next(self.all(*types), None)

    def has(self, *types: type[Event]) -> bool:
        """Return whether such an event happened."""
        return any(kind in self.kinds for kind in types)

    def knows(self, event: Event) -> bool:
        """Return whether the time of an event is known exactly."""
        return id(event) in self.exact

    def span(self, begin: Event, end: Event) -> tuple[Event, Event] | None:
        """Return two events between which the time can be measured; None if the time of either is
        not exact, or they are in the wrong order.
        """
        if not (self.knows(begin) and self.knows(end)) or end.at < begin.at:
            return None
        return begin, end

    @property
    def called(self) -> bool:
        """Whether a call was received."""
        return self.has(CallReceived)

    @property
    def qualifies(self) -> bool:
        """Whether the call qualifies, by its triage, or without one by its nature."""
        call = self.case.incident.call
        if call is None:
            return False
        said = call.qualifies
        return self.program.qualifies(call.nature) if said is None else said

    @property
    def teams(self) -> tuple[Team, ...]:
        """The teams that were sent."""
        return self.case.incident.teams

    @property
    def disposition(self) -> Disposition | None:
        """The last disposition; None if there is none."""
        return self.case.incident.disposition

    def role_of(self, responder: str, role: Role | None) -> Role | None:
        """Return the role in an event, or else the role in which the responder was sent."""
        members = (member for team in self.teams for member in team.members)
        return role or next((m.role for m in members if m.responder == responder), None)

    @property
    def roles(self) -> frozenset[Role]:
        """The known roles of all responders who were sent or came."""
        sent = {member.role for team in self.teams for member in team.members}
        came = {getattr(event, "role", None) for event in self.events}
        return frozenset(sent | {role for role in came if isinstance(role, Role)})


def _happened(case: Case) -> tuple[tuple[Event, ...], frozenset[int]]:
    """Return the events that happened, and those of them whose time is exact."""
    findings = case.findings
    if not findings.voided and not findings.doubtful:
        events = tuple(event for event in case.history if not event.administrative)
        return events, frozenset(id(event) for event in events if not event.approximate)
    entries = [entry for entry in case.entries() if entry.happened]
    known = (e for e in entries if not e.event.approximate and not e.doubtful)
    return tuple(e.event for e in entries), frozenset(id(entry.event) for entry in known)
