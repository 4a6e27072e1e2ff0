"""The responders assigned to an incident: sent, arrived or on the line, and not cleared. No one is
sent twice.
"""

from __future__ import annotations

import datetime as dt
import enum
import functools
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import attrs

from coresponder.domain.events import (
    ClinicianEngaged,
    DispositionRecorded,
    EnteredInError,
    Event,
    ExpertConsulted,
    IncidentMerged,
    PersonTransported,
    ResponderArrived,
    ResponderBackInService,
    ResponderCleared,
    ResponderRelieved,
    SceneCleared,
    TeamDispatched,
)
from coresponder.domain.objects import Incident
from coresponder.domain.vocabulary import Role
from coresponder.lifecycle import Lifecycle
from coresponder.policy.refusal import Refusal, RefusalKind
from coresponder.program.case import Case, Step
from coresponder.program.program import Program

__all__ = [
    "CALLED",
    "COMING",
    "Moved",
    "busy_with",
    "came_at",
    "coming",
    "moved_by",
    "role_sent_in",
    "sent_again",
    "step_that_sent",
]

COMING = (TeamDispatched, ResponderArrived, ResponderRelieved, PersonTransported)
"""The events that assign responders to an incident."""
CALLED = (ClinicianEngaged, ExpertConsulted)
"""The events by which responders take part who may be somewhere else."""
_GOING = (ResponderCleared, ResponderBackInService)
_NAMES = frozenset(event.__name__ for event in (*COMING, *CALLED))
_MOVING = (
    *COMING,
    *_GOING,
    *CALLED,
    DispositionRecorded,
    SceneCleared,
    EnteredInError,
    IncidentMerged,
)


class Moved(NamedTuple):
    """What a step does to who is assigned to its incident.

    Attributes:
        engages: the responders whom it assigns.
        releases: those whom it frees.
        brought: whom its last event names as coming or called, if they are assigned after it,
            whether or not they were before: a fact elsewhere may have moved them meanwhile.
    """

    engages: tuple[str, ...]
    releases: tuple[str, ...]
    brought: tuple[str, ...]


_NOBODY = Moved((), (), ())


class _Part(enum.Enum):
    """How a responder is assigned: sent or on scene, away with a person, only engaged, or only
    consulted.
    """

    THERE = enum.auto()
    WITH_PERSON = enum.auto()
    ENGAGED = enum.auto()
    CONSULTED = enum.auto()


def coming(event: Event) -> tuple[str, ...]:
    """Return the ids of the responders whom an event assigns to an incident."""
    if isinstance(event, TeamDispatched):
        return event.responders
    if isinstance(event, ResponderArrived):
        return (event.responder,)
    if isinstance(event, PersonTransported):
        return () if event.responder is None else (event.responder,)
    return (event.relieved_by,) if isinstance(event, ResponderRelieved) else ()


def busy_with(case: Case, lifecycle: Lifecycle) -> tuple[str, ...]:
    """Return the ids of the responders assigned to an incident. An incident that has ended has
    none, and one that is reopened starts with none. A responder who went with a person to a
    facility is not free when the scene is cleared.

    A clinician who is engaged without having been sent is assigned until the scene is cleared or,
    if nobody went to the incident, until it has a disposition. A clinician who is engaged later is
    not assigned, because that is care afterward. An expert who is consulted is assigned until the
    next disposition, because that is the purpose of the advice.
    """
    if case.state in lifecycle.final:
        return ()
    assigned = _Assigned(lifecycle)
    assigned.take(case.of(_moving(lifecycle)))
    return tuple(assigned.busy)


@functools.lru_cache(64)
def _moved_by(reopens: frozenset[str]) -> frozenset[str]:
    return reopens.union(event.__name__ for event in _TAKES)


def _moving(lifecycle: Lifecycle) -> frozenset[str]:
    """Return the names of the events that change who is assigned."""
    return _moved_by(lifecycle.reopens)


@attrs.define
class _Assigned:
    """The responders assigned so far, and how. Once the response is over, only care follows."""

    lifecycle: Lifecycle
    busy: dict[str, _Part] = attrs.field(factory=dict)
    over: bool = False

    def take(self, events: Iterable[Event]) -> None:
        """Take what happened next."""
        for event in events:
            if take := _TAKES.get(type(event)):
                take(self, event)
            elif type(event).__name__ in self.lifecycle.reopens:
                self.busy.clear()

    def at(self, state: str) -> tuple[str, ...]:
        """Return who is assigned while the incident is in a state."""
        return () if state in self.lifecycle.final else tuple(self.busy)

    def come(self, event: Event) -> None:
        """Assign responders who are sent or arrive. One who is away with a person stays away."""
        for id in coming(event):
            if self.busy.get(id) is not _Part.WITH_PERSON:
                self.busy[id] = _Part.THERE
        self.over = False

    def relieve(self, event: ResponderRelieved) -> None:
        """Let one responder take the part of another, who becomes free."""
        if event.responder in self.busy:
            self.busy[event.relieved_by] = self.busy.pop(event.responder)

    def ride(self, event: PersonTransported) -> None:
        """Let a responder go with a person."""
        self.busy |= dict.fromkeys(coming(event), _Part.WITH_PERSON)

    def engage(self, event: ClinicianEngaged) -> None:
        """Assign a clinician who works with the people of the incident."""
        known = self.busy.get(event.responder, _Part.CONSULTED)
        if not self.over and known is _Part.CONSULTED:
            self.busy[event.responder] = _Part.ENGAGED

    def consult(self, event: ExpertConsulted) -> None:
        """Assign an expert who advises those on scene."""
        if not self.over:
            self.busy.setdefault(event.responder, _Part.CONSULTED)

    def go(self, event: ResponderCleared | ResponderBackInService) -> None:
        """Let a responder leave."""
        self.busy.pop(event.responder, None)

    def dispose(self, event: DispositionRecorded) -> None:
        """Free those who were only consulted and, if nobody went to the incident, those who were only
        engaged.
        """
        self.busy = {id: part for id, part in self.busy.items() if part is not _Part.CONSULTED}
        if _Part.THERE not in self.busy.values():
            self.clear(event)

    def clear(self, _: Event) -> None:
        """Free all responders except those who are away with a person."""
        self.busy = {id: part for id, part in self.busy.items() if part is _Part.WITH_PERSON}
        self.over = True

    def merge(self, _: IncidentMerged) -> None:
        """Free all: they are with the incident that this one is a duplicate of."""
        self.busy, self.over = {}, True


_TAKES: Mapping[type[Event], Callable[[_Assigned, Any], None]] = MappingProxyType(
    {
        TeamDispatched: _Assigned.come,
        ResponderArrived: _Assigned.come,
        ResponderRelieved: _Assigned.relieve,
        PersonTransported: _Assigned.ride,
        ClinicianEngaged: _Assigned.engage,
        ExpertConsulted: _Assigned.consult,
        ResponderCleared: _Assigned.go,
        ResponderBackInService: _Assigned.go,
        DispositionRecorded: _Assigned.dispose,
        SceneCleared: _Assigned.clear,
        IncidentMerged: _Assigned.merge,
    }
)


def came_at(case: Case, responder: str) -> dt.datetime | None:
    """Return when a responder was last sent to an incident, arrived or was called; None if never."""
    named = reversed(case.of(_NAMES))
    return next((one.at for one in named if responder in _named(one)), None)


def _named(event: Event) -> tuple[str, ...]:
    return (event.responder,) if isinstance(event, CALLED) else coming(event)


def role_sent_in(incident: Incident, responder: str) -> Role | None:
    """Return the role in which a responder was last sent, or None if they were not sent."""
    members = (one for team in reversed(incident.teams) for one in team.members)
    return next((one.role for one in members if one.responder == responder), None)


def _frees_all(event: Event, lifecycle: Lifecycle) -> bool:
    return isinstance(event, SceneCleared) or type(event).__name__ in lifecycle.reopens


def moved_by(step: Step, lifecycle: Lifecycle) -> Moved:
    """Return what a step does to who is assigned to the incident."""
    last, state = step.events[-1], step.case.incident.state
    if not isinstance(last, _MOVING) and (
        state not in lifecycle.final or step.before.state in lifecycle.final
    ):
        return _NOBODY
    if isinstance(last, TeamDispatched) and step.case.history[-1] is last:
        return Moved(last.responders, (), last.responders)
    before, after = _busy_around(step, lifecycle)
    return Moved(
        engages=tuple(id for id in after if id not in before),
        releases=tuple(id for id in before if id not in after),
        brought=tuple(id for id in _named(last) if id in after),
    )


def _busy_around(step: Step, lifecycle: Lifecycle) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who is assigned before a step and after it. The history is gone through once, unless
    the step changes more than its end.
    """
    before, after, last = step.before, step.case, step.events[-1]
    if after.history[-1] is not last or isinstance(last, EnteredInError):
        return busy_with(before, lifecycle), busy_with(after, lifecycle)
    assigned = _Assigned(lifecycle)
    assigned.take(before.of(_moving(lifecycle)))
    busy = assigned.at(before.state)
    assigned.take(step.events)
    return busy, assigned.at(after.state)


def sent_again(case: Case, event: TeamDispatched, lifecycle: Lifecycle) -> Refusal | None:
    """Return the refusal of a team that names a responder twice, or whose responders were all sent
    before and have not cleared. Return None if the team has a new responder.

    When a clinician joins the officer on scene, the team has a new responder and is accepted whole.
    """
    ids = event.responders
    twice = sorted({id for id in ids if ids.count(id) > 1})
    if twice:
        return _refusal(
            case,
            event,
            f"{_and(twice)} would have two seats in one team.",
            "Give each seat to a different responder.",
        )
    if _sent_in_the_same_stay(case, event, lifecycle).issuperset(ids):
        remedy = "Send another responder, or first record that they cleared (ResponderCleared)."
        return _refusal(
            case,
            event,
            f"{_and(ids)} {'was' if len(ids) == 1 else 'were'} already sent to this incident.",
            remedy,
        )
    return None


def _refusal(case: Case, event: TeamDispatched, why: str, remedy: str) -> Refusal:
    return Refusal(
        kind=RefusalKind.RESPONDER,
        event=type(event).__name__,
        state=case.state,
        why=why,
        remedy=remedy,
    )


def _and(ids: tuple[str, ...] | list[str]) -> str:
    return " and ".join(ids)


def _sent_in_the_same_stay(case: Case, event: TeamDispatched, lifecycle: Lifecycle) -> set[str]:
    """Return the responders of a team whom another dispatch also names, with no clearing between
    the two dispatches. The other dispatch may be earlier or later, because the clocks of two hosts
    differ.
    """
    history = case.of(_moving(lifecycle))
    place = sum(other.at <= event.at for other in history)
    found = set[str]()
    for way in (reversed(history[:place]), iter(history[place:])):
        staying = set(event.responders)
        for other in way:
            if _frees_all(other, lifecycle):
                break
            if isinstance(other, (*_GOING, ResponderRelieved)):
                staying.discard(other.responder)
            elif isinstance(other, TeamDispatched):
                found |= staying.intersection(other.responders)
    return found


def step_that_sent(program: Program, case: Case, event: TeamDispatched) -> Step | None:
    """Return the step that sent these same responders, if they have not cleared; None if no single
    step sent them all.
    """
    if sent_again(case, event, program.lifecycle) is None:
        return None
    recorded, void = case.recorded(), case.findings.voided
    for i in reversed(range(len(recorded))):
        earlier = recorded[i]
        if (
            isinstance(earlier, TeamDispatched)
            and i + 1 not in void
            and set(earlier.responders) == set(event.responders)
        ):
            return program.between(
                program.replay(case.id, recorded[:i]), program.replay(case.id, recorded[: i + 1])
            )
    return None
